using System.Formats.Tar;
using System.IO.Compression;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Npgsql;

namespace Fieldkeep.Backup.Copies;

/// <summary>Copies a running cluster into a compressed tar stream, and such a stream back into a cluster's directory.</summary>
internal static class DatabaseCopy
{
    /// <summary>The column in the envelope's context.</summary>
    public const string Column = "backup.database";

    private const string KeepWal = "select pg_create_physical_replication_slot(@name, true, true)";

    private const string IdentifySystem = "select system_identifier from pg_catalog.pg_control_system()";

    private const int BufferBytes = 128 * 1024;

    // Every cluster has the first, a base backup the second: without them the tar is something else.
    private static readonly string[] Needed = ["PG_VERSION", "backup_label"];

    /// <summary>Streams all of a running cluster to <paramref name="destination"/>; nothing touches a disk in clear. Returns where in the log it lies.</summary>
    /// <exception cref="BackupException">ToolFailed.</exception>
    public static async Task<BackupLog> WriteAsync(
        ClusterAddress address, PostgresBinaries binaries, Guid backup, Stream destination, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var keeper = await KeepLogAsync(address, backup, cancellationToken);
        await using var identify = new NpgsqlCommand(IdentifySystem, keeper);
        var system = await identify.ExecuteScalarAsync(cancellationToken) is long number ? unchecked((ulong)number) : 0;

        string[] command =
        [
            binaries.PathOf("pg_basebackup"), $"--host={address.SocketFolder}", $"--username={ClusterAddress.Superuser}",
            "--no-password", "--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast", "--label=fieldkeep",
        ];
        await using var compressed = new BrotliStream(destination, CompressionLevel.Fastest, leaveOpen: true);
        var tail = new ManifestTail();
        var copied = await ToolProcess.RunAsync(
            command,
            async (output, token) =>
            {
                var buffer = new byte[BufferBytes];
                while (await output.ReadAsync(buffer, token) is > 0 and var read)
                {
                    tail.Add(buffer.AsSpan(0, read));
                    await compressed.WriteAsync(buffer.AsMemory(0, read), token);
                }

                return "";
            },
            cancellationToken);
        if (!copied.Succeeded)
        {
            throw new BackupException(
                BackupTrouble.ToolFailed,
                $"pg_basebackup could not copy the database: {copied.LastLine}",
                "see PostgreSQL's log; a damaged page needs a restore from an earlier backup");
        }

        return tail.Find(system, RoundedUp(clock.GetUtcNow())) ?? throw new BackupException(
            BackupTrouble.ToolFailed, "pg_basebackup did not say which part of the log its copy needs", "is this PostgreSQL older than 13?");
    }

    /// <summary>Lets PostgreSQL keep the log that a copy needs at its end, by a temporary slot, which goes with the connection.</summary>
    internal static async Task<NpgsqlConnection> KeepLogAsync(ClusterAddress address, Guid backup, CancellationToken cancellationToken)
    {
        var keeper = new NpgsqlConnection(address.ForMaintenance() + ";Pooling=false");
        try
        {
            await keeper.OpenAsync(cancellationToken);
            await using var keep = new NpgsqlCommand(KeepWal, keeper);
            keep.Parameters.AddWithValue("name", "fieldkeep_backup_" + backup.ToString("N"));
            await keep.ExecuteScalarAsync(cancellationToken);
            return keeper;
        }
        catch
        {
            await keeper.DisposeAsync();
            throw;
        }
    }

    // To the microsecond: nobody can name an instant within one.
    internal static DateTimeOffset RoundedUp(DateTimeOffset instant) =>
        instant.AddTicks((TimeSpan.TicksPerMicrosecond - (instant.Ticks % TimeSpan.TicksPerMicrosecond)) % TimeSpan.TicksPerMicrosecond);

    /// <summary>Walks the copy to its end without writing; requires that it has the log from its start to its stop.</summary>
    /// <param name="log">The part of the log it needs; null in backups of releases that did not note it.</param>
    /// <exception cref="BackupException">Damaged.</exception>
    public static async Task VerifyAsync(Stream source, BackupLog? log, CancellationToken cancellationToken)
    {
        var needed = log is null ? [] : SegmentsOf(log);
        await WalkAsync(
            source,
            (entry, token) =>
            {
                if (entry.Length == WalSegment.Bytes)
                {
                    needed.Remove(entry.Name);
                }

                return entry.DataStream is { } data ? data.CopyToAsync(Stream.Null, token) : Task.CompletedTask;
            },
            cancellationToken);
        if (needed.Count > 0)
        {
            throw BackupException.Damaged($"the database copy lacks {string.Join(" and ", needed.Order(StringComparer.Ordinal))}: it cannot become consistent");
        }
    }

    /// <summary>Unpacks the copy into a new directory.</summary>
    /// <param name="requireRoom">Asked before each 16 MiB; throws when there is no room for so many bytes.</param>
    /// <exception cref="BackupException">Damaged.</exception>
    public static async Task ExtractAsync(Stream source, string folder, Action<long> requireRoom, CancellationToken cancellationToken)
    {
        CreateFolder(folder);
        await WalkAsync(source, (entry, token) => ExtractAsync(entry, folder, requireRoom, token), cancellationToken);
    }

    /// <summary>The segments of the log that a copy needs, with their folder.</summary>
    internal static HashSet<string> SegmentsOf(BackupLog log)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var at = log.StartPlace.SegmentStart; at < log.StopPlace; at += WalSegment.Bytes)
        {
            names.Add($"pg_wal/{new WalSegment(log.Timeline, at.Segment)}");
        }

        return names;
    }

    private static async Task<int> WalkAsync(
        Stream source, Func<TarEntry, CancellationToken, Task> visit, CancellationToken cancellationToken)
    {
        await using var plain = new BrotliStream(source, CompressionMode.Decompress, leaveOpen: true);
        await using var tar = new TarReader(plain, leaveOpen: true);
        var missing = Needed.ToHashSet(StringComparer.Ordinal);
        var files = 0;
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            missing.Remove(entry.Name);
            files++;
            await visit(entry, cancellationToken);
        }

        await plain.CopyToAsync(Stream.Null, cancellationToken);
        return missing.Count == 0
            ? files
            : throw BackupException.Damaged($"the database copy lacks {string.Join(" and ", missing)}: it is not a whole cluster");
    }

    private static async Task ExtractAsync(TarEntry entry, string folder, Action<long> requireRoom, CancellationToken cancellationToken)
    {
        var name = entry.Name.TrimEnd('/');
        if (name.StartsWith("./", StringComparison.Ordinal))
        {
            name = name[2..];
        }

        if (name is "" or ".")
        {
            return;
        }

        if (!BlobList.IsBelow(name))
        {
            throw BackupException.Damaged($"the database copy has an entry with the path “{entry.Name}”");
        }

        var path = Path.Combine(folder, name);
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                CreateFolder(path);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                CreateFolder(Path.GetDirectoryName(path) ?? folder);
                await using (var file = new FileStream(path, SealedFile.NewFile()))
                await using (var roomy = new RoomStream(file, requireRoom))
                {
                    await (entry.DataStream ?? Stream.Null).CopyToAsync(roomy, cancellationToken);
                }

                break;
            default:
                throw BackupException.Damaged($"the database copy has a {entry.EntryType} at “{entry.Name}”; tablespaces and links are not restored");
        }
    }

    private static void CreateFolder(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
