using System.Runtime.InteropServices;
using Fieldkeep.Vault.Files;
using Microsoft.Win32.SafeHandles;

namespace Fieldkeep.Journal.Disks;

/// <summary>A folder on a disk of this machine.</summary>
internal sealed partial class LocalDisk(string root) : IJournalDisk
{
    private const int Interrupted = 4; // EINTR
    private const int NoSpace = 28; // ENOSPC

    private readonly string _root = Path.GetFullPath(root);
    private readonly DriveInfo _drive = new(Path.GetFullPath(root));

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string folder)
    {
        var path = Path.Combine(_root, folder);
        return Directory.Exists(path) ? [.. Directory.EnumerateFiles(path).Select(file => Path.GetFileName(file))] : [];
    }

    /// <inheritdoc/>
    public void CreateFolder(string folder) => DurableFile.CreatePrivateDirectory(Path.Combine(_root, folder));

    /// <inheritdoc/>
    public IJournalFile Create(string name, long bytes)
    {
        var stream = Reserve(Path.Combine(_root, name), bytes);
        try
        {
            // Preallocation reserves the space and leaves the length; with the length set, a sync later has less to write.
            RandomAccess.SetLength(stream.SafeFileHandle, bytes);
            return new LocalFile(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long LengthOf(string name) => new FileInfo(Path.Combine(_root, name)).Length;

    /// <inheritdoc/>
    public int Read(string name, long offset, Span<byte> destination)
    {
        using var handle = File.OpenHandle(Path.Combine(_root, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var read = 0;
        while (read < destination.Length)
        {
            var more = RandomAccess.Read(handle, destination[read..], offset + read);
            if (more == 0)
            {
                break;
            }

            read += more;
        }

        return read;
    }

    /// <inheritdoc/>
    public void SyncFile(string name)
    {
        using var handle = File.OpenHandle(Path.Combine(_root, name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Sync(handle);
    }

    /// <inheritdoc/>
    public void Rename(string name, string newName) => File.Move(Path.Combine(_root, name), Path.Combine(_root, newName), overwrite: true);

    /// <inheritdoc/>
    public void Unlink(string name) => File.Delete(Path.Combine(_root, name));

    /// <inheritdoc/>
    public void SyncFolder(string folder) => DurableFile.SyncDirectory(Path.Combine(_root, folder));

    /// <inheritdoc/>
    public long FreeBytes() => _drive.AvailableFreeSpace;

    private static FileStream Reserve(string path, long bytes)
    {
        const int unnamed = unchecked((int)0x80131620); // COR_E_IO
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 0,
            PreallocationSize = bytes,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException e) when (e.HResult == unnamed)
        {
            // .NET says that the space could not be reserved without the number of the error.
            throw new IOException(e.Message, NoSpace);
        }
    }

    private static void Sync(SafeFileHandle handle)
    {
        while (SyncContent(handle) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw new IOException($"The disk did not make durable what was written: {Marshal.GetPInvokeErrorMessage(error)}.", error);
            }
        }
    }

    // .NET's own call is fsync, which also writes the time of the last change: a second write to the disk for nothing.
    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncContent(SafeFileHandle file);

    private sealed class LocalFile(FileStream stream) : IJournalFile
    {
        public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(stream.SafeFileHandle, bytes, offset);

        public void Sync() => LocalDisk.Sync(stream.SafeFileHandle);

        public void SetLength(long bytes) => RandomAccess.SetLength(stream.SafeFileHandle, bytes);

        public void Dispose() => stream.Dispose();
    }
}
