using Fieldkeep.Server.Database.Servers;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Tells the operator, in the log, when secrets are tried far more often than people mistype.</summary>
internal sealed partial class AttemptAlarm(HeardServers heard, TimeProvider clock, ILogger<AttemptAlarm> log)
{
    /// <summary>So many failures within <see cref="Window"/> are no slips: a thousand people sign in there in a working day. Of several servers each counts its own.</summary>
    public const int MostFailures = 300;

    /// <summary>The time that failures are counted over, and the shortest time between two lines.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly Lock _gate = new();
    private DateTimeOffset _since;
    private int _failures;
    private int _failuresBefore;
    private bool _isTold;

    /// <summary>This server's share of <see cref="MostFailures"/>.</summary>
    public int Most => heard.ShareOf(MostFailures);

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
                _isTold = false;
            }

            // The share may change at any moment: it is reached, or passed over.
            _failures++;
            if (_isTold || _failures < Most)
            {
                return;
            }

            _isTold = true;
        }

        LogSpike(log, Most, (int)Window.TotalMinutes);
    }

    [LoggerMessage(1, LogLevel.Warning, "ALERT: {Failures} wrong passwords, codes and tokens within {Minutes} minutes on this server. Somebody may be guessing; limits hold them up. The access log of accounts tells at which doors.")]
    private static partial void LogSpike(ILogger log, int failures, int minutes);
}
