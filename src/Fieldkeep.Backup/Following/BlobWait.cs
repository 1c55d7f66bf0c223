using Fieldkeep.Backup.Wal;

namespace Fieldkeep.Backup.Following;

/// <summary>
/// Lets a commit that names new blobs wait until the backup directory has them, while commits wait for its log: a submission is acknowledged with its photos or
/// not at all. Where it does not take them, nobody waits for a while, and that is told.
/// </summary>
/// <param name="blobs">Copies them.</param>
/// <param name="isOn">Whether commits wait.</param>
/// <param name="patience">So long they wait at most, and so long nobody does after one waited in vain.</param>
internal sealed class BlobWait(BlobFollower blobs, Func<bool> isOn, TimeSpan patience, Action<string> tell, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private DateTimeOffset? _stoppedAt;
    private bool _isPassing;
    private (long Look, long At)? _inVain;

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
        if (!isOn())
        {
            return;
        }

        if (!IsWorthWhile())
        {
            Pass("it does not take new files");
            return;
        }

        try
        {
            if (await blobs.Asked.AskAsync(paths).WaitAsync(patience, clock, cancellationToken))
            {
                lock (_lock)
                {
                    _isPassing = false;
                }

                return;
            }

            Stop();
            Pass("it does not take new files");
        }
        catch (TimeoutException)
        {
            Stop();
            Pass("it takes too long");
        }
    }

    // After one that waited in vain there is a pause, and a look that began later has to end: a disk that hangs or is too slow must not hold up commits all the time.
    private bool IsWorthWhile()
    {
        lock (_lock)
        {
            return blobs.Looks is { } look
                && (_inVain is not { } vain || (look > vain.Look + 1 && clock.GetElapsedTime(vain.At) >= patience));
        }
    }

    private void Stop()
    {
        lock (_lock)
        {
            _inVain = (Math.Max(blobs.Looks ?? 0, _inVain?.Look ?? 0), clock.GetTimestamp());
        }
    }

    // Told once until one is copied again: the first of thousands says as much.
    private void Pass(string why)
    {
        bool isFirst;
        lock (_lock)
        {
            isFirst = !_isPassing;
            _isPassing = true;
            _stoppedAt = clock.GetUtcNow();
        }

        if (isFirst)
        {
            tell($"changes are acknowledged though the backup directory lacks files of them ({blobs.State.Trouble ?? why}), until it takes them again");
        }
    }
}
