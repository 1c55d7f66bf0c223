namespace Fieldkeep.Backup.Objects;

/// <summary>The first bytes of an open file, to be read more than once: a file that grows is put as it was when it was measured. Leaves the file open.</summary>
/// <param name="file">Open for reading.</param>
/// <param name="start">The first byte.</param>
/// <param name="length">How many; the file has as many.</param>
internal sealed class PartOfFile(FileStream file, long start, long length) : Stream
{
    private long _at;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _at;
        set => _at = value;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var read = RandomAccess.Read(file.SafeFileHandle, Cut(buffer), start + _at);
        _at += read;
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var most = (int)Math.Clamp(length - _at, 0, buffer.Length);
        var read = await RandomAccess.ReadAsync(file.SafeFileHandle, buffer[..most], start + _at, cancellationToken);
        _at += read;
        return read;
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => _at = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _at + offset,
        _ => length + offset,
    };

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is written.
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private Span<byte> Cut(Span<byte> buffer) => buffer[..(int)Math.Clamp(length - _at, 0, buffer.Length)];
}
