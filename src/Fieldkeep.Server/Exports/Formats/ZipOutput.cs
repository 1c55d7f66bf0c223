using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Formats;

/// <summary>Stands between a zip and a stream that is only written asynchronously: the zip writes its headers the other way.</summary>
internal sealed class ZipOutput(Stream output) : Stream
{
    // Headers and the last bytes of a compressor: some hundred bytes. More would mean that content came this way.
    private const int MostHeldBytes = 1024 * 1024;

    private readonly PooledBytes _held = new();
    private bool _isAbandoned;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Lets nothing more through.</summary>
    public void Abandon() => _isAbandoned = true;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_isAbandoned)
        {
            return;
        }

        if (_held.Length + buffer.Length > MostHeldBytes)
        {
            throw new InvalidOperationException($"A zip wrote more than {MostHeldBytes} bytes without waiting.");
        }

        buffer.CopyTo(_held.GetSpan(buffer.Length));
        _held.Advance(buffer.Length);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isAbandoned)
        {
            return;
        }

        await SendHeldAsync(cancellationToken);
        await output.WriteAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush()
    {
        // What is held goes with the next asynchronous write, or with FlushAsync at the end.
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => SendHeldAsync(cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _held.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask SendHeldAsync(CancellationToken cancellationToken)
    {
        if (_held.Length > 0 && !_isAbandoned)
        {
            await output.WriteAsync(_held.Written, cancellationToken);
            _held.Truncate(0);
        }
    }
}
