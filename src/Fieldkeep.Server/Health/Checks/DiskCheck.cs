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

    // One segment of PostgreSQL's log, and a little; of a disk that is small itself, a twentieth.
    private const long FullBytes = 64L << 20;
    private const int FullShare = 20;

    // Without room there nothing can be received.
    private static readonly HashSet<string> Stopping = new(["disk.full", "disk.files_full", "disk.gone"], StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Name => "disk";

    /// <summary>Says whether an outcome tells that nothing can be received for want of room.</summary>
    public static bool StopsIntake(CheckOutcome outcome) => Stopping.Contains(outcome.Code);

    /// <inheritdoc/>
    public Task<CheckOutcome> LookAsync(CancellationToken cancellationToken) => Task.FromResult(Look());

    /// <summary>Judges the room of one file system.</summary>
    public static CheckOutcome Judge(DiskFolder folder, DiskRoom room)
    {
        var percent = room.TotalBytes == 0 ? 0 : (int)(100 * (UInt128)room.Bytes / (UInt128)room.TotalBytes);
        (string, object)[] words = [("path", folder.Path), ("bytes", room.Bytes), ("percent", percent)];
        if (room.Bytes < Math.Min(FullBytes, room.TotalBytes / FullShare))
        {
            return CheckOutcome.Failing(folder.IsNeeded ? "disk.full" : "disk.full_beside", words);
        }

        // Submissions without files are received all the same.
        if (room.Bytes < folder.KeptFree)
        {
            return CheckOutcome.Failing("disk.no_attachments", words);
        }

        if (room.Bytes < VeryLowBytes && percent < VeryLowPercent)
        {
            return CheckOutcome.Failing("disk.very_low", words);
        }

        var inodes = room.TotalInodes == 0 ? 100 : (int)(100 * (UInt128)room.Inodes / (UInt128)room.TotalInodes);
        if (inodes < LowPercent)
        {
            (string, object)[] files = [("path", folder.Path), ("files", room.Inodes), ("percent", inodes)];
            return room.Inodes == 0 && folder.IsNeeded ? CheckOutcome.Failing("disk.files_full", files)
                : inodes < 2 ? CheckOutcome.Failing("disk.no_files", files) : CheckOutcome.Warning("disk.few_files", files);
        }

        return room.Bytes < LowBytes && percent < LowPercent ? CheckOutcome.Warning("disk.low", words) : CheckOutcome.Ok("disk.ok", words);
    }

    private CheckOutcome Look() => Directory.Exists(folders.All[0].Path)
        ? folders.All.Where(folder => Directory.Exists(folder.Path))
            .Select(folder => (Folder: folder, Room: DiskRoom.Of(folder.Path)))
            .GroupBy(one => one.Room.FileSystem, StringComparer.Ordinal)
            .Select(one => (one.First().Room.Bytes, Outcome: Judge(DiskFolder.Together([.. one.Select(each => each.Folder)]), one.First().Room)))
            .OrderByDescending(one => one.Outcome.State)
            .ThenByDescending(one => StopsIntake(one.Outcome))
            .ThenBy(one => one.Bytes)
            .First().Outcome
        : CheckOutcome.Failing("disk.gone", ("path", folders.All[0].Path));
}
