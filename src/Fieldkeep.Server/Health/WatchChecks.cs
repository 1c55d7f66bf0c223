using System.Data.Common;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Health.Alerts;
using Fieldkeep.Server.Health.Telling;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Health;

/// <summary>Looks at all checks every thirty seconds, writes down what becomes of alerts, and tells operators of it.</summary>
/// <remarks>While the database does not answer, what happens is kept in memory until it does, and told past the outbox.</remarks>
internal sealed partial class WatchChecks(Db db, LookAtChecks look, AlertRows alerts, TellAlerts tell, Machine machine, TimeProvider clock, ILogger<WatchChecks> log)
    : BackgroundRounds(TimeSpan.FromSeconds(30))
{
    // Of a dozen checks that change every ten minutes, some hours.
    private const int MostKept = 500;

    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SweptEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan Gone = TimeSpan.FromDays(1);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    private static readonly IReadOnlySet<string> Nobody = new HashSet<string>(StringComparer.Ordinal);

    private readonly Dictionary<string, WatchedCheck> _watched = new(StringComparer.Ordinal);
    private readonly List<AlertEvent> _unwritten = [];
    private readonly HashSet<string> _toldPastDatabase = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PastTelling> _past = new(StringComparer.Ordinal);
    private bool _isTakenUp;
    private DateTimeOffset _swept;
    private DateTimeOffset _noted;

    // Others have begun by then, and the first look at them means something.
    /// <inheritdoc/>
    protected override TimeSpan First => TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        var seen = await look.LookAllAsync(cancellationToken);
        if (!_isTakenUp && !await TryTakeUpAsync(cancellationToken))
        {
            return;
        }

        var now = clock.GetUtcNow();
        foreach (var standing in seen)
        {
            if (Watched(standing.Name).Take(standing.Outcome, now) is { } happened)
            {
                Log(happened);
                _unwritten.Add(happened);
            }
        }

        _unwritten.RemoveRange(0, Math.Max(0, _unwritten.Count - MostKept));
        if (look.Find(LookAtChecks.Database) is { Outcome.State: CheckState.Failing })
        {
            await TellPastDatabaseAsync(now, cancellationToken);
            return;
        }

        await WriteAsync(now, cancellationToken);
        await tell.RememberAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    private WatchedCheck Watched(string name)
    {
        if (!_watched.TryGetValue(name, out var watched))
        {
            _watched.Add(name, watched = new WatchedCheck(name));
        }

        return watched;
    }

    // What another run of the server on this machine left: nothing is opened or told twice.
    private async Task<bool> TryTakeUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var last in await alerts.ListLastAsync(machine.Name, cancellationToken))
            {
                Watched(last.Check).TakeUp(
                    last.ClosedAt is null ? last.State : CheckState.Ok,
                    last.ClosedAt is null ? last.OpenedAt : null,
                    last.IsBelievedFailing,
                    last.ToldAt,
                    last.ClosedAt is null ? last.Outcome : null);
            }

            await tell.RememberAsync(cancellationToken);
            return _isTakenUp = true;
        }
        catch (Exception problem) when (problem is DbException or TimeoutException)
        {
            LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
            return false;
        }
    }

    // What happened and what is told of it, all or nothing.
    private async Task WriteAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var open = _watched.Values.Where(one => one.Standing != CheckState.Ok).ToList();
        if (open.Count > 0)
        {
            var known = await AlertRows.ListAcknowledgedAsync(db, machine.Name, cancellationToken);
            open.ForEach(one => one.IsAcknowledged = known.Contains(one.Name, StringComparer.Ordinal));
        }

        var due = _watched.Values.Where(one => one.Outcome is not null && one.IsDue(now)).ToList();
        var missed = _past.Values.Where(one => one is { IsDone: false, Reached.Count: > 0 }).ToList();
        if (_unwritten.Count > 0 || due.Count > 0 || _toldPastDatabase.Count > 0 || missed.Count > 0)
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            foreach (var happened in _unwritten)
            {
                await AlertRows.WriteAsync(tx, machine.Name, happened, cancellationToken);
            }

            foreach (var watched in _toldPastDatabase.Select(Watched))
            {
                await AlertRows.NoteToldAsync(tx, machine.Name, watched.Name, watched.IsBelievedFailing, watched.ToldAt ?? now, cancellationToken);
            }

            // Whom it did not reach while there was no database.
            foreach (var past in missed)
            {
                await tell.AppendAsync(tx, past.Telling, past.Reached, cancellationToken);
            }

            foreach (var watched in due)
            {
                await tell.AppendAsync(tx, TellingOf(watched, now), Nobody, cancellationToken);
                await AlertRows.NoteToldAsync(tx, machine.Name, watched.Name, watched.Standing == CheckState.Failing, now, cancellationToken);
            }

            await tx.CommitAsync(cancellationToken);
            _unwritten.Clear();
            _toldPastDatabase.Clear();
            due.ForEach(watched => watched.Told(now));
        }

        _past.Clear();
        await SweepAsync(now, cancellationToken);
    }

    private async Task TellPastDatabaseAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var watched in _watched.Values.Where(one => one.Outcome is not null))
        {
            var telling = TellingOf(watched, now);
            var before = _past.GetValueOrDefault(watched.Name);
            if (watched.IsDue(now) && (before is null || before.Reached.Count > 0 || before.Telling.Kind != telling.Kind))
            {
                _past[watched.Name] = new PastTelling(telling);
            }
            else if (before is not null && before.Telling.IsFailing != (watched.Standing == CheckState.Failing))
            {
                // It is not so any more.
                _past.Remove(watched.Name);
            }
        }

        var tried = _past.Values.Where(one => one.IsDue(now)).ToList();
        await Task.WhenAll(tried.Select(async one => one.Tried(now, await tell.SendNowAsync(one.Telling, one.Reached, cancellationToken))));
        foreach (var first in tried.Where(one => one is { IsNoted: false, Reached.Count: > 0 }))
        {
            first.IsNoted = true;
            Watched(first.Telling.Check).Told(now);
            _toldPastDatabase.Add(first.Telling.Check);
        }
    }

    // A clock that was set back holds up neither.
    private async Task SweepAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if ((now - _noted).Duration() >= SeenEvery)
        {
            await AlertRows.NoteSeenAsync(db, machine.Name, now, cancellationToken);
            _noted = now;
        }

        if ((now - _swept).Duration() >= SweptEvery)
        {
            await AlertRows.CloseUnseenAsync(db, machine.Name, now, now - Gone, cancellationToken);
            await AlertRows.SweepAsync(db, now - Kept, cancellationToken);
            _swept = now;
        }
    }

    private static AlertTelling TellingOf(WatchedCheck watched, DateTimeOffset now)
    {
        var isFailing = watched.Standing == CheckState.Failing;
        var kind = watched.Standing switch
        {
            CheckState.Ok => TellingKind.Recovered,
            CheckState.Warning => TellingKind.Eased,
            _ => watched.IsBelievedFailing ? TellingKind.Again : TellingKind.Failing,
        };
        return new AlertTelling(kind, watched.Name, watched.Seen ?? CheckOutcome.Ok(""), isFailing ? watched.OpenedAt ?? now : now);
    }

    private void Log(AlertEvent happened)
    {
        var what = CheckTexts.Of(happened.Outcome).What;
        switch (happened.Outcome.State)
        {
            case CheckState.Failing:
                LogFailing(log, happened.Check, what);
                break;
            case CheckState.Warning:
                LogWarning(log, happened.Check, what);
                break;
            default:
                LogWell(log, happened.Check, what);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The checks cannot be written down at this moment ({Failure} {Code}); tried again.")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Error, "ALERT: {Check} is failing: {What} See This server → Health.")]
    private static partial void LogFailing(ILogger log, string check, string what);

    [LoggerMessage(3, LogLevel.Warning, "{Check}: {What} See This server → Health.")]
    private static partial void LogWarning(ILogger log, string check, string what);

    [LoggerMessage(4, LogLevel.Information, "{Check} is well again: {What}")]
    private static partial void LogWell(ILogger log, string check, string what);
}
