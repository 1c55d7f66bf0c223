using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup;

/// <summary>Says what to back up and where to.</summary>
/// <param name="DataDirectory">The data directory, of a running or a stopped server.</param>
/// <param name="TargetDirectory">The backup directory; made if absent, better on another disk.</param>
/// <param name="RootKeyPath">The root key file; null for the usual place below the data directory.</param>
public sealed record BackupOptions(string DataDirectory, string TargetDirectory, string? RootKeyPath = null)
{
    /// <summary>Whether another directory may begin where a known one lay: without it, one that is not mounted is refused.</summary>
    public bool IsNew { get; init; }

    /// <summary>Has pgBackRest copy the database; null to copy it itself.</summary>
    internal DrivenWish? Driven { get; init; }

    /// <summary>Opens the root key at its provider; null to read its file.</summary>
    public OpenRoot? OpenRoot { get; init; }
}

/// <summary>Opens the root key of a keyring at its provider.</summary>
/// <param name="files">The keyring's copies, and where a root key file would be.</param>
/// <param name="cancellationToken">Gives up.</param>
/// <exception cref="Vault.VaultException">It is not to be had.</exception>
public delegate Task<RootKey> OpenRoot(KeyringFiles files, CancellationToken cancellationToken);

/// <summary>Tells what a backup holds.</summary>
/// <param name="Name">Its name below <c>backups/</c>.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="TakenAt">When it was begun.</param>
/// <param name="DatabaseBytes">The sealed database copy.</param>
/// <param name="BlobCount">Blobs it names.</param>
/// <param name="NewBlobCount">Blobs that were not in the backup directory before.</param>
/// <param name="BlobBytes">Bytes of the blobs it names.</param>
/// <param name="DamagedBlobs">Paths of blobs that were damaged in the data directory already; copied as they are.</param>
public sealed record BackupReport(
    string Name,
    string Folder,
    DateTimeOffset TakenAt,
    long DatabaseBytes,
    long BlobCount,
    long NewBlobCount,
    long BlobBytes,
    IReadOnlyList<string> DamagedBlobs)
{
    /// <summary>Where in the log the copy of the database lies.</summary>
    public BackupLog? Log { get; init; }

    /// <summary>Where pgBackRest's files lie; null where the server copied the database itself.</summary>
    public DrivenPlace? PgBackRest { get; init; }
}
