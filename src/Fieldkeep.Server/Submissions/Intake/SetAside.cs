using System.Globalization;
using System.Text.Json;
using Fieldkeep.Journal;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Shows the operator at the machine how the journal stands and what it set aside, and lets that be tried again. No answers, no names.</summary>
internal sealed class SetAside(OpenedIntake opened, DrainIntake drain, Db db, ChangeLog changes, AuditLog audit)
{
    private const int MostLines = 60;

    /// <summary>Tells in lines how the journal stands and what lies in its quarantine.</summary>
    public async Task<string> TellAsync(CancellationToken cancellationToken)
    {
        if (opened.Journal is not { } journal)
        {
            return $"the intake journal is closed: {opened.Problem}";
        }

        var state = journal.State;
        var lines = new List<string>
        {
            Invariant($"the intake journal in {opened.Folder} is open: {state.WaitingRecords} submissions wait for the database, {state.UndrainedBytes >> 20} of {state.MaxUndrainedBytes >> 20} MiB; {state.KeptSegments} segments are kept"),
        };
        if (state.OldestWaitingAt is { } oldest)
        {
            lines.Add(Invariant($"the oldest waits since {oldest:u}"));
        }

        if (state.Trouble is { } trouble)
        {
            lines.Add(Invariant($"it has trouble since {trouble.Since:u}: {trouble.Message}"));
        }

        lines.AddRange(state.Damage.Take(MostLines).Select(damage => Invariant($"damaged: {damage.File} at {damage.Offset} ({damage.Kind})")));
        lines.AddRange(drain.Failures.Take(MostLines).Select(failed => Invariant($"waits: {failed.Key} ({failed.Value})")));
        lines.Add(Invariant($"{state.Quarantined} set aside"));
        await foreach (var record in journal.ReadQuarantineAsync(cancellationToken))
        {
            if (lines.Count >= 2 * MostLines)
            {
                lines.Add("and more");
                break;
            }

            lines.Add(Invariant($"{NameOf(record.File)}  received {record.At:u}  {record.Reason}"));
        }

        return string.Join('\n', lines);
    }

    /// <summary>Gives back what was set aside, to be tried again at once; gives how many.</summary>
    /// <param name="name">As told by <see cref="TellAsync"/>; null for all.</param>
    /// <param name="cancellationToken">Gives up between two.</param>
    /// <exception cref="JournalException">The journal cannot write; those given back before are.</exception>
    public async Task<int> GiveBackAsync(string? name, CancellationToken cancellationToken)
    {
        var given = await opened.WithoutMovesAsync(() => GiveBackStillAsync(name, cancellationToken), cancellationToken);
        drain.Forget();
        return given;
    }

    /// <summary>
    /// Gives back one that only its sender's rights stand against: a person says that it counts, though they may have been taken away before it came. That stands in
    /// the ledger before it is given back.
    /// </summary>
    /// <param name="actor">The server itself: it is said at its machine.</param>
    /// <param name="name">As told by <see cref="TellAsync"/>.</param>
    /// <param name="cancellationToken">Gives up before it is noted.</param>
    /// <returns>False when nothing lies there by this name that rights alone stand against.</returns>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    /// <exception cref="JournalException">The journal cannot write: it lies there as before.</exception>
    public async Task<bool> AcceptAsync(Actor actor, string name, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        var isAccepted = await opened.WithoutMovesAsync(() => AcceptStillAsync(actor, name, cancellationToken), cancellationToken);
        drain.Forget();
        return isAccepted;
    }

    private async Task<int> GiveBackStillAsync(string? name, CancellationToken cancellationToken)
    {
        var given = 0;
        foreach (var record in await FindAsync(name, cancellationToken))
        {
            given += await ReleaseAsync(record, isAccepted: false, cancellationToken) ? 1 : 0;
        }

        return given;
    }

    private async Task<bool> AcceptStillAsync(Actor actor, string name, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken) is not [{ } record, ..] || !FindBelonging.IsOfRights(record.Reason) || Peek(record) is not { AllowedAt: not null } kept)
        {
            return false;
        }

        var project = new ProjectRef(new ProjectId(kept.Project), kept.ProjectKey);
        await using (var tx = await db.BeginAsync(cancellationToken))
        {
            var change = new Change("submission.accept", project, "submission", kept.InstanceId, new { refused = record.Reason }, new { receivedAt = kept.ReceivedAt });
            await changes.AppendAsync(tx, actor, change, cancellationToken);
            await audit.AppendAsync(tx, actor, new AuditEvent("submission.accept", project.Id, "submission", kept.InstanceId, record.Reason), cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }

        return await ReleaseAsync(record, isAccepted: true, CancellationToken.None);
    }

    private static IntakeRecord? Peek(QuarantinedRecord record)
    {
        try
        {
            return IntakeRecord.Peek(record.Content.Span);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<QuarantinedRecord>> FindAsync(string? name, CancellationToken cancellationToken)
    {
        var found = new List<QuarantinedRecord>();
        if (opened.Journal is { } journal)
        {
            await foreach (var record in journal.ReadQuarantineAsync(cancellationToken))
            {
                if (name is null || NameOf(record.File) == name)
                {
                    // Their content is read once more when each is given back.
                    found.Add(name is null ? record with { Content = default } : record);
                }
            }
        }

        return found;
    }

    private async Task<bool> ReleaseAsync(QuarantinedRecord record, bool isAccepted, CancellationToken cancellationToken) =>
        opened.Journal is { } journal && await journal.ReleaseAsync(record.File, content => IntakeRecord.Back(content, isAccepted), cancellationToken);

    private static string NameOf(string file) => Path.GetFileNameWithoutExtension(file);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
