using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Tells the operator, in the log, when secrets are tried far more often than people mistype.</summary>
internal sealed partial class AttemptAlarm(TimeProvider clock, ILogger<AttemptAlarm> log)
{
    /// <summary>So many failures within <see cref="Window"/> are no slips: a thousand people sign in there in a working day.</summary>
    public const int MostFailures = 300;

    /// <summary>The time that failures are counted over, and the shortest time between two lines.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly Lock _gate = new();
    private DateTimeOffset _since;
    private int _failures;
    private int _failuresBefore;

    /// <summary>Failures in the window that is counted, or in the one before where those were more.</summary>
    public int Failures
    {
        get
        {
            lock (_gate)
            {
                var age = clock.GetUtcNow() - _since;
                return age < Window ? Math.Max(_failures, _failuresBefore) : age < 2 * Window ? _failures : 0;
            }
        }
    }

    /// <summary>Counts a failure at any door.</summary>
    public void Count()
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            if (now - _since >= Window)
            {
                (_failuresBefore, _since, _failures) = (now - _since < 2 * Window ? _failures : 0, now, 0);
            }

            _failures++;
            if (_failures != MostFailures)
            {
                return;
            }
        }

        LogSpike(log, MostFailures, (int)Window.TotalMinutes);
    }

    [LoggerMessage(1, LogLevel.Warning, "ALERT: {Failures} wrong passwords, codes and tokens within {Minutes} minutes on this server. Somebody may be guessing; limits hold them up. The access log of accounts tells at which doors.")]
    private static partial void LogSpike(ILogger log, int failures, int minutes);
}
