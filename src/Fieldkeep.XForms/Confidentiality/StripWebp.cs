using System.Buffers.Binary;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>
/// Copies a WebP (RFC 9649) and overwrites its metadata by an empty chunk of the same length: sizes in its head stay true
/// without a second pass. An orientation is kept.
/// </summary>
internal sealed class StripWebp(PictureInput input, Stream clean)
{
    private const byte XmpFlag = 0x04;
    private const int MaxExif = 64 * 1024;

    // Readers pass over chunks they do not know.
    private const string Empty = "FKPD";

    // The size and place of an animation's frame, before its chunks.
    private const int FrameHead = 16;

    private static readonly string[] Kept = ["VP8 ", "VP8L", "ANIM", "ALPH", "ICCP"];
    private static readonly string[] KeptInFrame = ["VP8 ", "VP8L", "ALPH"];

    private bool _isStripped;
    private int _parts;

    public async Task<StripOutcome> RunAsync()
    {
        var head = new byte[12];
        await input.ReadAsync(head);
        await clean.WriteAsync(head, input.CancellationToken);
        var left = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)) - 4L;
        return await CopyChunksAsync(left, isFrame: false) ? await EndAsync() : StripOutcome.Refused;
    }

    /// <summary>Copies chunks to the end of what holds them; false when they do not fit.</summary>
    private async Task<bool> CopyChunksAsync(long left, bool isFrame)
    {
        var chunk = new byte[8];
        for (; left >= 8 && _parts < StripPicture.MaxParts; _parts++)
        {
            await input.ReadAsync(chunk);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(chunk.AsSpan(4));
            var padded = length + (length & 1);
            left -= padded + 8;
            if (left < 0 || !await CopyChunkAsync(chunk, length, padded, isFrame))
            {
                return false;
            }
        }

        return left == 0;
    }

    private async Task<bool> CopyChunkAsync(byte[] chunk, long length, long padded, bool isFrame)
    {
        var type = System.Text.Encoding.ASCII.GetString(chunk, 0, 4);
        if (type == "VP8X" && length == 10 && !isFrame)
        {
            var flags = new byte[10];
            await input.ReadAsync(flags);
            _isStripped |= (flags[0] & XmpFlag) != 0;
            flags[0] &= unchecked((byte)~XmpFlag);
            await clean.WriteAsync((byte[])[.. chunk, .. flags], input.CancellationToken);
        }
        else if (type == "ANMF" && length >= FrameHead && (length & 1) == 0 && !isFrame)
        {
            await clean.WriteAsync((byte[])[.. chunk], input.CancellationToken);
            await input.CopyAsync(FrameHead, clean);
            return await CopyChunksAsync(length - FrameHead, isFrame: true);
        }
        else if ((isFrame ? KeptInFrame : Kept).Contains(type, StringComparer.Ordinal))
        {
            await clean.WriteAsync(chunk, input.CancellationToken);
            await input.CopyAsync(padded, clean);
        }
        else
        {
            await EmptyAsync(isFrame && type == "EXIF" ? "" : type, length, padded);
        }

        return true;
    }

    private async Task EmptyAsync(string type, long length, long padded)
    {
        var isExif = type == "EXIF";
        var seen = isExif ? new byte[Math.Min(length, MaxExif)] : [];
        await input.ReadAsync(seen);
        var bare = isExif ? BareOf(seen, length) : [];
        var hasRest = await HasContentAsync(padded - seen.Length);
        _isStripped |= isExif
            ? hasRest || !seen.AsSpan().StartsWith(bare) || seen.AsSpan(bare.Length).ContainsAnyExcept((byte)0) || seen.Length < length
            : hasRest || type != Empty;
        await WriteAsync(bare.Length > 0 ? "EXIF" : Empty, length, padded, bare);
    }

    /// <summary>Reads on; says whether anything but zeros was there.</summary>
    private async Task<bool> HasContentAsync(long length)
    {
        var hasContent = false;
        while (length > 0)
        {
            var piece = new byte[(int)Math.Min(length, 4096)];
            await input.ReadAsync(piece);
            hasContent |= piece.AsSpan().ContainsAnyExcept((byte)0);
            length -= piece.Length;
        }

        return hasContent;
    }

    /// <summary>An EXIF that says how the picture is turned; where even that has no room, none. The head promises one.</summary>
    private static byte[] BareOf(byte[] seen, long length)
    {
        // Some writers put JPEG's introduction in front.
        var tiff = seen.AsSpan().StartsWith("Exif\0\0"u8) ? seen.AsSpan(6) : seen;
        var bare = Orientation.Write(Orientation.Find(tiff) ?? 1);
        return bare.Length <= length ? bare : [];
    }

    private async Task WriteAsync(string type, long length, long padded, byte[] content)
    {
        var chunk = new byte[8];
        System.Text.Encoding.ASCII.GetBytes(type, chunk);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(4), (uint)length);
        await clean.WriteAsync((byte[])[.. chunk, .. content], input.CancellationToken);
        var zeros = new byte[4096];
        for (var left = padded - content.Length; left > 0; left -= Math.Min(left, zeros.Length))
        {
            await clean.WriteAsync(zeros.AsMemory(0, (int)Math.Min(left, zeros.Length)), input.CancellationToken);
        }
    }

    private async Task<StripOutcome> EndAsync()
    {
        _isStripped |= !await input.IsAtEndAsync();
        return _isStripped ? StripOutcome.Stripped : StripOutcome.Clean;
    }
}
