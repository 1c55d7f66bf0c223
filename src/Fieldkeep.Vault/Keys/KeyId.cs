using System.Security.Cryptography;

namespace Fieldkeep.Vault.Keys;

/// <summary>Names a key; random, says nothing about it, may be shown.</summary>
public readonly record struct KeyId(Guid Value)
{
    /// <summary>Size on disk, bytes.</summary>
    public const int Size = 16;

    /// <summary>Makes a random id.</summary>
    public static KeyId Create()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return new(new Guid(bytes, bigEndian: true));
    }

    /// <summary>Reads 16 bytes in network order.</summary>
    public static KeyId Read(ReadOnlySpan<byte> source) => new(new Guid(source[..Size], bigEndian: true));

    /// <summary>Writes 16 bytes in network order.</summary>
    public void Write(Span<byte> destination) => Value.TryWriteBytes(destination, bigEndian: true, out _);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("N");
}
