using System.Runtime.InteropServices;

namespace Fieldkeep.Vault.Files;

/// <summary>Exchanges two names in one step, so that whoever looks finds both, before and after.</summary>
public static partial class DurableNames
{
    private const int FromHere = -100; // AT_FDCWD
    private const uint Exchange = 2; // RENAME_EXCHANGE, renameat2(2)

    // ENOSYS, EINVAL and EOPNOTSUPP: the kernel or this file system cannot do it.
    private static readonly int[] NotHere = [38, 22, 95];

    /// <summary>Exchanges two files or folders of one file system; false where that cannot be done in one step. Makes it durable.</summary>
    /// <exception cref="IOException">It failed, and nothing was changed; or it was done and may not survive a power cut.</exception>
    public static bool TryExchange(string one, string other)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        if (Rename(FromHere, one, FromHere, other, Exchange) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return Array.IndexOf(NotHere, error) >= 0
                ? false
                : throw new IOException($"{one} and {other} could not be exchanged: {Marshal.GetPInvokeErrorMessage(error)}.", error);
        }

        DurableFile.SyncDirectory(DurableFile.DirectoryOf(one));
        DurableFile.SyncDirectory(DurableFile.DirectoryOf(other));
        return true;
    }

    // glibc 2.28, musl 1.2.4.
    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Rename(int fromDirectory, string from, int toDirectory, string to, uint how);
}
