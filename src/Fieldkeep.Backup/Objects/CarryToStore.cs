using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Objects;

/// <summary>
/// Carries what lies in a backup directory to an object store while the server runs, in the background: no commit waits for it. Only adds: it asks for no right to
/// delete or to overwrite. docs/formats/backup.md, decision 0054.
/// </summary>
internal sealed class CarryToStore
{
    private const int MostTold = 100;

    private readonly ObjectStoreOptions _options;
    private readonly string _root;
    private readonly Func<IReadOnlyList<string>> _findIds;
    private readonly IProgress<string> _progress;
    private readonly TimeProvider _clock;
    private readonly Turn[] _turns;
    private readonly Lock _noting = new();
    private readonly SortedDictionary<string, string> _leftOut = new(StringComparer.Ordinal);
    private StoreState _state;

    /// <summary>Prepares; <see cref="RunAsync"/> begins.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="root">The backup directory.</param>
    /// <param name="findIds">The ids of which it must have one.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <param name="clock">Measures pauses.</param>
    public CarryToStore(ObjectStoreOptions options, string root, Func<IReadOnlyList<string>> findIds, IProgress<string> progress, TimeProvider clock)
    {
        (_options, _root, _findIds, _progress, _clock) = (options, root, findIds, progress, clock);
        _state = new StoreState(options.Address, clock.GetUtcNow());
        _turns =
        [
            new Turn("the keyring", place => new CarryKeys(place).RunAsync, (state, at) => state with { KeysAt = at }),
            new Turn("the log", Log, (state, at) => state with { LogAt = at }),
            new Turn("blobs", place => new CarryBlobs(place, options.Rest, clock).RunAsync, (state, at) => state with { BlobsAt = at }),
            new Turn("base backups", place => new CarryBases(place).RunAsync, (state, at) => state with { BasesAt = at }) { TakesLong = true },
        ];
    }

    /// <summary>How it stands now.</summary>
    public StoreState State
    {
        get
        {
            lock (_noting)
            {
                return _state with
                {
                    LeftOut = [.. _leftOut.Values.Take(MostTold)],
                    Troubles = [.. _turns.Select(turn => turn.Trouble).OfType<string>().Distinct(StringComparer.Ordinal)],
                };
            }
        }
    }

    /// <summary>
    /// Carries until it is cancelled, and then what came since the last look, for ten seconds at most. What fails is tried again and told in <see cref="State"/>;
    /// one part holds up no other.
    /// </summary>
    /// <param name="isStill">Ends, once this is cancelled, when nothing comes into the backup directory any more.</param>
    /// <param name="cancellationToken">Tells it to end.</param>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RunAsync(Task isStill, CancellationToken cancellationToken)
    {
        await Task.Yield();
        using var store = new ObjectStore(_options);
        try
        {
            await Task.WhenAll(_turns.Select(turn => CarryAsync(turn, store, cancellationToken)));
        }
        finally
        {
            await CarryLastAsync(isStill, store);
        }
    }

    // There may be no next start with this disk. What the store did not take until now is not tried again, and a base backup takes longer than anybody waits.
    private async Task CarryLastAsync(Task isStill, ObjectStore store)
    {
        var turns = _turns.Where(turn => turn is { TakesLong: false, Trouble: null }).ToList();
        using var limit = new CancellationTokenSource(_options.LastLookWithin, _clock);
        try
        {
            await isStill.WaitAsync(limit.Token);
            await Task.WhenAll(turns.Select(turn => GoAsync(turn, store, limit.Token)));
        }
#pragma warning disable CA1031 // Whatever it is: it is told, and who stops the server waits no longer.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            var why = limit.IsCancellationRequested ? "it took too long" : failed.Message;
            _progress.Report($"what came last is not all in {_options.Address}, and goes there at the next start: {why}");
        }
    }

    private Task GoAsync(Turn turn, ObjectStore store, CancellationToken cancellationToken) =>
        turn.GoAsync(RequireId(), id => new CarryPlace(_root, id, RequireSame, store, Alarm, _progress.Report, LeaveOut), cancellationToken);

    private async Task CarryAsync(Turn turn, ObjectStore store, CancellationToken cancellationToken)
    {
        await Task.Yield();
        for (var pause = _options.LookEvery; ;)
        {
            var begun = _clock.GetUtcNow();
            try
            {
                await GoAsync(turn, store, cancellationToken);
                lock (_noting)
                {
                    (_state, turn.Trouble) = (turn.Note(_state, begun), null);
                }

                pause = _options.LookEvery;
            }
#pragma warning disable CA1031 // Whatever it is: it is told and tried again, for a copy that ended without a word is worse.
            catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Tell(turn, $"{turn.What} did not reach {_options.Address}: {failed.Message}");
                pause = pause * 2 < _options.LongestPause ? pause * 2 : _options.LongestPause;
            }

            await Task.Delay(pause, _clock, cancellationToken);
        }
    }

    private Func<CancellationToken, Task> Log(CarryPlace place)
    {
        var log = new CarryLog(place, isLists: false, _options.Rest, _clock);
        return token => log.RunAsync(log.Measure(), token);
    }

    private string RequireId() => KeyringTargets.FindId(_root) is { } id && _findIds().Contains(id, StringComparer.Ordinal)
        ? id
        : throw new IOException($"the backup directory {_root} is not there");

    private void RequireSame(string id)
    {
        if (KeyringTargets.FindId(_root) != id)
        {
            throw new IOException($"the backup directory {_root} is not there, or is another one");
        }
    }

    private void Alarm(string words)
    {
        lock (_noting)
        {
            if (_state.Alarms.Count >= MostTold || _state.Alarms.Contains(words, StringComparer.Ordinal))
            {
                return;
            }

            _state = _state with { Alarms = [.. _state.Alarms, words] };
        }

        _progress.Report($"ALARM: {words}");
    }

    private void LeaveOut(string key, string? words)
    {
        lock (_noting)
        {
            if (words is null)
            {
                _leftOut.Remove(key);
            }
            else if (_leftOut.ContainsKey(key) || _leftOut.Count < MostTold)
            {
                _leftOut[key] = words;
            }
        }
    }

    private void Tell(Turn turn, string words)
    {
        lock (_noting)
        {
            if (turn.Trouble == words)
            {
                return;
            }

            turn.Trouble = words;
        }

        _progress.Report(words);
    }

    /// <summary>One part of what is carried, and what it remembers of the directory that it is carried from.</summary>
    private sealed class Turn(string what, Func<CarryPlace, Func<CancellationToken, Task>> make, Func<StoreState, DateTimeOffset, StoreState> note)
    {
        private string? _id;
        private Func<CancellationToken, Task>? _run;

        public string What => what;

        /// <summary>Whether one part of it may be all of the database.</summary>
        public bool TakesLong { get; init; }

        public string? Trouble { get; set; }

        public StoreState Note(StoreState state, DateTimeOffset at) => note(state, at);

        public Task GoAsync(string id, Func<string, CarryPlace> placeOf, CancellationToken cancellationToken)
        {
            if (_run is null || _id != id)
            {
                (_id, _run) = (id, make(placeOf(id)));
            }

            return _run(cancellationToken);
        }
    }
}
