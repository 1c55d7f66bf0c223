using System.Globalization;
using Fieldkeep.Backup.Clusters;

namespace Fieldkeep.Backup.Store;

/// <summary>Tells disks apart.</summary>
internal static class Disks
{
    /// <summary>Whether two folders lie on the same device; null if it cannot be found out.</summary>
    public static async Task<bool?> AreSameAsync(string one, string other, CancellationToken cancellationToken)
    {
        var devices = await ToolProcess.RunAsync(["stat", "--dereference", "--format=%d", one, other], cancellationToken);
        return devices.Succeeded && devices.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [var first, var second]
            ? string.Equals(first, second, StringComparison.Ordinal)
            : null;
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

    /// <summary>Bytes in words, such as <c>1.5 GiB</c>.</summary>
    public static string Words(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.0} GiB");
}
