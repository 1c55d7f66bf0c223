namespace Fieldkeep.Backup.Wal;

/// <summary>Blobs whose copies somebody waits for, in the order in which they were asked for.</summary>
internal sealed class AskedBlobs
{
    private readonly Lock _lock = new();
    private readonly Queue<One> _waiting = new();
    private TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed;

    /// <summary>Asks for blobs; the answer is whether all of them lie in the backup directory, durable and noted.</summary>
    /// <param name="paths">Below the folder of blobs.</param>
    public Task<bool> AskAsync(IReadOnlyList<string> paths)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return Task.FromResult(false);
            }

            var one = new One(paths);
            _waiting.Enqueue(one);
            _came.TrySetResult();
            return one.Answer;
        }
    }

    /// <summary>Takes all that wait now: one sync is for all of them.</summary>
    public IReadOnlyList<One> Take()
    {
        lock (_lock)
        {
            One[] taken = [.. _waiting];
            _waiting.Clear();
            if (_came.Task.IsCompleted)
            {
                _came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return taken;
        }
    }

    /// <summary>Waits until somebody asks, or no longer than so long.</summary>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task WaitAsync(TimeSpan longest, TimeProvider clock, CancellationToken cancellationToken)
    {
        Task came;
        lock (_lock)
        {
            came = _came.Task;
        }

        await came.WaitAsync(longest, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Tells all that wait no; with <paramref name="forGood"/> whoever asks later, too.</summary>
    public void Refuse(bool forGood = false)
    {
        lock (_lock)
        {
            _isClosed |= forGood;
        }

        foreach (var one in Take())
        {
            one.Say(false);
        }
    }

    /// <summary>What one asked for.</summary>
    /// <param name="paths">Below the folder of blobs.</param>
    internal sealed class One(IReadOnlyList<string> paths)
    {
        private readonly TaskCompletionSource<bool> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Below the folder of blobs.</summary>
        public IReadOnlyList<string> Paths => paths;

        /// <summary>Whether they are there.</summary>
        public Task<bool> Answer => _answer.Task;

        /// <summary>Answers.</summary>
        public void Say(bool areThere) => _answer.TrySetResult(areThere);
    }
}
