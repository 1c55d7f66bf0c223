using System.Security.Cryptography;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Envelopes;

/// <summary>
/// Seals what is written to it into another stream, chunk by chunk, with a fixed 64 KiB of memory. Call
/// <see cref="CompleteAsync"/> at the end: disposing without it leaves an envelope that every reader refuses as
/// truncated, so that a copy that failed half-way is never taken for whole.
/// </summary>
public sealed class SealingStream : Stream
{
    // Four chunks per write to the stream below: fewer calls, still small.
    private const int BufferedChunks = 4;

    private readonly Stream _inner;
    private readonly bool _leaveOpen;
    private readonly ChunkCipher _cipher;
    private readonly byte[] _plain = GC.AllocateUninitializedArray<byte>(ChunkCipher.ChunkBytes);
    private readonly byte[] _sealed = GC.AllocateUninitializedArray<byte>(
        ChunkCipher.PrefixBytes + (BufferedChunks * ChunkCipher.SealedChunkBytes));
    private int _plainBytes;
    private int _sealedBytes;
    private long _chunk;
    private long _length;
    private bool _completed;
    private bool _disposed;

    /// <summary>Begins an envelope; nothing is written to <paramref name="inner"/> yet.</summary>
    public SealingStream(
        Stream inner, DataKey key, EnvelopePurpose purpose, in EnvelopeContext context, bool leaveOpen = false)
    {
        _inner = inner;
        _leaveOpen = leaveOpen;
        _cipher = ChunkCipher.Begin(key, new EnvelopeHeader(EnvelopeFlags.None, purpose, key.Id), context, _sealed);
        _sealedBytes = ChunkCipher.PrefixBytes;
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => !_completed && !_disposed;

    /// <summary>Plaintext bytes written so far.</summary>
    public override long Length => _length;

    /// <summary>Plaintext bytes written so far; cannot be set.</summary>
    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException("A sealing stream is written from beginning to end.");
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var taken = Take(buffer.Span);
            buffer = buffer[taken..];
            if (_sealedBytes + ChunkCipher.SealedChunkBytes > _sealed.Length)
            {
                await _inner.WriteAsync(_sealed.AsMemory(0, _sealedBytes), cancellationToken);
                _sealedBytes = 0;
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var taken = Take(buffer);
            buffer = buffer[taken..];
            if (_sealedBytes + ChunkCipher.SealedChunkBytes > _sealed.Length)
            {
                _inner.Write(_sealed, 0, _sealedBytes);
                _sealedBytes = 0;
            }
        }
    }

    /// <summary>Seals the last chunk, writes and flushes; nothing can be written after.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_completed)
        {
            return;
        }

        SealChunk(_plain.AsSpan(0, _plainBytes));
        _completed = true;
        await _inner.WriteAsync(_sealed.AsMemory(0, _sealedBytes), cancellationToken);
        await _inner.FlushAsync(cancellationToken);
    }

    /// <summary>Flushes the stream below; a chunk that is not full stays here.</summary>
    public override void Flush() => _inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw WriteOnly();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw WriteOnly();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw WriteOnly();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _cipher.Dispose();
            CryptographicOperations.ZeroMemory(_plain);
            if (!_leaveOpen)
            {
                _inner.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private static NotSupportedException WriteOnly() => new("A sealing stream is only written, from beginning to end.");

    // Takes at most what fills one chunk, and seals it if it is full. A full chunk is never the last one, so it can go at once.
    private int Take(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_completed)
        {
            throw new InvalidOperationException("This envelope is complete; nothing can be added.");
        }

        var taken = Math.Min(buffer.Length, ChunkCipher.ChunkBytes - _plainBytes);
        if (taken == ChunkCipher.ChunkBytes)
        {
            SealChunk(buffer[..taken]);
        }
        else
        {
            buffer[..taken].CopyTo(_plain.AsSpan(_plainBytes));
            _plainBytes += taken;
            if (_plainBytes == ChunkCipher.ChunkBytes)
            {
                SealChunk(_plain);
                _plainBytes = 0;
            }
        }

        _length += taken;
        return taken;
    }

    private void SealChunk(ReadOnlySpan<byte> plain)
    {
        _cipher.Seal(_chunk, plain, _sealed.AsSpan(_sealedBytes));
        _chunk++;
        _sealedBytes += plain.Length + ChunkCipher.TagBytes;
    }
}
