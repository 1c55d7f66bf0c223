using System.Formats.Tar;
using System.IO.Compression;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Driven;

/// <summary>
/// What a base backup that pgBackRest took has in its own sealed file: the list of pgBackRest's files, the two of them that change or lead to all others,
/// and the part of the log without which the copy is not consistent.
/// </summary>
internal static class DrivenContent
{
    /// <summary>The column in the envelope's context.</summary>
    public const string Column = "backup.pgbackrest";

    /// <summary>pgBackRest's own list of its backups.</summary>
    public const string InfoName = "backup.info";

    /// <summary>pgBackRest's own list of the files of one backup.</summary>
    public const string ManifestName = "backup.manifest";

    private const string ListName = "list.json";
    private const string LogFolder = "pg_wal/";

    // A line for each file of each backup of a chain.
    private const int MostListBytes = 512 << 20;

    /// <summary>Writes it.</summary>
    /// <param name="backups">The folder of pgBackRest's backups.</param>
    /// <param name="log">The part of the log it needs.</param>
    /// <param name="cluster">PostgreSQL's data directory, which still has that.</param>
    public static async Task WriteAsync(Stream destination, DrivenList list, string backups, BackupLog log, string cluster, CancellationToken cancellationToken)
    {
        await using var compressed = new BrotliStream(destination, CompressionLevel.Fastest, leaveOpen: true);
        await using var tar = new TarWriter(compressed, TarEntryFormat.Pax, leaveOpen: true);
        using (var written = new MemoryStream(list.Write()))
        {
            await AddAsync(ListName, written);
        }

        await AddFileAsync(InfoName, Path.Combine(backups, InfoName));
        await AddFileAsync(ManifestName, Path.Combine(backups, list.Label, ManifestName));
        foreach (var segment in DatabaseCopy.SegmentsOf(log).Order(StringComparer.Ordinal))
        {
            await AddFileAsync(segment, Path.Combine(cluster, segment));
        }

        async Task AddFileAsync(string name, string path)
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await AddAsync(name, file);
        }

        Task AddAsync(string name, Stream content) =>
            tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content }, cancellationToken);
    }

    /// <summary>Reads it to its end; requires that it is whole. Returns the list.</summary>
    /// <param name="log">The part of the log it must have.</param>
    /// <param name="place">Gets each other file by its name, to write it somewhere; null to look only.</param>
    /// <exception cref="BackupException">Damaged.</exception>
    public static async Task<DrivenList> ReadAsync(
        Stream source, BackupLog? log, Func<string, Stream, CancellationToken, Task>? place, CancellationToken cancellationToken)
    {
        await using var plain = new BrotliStream(source, CompressionMode.Decompress, leaveOpen: true);
        await using var tar = new TarReader(plain, leaveOpen: true);
        var missing = log is null ? [] : DatabaseCopy.SegmentsOf(log);
        missing.Add(InfoName);
        missing.Add(ManifestName);
        DrivenList? list = null;
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            var content = entry.DataStream ?? Stream.Null;
            if (entry.Name == ListName && entry.Length <= MostListBytes)
            {
                var bytes = new byte[entry.Length];
                await content.ReadExactlyAsync(bytes, cancellationToken);
                list = DrivenList.Read(bytes);
                continue;
            }

            if (!missing.Remove(entry.Name) || entry.EntryType != TarEntryType.RegularFile)
            {
                throw BackupException.Damaged($"what pgBackRest's base backup has beside its files names “{entry.Name}”, which does not belong there");
            }

            await (place is null ? content.CopyToAsync(Stream.Null, cancellationToken) : place(entry.Name, content, cancellationToken));
        }

        await plain.CopyToAsync(Stream.Null, cancellationToken);
        return missing.Count == 0 && list is not null
            ? list
            : throw BackupException.Damaged($"what pgBackRest's base backup has beside its files lacks {string.Join(" and ", missing.Order(StringComparer.Ordinal).DefaultIfEmpty(ListName))}");
    }

    /// <summary>Whether a file of it is of the log.</summary>
    public static bool IsLog(string name) => name.StartsWith(LogFolder, StringComparison.Ordinal);
}
