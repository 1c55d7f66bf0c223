using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Driven;

/// <summary>Lists the files of pgBackRest that a base backup needs, those of the earlier ones of its chain included. Only sealed: it has the key.</summary>
/// <param name="Chain">Which chain.</param>
/// <param name="Labels">pgBackRest's names of the backups, the full one first; the last is this one.</param>
/// <param name="Pass">The key of the chain.</param>
/// <param name="Files">The files.</param>
internal sealed partial record DrivenList(Guid Chain, IReadOnlyList<string> Labels, string Pass, IReadOnlyList<DrivenFile> Files)
{
    /// <summary>Below a backup, what it holds of the database.</summary>
    public const string DataFolder = "pg_data";

    private const int BufferBytes = 128 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>pgBackRest's name of this one.</summary>
    public string Label => Labels[^1];

    /// <summary>Bytes of the files of one backup.</summary>
    public long BytesOf(string label) => Files.Where(file => file.Path.StartsWith(label + "/", StringComparison.Ordinal)).Sum(file => file.Bytes);

    /// <summary>Writes it.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads it; believes that it was sealed, and no path in it.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public static DrivenList Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var list = JsonSerializer.Deserialize<DrivenList>(bytes, Json);
            return list is { Labels: [_, ..], Pass: not null, Files: not null } && list.Labels.All(IsLabel) && list.Files.All(file => IsOf(list, file))
                ? list
                : throw BackupException.Damaged("the list of pgBackRest's files names something that cannot be one");
        }
        catch (JsonException damaged)
        {
            throw BackupException.Damaged("the list of pgBackRest's files is not readable", damaged);
        }
    }

    /// <summary>Lists the files of one backup as they are now.</summary>
    /// <param name="backups">The folder of pgBackRest's backups.</param>
    /// <param name="label">Which.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BackupException">ToolFailed: it has other parts than a database without tablespaces.</exception>
    public static async Task<IReadOnlyList<DrivenFile>> FindAsync(string backups, string label, CancellationToken cancellationToken)
    {
        var files = new List<DrivenFile>();
        var folder = Path.Combine(backups, label);
        foreach (var (path, attributes) in Entries(folder))
        {
            var below = Path.GetRelativePath(folder, path);
            if (attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                throw new BackupException(BackupTrouble.ToolFailed, $"{path} is a link, which pgBackRest does not write", "remove it; all of the database is copied again");
            }

            if (attributes.HasFlag(FileAttributes.Directory) || below is "backup.manifest" or "backup.manifest.copy")
            {
                continue;
            }

            if (!below.StartsWith(DataFolder + "/", StringComparison.Ordinal) || !BlobList.IsBelow(below))
            {
                throw new BackupException(BackupTrouble.ToolFailed, $"pgBackRest wrote {path}, which a database without tablespaces has not", "are there tablespaces? they are not backed up");
            }

            files.Add(await HashAsync(path, $"{label}/{below}", cancellationToken));
        }

        return files;
    }

    /// <summary>Requires that every file is there and is the one that was listed.</summary>
    /// <param name="backups">The folder of pgBackRest's backups.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BackupException">Damaged.</exception>
    public async Task VerifyAsync(string backups, CancellationToken cancellationToken)
    {
        foreach (var folder in Labels.Select(label => Path.Combine(backups, label)).Prepend(backups).Prepend(Path.GetDirectoryName(backups)!))
        {
            if (!PlainFile.IsFolder(folder))
            {
                throw BackupException.Damaged($"{folder} is missing, or a link");
            }
        }

        foreach (var file in Files)
        {
            var path = Path.Combine(backups, file.Path);
            try
            {
                if (await HashAsync(path, file.Path, cancellationToken) != file)
                {
                    throw BackupException.Damaged($"{path} is not the file that pgBackRest wrote: its length or SHA-256 differs");
                }
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                throw BackupException.Damaged($"{path} is missing or cannot be read: {unreadable.Message}", unreadable);
            }
        }
    }

    /// <summary>Whether a name is one that pgBackRest gives a backup.</summary>
    public static bool IsLabel(string name) => LabelForm().IsMatch(name);

    /// <summary>All that lies below a folder, links too; but nothing behind one.</summary>
    public static IEnumerable<(string Path, FileAttributes Attributes)> Entries(string folder) =>
        new FileSystemEnumerable<(string Path, FileAttributes Attributes)>(
            folder,
            (ref FileSystemEntry entry) => (entry.ToFullPath(), entry.Attributes),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false })
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };

    private static async Task<DrivenFile> HashAsync(string path, string name, CancellationToken cancellationToken)
    {
        await using var file = PlainFile.OpenRead(path, BufferBytes);
        return new DrivenFile(name, file.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)));
    }

    private static bool IsOf(DrivenList list, DrivenFile? file) =>
        file is { Path: not null, Sha256: not null } && BlobList.IsBelow(file.Path)
        && list.Labels.Any(label => file.Path.StartsWith($"{label}/{DataFolder}/", StringComparison.Ordinal));

    [GeneratedRegex(@"^\d{8}-\d{6}F(_\d{8}-\d{6}[DI])?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LabelForm();
}

/// <summary>A file of pgBackRest: where it lies below its backups, its length and its SHA-256 (hex).</summary>
internal sealed record DrivenFile(string Path, long Bytes, string Sha256);
