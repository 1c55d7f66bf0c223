using System.Formats.Tar;
using System.IO.Compression;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Upgrades;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Copies;

/// <summary>
/// Copies what else lies in a data directory, like the certificate authority phones have learnt to trust:
/// small files, secret ones among them, as one compressed and sealed tar.
/// </summary>
internal static class OtherFiles
{
    /// <summary>The column in the envelope's context.</summary>
    public const string Column = "backup.files";

    // Copied otherwise, or made anew at every start. The root key is below keys: of those, only the list of backup directories is here.
    private static readonly string[] Elsewhere =
    [
        "postgres", "blobs", "checkpoints", "keys", "run", "log", "lock", "spool", "journal", "journal.at", "kept", "lost+found", BackupStore.Below, Snapshots.Folder,
        RehearseRestore.Folder,
    ];

    /// <summary>Names the top-level files and folders that are copied here.</summary>
    public static IEnumerable<string> Find(string dataDirectory) =>
        Directory.EnumerateFileSystemEntries(dataDirectory).Where(path => IsCopied(Path.GetFileName(path)))
            .Order(StringComparer.Ordinal);

    /// <summary>Streams regular files with their modes; links and sockets are left out.</summary>
    public static async Task WriteAsync(string dataDirectory, Stream destination, CancellationToken cancellationToken)
    {
        await using var compressed = new BrotliStream(destination, CompressionLevel.Fastest, leaveOpen: true);
        await using var tar = new TarWriter(compressed, TarEntryFormat.Pax, leaveOpen: true);
        var targets = Path.Combine(dataDirectory, KeyringTargets.RelativePath);
        foreach (var path in Find(dataDirectory).SelectMany(FilesAt).Concat(File.Exists(targets) ? [targets] : []))
        {
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var entry = new PaxTarEntry(TarEntryType.RegularFile, Path.GetRelativePath(dataDirectory, path))
            {
                DataStream = content,
                Mode = File.GetUnixFileMode(path),
            };
            await tar.WriteEntryAsync(entry, cancellationToken);
        }
    }

    /// <summary>Walks the copy to its end; with a directory, unpacks it there.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public static async Task ReadAsync(Stream source, string? dataDirectory, CancellationToken cancellationToken)
    {
        await using var plain = new BrotliStream(source, CompressionMode.Decompress, leaveOpen: true);
        await using var tar = new TarReader(plain, leaveOpen: true);
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (entry.EntryType != TarEntryType.RegularFile || !BlobList.IsBelow(entry.Name)
                || !(entry.Name == KeyringTargets.RelativePath || IsCopied(entry.Name.Split('/')[0])))
            {
                throw BackupException.Damaged($"the copy of other files has an entry “{entry.Name}” of type {entry.EntryType}");
            }

            var content = entry.DataStream ?? Stream.Null;
            if (dataDirectory is null)
            {
                await content.CopyToAsync(Stream.Null, cancellationToken);
            }
            else
            {
                await UnpackAsync(entry, content, Path.Combine(dataDirectory, entry.Name), cancellationToken);
            }
        }

        await plain.CopyToAsync(Stream.Null, cancellationToken);
    }

    private static bool IsCopied(string name) =>
        !name.StartsWith('.') && !name.EndsWith(".new", StringComparison.Ordinal)
        && !Elsewhere.Contains(name, StringComparer.Ordinal);

    private static IEnumerable<string> FilesAt(string path) =>
        Directory.Exists(path)
            ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories)
                .Where(file => file.LinkTarget is null).Select(file => file.FullName).Order(StringComparer.Ordinal)
            : [path];

    private static async Task UnpackAsync(TarEntry entry, Stream content, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(
            Path.GetDirectoryName(path) ?? "/", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var file = new FileStream(path, SealedFile.NewFile());
        await content.CopyToAsync(file, cancellationToken);
        File.SetUnixFileMode(file.SafeFileHandle, entry.Mode);
    }
}
