using System.Security.Cryptography;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Envelopes;

/// <summary>
/// Opens an envelope as a stream. Every chunk is verified before a byte of it is given out; a missing end throws.
/// Over a seekable stream it is seekable, knows its length, and has checked the end before it gives the first byte.
/// </summary>
public sealed class OpeningStream : Stream
{
    private readonly Stream _inner;
    private readonly bool _leaveOpen;
    private readonly ChunkCipher _cipher;
    private readonly long _start;
    private readonly long _length;
    private readonly byte[] _sealed = GC.AllocateUninitializedArray<byte>(ChunkCipher.SealedChunkBytes);
    private readonly byte[] _plain = GC.AllocateUninitializedArray<byte>(ChunkCipher.ChunkBytes);
    private long _chunk = -1;
    private int _plainBytes;
    private long _position;
    private bool _atLastChunk;
    private bool _disposed;

    private OpeningStream(Stream inner, bool leaveOpen, ChunkCipher cipher, long start, long length)
    {
        _inner = inner;
        _leaveOpen = leaveOpen;
        _cipher = cipher;
        _start = start;
        _length = length;
    }

    /// <inheritdoc/>
    public override bool CanRead => !_disposed;

    /// <summary>True if the stream below is.</summary>
    public override bool CanSeek => !_disposed && _length >= 0;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <summary>Plaintext bytes in all; only over a seekable stream.</summary>
    public override long Length => _length >= 0 ? _length : throw new NotSupportedException("The length is not known yet.");

    /// <summary>Plaintext offset.</summary>
    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <summary>Opens the envelope that begins at the current position of <paramref name="inner"/> and reaches to its end.</summary>
    /// <param name="find">Returns the key with the id in the header, or null.</param>
    /// <exception cref="VaultException">Why it cannot be opened.</exception>
    public static async Task<OpeningStream> OpenAsync(
        Stream inner,
        Func<KeyId, DataKey?> find,
        EnvelopePurpose purpose,
        EnvelopeContext context,
        bool leaveOpen,
        CancellationToken cancellationToken)
    {
        try
        {
            return await BeginAsync(inner, find, purpose, context, leaveOpen, cancellationToken);
        }
        catch when (!leaveOpen)
        {
            await inner.DisposeAsync();
            throw;
        }
    }

    private static async Task<OpeningStream> BeginAsync(
        Stream inner,
        Func<KeyId, DataKey?> find,
        EnvelopePurpose purpose,
        EnvelopeContext context,
        bool leaveOpen,
        CancellationToken cancellationToken)
    {
        var start = inner.CanSeek ? inner.Position : 0;
        var prefix = new byte[ChunkCipher.PrefixBytes];
        var read = await inner.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, cancellationToken);
        var header = EnvelopeHeader.Read(prefix.AsSpan(0, read));
        if (read < prefix.Length)
        {
            throw Truncated(read);
        }

        if (header.Flags != EnvelopeFlags.None || header.Purpose != purpose)
        {
            throw new VaultException(
                header.Purpose != purpose ? VaultFailure.WrongKeyOrContext : VaultFailure.UnknownSuite,
                $"The value in {context.Column} was sealed as “{header.Purpose}” with flags “{header.Flags}”; "
                + $"it was to be read as a stream of “{purpose}”.");
        }

        var key = find(header.KeyId) ?? throw new VaultException(
            VaultFailure.KeyMissing,
            $"There is no key {header.KeyId} here for {context.Column} of row {context.Row}: it was destroyed, or is another installation's.");
        var length = inner.CanSeek ? ContentLength(inner.Length - start) : -1;
        var stream = new OpeningStream(inner, leaveOpen, ChunkCipher.Resume(key, context, prefix), start, length);
        if (length >= 0)
        {
            await stream.LoadAsync(length / ChunkCipher.ChunkBytes, cancellationToken);
        }

        return stream;
    }

    /// <summary>Opens with a project's keys.</summary>
    /// <exception cref="VaultException">Why it cannot be opened.</exception>
    public static Task<OpeningStream> OpenAsync(
        Stream inner,
        ProjectKeys keys,
        EnvelopePurpose purpose,
        EnvelopeContext context,
        bool leaveOpen,
        CancellationToken cancellationToken) =>
        OpenAsync(inner, keys.Find, purpose, context, leaveOpen, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty || AtEnd())
        {
            return 0;
        }

        var wanted = _position / ChunkCipher.ChunkBytes;
        if (wanted != _chunk)
        {
            await LoadAsync(wanted, cancellationToken);
        }

        return Give(buffer.Span);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty || AtEnd())
        {
            return 0;
        }

        var wanted = _position / ChunkCipher.ChunkBytes;
        if (wanted != _chunk)
        {
            SeekInner(wanted);
            OpenChunk(wanted, _inner.ReadAtLeast(_sealed, _sealed.Length, throwOnEndOfStream: false));
        }

        return Give(buffer);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        if (!CanSeek)
        {
            throw new NotSupportedException("The stream below cannot seek.");
        }

        var target = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => _length + offset,
        };
        ArgumentOutOfRangeException.ThrowIfNegative(target, nameof(offset));
        return _position = target;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw ReadOnly();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw ReadOnly();

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

    private static NotSupportedException ReadOnly() => new("An opening stream is only read.");

    private static VaultException Truncated(long length) => new(
        VaultFailure.Truncated,
        $"The sealed value is cut off after {length} bytes: its last chunk is missing. Restore it from a backup.");

    private static long ContentLength(long envelopeLength)
    {
        var body = envelopeLength - ChunkCipher.PrefixBytes;
        var full = body / ChunkCipher.SealedChunkBytes;
        return body % ChunkCipher.SealedChunkBytes >= ChunkCipher.TagBytes
            ? body - ((full + 1) * ChunkCipher.TagBytes)
            : throw Truncated(envelopeLength);
    }

    // Without a known length, the end is behind the first short chunk and nowhere else.
    private bool AtEnd() => _length >= 0
        ? _position >= _length
        : _atLastChunk && _position >= (_chunk * ChunkCipher.ChunkBytes) + _plainBytes;

    private async ValueTask LoadAsync(long chunk, CancellationToken cancellationToken)
    {
        SeekInner(chunk);
        OpenChunk(chunk, await _inner.ReadAtLeastAsync(_sealed, _sealed.Length, throwOnEndOfStream: false, cancellationToken));
    }

    private void SeekInner(long chunk)
    {
        _chunk = -1;
        if (_length >= 0)
        {
            _inner.Position = _start + ChunkCipher.PrefixBytes + (chunk * ChunkCipher.SealedChunkBytes);
        }
    }

    private void OpenChunk(long chunk, int sealedBytes)
    {
        if (sealedBytes < ChunkCipher.TagBytes)
        {
            throw Truncated(ChunkCipher.PrefixBytes + (chunk * ChunkCipher.SealedChunkBytes) + sealedBytes);
        }

        _cipher.Open(chunk, _sealed.AsSpan(0, sealedBytes), _plain);
        _chunk = chunk;
        _plainBytes = sealedBytes - ChunkCipher.TagBytes;
        _atLastChunk = _plainBytes < ChunkCipher.ChunkBytes;
    }

    private int Give(Span<byte> buffer)
    {
        var offset = (int)(_position - (_chunk * ChunkCipher.ChunkBytes));
        var given = Math.Min(buffer.Length, Math.Max(0, _plainBytes - offset));
        _plain.AsSpan(offset, given).CopyTo(buffer);
        _position += given;
        return given;
    }
}
