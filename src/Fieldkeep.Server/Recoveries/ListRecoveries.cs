using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Recoveries;

/// <summary>A recovery with what whoever asks may know of it.</summary>
/// <param name="Names">Names of the project and the copy; what is gone has none.</param>
/// <param name="Told">What did not come along, by name; null before the end, and for whoever may not read what happened in the copy.</param>
/// <param name="Soon">How many submissions are copied of how many, while that goes on.</param>
internal sealed record ShownRecovery(AskedRecovery Recovery, IReadOnlyDictionary<long, string> Names, ToldOfRecovery? Told, Recovered? Soon);

/// <summary>Shows whoever runs the server what was recovered and how it stands. Numbers; by name only to whoever may read what happened in the copy.</summary>
internal sealed class ListRecoveries(
    Db db, Policy policy, RecoveryRows rows, RunningRecovery running, KeptProjects projects, Keyring keyring)
{
    private const int Most = 100;

    /// <summary>Lists the newest hundred, newest first.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<ShownRecovery>> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.BackupRun, Scope.Installation, cancellationToken);
        var found = await rows.ListAsync(Most, cancellationToken);
        var names = await NamesAsync(found, cancellationToken);
        return [.. found.Select(one => new ShownRecovery(one, names, null, running.SoonOf(one.Id)))];
    }

    /// <summary>Gets one.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>recovery.not_found</c>.</exception>
    public async Task<ShownRecovery> GetAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.BackupRun, Scope.Installation, cancellationToken);
        var found = await rows.FindAsync(id, cancellationToken) ?? throw RecoveryProblems.NotFound();
        return new ShownRecovery(found, await NamesAsync([found], cancellationToken), await ToldAsync(actor, found, cancellationToken), running.SoonOf(id));
    }

    /// <summary>Lists the projects that may be recovered, those in the trash first.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<(KeptProject Project, string? Unit)>> ListProjectsAsync(Actor actor, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.BackupRun, Scope.Installation, cancellationToken);
        var all = await projects.ListAsync(cancellationToken);
        var units = await PlaceNames.ListAsync(db, all.Select(one => Scope.Of(one.Unit)), cancellationToken);
        return
        [
            .. all.OrderByDescending(one => one.DeletedAt).ThenBy(one => one.Name, StringComparer.OrdinalIgnoreCase)
                .Select(one => (one, units.GetValueOrDefault(Scope.Of(one.Unit)))),
        ];
    }

    private async Task<ToldOfRecovery?> ToldAsync(Actor actor, AskedRecovery recovery, CancellationToken cancellationToken)
    {
        if (recovery.CopyId is not { } id || !await policy.HasAsync(actor, Permission.AuditRead, Scope.Of(new ProjectId(id)), cancellationToken)
            || await projects.FindAsync(new ProjectId(id), cancellationToken) is not { } copy)
        {
            return null;
        }

        // Erased since, by another process a moment ago.
        return keyring.FindProjectKeys(copy.KeyId) is null ? null : rows.ToldOf(recovery, copy.Ref);
    }

    private async Task<IReadOnlyDictionary<long, string>> NamesAsync(IReadOnlyList<AskedRecovery> recoveries, CancellationToken cancellationToken)
    {
        var places = recoveries.SelectMany(one => new[] { one.ProjectId, one.CopyId ?? 0 }).Where(id => id > 0).Select(id => Scope.Of(new ProjectId(id)));
        return (await PlaceNames.ListAsync(db, places, cancellationToken)).ToDictionary(name => name.Key.Id, name => name.Value);
    }
}
