using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Following;

/// <summary>Keeps room on the disk on which something is restored for a while, where a server may live: that is ended before the disk is full.</summary>
/// <param name="scratch">The folder, which is there.</param>
/// <param name="leastFreeBytes">So many bytes stay free.</param>
internal sealed class ScratchRoom(string scratch, long leastFreeBytes, TimeProvider clock)
{
    // A disk that writes 2 GiB within that is not known.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private string? _shortage;

    /// <summary>What there is no room for.</summary>
    public string Purpose { get; init; } = "to try out a restore";

    /// <summary>What to do about it.</summary>
    public string Hint { get; init; } = "make room, or try it out on another disk with “fieldkeep backup rehearse --scratch”";

    /// <summary>Why there is no room; null while there is.</summary>
    public string? Shortage => Volatile.Read(ref _shortage);

    /// <summary>Requires that so many bytes more leave what stays free.</summary>
    /// <exception cref="BackupException">WrongFolder: they do not.</exception>
    public void Require(long bytes)
    {
        if (Disks.FreeBytes(scratch) is { } free && free - bytes < leastFreeBytes)
        {
            var words = $"no room {Purpose}: the disk of {scratch} has {Disks.Words(free)} left, {Disks.Words(bytes)} more may be needed, and {Disks.Words(leastFreeBytes)} stay free there";
            Interlocked.CompareExchange(ref _shortage, words, null);
            throw new BackupException(BackupTrouble.WrongFolder, words, Hint);
        }
    }

    /// <summary>Looks until it is ended; ends what is tried out when room runs low: PostgreSQL asks nobody before it writes.</summary>
    public async Task WatchAsync(CancellationTokenSource trying)
    {
        while (!trying.IsCancellationRequested)
        {
            try
            {
                Require(0);
            }
            catch (BackupException)
            {
                await trying.CancelAsync();
            }

            await Task.Delay(LookEvery, clock, trying.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
