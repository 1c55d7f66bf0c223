using System.Security.Cryptography;

namespace Fieldkeep.Vault.Odk;

/// <summary>Reads a file that a phone encrypted, in the clear, from beginning to end; memory stays flat.</summary>
public sealed class OdkFileStream : Stream
{
    private readonly CryptoStream _plain;
    private readonly ICryptoTransform _decryptor;
#pragma warning disable CA5351 // The ODK specification signs MD5 digests; a compatibility format, see docs/decisions/0022.
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351

    internal OdkFileStream(Stream encrypted, ICryptoTransform decryptor)
    {
        _decryptor = decryptor;
        _plain = new CryptoStream(encrypted, decryptor, CryptoStreamMode.Read);
    }

    /// <summary>MD5 of the content, which the instance's signature is over; null until the end was read.</summary>
    public byte[]? Md5 { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads; 0 at the end.</summary>
    /// <exception cref="VaultException">Corrupted: the padding at the end is none.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var read = await _plain.ReadAsync(buffer, cancellationToken);
            return Take(buffer.Span, read);
        }
        catch (CryptographicException problem)
        {
            throw Damaged(problem);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Take(buffer, _plain.Read(buffer));
        }
        catch (CryptographicException problem)
        {
            throw Damaged(problem);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is written.
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _plain.Dispose();
            _decryptor.Dispose();
            _md5.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Take(ReadOnlySpan<byte> buffer, int read)
    {
        if (read > 0)
        {
            _md5.AppendData(buffer[..read]);
        }
        else if (buffer.Length > 0)
        {
            Md5 ??= _md5.GetHashAndReset();
        }

        return read;
    }

    private static VaultException Damaged(CryptographicException problem) => new(
        VaultFailure.Corrupted, "A file that a phone encrypted does not end as one must: it was cut off, damaged or exchanged.", problem);
}
