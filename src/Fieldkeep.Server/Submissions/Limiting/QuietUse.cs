using System.Collections.Concurrent;
using System.Data.Common;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Limits;

namespace Fieldkeep.Server.Submissions.Limiting;

/// <summary>
/// Knows what limited projects use that have received nothing since the start, of which <see cref="ProjectUse"/> knows nothing: measured once each, some at a time,
/// so that a project that comes near a limit is told of after a start as before it.
/// </summary>
internal sealed class QuietUse(Db db, ProjectUse use, FindLimits limits, TimeProvider clock)
{
    private const int MostAtOnce = 20;

    // A check that takes eight seconds counts as failing.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly ConcurrentDictionary<long, Measured> _measured = new();

    /// <summary>Measures some that were not; one that cannot be measured in time is not tried again.</summary>
    public async Task MeasureAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        foreach (var id in _measured.Keys)
        {
            // What it receives without a limit nobody counts: with a later one it is measured again.
            if (!(await limits.OfAsync(new ProjectId(id), cancellationToken)).IsOfProject)
            {
                _measured.TryRemove(id, out _);
            }
        }

        foreach (var id in await ListNextAsync(cancellationToken))
        {
            if (patience.IsCancellationRequested)
            {
                return;
            }

            var hour = HourOf(clock.GetUtcNow());
            try
            {
                if (await use.MeasureAsync(new ProjectId(id), either.Token) is not { } measured)
                {
                    return; // The database is away.
                }

                _measured[id] = new Measured(measured, hour);
            }
            catch (Exception untold) when (untold is DbException || (untold is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                _measured[id] = new Measured(new Use(0, 0, 0), hour);
            }
        }
    }

    /// <summary>Lists the limited projects of which it is known what they use of what they may, those that received something too.</summary>
    public async Task<IReadOnlyList<(ProjectId Project, Use Use, LimitSet Limits)>> ListAsync(CancellationToken cancellationToken)
    {
        var hour = HourOf(clock.GetUtcNow());
        var listed = (await use.ListAsync(cancellationToken)).ToList();
        var counted = listed.Select(one => one.Project.Value).ToHashSet();
        foreach (var (id, measured) in _measured.Where(one => !counted.Contains(one.Key)))
        {
            listed.Add((new ProjectId(id), measured.At(hour), await limits.OfAsync(new ProjectId(id), cancellationToken)));
        }

        return listed;
    }

    private async Task<IReadOnlyList<long>> ListNextAsync(CancellationToken cancellationToken)
    {
        var sets = await limits.ListAsync(cancellationToken);
        var own = sets.Where(one => one.Key.StartsWith("project ", StringComparison.Ordinal)).Select(one => ListUse.NumberOf(one.Key)).ToArray();
        var all = sets.GetValueOrDefault(LimitRow.KeyOf(Scope.Installation), LimitSet.None).IsOfProject;
        if (!all && own.Length == 0)
        {
            return [];
        }

        var known = (await use.ListAsync(cancellationToken)).Select(one => one.Project.Value).Concat(_measured.Keys).ToArray();
        return await PlaceToLimit.ListProjectsAsync(db, all ? null : own, known, MostAtOnce, cancellationToken);
    }

    private static long HourOf(DateTimeOffset at) => at.ToUnixTimeSeconds() / 3600;

    // Nothing came since: an hour later there is none of that hour.
    private sealed record Measured(Use Use, long Hour)
    {
        public Use At(long hour) => new(
            hour == Hour ? Use.SubmissionsThisHour : 0,
            hour / Counted.HoursOfDay == Hour / Counted.HoursOfDay ? Use.SubmissionsToday : 0,
            Use.StoredBytes);
    }
}
