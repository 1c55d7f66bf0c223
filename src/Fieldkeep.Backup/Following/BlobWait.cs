using Fieldkeep.Backup.Wal;

namespace Fieldkeep.Backup.Following;

/// <summary>
/// Lets a commit that names new blobs wait until the backup directory has them, while commits wait for its log: a submission is acknowledged with its photos or
/// not at all. Whoever waited in vain once lets nobody wait until new blobs are copied again.
/// </summary>
/// <param name="blobs">Copies them.</param>
/// <param name="isOn">Whether commits wait.</param>
/// <param name="patience">So long they wait at most.</param>
internal sealed class BlobWait(BlobFollower blobs, Func<bool> isOn, TimeSpan patience, Action<string> tell, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private DateTimeOffset? _stoppedAt;
    private long _stoppedIn = -1;

    /// <summary>When a commit last went on without its blobs being there, UTC; null when that never happened.</summary>
    public DateTimeOffset? StoppedAt
    {
        get
        {
            lock (_lock)
            {
                return _stoppedAt;
            }
        }
    }

    /// <summary>Returns once they lie in the backup directory, or nobody waits for it.</summary>
    /// <param name="paths">Below the folder of blobs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task WaitAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        if (!isOn() || blobs.Looks is not { } look || look <= Interlocked.Read(ref _stoppedIn))
        {
            return;
        }

        var answer = blobs.Asked.AskAsync(paths);
        try
        {
            if (await answer.WaitAsync(patience, clock, cancellationToken))
            {
                return;
            }
        }
        catch (TimeoutException)
        {
            Interlocked.Exchange(ref _stoppedIn, look);
        }

        lock (_lock)
        {
            _stoppedAt = clock.GetUtcNow();
        }

        tell($"a change is acknowledged though the backup directory lacks a file of it ({blobs.State.Trouble ?? "it takes too long"})");
    }
}
