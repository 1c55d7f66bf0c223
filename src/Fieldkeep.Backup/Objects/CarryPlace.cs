using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Objects;

/// <summary>A backup directory, and the folder of an object store that is its own: named by its id, so that disks which take turns at one path do not mix.</summary>
/// <param name="root">The backup directory.</param>
/// <param name="id">Its id.</param>
/// <param name="requireId">Requires that this very directory is there still.</param>
/// <param name="store">Where to.</param>
/// <param name="alarm">Receives what somebody has to look at.</param>
/// <param name="tell">Receives what is wrong in the backup directory.</param>
/// <param name="leaveOut">Receives the name of what is not carried, because it is damaged in the backup directory, and that in a sentence; null once it was.</param>
internal sealed class CarryPlace(
    string root, string id, Action<string> requireId, ObjectStore store, Action<string> alarm, Action<string> tell, Action<string, string?> leaveOut)
{
    private const int MostChanged = 2;
    private const int MostNames = 2_000_000;
    private const int MostLetters = 200;
    private const int MostTold = 1_000;

    // Something else lies there: stores that know no conditions would overwrite it.
    private readonly ConcurrentDictionary<string, bool> _taken = new(StringComparer.Ordinal);

    // How often the store took something, and kept something else.
    private readonly ConcurrentDictionary<string, int> _changed = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _leftOut = new(StringComparer.Ordinal);
    private long _puts;
    private SourceNames? _names;

    /// <summary>What lies there under names that Fieldkeep gives.</summary>
    public SourceNames Names => _names ??= new SourceNames(root, folder => Tell($"{folder} has more names than are read"));

    /// <summary>How many objects were put, or lay there already.</summary>
    public long Puts => Interlocked.Read(ref _puts);

    /// <summary>Where a file lies.</summary>
    public string PathOf(string relative) => Path.Combine(root, relative);

    /// <summary>Tells what somebody has to look at.</summary>
    public void Alarm(string words) => alarm(words);

    /// <summary>Notes what is not carried, because it is damaged in the backup directory.</summary>
    /// <param name="key">Its path below the backup directory.</param>
    /// <param name="words">That, in a sentence; null once it was carried.</param>
    public void LeaveOut(string key, string? words)
    {
        if (words is null)
        {
            TakeIn(key);
        }
        else if (_leftOut.ContainsKey(key) || _leftOut.Count < MostTold)
        {
            _leftOut[key] = true;
            leaveOut(key, words);
            Tell(words);
        }
    }

    /// <summary>Takes back what was left out and has been removed from the backup directory since.</summary>
    public void TakeInRemoved()
    {
        foreach (var gone in _leftOut.Keys.Where(key => !Path.Exists(PathOf(key))))
        {
            TakeIn(gone);
        }
    }

    /// <summary>Reads a small file; null when it is not there, which a disk that does not answer is not taken for.</summary>
    /// <exception cref="IOException">It cannot be read, or is longer.</exception>
    public byte[]? FindSmall(string relative, long mostBytes)
    {
        using var file = FindFile(relative);
        if (file is null)
        {
            return null;
        }

        if (file.Length > mostBytes)
        {
            throw new IOException($"{relative} has {file.Length} bytes; {mostBytes} is the most");
        }

        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>A name out of a list of the store's, as people may read it: anybody may have put it there.</summary>
    public static string Shown(string key) => new([.. key.Take(MostLetters).Select(letter => letter is > ' ' and <= '~' ? letter : '?')]);

    /// <summary>Tells what is wrong in the backup directory; that is its own checks' business, and holds up nothing.</summary>
    public void Tell(string words)
    {
        // Each look finds the same.
        if (_told.Count < MostTold && _told.TryAdd(words, true))
        {
            tell(words);
        }
    }

    /// <summary>Lists what is in the store, below the folder of this directory.</summary>
    public async IAsyncEnumerable<StoredObject> ListAsync(string below, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var one in store.ListAsync($"{id}/{below}", cancellationToken))
        {
            yield return one with { Key = one.Key[(id.Length + 1)..] };
        }
    }

    /// <summary>
    /// Puts one object. Where other content lies under its name that is an alarm; that stays, and the object is put beside it.
    /// </summary>
    /// <exception cref="IOException">Other content lies under all of its names: it is not in the store.</exception>
    public async Task PutAsync(string key, Stream content, string sha256, CancellationToken cancellationToken)
    {
        foreach (var name in Enumerable.Range(1, PieceName.MostAgain).Select(again => PieceName.KeyOf(key, again)).Where(name => !_taken.ContainsKey(name)))
        {
            // A store that changes what it takes is not sent the same nine times, be it at one look or at many.
            if (_changed.GetValueOrDefault(key) >= MostChanged)
            {
                break;
            }

            requireId(id);
            try
            {
                await store.PutAsync($"{id}/{name}", content, sha256, cancellationToken);
                Interlocked.Increment(ref _puts);
                TakeIn(key);
                return;
            }
            catch (ObjectStoreException other) when (other.IsOther)
            {
                alarm(other.Message);
                _taken[name] = true;
                if (other.WasPut)
                {
                    _changed[key] = _changed.GetValueOrDefault(key) + 1;
                }
            }
        }

        // What else is to be carried goes on: this is no refusal of the store's.
        var words = $"{id}/{key} is not in the store: something else lies under its names";
        alarm(words);
        throw new IOException(words);
    }

    /// <summary>Notes that something else lies under a name, and tells it.</summary>
    public void Avoid(string key, string words)
    {
        _taken[key] = true;
        alarm($"{id}/{Shown(key)} {words}");
    }

    /// <summary>Opens a file; null when it was removed since it was listed.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public FileStream? FindFile(string relative)
    {
        try
        {
            return PlainFile.OpenRead(PathOf(relative), 0);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The SHA-256 of a stretch of a file, in hex.</summary>
    public static async Task<string> HashAsync(FileStream file, long from, long to, CancellationToken cancellationToken)
    {
        await using var part = new PartOfFile(file, from, to - from);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(part, cancellationToken));
    }

    /// <summary>Reads the lists of pieces, telling what is not the length that its name says.</summary>
    /// <param name="kind">One of <see cref="PieceName.Kinds"/>.</param>
    /// <param name="file">What the names of the files begin with.</param>
    /// <param name="isHere">Whether a file is in the backup directory: names that somebody invented are not remembered.</param>
    public async IAsyncEnumerable<(PieceName Piece, DateTimeOffset At)> ListPiecesAsync(
        string kind, string file, Func<string, bool> isHere, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var one in ListAsync($"{kind}/{file}", cancellationToken))
        {
            if (++count > MostNames)
            {
                throw new IOException($"{id}/{kind} in the store has more names than are remembered");
            }

            if (PieceName.TryParse(kind, one.Key) is not { } piece)
            {
                alarm($"{id}/{Shown(one.Key)} is no name that Fieldkeep gives");
            }
            else if (!isHere(piece.File))
            {
                // One of another time, or of nobody; what comes here later is put, and compared then.
            }
            else if (one.Bytes >= 0 && one.Bytes != piece.Bytes)
            {
                Avoid(one.Key, $"has {one.Bytes} bytes, not {piece.Bytes}");
            }
            else
            {
                yield return (piece, one.At);
            }
        }
    }

    /// <summary>Whether a file is one that never grows.</summary>
    public static bool IsHistory(string relative) => relative.EndsWith(".history" + WalFile.Extension, StringComparison.Ordinal);

    private void TakeIn(string key)
    {
        if (_leftOut.TryRemove(key, out _))
        {
            leaveOut(key, null);
        }
    }
}
