using System.Buffers.Text;

namespace Fieldkeep.Server.Kernel;

/// <summary>Reads the bytes of a place in a list, which callers got as a text and give back: base64url, and the first byte says how the rest is laid out.</summary>
internal static class CursorBytes
{
    /// <summary>Reads a text into all of <paramref name="bytes"/>; false when it is no text of that length and layout.</summary>
    public static bool TryRead(string text, byte layout, Span<byte> bytes) =>
        text.Length == Base64Url.GetEncodedLength(bytes.Length)
        && Base64Url.IsValid(text)
        && Base64Url.TryDecodeFromChars(text, bytes, out var length)
        && length == bytes.Length
        && bytes[0] == layout;
}
