namespace Fieldkeep.Server.Health.Alerts;

/// <summary>
/// Decides, from what is seen of one check time after time, what is an alert and what is told: not each passing moment, nothing twice, and never a flood.
/// </summary>
/// <remarks>
/// Bad is what was bad twice. Good again is what was good for <see cref="Settled"/>: what comes and goes is one alert. People are told when it is failing and they
/// believe it is not, or the other way round, at most once in <see cref="BetweenTellings"/>; and again each day while it fails.
/// </remarks>
internal sealed class WatchedCheck(string name)
{
    /// <summary>For how long all must be better before it is believed.</summary>
    public static readonly TimeSpan Settled = TimeSpan.FromMinutes(10);

    /// <summary>The shortest time between two letters about one check.</summary>
    public static readonly TimeSpan BetweenTellings = TimeSpan.FromHours(1);

    /// <summary>When a failure is told again.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromDays(1);

    /// <summary>When a failure is told again of which somebody said that they know.</summary>
    public static readonly TimeSpan AgainAcknowledged = TimeSpan.FromDays(7);

    // What was seen last of each state.
    private readonly CheckOutcome?[] _lastOf = new CheckOutcome?[Enum.GetValues<CheckState>().Length];
    private CheckState? _last;
    private DateTimeOffset? _betterSince;
    private CheckState _worstSinceBetter;

    /// <summary>The check.</summary>
    public string Name { get; } = name;

    /// <summary>What counts, whatever was seen a moment ago.</summary>
    public CheckState Standing { get; private set; }

    /// <summary>What was seen last.</summary>
    public CheckOutcome? Outcome { get; private set; }

    /// <summary>What was seen when it last stood as it counts: whatever is told is worded by this; null when nothing was seen yet.</summary>
    public CheckOutcome? Seen => _lastOf[(int)Standing] ?? Outcome;

    /// <summary>Since when the alert is open; null when there is none.</summary>
    public DateTimeOffset? OpenedAt { get; private set; }

    /// <summary>Whether people believe that it fails, because they were told and not told otherwise.</summary>
    public bool IsBelievedFailing { get; private set; }

    /// <summary>When they were told last.</summary>
    public DateTimeOffset? ToldAt { get; private set; }

    /// <summary>Whether somebody said that they know of it.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>Takes up what another run of the server left.</summary>
    /// <param name="seen">What was seen when the alert came to stand so; null when there is none.</param>
    public void TakeUp(CheckState standing, DateTimeOffset? openedAt, bool isBelievedFailing, DateTimeOffset? toldAt, CheckOutcome? seen = null)
    {
        (Standing, OpenedAt, IsBelievedFailing, ToldAt) = (standing, openedAt, isBelievedFailing, toldAt);
        _lastOf[(int)standing] = seen;
    }

    /// <summary>Takes what was seen; gives what that makes of the alert, null when nothing.</summary>
    public AlertEvent? Take(CheckOutcome outcome, DateTimeOffset now)
    {
        var (before, last) = (Standing, _last);
        (Outcome, _last) = (outcome, outcome.State);
        _lastOf[(int)outcome.State] = outcome;
        var twice = last < outcome.State ? last.Value : last is null ? CheckState.Ok : outcome.State;
        if (twice > Standing)
        {
            (Standing, _betterSince) = (twice, null);
        }
        else if (outcome.State >= Standing)
        {
            _betterSince = null;
        }
        else if (_betterSince is null || now < _betterSince)
        {
            (_betterSince, _worstSinceBetter) = (now, outcome.State);
        }
        else
        {
            _worstSinceBetter = outcome.State > _worstSinceBetter ? outcome.State : _worstSinceBetter;
            if (now - _betterSince >= Settled)
            {
                (Standing, _betterSince) = (_worstSinceBetter, null);
            }
        }

        return Standing == before ? null : Change(before, outcome, now);
    }

    /// <summary>Whether people should be told now.</summary>
    public bool IsDue(DateTimeOffset now)
    {
        var isFailing = Standing == CheckState.Failing;

        // A clock that was set back does not keep anybody from being told.
        var pause = ToldAt is { } told && told <= now ? now - told : TimeSpan.MaxValue;
        return isFailing != IsBelievedFailing
            ? pause >= BetweenTellings
            : isFailing && pause >= (IsAcknowledged ? AgainAcknowledged : Again);
    }

    /// <summary>Notes that people were told how it stands.</summary>
    public void Told(DateTimeOffset now) => (IsBelievedFailing, ToldAt) = (Standing == CheckState.Failing, now);

    private AlertEvent Change(CheckState before, CheckOutcome outcome, DateTimeOffset now)
    {
        var kind = (before, Standing) switch
        {
            (CheckState.Ok, _) => AlertEventKind.Opened,
            (_, CheckState.Ok) => AlertEventKind.Closed,
            _ when Standing > before => AlertEventKind.Worsened,
            _ => AlertEventKind.Eased,
        };
        OpenedAt = Standing == CheckState.Ok ? null : OpenedAt ?? now;
        if (kind is AlertEventKind.Opened or AlertEventKind.Worsened or AlertEventKind.Closed)
        {
            IsAcknowledged = false;
        }

        // What was seen this time may be worse than what counts, or of another kind.
        return new AlertEvent(Name, kind, (Seen ?? outcome) with { State = Standing }, now);
    }
}
