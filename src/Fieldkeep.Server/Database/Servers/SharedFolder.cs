using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// Makes sure that several servers on one database have one folder for keys and files, and not each a copy of it: two keyrings would go apart, and either would lose
/// what the other made. Each puts the number of its run into the folder before it says that it is there, and looks for those of the others: of all that are there when
/// it begins, and of each that is heard later. It holds a lock there, too, which the others must find held: else no lock would keep two of them from writing keys at once.
/// </summary>
/// <param name="folder">The folder; null where the server is alone.</param>
/// <param name="own">This server.</param>
/// <param name="rows">Who says that it is there.</param>
/// <param name="keyring">The keys that lie in the folder.</param>
internal sealed class SharedFolder(string? folder, OwnServer own, ServerRows rows, Keyring keyring) : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    // Runs that have the same folder; and since when others are heard that are not known to.
    private readonly HashSet<(string Name, Guid Run)> _proved = [];
    private readonly Dictionary<(string Name, Guid Run), long> _unproved = [];

    private ServerMarks? _marks;

    /// <summary>For how long another's number is waited for: longer than one that was killed counts as heard, and than a folder on another machine takes to show a new file.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A server that runs writes its row within that time.</summary>
    public TimeSpan Moves { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>Whether the keyring in the folder went another way than this process, or back: it must end, once what it had is kept.</summary>
    public bool IsForked => keyring.IsForked;

    /// <summary>Keeps what this process had of a keyring that went another way; false when it can be written nowhere.</summary>
    public bool KeepAside() => keyring.KeepAside();

    /// <summary>Requires that no server on this database has seen a later keyring, and that nobody has to decide between two; before anything of the database is changed.</summary>
    /// <exception cref="ServedElsewhereException">One has: the folder is a copy, or of a backup.</exception>
    /// <exception cref="Vault.VaultException">KeyringForked: a server left what it had beside the keyring.</exception>
    public async Task RequireNewestAsync(CancellationToken cancellationToken)
    {
        if (folder is null)
        {
            return;
        }

        keyring.IsShared = true;
        keyring.RequireDecided();
        for (var begun = TimeProvider.System.GetTimestamp(); await rows.FindNewestAsync(cancellationToken) is { } newest && newest.KeyringGeneration > keyring.Generation;)
        {
            // Somebody may have changed it at this moment.
            keyring.ReadAgain();
            if (TimeProvider.System.GetElapsedTime(begun) >= Patience && newest.KeyringGeneration > keyring.Generation)
            {
                throw ServedElsewhereException.OlderKeyring(keyring.Generation, newest);
            }

            await Task.Delay(LookAgain, cancellationToken);
        }
    }

    /// <summary>Puts this run's number into the folder; before anybody is told that this server is there.</summary>
    /// <exception cref="ServedElsewhereException">A process of the same name is there: this data directory, or that one, is a copy. Or the folder is.</exception>
    public async Task SignAsync(CancellationToken cancellationToken)
    {
        if (folder is null)
        {
            return;
        }

        await RequireNewestAsync(cancellationToken);
        var marks = _marks ??= new ServerMarks(folder, own.Name);
        for (var begun = TimeProvider.System.GetTimestamp(); !marks.TryHold();)
        {
            await WaitAsync(begun, cancellationToken);
        }

        await RequireAloneByNameAsync(cancellationToken);
        await marks.WriteAsync(own.Run, cancellationToken);
    }

    /// <summary>Waits until the numbers of all who say that they are there lie in the folder.</summary>
    /// <exception cref="ServedElsewhereException">One that is there has another folder.</exception>
    public async Task RequireSharedAsync(CancellationToken cancellationToken)
    {
        if (folder is null)
        {
            return;
        }

        for (var begun = TimeProvider.System.GetTimestamp(); ;)
        {
            var other = Look(await rows.ListAsync(cancellationToken)).FirstOrDefault();
            if (other is null)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(begun) >= Patience)
            {
                throw ServedElsewhereException.OtherFolder(other.Name);
            }

            await Task.Delay(LookAgain, cancellationToken);
        }
    }

    /// <summary>Finds a server that is there and, for longer than <see cref="Patience"/>, was not seen to have the same folder: such as one that was cut off while this one began.</summary>
    /// <param name="all">The servers on this database. Each run of each is looked for until it is found once.</param>
    public ServerRow? FindStranger(IReadOnlyList<ServerRow> all)
    {
        if (folder is null)
        {
            return null;
        }

        var unknown = Look(all);
        foreach (var gone in _unproved.Keys.Except(unknown.Select(KeyOf)).ToList())
        {
            _unproved.Remove(gone);
        }

        foreach (var one in unknown)
        {
            _unproved.TryAdd(KeyOf(one), TimeProvider.System.GetTimestamp());
        }

        return unknown.FirstOrDefault(one => TimeProvider.System.GetElapsedTime(_unproved[KeyOf(one)]) >= Patience);
    }

    /// <inheritdoc/>
    public void Dispose() => _marks?.Dispose();

    // Those of the others that are heard and not yet known to have this folder.
    private List<ServerRow> Look(IReadOnlyList<ServerRow> all)
    {
        var unknown = new List<ServerRow>();
        foreach (var one in all.Where(one => one.IsHeard && one.Name != own.Name && !_proved.Contains(KeyOf(one))))
        {
            if (folder is not null && ServerMarks.Has(folder, one.Name, one.Run))
            {
                _proved.Add(KeyOf(one));
            }
            else
            {
                unknown.Add(one);
            }
        }

        return unknown;
    }

    // A clone of a machine has the same name, and a lock in its own copy of the folder. The row of a process that died stands still.
    private async Task RequireAloneByNameAsync(CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var (seen, since) = (await rows.FindOwnAsync(cancellationToken), begun);
        while (seen is { HasLeft: false, IsHeard: true } && seen.Run != own.Run && TimeProvider.System.GetElapsedTime(since) < Moves - seen.Ago)
        {
            await WaitAsync(begun, cancellationToken);
            if (await rows.FindOwnAsync(cancellationToken) is var now && now?.IsSameAs(seen) != true)
            {
                (seen, since) = (now, TimeProvider.System.GetTimestamp());
            }
        }
    }

    private async Task WaitAsync(long begun, CancellationToken cancellationToken)
    {
        if (TimeProvider.System.GetElapsedTime(begun) >= Patience)
        {
            throw ServedElsewhereException.OnlyOne(own.Name);
        }

        await Task.Delay(LookAgain, cancellationToken);
    }

    private static (string Name, Guid Run) KeyOf(ServerRow server) => (server.Name, server.Run);
}
