using System.Globalization;
using Fieldkeep.Backup.Clusters;

namespace Fieldkeep.Backup.Store;

/// <summary>Tells disks apart, and what room they have.</summary>
public static class Disks
{
    // What others write between two looks.
    private const long OneRoomBytes = 64L << 20;

    /// <summary>
    /// Whether two folders lie on the same disk, whatever partitions, volumes or subvolumes they are on; null if it cannot be found out.
    /// </summary>
    public static async Task<bool?> AreSameAsync(string one, string other, CancellationToken cancellationToken)
    {
        // In a process of its own: a mount that hangs must not hold a thread of this one.
        var looked = await ToolProcess.RunAsync(["stat", "--dereference", "--format=%d %m", one, other], cancellationToken);
        if (!looked.Succeeded || looked.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is not [var first, var second])
        {
            return null;
        }

        try
        {
            return first == second
                ? true
                : AreSame(new DeviceTree("/sys", await File.ReadAllLinesAsync("/proc/self/mountinfo", cancellationToken)), first, second);
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a folder is given by a program (FUSE), such as sshfs: what it says to be on a disk may not be, and its locks hold on this machine only.
    /// </summary>
    public static async Task<bool> IsGivenByProgramAsync(string folder, CancellationToken cancellationToken)
    {
        var looked = await ToolProcess.RunAsync(["stat", "--file-system", "--format=%T", folder], cancellationToken);
        return looked.Succeeded && looked.Output.Trim() is "fuse" or "fuseblk";
    }

    /// <summary>Where something is mounted at a folder or below it.</summary>
    public static IReadOnlyList<string> MountsIn(string folder)
    {
        try
        {
            return new DeviceTree("/sys", File.ReadAllLines("/proc/self/mountinfo")).MountsIn(Postmaster.RealPath(folder));
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Bytes that can still be written to the disk of a folder; null if it cannot be found out.</summary>
    public static long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether what goes in one folder makes room in the other, by what is free in both: parts of one disk have each their own, and a container's folder and a
    /// volume may have the same.
    /// </summary>
    public static bool HaveOneRoom(string one, string other) =>
        FreeBytes(one) is { } left && FreeBytes(other) is { } right && Math.Abs(left - right) < OneRoomBytes
        && new DriveInfo(one).TotalSize == new DriveInfo(other).TotalSize;

    /// <summary>Bytes in words, such as <c>1.5 GiB</c>.</summary>
    public static string Words(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.0} GiB");

    // Each a device's number and a mount point, as stat tells them.
    private static bool? AreSame(DeviceTree tree, string one, string other) =>
        Find(tree, one) is { } here && Find(tree, other) is { } there ? DeviceTree.AreSame(here, there) : null;

    private static IReadOnlySet<string>? Find(DeviceTree tree, string looked) =>
        looked.Split(' ', 2) is [var number, var mountPoint] && ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var device)
            ? tree.Find(device, mountPoint)
            : null;
}
