using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Blobs;

/// <summary>Keeps sealed bytes as files named by their hash, below the data directory's <c>blobs</c> folder.</summary>
/// <remarks>
/// Order of safety: bytes are on disk (file and folder synced) before a row names them, so a row never names
/// a missing file. Whoever finishes a blob and then does not commit a row for it discards it, within a transaction by
/// <see cref="DiscardOnRollback"/>; what a crash in between leaves without a row, <see cref="StrayBlobs"/> finds.
/// While commits wait for the backup directory, one that names new blobs waits until these lie there, too.
/// </remarks>
internal sealed class BlobStore
{
    private const string Insert = """
        insert into blobs.blobs (sha256, size, created_at) select * from unnest(@sha256::bytea[], @size::bigint[], @at::timestamptz[])
        on conflict (sha256) do nothing
        """;

    /// <summary>With less room than this, nothing is taken, bytes. PostgreSQL stops hard when its log cannot grow; attachments must stop first.</summary>
    public const long MinFreeBytes = 512L * 1024 * 1024;

    private static readonly TimeSpan FullRetry = TimeSpan.FromMinutes(10);

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private readonly string _root;
    private readonly string _staging;
    private readonly TimeProvider _clock;
    private readonly KeepBlobs? _keep;
    private readonly bool _isShared;

    /// <summary>Opens the store, making its folders if needed.</summary>
    /// <param name="root">Its folder.</param>
    /// <param name="clock">Tells when a blob came.</param>
    /// <param name="keep">Keeps a copy of each; null where nothing is followed.</param>
    /// <param name="sharedBy">The server whose half-written files lie apart from those of others that have the same folder; null where it is alone.</param>
    public BlobStore(string root, TimeProvider clock, KeepBlobs? keep = null, string? sharedBy = null)
        : this(clock, root, keep, sharedBy) => Directory.CreateDirectory(_staging);

    private BlobStore(TimeProvider clock, string root, KeepBlobs? keep, string? sharedBy)
    {
        _root = root;
        _clock = clock;
        _keep = keep;
        _isShared = sharedBy is not null;

        // Beside the blobs in any case: a file comes to its place by a change of its name, and only within one file system.
        _staging = Path.Combine(root, "staging");
        if (sharedBy is not null)
        {
            _staging = Path.Combine(_staging, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sharedBy)))[..32]);
        }
    }

    /// <summary>Opens the store for reading only, beside a server that may be writing: nothing is made and nothing cleared.</summary>
    public static BlobStore ForReading(string root, TimeProvider clock) => new(clock, root, null, null);

    /// <summary>Clears what an earlier process left half-written. For the server alone, before it listens: beside another it would take what that one writes.</summary>
    public void ClearStaging()
    {
        // Whoever is alone clears what servers left that shared these folders before, too.
        foreach (var left in Directory.EnumerateFiles(_staging, "*", _isShared ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories))
        {
            File.Delete(left);
        }
    }

    /// <summary>Begins a new blob; write sealed bytes into it, then finish it. Disposed unfinished, it leaves nothing.</summary>
    /// <exception cref="ProblemException"><c>storage.full</c>: the rest of the disk belongs to the database.</exception>
    public BlobStage Begin()
    {
        if (new DriveInfo(_root).AvailableFreeSpace < MinFreeBytes)
        {
            throw new ProblemException(
                "storage.full", 503, "The server's disk is nearly full. Nothing was stored; tell its operator and send again later.")
            {
                RetryAfter = FullRetry,
            };
        }

        return new BlobStage(Path.Combine(_staging, Guid.CreateVersion7(_clock.GetUtcNow()).ToString("n")), PathOf);
    }

    /// <summary>
    /// Deletes a blob that this very process finished and that no row came to name. Every blob's bytes are its own
    /// (random salt), so nothing else can mean this file.
    /// </summary>
#pragma warning disable CA3003 // The name is 64 hexadecimal digits made here; nothing of a request is in it.
    public void Discard(StoredBlob blob) => File.Delete(PathOf(blob.Id));

    /// <summary>Deletes a blob that was finished for the caller's transaction, when that is certainly rolled back.</summary>
    public void DiscardOnRollback(Tx tx, StoredBlob blob) => tx.OnRollback(() =>
    {
        try
        {
            Discard(blob);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Why the transaction failed is what must be told; the file is found later as one without a row.
        }
    });

    /// <summary>Deletes a blob that no row means any more; one that is gone already stays so.</summary>
    public void Delete(BlobId blob)
    {
        if (File.Exists(PathOf(blob)))
        {
            File.Delete(PathOf(blob));
        }
    }
#pragma warning restore CA3003

    /// <summary>Records finished blobs in the caller's transaction.</summary>
    public async Task RecordAsync(Tx tx, IReadOnlyList<StoredBlob> blobs, CancellationToken cancellationToken)
    {
        if (blobs.Count == 0)
        {
            return;
        }

        var now = _clock.GetUtcNow().UtcDateTime;
        var arguments = new
        {
            sha256 = blobs.Select(blob => blob.Id.Sha256.ToArray()).ToArray(),
            size = blobs.Select(blob => blob.Size).ToArray(),
            at = blobs.Select(_ => now).ToArray(),
        };
        await tx.ExecuteAsync(Insert, arguments, cancellationToken);
        if (_keep is { } keep)
        {
            string[] paths = [.. blobs.Select(blob => Below(blob.Id))];
            tx.BeforeCommit(token => keep(paths, token));
        }
    }

    /// <summary>Tells whether a blob's file is there.</summary>
    public bool Has(BlobId id) => File.Exists(PathOf(id));

    /// <summary>Opens the sealed bytes of a blob for reading; seekable.</summary>
    /// <exception cref="FileNotFoundException">The file is gone: the disk or the restore is incomplete.</exception>
    /// <exception cref="Vault.VaultException">The disk cannot read it, here or later while it is read.</exception>
    public Stream OpenRead(BlobId id) => BlobFile.Open(PathOf(id));

    /// <summary>
    /// Lists the blobs of one of the 256 folders whose bytes were written before an instant. What is no blob by its name is left out.
    /// </summary>
    public IEnumerable<BlobId> ListBefore(byte folder, DateTimeOffset before)
    {
        var path = Path.Combine(_root, Convert.ToHexStringLower([folder]));
        return Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(file) is { Length: 64 } name && !name.AsSpan().ContainsAnyExcept(HexDigits))
                .Where(file => File.GetLastWriteTimeUtc(file) < before.UtcDateTime)
                .Select(file => new BlobId(Convert.FromHexString(Path.GetFileName(file))))
            : [];
    }

    private string PathOf(BlobId id) => Path.Combine(_root, Below(id));

    private static string Below(BlobId id)
    {
        var name = id.ToString();
        return Path.Combine(name[..2], name[2..4], name);
    }
}

/// <summary>Returns once blobs lie wherever a commit that names them is to have them.</summary>
/// <param name="paths">Below the store's folder.</param>
/// <param name="cancellationToken">Gives up.</param>
internal delegate Task KeepBlobs(IReadOnlyList<string> paths, CancellationToken cancellationToken);

/// <summary>A blob that lies safely on disk.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Size">Length of the sealed bytes.</param>
internal sealed record StoredBlob(BlobId Id, long Size);
