using System.Threading.Channels;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>Takes events of the access log at any door without waiting, and writes them a moment later.</summary>
/// <remarks>
/// An outage of the log holds up nobody: events wait in memory, then further ones are dropped and counted. A sign-in that
/// succeeded stands in the audit book as well, in its own transaction.
/// </remarks>
internal sealed partial class AccessBook(AccessRows rows, TimeProvider clock, ILogger<AccessBook> log) : BackgroundService, IWatchedLoop
{
    // About 500 bytes each: 10 MB while the database is away.
    private const int MostWaiting = 20_000;
    private const int MostAtOnce = 200;
    private const int MostQuiet = 10_000;

    private static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _quiet = new(StringComparer.Ordinal);
    private readonly Channel<(DateTimeOffset At, AccessEvent Event)> _waiting = Channel.CreateUnbounded<(DateTimeOffset, AccessEvent)>(
        new UnboundedChannelOptions { SingleReader = true });
    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RoundWatch _watch = new();
    private long _open;
    private long _dropped;

    /// <inheritdoc/>
    public TimeSpan? FailingFor => _watch.FailingFor;

    /// <summary>Takes an event.</summary>
    public void Note(AccessEvent line)
    {
        if (Interlocked.Increment(ref _open) > MostWaiting)
        {
            Interlocked.Decrement(ref _open);
            Interlocked.Increment(ref _dropped);
            return;
        }

        _waiting.Writer.TryWrite((clock.GetUtcNow(), line));
    }

    /// <summary>Takes an event that may come a thousand times a second, such as a refusal: once a minute for the same key.</summary>
    public void NoteOnce(string key, AccessEvent line)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            if (_quiet.TryGetValue(key, out var since) && now - since < Quiet)
            {
                return;
            }

            if (_quiet.Count >= MostQuiet)
            {
                _quiet.Clear();
            }

            _quiet[key] = now;
        }

        Note(line);
    }

    /// <summary>Waits until what was taken before is written, two seconds at most: a log is read without its newest lines rather than not at all.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (Interlocked.Read(ref _open) > 0 && clock.GetElapsedTime(began) < LongestFlush)
        {
            await Task.WhenAny(_written.Task, Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<(DateTimeOffset, AccessEvent)>();
        var pause = TimeSpan.Zero;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (batch.Count == 0)
                {
                    await _waiting.Reader.WaitToReadAsync(stoppingToken);
                }

                _watch.Move();
                await WriteAsync(batch, stoppingToken);
                _watch.End(isDone: true);
                pause = TimeSpan.Zero;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
            catch (Exception thrown)
#pragma warning restore CA1031
            {
                _watch.End(isDone: false);
                LogFailed(log, thrown.GetType().Name, DatabaseFailure.CodeOf(thrown));
                pause = TimeSpan.FromSeconds(Math.Min((pause.TotalSeconds * 2) + 1, LongestPause.TotalSeconds));
                await Task.Delay(pause, stoppingToken).ContinueWith(
                    _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }

        await WriteLastAsync(batch);
    }

    private async Task WriteAsync(List<(DateTimeOffset At, AccessEvent Event)> batch, CancellationToken cancellationToken)
    {
        while (batch.Count < MostAtOnce && _waiting.Reader.TryRead(out var next))
        {
            batch.Add(next);
        }

        if (batch.Count == 0)
        {
            return;
        }

        await rows.InsertAsync(batch, cancellationToken);
        Interlocked.Add(ref _open, -batch.Count);
        batch.Clear();
        Interlocked.Exchange(ref _written, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            LogDropped(log, dropped);
        }
    }

    private async Task WriteLastAsync(List<(DateTimeOffset At, AccessEvent Event)> batch)
    {
        using var patience = new CancellationTokenSource(LongestFlush);
        try
        {
            do
            {
                await WriteAsync(batch, patience.Token);
            }
            while (Interlocked.Read(ref _open) > 0);
        }
#pragma warning disable CA1031 // The process ends; what is lost is told.
        catch (Exception)
#pragma warning restore CA1031
        {
            LogDropped(log, Interlocked.Read(ref _open));
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the access log cannot be written ({Failure} {Code}); its events wait in memory, nobody is held up")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Error, "{Count} events of the access log were lost: the database was away for too long")]
    private static partial void LogDropped(ILogger log, long count);
}
