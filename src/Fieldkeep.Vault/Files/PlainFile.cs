using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fieldkeep.Vault.Files;

/// <summary>Opens files in a folder into which others may have put what they like: no link is followed, no pipe waited for.</summary>
public static partial class PlainFile
{
    private const int ReadOnly = 0x800 | 0x80000; // O_NONBLOCK | O_CLOEXEC on Linux

    private const int ReadWriteOrNew = 0x2 | 0x40 | 0x800 | 0x80000; // O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC on Linux
    private const int OwnerOnly = 0x180; // 0600

    // O_NOFOLLOW has another bit on ARM.
    private static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="bufferBytes">Bytes read at once; 0 for as many as are asked for.</param>
    /// <exception cref="IOException">There is none, it is a link, or the disk fails.</exception>
    public static FileStream OpenRead(string path, int bufferBytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new FileStream(path, new FileStreamOptions { BufferSize = bufferBytes, Share = FileShare.ReadWrite | FileShare.Delete });
        }

        return Require(Open(path, ReadOnly | NoFollow), path, FileAccess.Read, bufferBytes);
    }

    /// <summary>Opens a file for writing, and makes it for its owner alone where there is none.</summary>
    /// <exception cref="IOException">It is a link or no file, or the disk fails.</exception>
    internal static FileStream OpenOrMake(string path) => Require(Open(path, ReadWriteOrNew | NoFollow, OwnerOnly), path, FileAccess.ReadWrite, 1);

    /// <summary>Opens a file for reading; null if that cannot be done.</summary>
    public static FileStream? FindRead(string path)
    {
        try
        {
            return OpenRead(path, 0);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whether a folder is there and is no link.</summary>
    public static bool IsFolder(string path) => new DirectoryInfo(path) is { Exists: true, LinkTarget: null };

    private static FileStream Require(SafeFileHandle handle, string path, FileAccess access, int bufferBytes)
    {
        if (handle.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw error == 2 // ENOENT
                ? new FileNotFoundException($"{path} is missing.", path)
                : new IOException($"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}.", error);
        }

        var file = new FileStream(handle, access, bufferBytes);
        if (file.CanSeek)
        {
            return file;
        }

        file.Dispose();
        throw new IOException($"{path} is no file.");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle Open(string path, int flags, int mode);
}
