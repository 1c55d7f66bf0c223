using System.Buffers;
using System.Security.Cryptography;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>The bytes of one instance in a pooled buffer, zeroed when given back.</summary>
internal sealed class InstanceBytes : IDisposable
{
    // Most instances are 2 to 20 KB; the buffer doubles from here.
    private const int FirstBytes = 16 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);

    /// <summary>Number of bytes read.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes read.</summary>
    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>The bytes read; valid until disposed or replaced.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    /// <summary>Puts other bytes in the place of those read.</summary>
    public void Replace(ReadOnlySpan<byte> bytes)
    {
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(0, Length));
        Length = 0;
        while (_buffer.Length < bytes.Length)
        {
            Grow();
        }

        bytes.CopyTo(_buffer);
        Length = bytes.Length;
    }

    /// <summary>Opens the bytes as a stream; valid until disposed.</summary>
    public MemoryStream OpenRead() => new(_buffer, 0, Length, writable: false);

    /// <summary>Reads until the end or until <paramref name="maxBytes"/> are passed; false when there was more.</summary>
    public async Task<bool> FillAsync(Stream content, int maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Length == _buffer.Length)
            {
                Grow();
            }

            var read = await content.ReadAsync(_buffer.AsMemory(Length), cancellationToken);
            if (read == 0)
            {
                return true;
            }

            Length += read;
            if (Length > maxBytes)
            {
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(0, Length));
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        Span.CopyTo(larger);
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(0, Length));
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
