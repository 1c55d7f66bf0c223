using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Store;

/// <summary>Writes and reads the sealed files of one backup, a bounded buffer at a time.</summary>
internal sealed class SealedFile(DataKey key, Guid installation, Guid backup)
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Throws when there is no room for so many bytes; asked before each 16 MiB.</summary>
    public Action<long> RequireRoom { get; init; } = _ => { };

    /// <summary>Seals what <paramref name="write"/> writes into a new file, durably.</summary>
    public async Task<BackupFile> WriteAsync(
        string folder, string name, string column, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(Path.Combine(folder, name), NewFile());
        await using var roomy = new RoomStream(file, RequireRoom);
        await using var hashing = new HashingStream(roomy);
        await using var sealing = new SealingStream(
            hashing, key, EnvelopePurpose.BackupFile, Context(column), leaveOpen: true);
        await write(sealing);
        await sealing.CompleteAsync(cancellationToken);
        DurableFile.Sync(file);
        return new BackupFile(name, hashing.Length, hashing.Sha256);
    }

    /// <summary>
    /// Opens a file for <paramref name="read"/>, which must read to the end, and requires that the bytes on disk are those of
    /// the manifest. What was read counts only if this returns.
    /// </summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public async Task ReadAsync(
        string folder, BackupFile expected, string column, Func<Stream, Task> read, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, expected.Name);
        try
        {
            await using var file = new FileStream(
                path, new FileStreamOptions { BufferSize = BufferBytes, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
            await using var hashing = new HashingStream(file);
            await using var opening = await OpeningStream.OpenAsync(
                hashing, Find, EnvelopePurpose.BackupFile, Context(column), leaveOpen: true, cancellationToken);
            await read(opening);
            // To the end of the sealed bytes, whatever the reader left.
            await opening.CopyToAsync(Stream.Null, cancellationToken);
            if (hashing.Length != expected.Bytes || hashing.Sha256 != expected.Sha256)
            {
                throw BackupException.Damaged($"{path} is not the file the manifest names: its length or SHA-256 differs");
            }
        }
        catch (Exception damaged) when (damaged is VaultException or InvalidDataException or FileNotFoundException)
        {
            throw BackupException.Damaged($"{path} is damaged or missing: {damaged.Message}", damaged);
        }
    }

    /// <summary>Seals a small value.</summary>
    public byte[] SealManifest(ReadOnlySpan<byte> bytes) =>
        Envelope.Seal(key, EnvelopePurpose.BackupManifest, Context("backup.manifest"), bytes);

    /// <summary>Opens the manifest.</summary>
    /// <exception cref="VaultException">Why it cannot be opened.</exception>
    public byte[] OpenManifest(ReadOnlySpan<byte> envelope) =>
        Envelope.Open(key, EnvelopePurpose.BackupManifest, Context("backup.manifest"), envelope);

    /// <summary>Options of a new file only its owner may read.</summary>
    public static FileStreamOptions NewFile() => new()
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        BufferSize = BufferBytes,
        Options = FileOptions.Asynchronous,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    private EnvelopeContext Context(string column) => new(installation, Guid.Empty, column, backup, 1);

    private DataKey? Find(KeyId id) => id == key.Id ? key : null;
}
