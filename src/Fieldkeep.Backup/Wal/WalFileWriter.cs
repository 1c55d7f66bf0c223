using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Frames;
using Fieldkeep.Vault.Keys;
using Microsoft.Win32.SafeHandles;

namespace Fieldkeep.Backup.Wal;

/// <summary>Writes one new sealed file of the log; what was written counts after <see cref="Sync"/>.</summary>
internal sealed class WalFileWriter : IDisposable
{
    private static readonly FileStreamOptions NewFile = new()
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;
    private readonly FrameCipher _cipher;
    private readonly byte[] _sealed = new byte[WalFrame.HeaderBytes + WalFrame.MaxBytes + FrameCipher.TagBytes];
    private long _written;
    private long _synced;
    private ulong _number;
    private bool _isNamed;

    private WalFileWriter(string path, FileStream file, FrameCipher cipher, WalFileHeader header)
    {
        Path = path;
        _file = file;
        _handle = file.SafeFileHandle;
        _cipher = cipher;
        Segment = new WalSegment(header.Timeline, header.Start.Segment);
        End = header.Start;
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>The segment it holds bytes of.</summary>
    public WalSegment Segment { get; }

    /// <summary>The place after its last byte.</summary>
    public Lsn End { get; private set; }

    /// <summary>Whether something was written that a power cut could take.</summary>
    public bool IsUnsynced => _written != _synced;

    /// <summary>Makes a file that is not there yet.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static WalFileWriter Create(string folder, WalFileHeader header, DataKey key)
    {
        Span<byte> first = stackalloc byte[WalFileHeader.Size];
        var cipher = header.Begin(key, first);
        var path = System.IO.Path.Combine(folder, WalFile.NameOf(header, first));
        // Written through the handle that made it: whoever puts another file in its place meanwhile gets nothing.
        var file = new FileStream(path, NewFile);
        var writer = new WalFileWriter(path, file, cipher, header);
        RandomAccess.Write(writer._handle, first, 0);
        writer._written = WalFileHeader.Size;
        return writer;
    }

    /// <summary>Appends one frame that follows the last and stays in the segment.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Append(long clock, ReadOnlySpan<byte> log)
    {
        var frame = new WalFrame(End, clock, log.Length);
        if (frame.End > Segment.End || log.Length > WalFrame.MaxBytes)
        {
            throw new ArgumentException($"{log.Length} bytes from {End} leave the segment {Segment} or are too many.", nameof(log));
        }

        frame.Write(_sealed);
        _cipher.Seal(_number++, _sealed.AsSpan(0, WalFrame.HeaderBytes), log, _sealed.AsSpan(WalFrame.HeaderBytes));
        RandomAccess.Write(_handle, _sealed.AsSpan(0, frame.SealedBytes), _written);
        _written += frame.SealedBytes;
        End = frame.End;
    }

    /// <summary>Makes all of it durable, the name included.</summary>
    /// <exception cref="IOException">Nothing written since the last call counts; write no more here.</exception>
    public void Sync()
    {
        if (!IsUnsynced)
        {
            return;
        }

        DurableFile.Sync(_handle);
        if (!_isNamed)
        {
            DurableFile.SyncDirectory(DurableFile.DirectoryOf(Path));
            _isNamed = true;
        }

        _synced = _written;
    }

    /// <summary>
    /// Cuts off what is not durable, after the disk failed: the system forgets that it failed, and whoever reads the file later would believe it.
    /// </summary>
    public void Abandon()
    {
        try
        {
            RandomAccess.SetLength(_handle, _synced);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // The disk is gone; so is what lay there.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _cipher.Dispose();
    }
}
