using System.Buffers.Binary;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Copies a PNG with only the chunks that draw it (W3C PNG, third edition); an orientation in its EXIF is kept.</summary>
internal sealed class StripPng(PictureInput input, Stream clean)
{
    // An EXIF chunk is as long as its writer likes; what turns a picture stands near its beginning.
    private const int MaxExif = 64 * 1024;

    private static readonly string[] Kept =
    [
        "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI", "bKGD", "hIST", "pHYs",
        "acTL", "fcTL", "fdAT",
    ];

    private bool _isStripped;

    public async Task<StripOutcome> RunAsync()
    {
        await input.CopyAsync(8, clean);
        var head = new byte[8];
        for (var parts = 0; parts < StripPicture.MaxParts; parts++)
        {
            await input.ReadAsync(head);
            var length = BinaryPrimitives.ReadUInt32BigEndian(head);
            var type = System.Text.Encoding.ASCII.GetString(head, 4, 4);
            if (length > int.MaxValue || (parts == 0) != (type == "IHDR"))
            {
                return StripOutcome.Refused;
            }

            if (Kept.Contains(type, StringComparer.Ordinal))
            {
                await clean.WriteAsync(head, input.CancellationToken);
                await input.CopyAsync(length + 4L, clean);
            }
            else
            {
                await DropAsync(type, length);
            }

            if (type == "IEND")
            {
                _isStripped |= !await input.IsAtEndAsync();
                return _isStripped ? StripOutcome.Stripped : StripOutcome.Clean;
            }
        }

        return StripOutcome.Refused;
    }

    private async Task DropAsync(string type, long length)
    {
        if (type != "eXIf")
        {
            _isStripped = true;
            await input.CopyAsync(length + 4, null);
            return;
        }

        var exif = new byte[Math.Min(length, MaxExif)];
        await input.ReadAsync(exif);
        await input.CopyAsync(length - exif.Length + 4, null);
        _isStripped |= length != exif.Length || !Orientation.IsBare(exif);
        if (Orientation.Find(exif) is { } orientation)
        {
            var tiff = Orientation.Write(orientation);
            var chunk = new byte[tiff.Length + 12];
            BinaryPrimitives.WriteInt32BigEndian(chunk, tiff.Length);
            "eXIf"u8.CopyTo(chunk.AsSpan(4));
            tiff.CopyTo(chunk, 8);
            BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + tiff.Length), Checksum(chunk.AsSpan(4, tiff.Length + 4)));
            await clean.WriteAsync(chunk, input.CancellationToken);
        }
    }

    /// <summary>CRC-32 of ISO 3309; of thirty bytes, so without a table.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0xFFFF_FFFFu;
        foreach (var one in bytes)
        {
            sum ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB8_8320u;
            }
        }

        return ~sum;
    }
}
