namespace Fieldkeep.Server.Blobs;

/// <summary>Names a blob by the SHA-256 of its sealed bytes, so that a changed file is never taken for it.</summary>
/// <param name="Sha256">32 bytes.</param>
internal readonly record struct BlobId(ReadOnlyMemory<byte> Sha256)
{
    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(Sha256.Span);
}
