using System.Collections.Concurrent;
using System.Data.Common;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Limits;
using Fieldkeep.Server.Submissions.Receiving;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Limiting;

/// <summary>Counts what projects receive and have stored, and takes no more than their limits: exactly, however many come at once, and right after a start.</summary>
/// <remarks>
/// Of a project without limits nothing is counted. The counts of a limited one are read once when its first submission comes, from the rows of this day alone, and
/// go on in memory; bytes are measured anew each hour. Whoever comes first waits for its own project's count and for no other's. While the database is away, or takes
/// longer than a question may, they go on from what is known; a server that starts then begins at nothing, for what is accepted is bounded by the room of the
/// intake journal.
/// </remarks>
internal sealed partial class ProjectUse(Db db, FindLimits limits, WhileAway away, TimeProvider clock, ILogger<ProjectUse> log)
{
    // Of all projects together: after a start, and each hour from then, all are due at once, and would take every connection.
    private const int MostMeasuredAtOnce = 2;

    private static readonly TimeSpan MeasuresEvery = TimeSpan.FromHours(1);

    // After the counts could not be read.
    private static readonly TimeSpan CountsAgain = TimeSpan.FromMinutes(5);

    // The ids of submissions begin with the instant they were received at, and rise with it: this reads those of one day, of all projects, by the primary key.
    private const string Hours = """
        select floor(extract(epoch from created_at) / 3600)::bigint as hour, count(*) as count
        from submissions.submissions where id >= @since and project_id = @project group by 1
        """;

    // A file that several versions have lies there once.
    private const string Bytes = """
        select (
            (select coalesce(sum(v.size::bigint), 0) from submissions.versions v
             where v.form_id in (select id from forms.numbers_view where project_id = @project))
            + (select coalesce(sum(size), 0) from (
                select distinct a.blob, a.size from submissions.submissions s join submissions.attachments a on a.submission_id = s.id
                where a.blob is not null and s.form_id in (select id from forms.numbers_view where project_id = @project)) files))::bigint
        """;

    private readonly ConcurrentDictionary<long, Counted> _counted = new();
    private int _measuring;

    /// <summary>Takes the place of a submission that is about to be stored; give back what was not stored.</summary>
    /// <param name="submission">A new one, or an edit: an edit takes bytes alone.</param>
    /// <returns>What was taken; null when the project has no limit.</returns>
    /// <exception cref="ProblemException"><c>limit.submissions</c>, <c>limit.stored_bytes</c>.</exception>
    public async ValueTask<TakenPlace?> TakeAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        var project = submission.Project.Id;
        var set = await limits.OfAsync(project, cancellationToken);
        if (!set.IsOfProject)
        {
            // Not counted on, so that a later limit begins with what is there then.
            if (_counted.ContainsKey(project.Value))
            {
                _counted.TryRemove(project.Value, out _);
            }

            return null;
        }

