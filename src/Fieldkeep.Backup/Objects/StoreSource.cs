using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Objects;

/// <summary>Takes single objects from a store into a backup directory: each is a file of its own below <c>fetched</c> first, and what it holds is what its name says.</summary>
/// <param name="store">From where.</param>
/// <param name="id">The backup directory that was carried there.</param>
/// <param name="directory">Where to.</param>
/// <param name="until">What the store got later does not count; null for all.</param>
/// <param name="look">Gathers what comes and what is wrong.</param>
internal sealed class StoreSource(ObjectStore store, string id, BackupStore directory, DateTimeOffset? until, FetchLook look)
{
    // As many one after the other without an answer, or for want of credentials: it is not about them.
    private const int MostRefused = 20;

    private readonly Lock _noting = new();
    private int _refused;

    /// <summary>Gathers what comes and what is wrong; from one thread.</summary>
    public FetchLook Look => look;

    /// <summary>Where things go.</summary>
    public BackupStore Directory => directory;

    /// <summary>Where a file lies here.</summary>
    public string OwnOf(string relative) => Path.Combine(directory.Root, relative);

    /// <summary>Lists the pieces of a kind by their files; tells what is no piece, or not of its length.</summary>
    /// <param name="kind">One of <see cref="PieceName.Kinds"/>.</param>
    /// <param name="isName">Whether Fieldkeep gives a file that name.</param>
    public Task<IReadOnlyDictionary<string, List<StoredPiece>>> ListAsync(string kind, Func<string, bool> isName, CancellationToken cancellationToken) =>
        ListAsync(kind, "", isName, _ => true, cancellationToken);

    /// <summary>Lists some of the pieces of a kind by their files; tells what is no piece, or not of its length.</summary>
    /// <param name="kind">One of <see cref="PieceName.Kinds"/>.</param>
    /// <param name="below">What the names of the files begin with.</param>
    /// <param name="isName">Whether Fieldkeep gives a file that name.</param>
    /// <param name="isWanted">Whether a piece is to be remembered: there may be millions.</param>
    public async Task<IReadOnlyDictionary<string, List<StoredPiece>>> ListAsync(
        string kind, string below, Func<string, bool> isName, Func<PieceName, bool> isWanted, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, List<StoredPiece>>(StringComparer.Ordinal);
        await foreach (var one in ListObjectsAsync($"{kind}/{below}", cancellationToken))
        {
            var key = one.Key;
            if (PieceName.TryParse(kind, key) is not { } piece || !isName(piece.File))
            {
                Alarm(FetchAlarmKind.Refused, key, "it is no name that Fieldkeep gives");
                continue;
            }

            if (one.Bytes >= 0 && one.Bytes != piece.Bytes)
            {
                Alarm(FetchAlarmKind.Changed, key, $"it has {one.Bytes} bytes, not the {piece.Bytes} of its name");
                continue;
            }

            if (!isWanted(piece))
            {
                continue;
            }

            if (!found.TryGetValue(piece.File, out var pieces))
            {
                found[piece.File] = pieces = [];
            }

            pieces.Add(new StoredPiece(piece, kind, one.At));
        }

        return found;
    }

