using System.Threading.Channels;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>Hears what servers on this database change, by a connection of its own. One of several says a word to itself four times a second, and knows by it that it hears.</summary>
/// <remarks>
/// Words come in the order of their commits (PostgreSQL's documentation, NOTIFY): who hears itself has heard everybody who was done before it spoke. A word is a
/// transaction, which one server alone need not write to the log all day: it hears, and two seconds bound what it misses, as ever.
/// </remarks>
internal sealed partial class HearChanges(
    Db db, ChangeSignals signals, OwnServer own, Keyring keyring, IEnumerable<OnSignal> doing, ILogger<HearChanges> log) : BackgroundService, IWatchedLoop
{
    // Of the session nothing that changes what a commit waits for: whatever stands between might give it to others.
    private const string Prepare = """
        set application_name = 'fieldkeep hears';
        set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3; set tcp_user_timeout = 11000;
        listen fieldkeep
        """;

    // Nobody waits for a disk or a copy, in this one transaction: what is said is heard, or said again.
    private const string Beats = "select set_config('synchronous_commit', 'off', true), pg_notify('fieldkeep', @word)";

    private const string Life = "select " + DatabaseLife.Expression;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BeatAlone = TimeSpan.FromSeconds(30);

    // Longer is no answer: another connection is made.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // All words of a database wait for each other's commits, and one may wait for a copy that hangs. A connection that is given up for it has missed nothing.
    private static readonly TimeSpan LongestWord = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestDeaf = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ToClose = TimeSpan.FromSeconds(1);

    // What each word says, or null when something may have gone by. What hangs in doing one word keeps no other waiting: exports go at once.
    private readonly Dictionary<string, Channel<string?>> _heard = doing.Select(one => one.Word).Distinct(StringComparer.Ordinal)
        .ToDictionary(word => word, _ => Channel.CreateUnbounded<string?>(new UnboundedChannelOptions { SingleReader = true }), StringComparer.Ordinal);

    private readonly RoundWatch _watch = new();
    private readonly string _self = $"beat {own.Run:n} ";

    // What this server said last, and when.
    private volatile Tuple<string, long>? _said;
    private long _next;
    private bool _isTold;

    /// <inheritdoc/>
    public TimeSpan? FailingFor => _watch.FailingFor;

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (own.IsOneOfSeveral)
        {
            keyring.IsTold = () => signals.IsHeard;
        }

        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
    [
        _watch.RunAsync(() => ListenAsync(stoppingToken), stoppingToken),
        .. _heard.Select(one => _watch.RunAsync(() => DoHeardAsync(one.Key, one.Value.Reader, stoppingToken), stoppingToken)),
    ]);

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever was wrong with the connection: another is made.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                Tell(problem);
            }

            if (own.IsOneOfSeveral)
            {
                signals.Miss();
            }

            await Task.Delay(Again, stoppingToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    // Until the connection ends, or leads to another life of the database than the others do.
    private async Task ListenOnceAsync(CancellationToken stoppingToken)
    {
        var session = await OpenAsync(stoppingToken);
        try
        {
            var life = await session.GetAsync<string>(Life, null, stoppingToken);
            db.Life.Hear(life);
            var number = db.Life.Number;
            session.OnTold(Hear);
            await session.ExecuteAsync(Prepare, null, stoppingToken);

            // What was said until now went by.
            signals.Miss();
            foreach (var heard in _heard.Values)
            {
                heard.Writer.TryWrite(null);
            }

            for (var heardAt = TimeProvider.System.GetTimestamp(); db.Life.Number == number;)
            {
                heardAt = signals.IsHeard ? TimeProvider.System.GetTimestamp() : heardAt;
                if (TimeProvider.System.GetElapsedTime(heardAt) > LongestDeaf)
                {
                    throw new TimeoutException("What is said on this connection is not heard on it.");
                }

                await SayAsync(session, _next++, stoppingToken);
                End(isDone: signals.IsHeard);
                await WaitAsync(session, stoppingToken);
            }
        }
        finally
        {
            await CloseAsync(session);
        }
    }

    private async Task<Session> OpenAsync(CancellationToken stoppingToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        end.CancelAfter(Patience);
        return await db.OpenSessionAsync(end.Token);
    }

    private async Task SayAsync(Session session, long number, CancellationToken stoppingToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        end.CancelAfter(Patience);
        if (!own.IsOneOfSeveral)
        {
            await session.GetAsync<int>("select 1", null, end.Token);
            return;
        }

        var word = _self + number;
        _said = Tuple.Create(word, TimeProvider.System.GetTimestamp());
        end.CancelAfter(LongestWord);
        await session.ExecuteAsync(Beats, new { word }, end.Token);
    }

    private async Task WaitAsync(Session session, CancellationToken stoppingToken)
    {
        var (begun, beat) = (TimeProvider.System.GetTimestamp(), own.IsOneOfSeveral ? Beat : BeatAlone);
        // No less than a millisecond: Npgsql takes none for “for ever”.
        while (beat - TimeProvider.System.GetElapsedTime(begun) is { TotalMilliseconds: >= 1 } left)
        {
            await session.WaitAsync(left, stoppingToken);
        }
    }

    private void Hear(string word)
    {
        if (word.StartsWith("beat ", StringComparison.Ordinal))
        {
            if (_said is { } said && said.Item1 == word)
            {
                signals.HearSelf(said.Item2);
            }

            return;
        }

        signals.Hear(word);
        var (first, rest) = word.IndexOf(' ', StringComparison.Ordinal) is > 0 and var at ? (word[..at], word[(at + 1)..]) : (word, "");
        if (_heard.TryGetValue(first, out var heard))
        {
            heard.Writer.TryWrite(rest);
        }
    }

    private async Task DoHeardAsync(string word, ChannelReader<string?> heard, CancellationToken stoppingToken)
    {
        await foreach (var rest in heard.ReadAllAsync(stoppingToken))
        {
            foreach (var one in doing.Where(one => one.Word == word))
            {
                try
                {
                    await one.DoAsync(rest, stoppingToken);
                }
#pragma warning disable CA1031 // Each of them is done again by somebody else in seconds, or drops what it could not look at.
                catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    LogUndone(log, one.Word, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
                }
            }
        }
    }

    // Forgotten before it is closed: one that does not close keeps nobody from making another.
    private static async Task CloseAsync(Session session) => await session.DisposeAsync().AsTask().WaitAsync(ToClose, TimeProvider.System, CancellationToken.None)
        .ContinueWith(closed => closed.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    // Alone, what is not heard is known two seconds later.
    private void End(bool isDone)
    {
        _isTold &= !isDone;
        if (isDone || own.IsOneOfSeveral)
        {
            _watch.End(isDone);
        }
    }

    // Once for as long as it lasts: a database that is gone is told of by others, too.
    private void Tell(Exception problem)
    {
        if (!_isTold)
        {
            _isTold = true;
            LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
        }

        End(isDone: false);
    }

    [LoggerMessage(1, LogLevel.Warning, "What other processes change is not heard at this moment ({Failure} {Code}); tried again in seconds.")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Warning, "What was heard of another process ({Word}) could not be looked at ({Failure} {Code}).")]
    private static partial void LogUndone(ILogger log, string word, string failure, string? code);
}
