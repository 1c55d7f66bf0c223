using Fieldkeep.Vault;

namespace Fieldkeep.Server.Blobs;

/// <summary>The sealed bytes of a blob, for reading. What the disk cannot read is told as damage of this blob, not as a fault of whoever reads.</summary>
internal sealed class BlobFile : Stream
{
    private readonly FileStream _file;

    private BlobFile(FileStream file) => _file = file;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => _file.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _file.Position;
        set => _file.Position = value;
    }

    /// <summary>Opens the file of a blob.</summary>
    /// <exception cref="VaultException">The disk cannot read it.</exception>
    /// <exception cref="FileNotFoundException">It is gone.</exception>
    public static BlobFile Open(string path)
    {
        try
        {
            return new BlobFile(new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan));
        }
        catch (IOException problem) when (problem is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw Unreadable(problem);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _file.Read(buffer);
        }
        catch (IOException problem)
        {
            throw Unreadable(problem);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _file.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException problem)
        {
            throw Unreadable(problem);
        }
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => _file.Seek(offset, origin);

    /// <inheritdoc/>
    public override void Flush() => _file.Flush();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException("A blob never changes.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A blob never changes.");

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private static VaultException Unreadable(IOException problem) =>
        new(VaultFailure.Unreadable, "The disk cannot read a stored file. Look at the disk, and restore the file from a backup.", problem);
}