    /// <summary>Lists objects as they are.</summary>
    public async IAsyncEnumerable<StoredObject> ListObjectsAsync(string below, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var one in store.ListAsync($"{id}/{below}", cancellationToken))
        {
            if (until is null || one.At <= until)
            {
                yield return one with { Key = one.Key[(id.Length + 1)..] };
            }
        }
    }

    /// <summary>
    /// Fetches an object into a new file and syncs it. False where its content is not what its name says, or the store does not give it now, which is told: one that
    /// it lost holds up no other.
    /// </summary>
    /// <param name="path">Where to; something there is replaced.</param>
    /// <exception cref="IOException">The store or the disk refuses.</exception>
    /// <exception cref="BackupException">WrongFolder: there is no room.</exception>
    public async Task<bool> TakeAsync(string key, long bytes, string sha256, string path, CancellationToken cancellationToken)
    {
        directory.RequireRoom(bytes);
        File.Delete(path);
        try
        {
            await using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            await store.ReadAsync($"{id}/{key}", file, bytes, sha256, cancellationToken);
            DurableFile.Sync(file);
        }
        catch (ObjectStoreException other) when (other.IsOther)
        {
            File.Delete(path);
            Alarm(FetchAlarmKind.Changed, key, "its content is not what its name says; in a bucket that keeps versions, the first one may be");
            return false;
        }
        catch (ObjectStoreException refused)
        {
            File.Delete(path);
            // Half of a bucket may lie in cold storage, or on a disk that the store lost: each of those is answered, and the others are fetched.
            if (refused.Status is not (0 or (int)System.Net.HttpStatusCode.Unauthorized))
            {
                Interlocked.Exchange(ref _refused, 0);
            }
            else if (Interlocked.Increment(ref _refused) >= MostRefused)
            {
                Interlocked.Exchange(ref _refused, 0);
                throw;
            }

            Tell($"{key} is not fetched: {refused.Message}");
            return false;
        }

        Interlocked.Exchange(ref _refused, 0);
        lock (_noting)
        {
            look.Bytes += bytes;
        }

        return true;
    }

    /// <summary>Reads a small object; null where its content is not what its name says, which is told.</summary>
    /// <exception cref="IOException">The store refuses.</exception>
    private async Task<byte[]?> FindAsync(StoredPiece piece, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        try
        {
            await store.ReadAsync($"{id}/{piece.Key}", content, piece.Name.Bytes, piece.Name.Sha256, cancellationToken);
            return content.ToArray();
        }
        catch (ObjectStoreException other) when (other.IsOther)
        {
            Alarm(FetchAlarmKind.Changed, piece.Key, "its content is not what its name says; in a bucket that keeps versions, the first one may be");
            return null;
        }
    }

    /// <summary>Requires that what lies there has names that this program knows.</summary>
    /// <exception cref="BackupException">WrongFolder: it was carried by another version.</exception>
    public async Task RequireFormatAsync(CancellationToken cancellationToken)
    {
        var format = System.Text.Encoding.ASCII.GetBytes(PieceName.Format);
        var isOther = false;
        for (var again = 1; again <= PieceName.MostAgain; again++)
        {
            var key = PieceName.KeyOf(PieceName.FormatKey, again);
            try
            {
                await store.ReadAsync($"{id}/{key}", Stream.Null, format.Length, HashOf(format), cancellationToken);
                return;
            }
            catch (ObjectStoreException other) when (other.IsOther)
            {
                isOther = true;
            }
            catch (ObjectStoreException gone) when (gone.Status == (int)System.Net.HttpStatusCode.NotFound)
            {
                break;
            }
            catch (ObjectStoreException refused)
            {
                // One that the store lost, or does not give to its end, does not end it: what follows says what it is, or that there is no line.
                Tell($"{key} is not fetched: {refused.Message}");
                return;
            }
        }

        if (isOther)
        {
            throw new BackupException(BackupTrouble.WrongFolder, $"{store.Address} has names that this program does not know", "use the version of Fieldkeep that carried it there");
        }

        Alarm(FetchAlarmKind.Vanished, PieceName.FormatKey, "it is gone from the store");
    }

    /// <summary>
    /// Reads a small file of which there may be several objects: the one that came first, by the store's clock, of those that are what their names say. What came
    /// later may be of somebody who took the server over, and is told. Null where none can be used.
    /// </summary>
    /// <exception cref="IOException">The store refuses.</exception>
    public async Task<byte[]?> FindFirstAsync(IReadOnlyList<StoredPiece> pieces, long mostBytes, CancellationToken cancellationToken)
    {
        byte[]? found = null;
        string? sha256 = null;
        ObjectStoreException? refused = null;
        foreach (var piece in pieces.OrderBy(piece => piece.At).ThenBy(piece => piece.Key, StringComparer.Ordinal))
        {
            if (refused is not null && found is null && piece.Name.Sha256 != sha256)
            {
                // What came first is not given now: another does not take its place.
                continue;
            }

            if (found is not null)
            {
                if (piece.Name.Sha256 != sha256)
                {
                    Alarm(FetchAlarmKind.Refused, piece.Key, "another object of the same file came before it, and was taken");
                }
            }
            else if (piece.Name.From != 0 || piece.Name.Bytes > mostBytes)
            {
                Alarm(FetchAlarmKind.Refused, piece.Key, $"it does not begin with the first byte, or is longer than {mostBytes} bytes");
            }
            else
            {
                sha256 = piece.Name.Sha256;
                try
                {
                    found = await FindAsync(piece, cancellationToken);
                }
                catch (ObjectStoreException failed)
                {
                    refused = failed;
                }
            }
        }

        return found is null && refused is not null ? throw new IOException(refused.Message, refused) : found;
    }

    /// <summary>Notes what somebody has to look at.</summary>
    public void Alarm(FetchAlarmKind kind, string path, string words)
    {
        lock (_noting)
        {
            look.Alarm(kind, path, words);
        }
    }

    /// <summary>Notes what could not be fetched now.</summary>
    public void Tell(string words)
    {
        lock (_noting)
        {
            look.Tell(words);
        }
    }

    /// <summary>Counts a blob that came.</summary>
    public void CountBlob()
    {
        lock (_noting)
        {
            look.Blobs++;
        }
    }

    /// <summary>The SHA-256 of bytes, in hex.</summary>
    public static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

/// <summary>A piece as it lies in the store.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Kind">In which folder.</param>
/// <param name="At">When the store got it.</param>
internal sealed record StoredPiece(PieceName Name, string Kind, DateTimeOffset At)
{
    /// <summary>Its name below the folder of the id.</summary>
    public string Key => Name.KeyIn(Kind);
}
