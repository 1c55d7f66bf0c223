using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Lifecycle.Holding;

/// <summary>
/// Places legal holds again that the keyring knows and a restored database does not, and lifts those that were lifted since. A step of the background,
/// before anything is erased.
/// </summary>
internal sealed class HoldAgain(Db db, HoldsOfKeyring holds, KeptProjects projects, ChangeLog changes, AuditLog audit)
{
    private static readonly Actor Itself = Actor.System(Door.Job);

    /// <summary>Makes the holds of all projects as the keyring knows them.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var notes = holds.ListNotes();
        var each = new EachProject();
        foreach (var project in await projects.ListAsync(cancellationToken))
        {
            var own = notes[project.KeyId].ToList();
            await each.TryAsync(async () =>
            {
                if (own.Count > 0 && await HoldsOfKeyring.DiffersAsync(db, project.Ref, own, cancellationToken))
                {
                    await ApplyAsync(project.Ref, own, cancellationToken);
                }
            });
        }

        each.Tell();
    }

    /// <summary>Tells the keyring of holds that it does not know: those of releases that did not tell it.</summary>
    public async Task NoteUnknownAsync(CancellationToken cancellationToken)
    {
        var notes = holds.ListNotes();
        var each = new EachProject();
        foreach (var project in await projects.ListAsync(cancellationToken))
        {
            await each.TryAsync(() => holds.NoteUnknownAsync(db, project.Ref, [.. notes[project.KeyId]], cancellationToken));
        }

        each.Tell();
    }

    private async Task ApplyAsync(ProjectRef project, IReadOnlyCollection<HoldNote> notes, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var (placed, lifted) = await HoldsOfKeyring.ApplyAsync(tx, project, notes, cancellationToken);
        if (placed + lifted == 0)
        {
            return;
        }

        var change = new Change("hold.place_again", project, "project", project.Id.ToString(), new { placed = 0, lifted = 0 }, new { placed, lifted });
        await changes.AppendAsync(tx, Itself, change, cancellationToken);
        await audit.AppendAsync(
            tx, Itself, new AuditEvent("hold.place_again", project.Id, "project", project.Id.ToString(), $"{placed} placed, {lifted} lifted"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
