using System.Runtime.InteropServices;

namespace Fieldkeep.Vault.Files;

/// <summary>How much room a file system has for files of this process.</summary>
/// <param name="Bytes">Bytes that are free for it; what is kept for root does not count.</param>
/// <param name="TotalBytes">Bytes in all.</param>
/// <param name="Inodes">Files that can still be made.</param>
/// <param name="TotalInodes">Files in all; 0 where the file system makes room for them as it needs.</param>
/// <param name="FileSystem">The same for two folders of one file system.</param>
public sealed partial record DiskRoom(long Bytes, long TotalBytes, long Inodes, long TotalInodes, string FileSystem)
{
    // struct statvfs of 64-bit Linux: 112 bytes with glibc and musl, of which these are the first nine numbers.
    private const int Numbers = 32;

    /// <summary>Looks at the file system that a folder lies in.</summary>
    /// <exception cref="IOException">The folder cannot be looked at.</exception>
    public static DiskRoom Of(string folder)
    {
        var told = new ulong[Numbers];
        if (Look(folder, told) != 0)
        {
            throw new IOException($"The room of {folder} cannot be looked at: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }

        var (block, blocks, free) = (told[1], told[2], told[4]);
        return new DiskRoom(
            Room(free, block),
            Room(blocks, block),
            Count(told[7]),
            Count(told[5]),
            $"{told[8]:x}-{blocks:x}-{told[5]:x}");
    }

    // Some network file systems say that they are endless.
    private static long Room(ulong blocks, ulong block) => (long)UInt128.Min((UInt128)blocks * block, long.MaxValue);

    private static long Count(ulong files) => (long)Math.Min(files, long.MaxValue);

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Look(string path, [Out] ulong[] told);
}
