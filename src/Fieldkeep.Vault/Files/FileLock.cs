using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fieldkeep.Vault.Files;

/// <summary>The lock of a file, which one process has at a time. It ends when it is disposed of, and with the process; the file stays.</summary>
public sealed partial class FileLock : IDisposable
{
    private const int TakeNow = 2 | 4; // LOCK_EX | LOCK_NB
    private const int LetGo = 8; // LOCK_UN
    private const int WouldBlock = 11; // EWOULDBLOCK on Linux

    private readonly FileStream _file;

    private FileLock(FileStream file, string path) => (_file, Path) = (file, path);

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>Makes the file where there is none and takes its lock; null if another has it.</summary>
    /// <exception cref="IOException">It is a link or no file, or the disk fails.</exception>
    public static FileLock? TryTake(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            try
            {
                return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1), path);
            }
            catch (IOException) when (File.Exists(path))
            {
                return null;
            }
        }

        var file = PlainFile.OpenOrMake(path);
        if (Apply(file.SafeFileHandle, TakeNow) == 0)
        {
            return new FileLock(file, path);
        }

        var error = Marshal.GetLastPInvokeError();
        file.Dispose();
        return error == WouldBlock ? null : throw new IOException($"{path} cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    /// <summary>Lets the lock go.</summary>
    public void Dispose()
    {
        // Closing is not enough: a process that is being started has what its parent has open until it runs its own program (flock(2)).
        if (OperatingSystem.IsLinux() && _file.CanRead)
        {
            _ = Apply(_file.SafeFileHandle, LetGo);
        }

        _file.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Apply(SafeFileHandle file, int operation);
}
