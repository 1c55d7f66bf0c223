using System.Diagnostics.CodeAnalysis;

namespace Fieldkeep.Backup.Following;

/// <summary>
/// Lets base backups, rehearsals and recoveries work one at a time: all read all there is, the room that a restore takes for a while must not be made up for by
/// removing base backups, and none may be removed that is being restored. A base backup without which nothing can be restored ends a rehearsal, and so does a
/// recovery, for which somebody waits.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The semaphore has no handle unless somebody asks for one.")]
internal sealed class DiskTurn(TimeProvider clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // Longer, and the base backup of the day would not come in its time.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(12);

    // By then a rehearsal that was ended is over.
    private const int LooksBeforeTold = 60;

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Lock _gate = new();
    private CancellationTokenSource? _rehearsing;
    private int _recovering;

    /// <summary>Whether a recovery has the turn.</summary>
    public bool IsRecovering => Volatile.Read(ref _recovering) == 1;

    /// <summary>Takes the turn for a base backup; dispose what is returned when it is done.</summary>
    /// <param name="isUrgent">Whether the log carries on none yet; asked each second.</param>
    /// <param name="tell">Told when one that is urgent waits for a minute.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IDisposable> TakeForBaseAsync(Func<bool> isUrgent, Action tell, CancellationToken cancellationToken)
    {
        for (var looks = 1; !await _one.WaitAsync(LookEvery, cancellationToken); looks++)
        {
            if (isUrgent())
            {
                EndRehearsal();
                if (looks == LooksBeforeTold)
                {
                    tell();
                }
            }
        }

        return new Turn(_one);
    }

    /// <summary>Recovers in turn, for twelve hours at most; a rehearsal that goes on is ended.</summary>
    /// <exception cref="TimeoutException">It had not ended by then. It may go on until the disk answers.</exception>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RecoverAsync(Func<CancellationToken, Task> recover, CancellationToken cancellationToken)
    {
        while (!await _one.WaitAsync(LookEvery, cancellationToken))
        {
            EndRehearsal();
        }

        using var turn = new Turn(_one);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Volatile.Write(ref _recovering, 1);
        try
        {
            await Task.Run(() => recover(ending.Token), cancellationToken).WaitAsync(Longest, clock, CancellationToken.None);
        }
        finally
        {
            await ending.CancelAsync();
            Volatile.Write(ref _recovering, 0);
        }
    }

    /// <summary>Rehearses in turn, for twelve hours at most.</summary>
    /// <exception cref="TimeoutException">It had not ended by then.</exception>
    /// <exception cref="OperationCanceledException">A base backup had to come first, or it was told to end.</exception>
    public async Task<RehearsalReport> RehearseAsync(Func<CancellationToken, Task<RehearsalReport>> rehearse, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        using var turn = new Turn(_one);
        using var late = new CancellationTokenSource(Longest, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        Begin(ending);
        try
        {
            return await rehearse(ending.Token);
        }
        catch (OperationCanceledException ended) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("it had not ended after twelve hours: try it out on another machine with “fieldkeep backup rehearse”", ended);
        }
        finally
        {
            Begin(null);
        }
    }

    private void Begin(CancellationTokenSource? rehearsing)
    {
        lock (_gate)
        {
            _rehearsing = rehearsing;
        }
    }

    // Within the lock, for outside of it what is cancelled may be disposed.
    private void EndRehearsal()
    {
        lock (_gate)
        {
            _rehearsing?.Cancel();
        }
    }

    private sealed class Turn(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}
