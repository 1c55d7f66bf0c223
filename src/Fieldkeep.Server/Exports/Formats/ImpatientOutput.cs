namespace Fieldkeep.Server.Exports.Formats;

/// <summary>
/// Sends a download, and ends it when whoever asked for it takes nothing any more: a place at the gate, buffers of answers and a
/// query must not wait for a client that has gone to sleep. The web server's own rule is too patient for that: it counts all it
/// holds, so that 64 KiB and 100 bytes a second make eleven minutes.
/// </summary>
internal sealed class ImpatientOutput(Stream output, CancellationToken aborted) : Stream
{
    // With the patience below: 550 bytes a second, what the slowest telephone networks carry.
    private const int SliceBytes = 16 * 1024;

    /// <summary>The longest a slice may wait.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(aborted);

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

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (; !buffer.IsEmpty; buffer = buffer[Math.Min(SliceBytes, buffer.Length)..])
        {
            await SendAsync(output.WriteAsync(buffer[..Math.Min(SliceBytes, buffer.Length)], _limit.Token), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        SendAsync(new ValueTask(output.FlushAsync(_limit.Token)), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

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
            _limit.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask SendAsync(ValueTask sending, CancellationToken cancellationToken)
    {
        if (!sending.IsCompleted)
        {
            await using var stopped = cancellationToken.UnsafeRegister(limit => (limit as CancellationTokenSource)?.Cancel(), _limit);
            _limit.CancelAfter(Patience);
            await WaitAsync(sending);
            _limit.CancelAfter(Timeout.InfiniteTimeSpan);
        }
        else
        {
            await WaitAsync(sending);
        }

        if (_limit.IsCancellationRequested)
        {
            // Kestrel closes the connection then, and says nothing to the one who writes.
            aborted.ThrowIfCancellationRequested();
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException($"The client took nothing for {Patience.TotalSeconds} s; the download was ended.");
        }
    }

    private async ValueTask WaitAsync(ValueTask sending)
    {
        try
        {
            await sending;
        }
        catch (OperationCanceledException) when (_limit.IsCancellationRequested)
        {
            // Said by the caller, with the reason.
        }
    }
}
