using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Copies;

/// <summary>A blob of the store.</summary>
/// <param name="Entry">Its line in the list.</param>
/// <param name="IsNew">Whether it was brought there just now.</param>
/// <param name="IsAsNamed">False if its name is a SHA-256 and its bytes have another: it was damaged before the backup.</param>
internal readonly record struct StoredBlob(BlobEntry Entry, bool IsNew, bool IsAsNamed);

/// <summary>Copies blobs into the store by their hash, and back. They are sealed already and stay so.</summary>
internal static class BlobCopy
{
    /// <summary>The column in the envelope's context.</summary>
    public const string Column = "backup.blobs";

    private const int BufferBytes = 128 * 1024;
    private const int HashDigits = 64;

    // Where blobs lie while they are being written: not whole, and locked by the writer.
    public const string Unfinished = "staging";

    /// <summary>Names every blob below a folder; none if there is no folder.</summary>
    public static IEnumerable<string> Find(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder)
            .Concat(Directory.EnumerateDirectories(folder)
                .Where(path => Path.GetFileName(path) != Unfinished)
                .SelectMany(path => Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)))
        : [];

    /// <summary>Bytes of the blobs below a folder that the store lacks.</summary>
    public static long CountMissing(string folder, BackupStore store, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        foreach (var path in Find(folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = Path.GetFileName(path);
            // One that is gone meanwhile needs no room.
            if (!(IsHash(name) && File.Exists(store.BlobPath(name))) && new FileInfo(path) is { Exists: true } missing)
            {
                bytes += missing.Length;
            }
        }

        return bytes;
    }

    /// <summary>Brings one blob into the store unless it is there; null if it was erased meanwhile.</summary>
    /// <param name="writer">Who copies; each writer has a file of its own to begin in, for two may work at once.</param>
    public static async Task<StoredBlob?> StoreAsync(
        string folder, string path, BackupStore store, string writer, CancellationToken cancellationToken)
    {
        var relative = Path.GetRelativePath(folder, path);
        if (!BlobList.IsBelow(relative))
        {
            throw new BackupException(
                BackupTrouble.WrongFolder, $"the blob {path} has a name that cannot be kept", "rename or remove it; Fieldkeep never makes such names");
        }

        try
        {
            // A name that is a hash the store has, of the same length: not read here, but verified there like all others.
            var name = Path.GetFileName(path);
            var length = new FileInfo(path).Length;
            if (IsHash(name) && new FileInfo(store.BlobPath(name)) is { Exists: true } kept && kept.Length == length)
            {
                return new StoredBlob(new BlobEntry(name, length, relative), IsNew: false, IsAsNamed: true);
            }

            return await CopyAsync(path, relative, store, writer, cancellationToken);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Reads a stored blob to its end and requires its hash.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public static Task VerifyAsync(BackupStore store, BlobEntry blob, CancellationToken cancellationToken) =>
        ReadAsync(store, blob, Stream.Null, cancellationToken);

    /// <summary>Copies a blob that is damaged in the store anew. False if the data directory has no good one either.</summary>
    public static async Task<bool> RepairAsync(string folder, BlobEntry blob, BackupStore store, string writer, CancellationToken cancellationToken)
    {
        try
        {
            return (await CopyAsync(Path.Combine(folder, blob.Path), blob.Path, store, writer, cancellationToken)).Entry == blob;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Brings a blob back into a data directory, requiring its hash on the way.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public static async Task RestoreAsync(BackupStore store, BlobEntry blob, string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, blob.Path);
        Directory.CreateDirectory(
            Path.GetDirectoryName(path) ?? folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var file = new FileStream(path, SealedFile.NewFile());
        await ReadAsync(store, blob, file, cancellationToken);
    }

    private static async Task<StoredBlob> CopyAsync(
        string path, string relative, BackupStore store, string writer, CancellationToken cancellationToken)
    {
        await using var source = OpenRead(path);
        store.Require();
        store.RequireRoom(source.Length);
        store.MakeFolder(Path.Combine(store.Root, "blobs"));
        var fresh = Path.Combine(store.Root, "blobs", writer + ".new");
        File.Delete(fresh);
        BlobEntry blob;
        await using (var file = new FileStream(fresh, SealedFile.NewFile()))
        await using (var hashing = new HashingStream(file))
        {
            await source.CopyToAsync(hashing, BufferBytes, cancellationToken);
            DurableFile.Sync(file);
            blob = new BlobEntry(hashing.Sha256, hashing.Length, relative);
        }

        var target = store.BlobPath(blob.Sha256);
        var isNew = !File.Exists(target);
        store.MakeFolder(DurableFile.DirectoryOf(target));
        // Over an existing one as well: same name, same bytes, unless the old one was damaged.
        File.Move(fresh, target, overwrite: true);
        DurableFile.SyncDirectory(DurableFile.DirectoryOf(target));
        var name = Path.GetFileName(path);
        return new StoredBlob(blob, isNew, IsAsNamed: !IsHash(name) || name == blob.Sha256);
    }

    private static async Task ReadAsync(BackupStore store, BlobEntry blob, Stream destination, CancellationToken cancellationToken)
    {
        var path = store.BlobPath(blob.Sha256);
        await using var source = OpenKept(path);
        await using var hashing = new HashingStream(source);
        var buffer = new byte[BufferBytes];
        while (await ReadSomeAsync(hashing, buffer, path, cancellationToken) is > 0 and var read)
        {
            await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        if (hashing.Length != blob.Bytes || hashing.Sha256 != blob.Sha256)
        {
            throw BackupException.Damaged($"the blob {path} is damaged: its bytes do not have the SHA-256 of its name");
        }
    }

    private static FileStream OpenKept(string path)
    {
        try
        {
            return OpenRead(path);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw BackupException.Damaged($"the blob {path} is missing", missing);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw BackupException.Damaged($"the blob {path} cannot be read: {failed.Message}", failed);
        }
    }

    // A disk that does not give one blob back is told from one that takes no more.
    private static async Task<int> ReadSomeAsync(HashingStream source, byte[] buffer, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException failed)
        {
            throw BackupException.Damaged($"the blob {path} cannot be read: {failed.Message}", failed);
        }
    }

    private static FileStream OpenRead(string path) => new(
        path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });

    private static bool IsHash(string name) => name.Length == HashDigits && name.All(char.IsAsciiHexDigitLower);
}
