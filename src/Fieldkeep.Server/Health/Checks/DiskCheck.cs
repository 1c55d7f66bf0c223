using Fieldkeep.Vault.Files;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks at the room, in bytes and in files, of every file system that the server writes to; tells of the one that has least.</summary>
/// <remarks>PostgreSQL stops when it cannot write its log, and starts again only when there is room: this is told long before.</remarks>
internal sealed class DiskCheck(DiskFolders folders) : ICheck
{
    private const long Gigabyte = 1L << 30;

    // As a share of the disk, and never more than so many bytes: a tenth of a large disk is still much room.
    private const int LowPercent = 15;
    private const int VeryLowPercent = 5;
    private const long LowBytes = 20 * Gigabyte;
    private const long VeryLowBytes = 4 * Gigabyte;

    // One segment of PostgreSQL's log, and a little.
    private const long FullBytes = 64L << 20;

    /// <inheritdoc/>
    public string Name => "disk";

    /// <inheritdoc/>
    public Task<CheckOutcome> LookAsync(CancellationToken cancellationToken) => Task.FromResult(
        folders.Paths.Where(Directory.Exists)
            .Select(path => (Path: path, Room: DiskRoom.Of(path)))
            .DistinctBy(one => one.Room.FileSystem)
            .Select(one => (one.Room.Bytes, Outcome: Judge(one.Path, one.Room)))
            .OrderByDescending(one => one.Outcome.State)
            .ThenBy(one => one.Bytes)
            .Select(one => one.Outcome)
            .FirstOrDefault() ?? CheckOutcome.Failing("disk.gone", ("path", folders.Paths[0])));

    /// <summary>Judges the room of one file system.</summary>
    public static CheckOutcome Judge(string path, DiskRoom room)
    {
        var percent = room.TotalBytes == 0 ? 0 : (int)(100 * (UInt128)room.Bytes / (UInt128)room.TotalBytes);
        (string, object)[] words = [("path", path), ("bytes", room.Bytes), ("percent", percent)];
        if (room.Bytes < FullBytes)
        {
            return CheckOutcome.Failing("disk.full", words);
        }

        if (room.Bytes < VeryLowBytes && percent < VeryLowPercent)
        {
            return CheckOutcome.Failing("disk.very_low", words);
        }

        var inodes = room.TotalInodes == 0 ? 100 : (int)(100 * (UInt128)room.Inodes / (UInt128)room.TotalInodes);
        if (inodes < LowPercent)
        {
            (string, object)[] files = [("path", path), ("files", room.Inodes), ("percent", inodes)];
            return inodes < 2 ? CheckOutcome.Failing("disk.no_files", files) : CheckOutcome.Warning("disk.few_files", files);
        }

        return room.Bytes < LowBytes && percent < LowPercent ? CheckOutcome.Warning("disk.low", words) : CheckOutcome.Ok("disk.ok", words);
    }
}

/// <summary>The folders that the server writes to, the data directory first.</summary>
internal sealed record DiskFolders(IReadOnlyList<string> Paths)
{
    // Any may be a mount of its own.
    private static readonly string[] Folders = ["", "postgres", "blobs", "keys", "keys/copy", "spool", "mail", "journal"];

    /// <summary>Those of a data directory.</summary>
    public static DiskFolders Below(string data) => new([.. Folders.Select(folder => Path.Combine(data, folder))]);
}
