using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Limits;

/// <summary>Knows the limits, in memory of at most two seconds and, for when the database is away, in kept rows.</summary>
internal sealed class FindLimits(Db db, WhileAway away, AccessEpoch epoch)
{
    private volatile Remembered? _remembered;

    /// <summary>They, as they are kept for when the database is away.</summary>
    public KeptRows<LimitRow> Rows { get; } = new("limits.limits", LimitRow.All, KeyOf);

    /// <summary>Gives what holds for a project.</summary>
    public ValueTask<LimitSet> OfAsync(ProjectId project, CancellationToken cancellationToken) => OfAsync(Scope.Of(project), cancellationToken);

    /// <summary>Gives what holds for an account.</summary>
    public ValueTask<LimitSet> OfAsync(ActorId account, CancellationToken cancellationToken) => OfAsync(Scope.OfAccount(account), cancellationToken);

    /// <summary>Gives what was set for all, and for each that has limits of its own.</summary>
    public async Task<IReadOnlyDictionary<string, LimitSet>> ListAsync(CancellationToken cancellationToken) =>
        SetsOf(await db.ListAsync<LimitRow>(LimitRow.All, null, cancellationToken));

    private async ValueTask<LimitSet> OfAsync(Scope place, CancellationToken cancellationToken)
    {
        var known = _remembered;
        if (known is null || !epoch.IsCurrent(known.At))
        {
            var started = epoch.Now();
            var rows = await away.AskAsync(() => db.ListAsync<LimitRow>(LimitRow.All, null, cancellationToken), () => [.. Rows.All]);
            known = new Remembered(started, SetsOf(rows));
            if (!WhileAway.IsUsed)
            {
                _remembered = known;
            }
        }

        var all = known.Sets.GetValueOrDefault(LimitRow.KeyOf(Scope.Installation), LimitSet.None);
        return known.Sets.TryGetValue(LimitRow.KeyOf(place), out var own) ? own.Over(all) : all;
    }

    private static Dictionary<string, LimitSet> SetsOf(IEnumerable<LimitRow> rows) =>
        rows.GroupBy(KeyOf, StringComparer.Ordinal).ToDictionary(same => same.Key, LimitRow.SetOf, StringComparer.Ordinal);

    private static string KeyOf(LimitRow row) => $"{row.ScopeKind} {row.ScopeId}";

    private sealed record Remembered(AccessMoment At, IReadOnlyDictionary<string, LimitSet> Sets);
}
