using System.Globalization;
using System.Text.RegularExpressions;

namespace Fieldkeep.Backup.Store;

/// <summary>Finds the disks below a file system: what the kernel tells of partitions, volumes, arrays, loops and mounts.</summary>
/// <param name="sys">Where the kernel tells of devices: <c>/sys</c>.</param>
/// <param name="mounts">The lines of <c>/proc/self/mountinfo</c> (proc(5)).</param>
internal sealed partial class DeviceTree(string sys, IReadOnlyList<string> mounts)
{
    private const string Memory = "memory";
    private const string Pool = "pool ";
    private const string Network = "network ";

    // Devices that stand on devices that stand on devices.
    private const int MaxDepth = 16;

    private static readonly string[] InMemory = ["tmpfs", "ramfs"];
    private static readonly string[] OverNetwork = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "afs", "lustre"];

    private readonly IReadOnlyList<Mount> _mounts = [.. mounts.Select(Parse).OfType<Mount>()];

    /// <summary>Whether two file systems share a disk; null if that cannot be told.</summary>
    public static bool? AreSame(IReadOnlySet<string> one, IReadOnlySet<string> other) =>
        one.Overlaps(other) ? true
        // A pool may lie on any disk.
        : IsPool(one) ? IsElsewhere(other) ? false : null
        : IsPool(other) ? IsElsewhere(one) ? false : null
        : false;

    /// <summary>The disks of a file system, or the machine it comes from; null if they cannot be found out.</summary>
    /// <param name="device">The number of its device, as stat(2) tells it.</param>
    /// <param name="mountPoint">Where it is mounted.</param>
    public IReadOnlySet<string>? Find(ulong device, string mountPoint)
    {
        var (major, minor) = (((device >> 8) & 0xfff) | ((device >> 32) & 0xfffff000), (device & 0xff) | ((device >> 12) & 0xffffff00));
        var found = new HashSet<string>(StringComparer.Ordinal);
        return (major > 0 ? Add(LinkTo("dev", "block", $"{major}:{minor}"), found, 0) : Add(_mounts.LastOrDefault(mount => mount.Point == mountPoint), found, 0)) && found.Count > 0
            ? found
            : null;
    }

    /// <summary>Where something is mounted at a folder or below it.</summary>
    /// <param name="folder">Its path, without links.</param>
    public IReadOnlyList<string> MountsIn(string folder) =>
        [.. _mounts.Select(mount => mount.Point).Where(point => point == folder || point.StartsWith(folder + "/", StringComparison.Ordinal))];

    private static bool IsPool(IReadOnlySet<string> disks) => disks.Any(disk => disk.StartsWith(Pool, StringComparison.Ordinal));

    private static bool IsElsewhere(IReadOnlySet<string> disks) => disks.All(disk => disk == Memory || disk.StartsWith(Network, StringComparison.Ordinal));

    // File systems without a device of their own.
    private bool Add(Mount? mount, HashSet<string> found, int depth)
    {
        if (mount is null)
        {
            return false;
        }

        if (InMemory.Contains(mount.Kind, StringComparer.Ordinal))
        {
            return found.Add(Memory);
        }

        if (OverNetwork.Contains(mount.Kind, StringComparer.Ordinal))
        {
            // “host:/path” or “//host/path”, perhaps with a name before “@”.
            return found.Add(Network + mount.Source.TrimStart('/').Split('@')[^1].Split(':', '/')[0]);
        }

        return mount.Kind switch
        {
            "zfs" => found.Add(Pool + mount.Source.Split('/')[0]),
            "btrfs" => AddBtrfs(mount.Source, found, depth),
            _ => mount.Source.StartsWith("/dev/", StringComparison.Ordinal) && Add(DeviceAt(mount.Source), found, depth),
        };
    }

    // One of several devices mounts it; the others are as much its own.
    private bool AddBtrfs(string source, HashSet<string> found, int depth)
    {
        if (DeviceAt(source) is not { } device)
        {
            return false;
        }

        var all = Path.Combine(sys, "fs", "btrfs");
        var name = Path.GetFileName(device);
        var devices = !Directory.Exists(all)
            ? null
            : Directory.EnumerateDirectories(all).Select(one => Path.Combine(one, "devices")).FirstOrDefault(one => Path.Exists(Path.Combine(one, name)));
        return devices is null
            ? Add(device, found, depth)
            : Directory.EnumerateFileSystemEntries(devices).ToList().TrueForAll(one => Add(LinkTo("class", "block", Path.GetFileName(one)), found, depth + 1));
    }

    // A folder of the kernel's for one device.
    private bool Add(string? device, HashSet<string> found, int depth)
    {
        if (device is null || depth > MaxDepth)
        {
            return false;
        }

        if (File.Exists(Path.Combine(device, "partition")))
        {
            return Add(Path.GetDirectoryName(device), found, depth + 1);
        }

        var slaves = Path.Combine(device, "slaves");
        if (Directory.Exists(slaves) && Directory.EnumerateFileSystemEntries(slaves).ToList() is { Count: > 0 } below)
        {
            return below.TrueForAll(one => Add(LinkTo("class", "block", Path.GetFileName(one)), found, depth + 1));
        }

        var file = Path.Combine(device, "loop", "backing_file");
        return File.Exists(file) ? AddFile(File.ReadAllText(file).TrimEnd('\n'), found, depth + 1) : found.Add(Path.GetFileName(device));
    }

    // A file that serves as a device lies on the disk below it.
    private bool AddFile(string path, HashSet<string> found, int depth)
    {
        // Of those at one place the last is on top.
        var mount = _mounts.Reverse()
            .Where(one => one.Point == "/" || path.StartsWith(one.Point + "/", StringComparison.Ordinal)).MaxBy(one => one.Point.Length);
        return mount is not null
            && (mount.Device.StartsWith("0:", StringComparison.Ordinal) ? Add(mount, found, depth) : Add(LinkTo("dev", "block", mount.Device), found, depth));
    }

    private string? DeviceAt(string source) =>
        LinkTo("class", "block", Path.GetFileName(File.Exists(source) ? File.ResolveLinkTarget(source, returnFinalTarget: true)?.FullName ?? source : source));

    private string? LinkTo(params string[] below)
    {
        var path = Path.Combine([sys, .. below]);
        return Directory.Exists(path) ? Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : null;
    }

    private static Mount? Parse(string line)
    {
        var fields = line.Split(' ');
        var dash = Array.IndexOf(fields, "-", 6 < fields.Length ? 6 : 0);
        return fields.Length > 6 && dash > 0 && dash + 2 < fields.Length
            ? new Mount(fields[2], Plain(fields[4]), fields[dash + 1], Plain(fields[dash + 2]))
            : null;
    }

    // Blanks and the like are written as three octal digits.
    private static string Plain(string text) => Octal().Replace(
        text, match => ((char)Convert.ToInt32(match.Value[1..], 8)).ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\\[0-7]{3}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Octal();

    private sealed record Mount(string Device, string Point, string Kind, string Source);
}
