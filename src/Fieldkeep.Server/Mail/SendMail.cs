using System.Net.Mail;
using System.Net.Sockets;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Mail;

/// <summary>Sends what waits in the outbox, in the background; tries again for a day, then gives a letter up.</summary>
/// <remarks>
/// A letter is claimed for two minutes before it is carried, so that two servers do not send it both; one that crashes between
/// sending and noting it sends it a second time, under the same Message-ID.
/// </remarks>
internal sealed partial class SendMail(Db db, MailOutbox outbox, MailCarrier carrier, TimeProvider clock, ILogger<SendMail> log)
    : BackgroundService, IWatchedLoop
{
    private const string Claim = """
        update mail.outbox set due_at = @until, attempts = attempts + 1
        where id in (
            select id from mail.outbox
            where state = 'waiting' and due_at <= @now
            order by due_at limit 20 for update skip locked)
        returning id, row_id, kind, content, attempts, expires_at
        """;
    private const string Sent = """
        update mail.outbox set state = 'sent', content = null, last_error = null, finished_at = @now where id = @id and state = 'waiting'
        """;
    private const string Again = """
        update mail.outbox set due_at = @due, last_error = @error where id = @id and state = 'waiting'
        """;
    private const string GiveUp = """
        update mail.outbox set state = 'dead', content = null, last_error = @error, finished_at = @now where id = @id and state = 'waiting'
        """;
    private const string Sweep = """
        delete from mail.outbox where state <> 'waiting' and finished_at < @earlier
        """;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Claimed = TimeSpan.FromMinutes(2);

    // What is left of a letter is its kind, its times and why it failed.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private static readonly TimeSpan[] Waits =
    [
        TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12),
    ];

    private readonly RoundWatch _watch = new();

    /// <inheritdoc/>
    public TimeSpan? FailingFor => _watch.FailingFor;

    /// <summary>Sends what is due; gives how many letters were carried.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var sent = 0;
        foreach (var letter in await db.ListAsync<Waiting>(Claim, new { now, until = now + Claimed }, cancellationToken))
        {
            _watch.Move();
            if (letter.ExpiresAt <= now)
            {
                await GiveUpAsync(letter, "expired", cancellationToken);
            }
            else if (await TryCarryAsync(letter, cancellationToken))
            {
                sent++;
            }
        }

        return sent;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var swept = DateTimeOffset.MinValue;
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Every;
            try
            {
                _watch.Move();
                await RunAsync(stoppingToken);
                if (clock.GetUtcNow() - swept > TimeSpan.FromHours(1))
                {
                    swept = clock.GetUtcNow();
                    await db.ExecuteAsync(Sweep, new { earlier = swept - Kept }, stoppingToken);
                }

                _watch.End(isDone: true);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                _watch.End(isDone: false);
                LogFailed(log, problem.GetType().Name);
                pause = AfterFailure;
            }

            await Task.Delay(pause, stoppingToken).ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task<bool> TryCarryAsync(Waiting letter, CancellationToken cancellationToken)
    {
        try
        {
            await carrier.CarryAsync(letter.RowId, outbox.Open(letter.RowId, letter.Content), cancellationToken);
        }
#pragma warning disable CA1031 // Whatever keeps one letter from going must not keep the others.
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            var error = WordOf(problem);
            if (IsFinal(problem) || letter.Attempts > Waits.Length)
            {
                await GiveUpAsync(letter, error, cancellationToken);
            }
            else
            {
                LogRetried(log, letter.Id, letter.Kind, letter.Attempts, error);
                var due = clock.GetUtcNow() + Waits[letter.Attempts - 1];
                await db.ExecuteAsync(Again, new { id = letter.Id, due, error }, cancellationToken);
            }

            return false;
        }

        // It is gone; that must be noted whatever happens.
        await db.ExecuteAsync(Sent, new { id = letter.Id, now = clock.GetUtcNow() }, CancellationToken.None);
        return true;
    }

    private async Task GiveUpAsync(Waiting letter, string error, CancellationToken cancellationToken)
    {
        LogGivenUp(log, letter.Id, letter.Kind, letter.Attempts, error);
        await db.ExecuteAsync(GiveUp, new { id = letter.Id, error, now = clock.GetUtcNow() }, cancellationToken);
    }

    /// <summary>Says why a letter was not taken. The server's own words may quote the address; its number says enough.</summary>
    internal static string WordOf(Exception problem) => problem switch
    {
        SmtpException { InnerException: SocketException socket } => $"connection: {socket.SocketErrorCode}",
        SmtpException { StatusCode: not SmtpStatusCode.GeneralFailure } smtp => $"SMTP {(int)smtp.StatusCode}",
        _ => (problem.InnerException ?? problem).GetType().Name,
    };

    // 5xx about the recipient or the letter; a wrong password (530, 535) may be mended within the day.
    private static bool IsFinal(Exception problem) =>
        problem is ProblemException
        || (problem is SmtpException smtp && (int)smtp.StatusCode is >= 550 and <= 559);

    [LoggerMessage(1, LogLevel.Warning, "Letters cannot be sent at this moment ({Failure}); tried again.")]
    private static partial void LogFailed(ILogger log, string failure);

    [LoggerMessage(2, LogLevel.Warning, "letter {Letter} ({Kind}) was not taken at attempt {Attempt}: {Error}; tried again later")]
    private static partial void LogRetried(ILogger log, long letter, string kind, int attempt, string error);

    [LoggerMessage(3, LogLevel.Error, "letter {Letter} ({Kind}) is given up after attempt {Attempt}: {Error}")]
    private static partial void LogGivenUp(ILogger log, long letter, string kind, int attempt, string error);

    private sealed record Waiting(long Id, Guid RowId, string Kind, byte[] Content, int Attempts, DateTimeOffset ExpiresAt);
}