        var counted = _counted.GetOrAdd(project.Value, _ => new Counted());
        await CountAsync(counted, project, set.StoredBytes is not null, cancellationToken);
        var bytes = submission.Size + submission.Files.Sum(file => file.Received?.Size ?? 0);
        return counted.Take(set, HourOf(submission.ReceivedAt), clock.GetUtcNow(), submission.DeprecatedId is null ? 1 : 0, bytes);
    }

    /// <summary>Gives what a project uses at this moment, measured anew; what is known when that takes too long; null when nothing is.</summary>
    public async Task<Use?> MeasureAsync(ProjectId project, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        try
        {
            var hours = await ReadHoursAsync(project, now, cancellationToken);
            var (hour, day) = (HourOf(now), HourOf(now) / Counted.HoursOfDay);
            return new Use(
                hours.GetValueOrDefault(hour),
                hours.Where(one => one.Key / Counted.HoursOfDay == day).Sum(one => one.Value),
                await ReadBytesAsync(project, cancellationToken));
        }
        catch (Exception unknown) when (DatabaseFailure.IsOutage(unknown))
        {
            return _counted.TryGetValue(project.Value, out var counted) ? counted.Tell(HourOf(now)) : null;
        }
    }

    /// <summary>Lists the limited projects that have received something since the start, with what they use of what they may.</summary>
    public async Task<IReadOnlyList<(ProjectId Project, Use Use, LimitSet Limits)>> ListAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var listed = new List<(ProjectId, Use, LimitSet)>();
        foreach (var (id, counted) in _counted)
        {
            var project = new ProjectId(id);
            listed.Add((project, counted.Tell(HourOf(now)), await limits.OfAsync(project, cancellationToken)));
        }

        return listed;
    }

    // What cannot be told is taken: too much can be mended, and what is refused is refused after days in the field. Whoever sent the first one may hang up:
    // the counting is everyone's, and goes on.
    private async Task CountAsync(Counted counted, ProjectId project, bool wantsBytes, CancellationToken cancellationToken)
    {
        var now = clock.GetTimestamp();
        if (!IsDue(counted, wantsBytes, now))
        {
            return;
        }

        // Nobody waits for a measuring that somebody else makes, where there was one before.
        if (!await counted.Counting.WaitAsync(counted.IsKnown(wantsBytes) ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, cancellationToken))
        {
            return;
        }

        try
        {
            if (counted.IsToCount(now, clock, CountsAgain))
            {
                await CountHoursAsync(counted, project, now);
            }

            if (wantsBytes && counted.IsToMeasure(now, clock, MeasuresEvery))
            {
                await MeasureInTurnAsync(counted, project, now);
            }
        }
        finally
        {
            counted.Counting.Release();
        }
    }

    private bool IsDue(Counted counted, bool wantsBytes, long now) =>
        counted.IsToCount(now, clock, CountsAgain) || (wantsBytes && counted.IsToMeasure(now, clock, MeasuresEvery));

    private async Task CountHoursAsync(Counted counted, ProjectId project, long now)
    {
        try
        {
            var hours = await away.AskAsync<Dictionary<long, long>?>(
                async () => await ReadHoursAsync(project, clock.GetUtcNow(), CancellationToken.None), () => null);
            if (hours is not null)
            {
                counted.Begin(hours);
            }
        }
        catch (Exception unknown) when (IsUntold(unknown))
        {
            counted.PutOffHours(now);
            LogUncounted(log, project, DatabaseFailure.CodeOf(unknown));
        }
    }

    // Whoever finds no place goes on from what is known; the next one asks again.
    private async Task MeasureInTurnAsync(Counted counted, ProjectId project, long now)
    {
        try
        {
            if (Interlocked.Increment(ref _measuring) <= MostMeasuredAtOnce)
            {
                await CountBytesAsync(counted, project, now);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _measuring);
        }
    }

    private async Task CountBytesAsync(Counted counted, ProjectId project, long now)
    {
        try
        {
            counted.BeginBytes();
            var bytes = await away.AskAsync<long?>(async () => await ReadBytesAsync(project, CancellationToken.None), () => null);
            if (bytes is { } measured)
            {
                counted.EndBytes(measured, now);
            }
        }
        catch (Exception unknown) when (IsUntold(unknown))
        {
            counted.PutOffBytes(now);
            LogUnmeasured(log, project, DatabaseFailure.CodeOf(unknown));
        }
    }

    private async Task<Dictionary<long, long>> ReadHoursAsync(ProjectId project, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var day = now.ToUniversalTime().Date;
        var since = FirstIdOf(new DateTimeOffset(day, TimeSpan.Zero));
        var rows = await db.ListAsync<HourRow>(Hours, new { since, project = project.Value }, cancellationToken);
        return rows.ToDictionary(row => row.Hour, row => row.Count);
    }

    private Task<long> ReadBytesAsync(ProjectId project, CancellationToken cancellationToken) =>
        db.GetAsync<long>(Bytes, new { project = project.Value }, cancellationToken);

    // A damaged page that only the sum reads, a deadlock, a time that was over: what is to be stored may well be.
    private static bool IsUntold(Exception problem) => problem is DbException || DatabaseFailure.IsOutage(problem);

    private static long HourOf(DateTimeOffset at) => at.ToUnixTimeSeconds() / 3600;

    // RFC 9562, version 7: 48 bits of milliseconds, then the version and what is random.
    private static Guid FirstIdOf(DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        var milliseconds = at.ToUnixTimeMilliseconds();
        for (var place = 5; place >= 0; place--)
        {
            bytes[place] = (byte)(milliseconds & 0xFF);
            milliseconds >>= 8;
        }

        return new Guid(bytes, bigEndian: true);
    }

    [LoggerMessage(1, LogLevel.Warning, "what project {Project} received today could not be counted ({Code}); its limits do not hold until then, and it is tried again in minutes")]
    private static partial void LogUncounted(ILogger log, ProjectId project, string? code);

    [LoggerMessage(2, LogLevel.Warning, "what project {Project} has stored could not be measured ({Code}); its limit of bytes does not hold until then, and it is tried again in an hour")]
    private static partial void LogUnmeasured(ILogger log, ProjectId project, string? code);

    private sealed record HourRow(long Hour, long Count);
}
