using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fieldkeep.Vault.Files;

/// <summary>Writes small files so that after a power cut there is the old one or the new one, whole.</summary>
public static partial class DurableFile
{
    /// <summary>What the name of a file ends with that is being replaced.</summary>
    public const string FreshSuffix = ".new";

    private const int Interrupted = 4; // EINTR

    // O_RDONLY | O_DIRECTORY on Linux; it has another bit on ARM, where this one asks for O_DIRECT.
    private static readonly int ReadOnlyDirectory =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>
    /// Replaces <paramref name="path"/>: writes <c>path.new</c>, syncs it, renames it, syncs the directory.
    /// A leftover <c>path.new</c> of a killed writer is overwritten, so writers need a lock among themselves.
    /// </summary>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var fresh = path + FreshSuffix;
        File.Delete(fresh);
        WriteNew(fresh, content, mode);
        File.Move(fresh, path, overwrite: true);
        SyncDirectory(DirectoryOf(path));
    }

    /// <summary>Creates <paramref name="path"/>, which must not exist (O_EXCL), and syncs it; the directory is not synced yet.</summary>
    public static void WriteNew(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using var file = new FileStream(path, options);
        file.Write(content);
        Sync(file);
    }

    /// <summary>Makes what was written to an open file durable; its name needs <see cref="SyncDirectory"/>.</summary>
    /// <exception cref="IOException">The disk did not do it.</exception>
    public static void Sync(FileStream file)
    {
        file.Flush();
        Sync(file.SafeFileHandle);
    }

    /// <summary>Makes what was written to an open file durable; its name needs <see cref="SyncDirectory"/>.</summary>
    /// <remarks>.NET's own call passes over some errors, that of a file system which has become read-only among them.</remarks>
    /// <exception cref="IOException">The disk did not do it.</exception>
    public static void Sync(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        while (Sync((SafeHandle)file) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw new IOException($"The disk did not make durable what was written: {Marshal.GetPInvokeErrorMessage(error)}.", error);
            }
        }
    }

    /// <summary>Creates a directory only its owner may enter, with its parents, and syncs the one above.</summary>
    public static void CreatePrivateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        SyncDirectory(DirectoryOf(path));
    }

    /// <summary>Makes created, renamed and deleted names in a directory durable. .NET has no call for it.</summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(path, OperatingSystem.IsLinux() ? ReadOnlyDirectory : 0);
        if (descriptor < 0)
        {
            throw Failed("open", path);
        }

        try
        {
            if (Sync(descriptor) != 0)
            {
                throw Failed("sync", path);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>The directory a file lies in, absolute.</summary>
    public static string DirectoryOf(string path) =>
        Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new ArgumentException($"“{path}” lies in no directory.", nameof(path));

    private static IOException Failed(string what, string path) => new(
        $"Could not {what} the directory {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}. "
        + "What was just written there may not survive a power cut.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
