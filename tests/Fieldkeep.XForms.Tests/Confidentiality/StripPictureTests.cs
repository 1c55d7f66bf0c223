using System.Buffers.Binary;
using System.Text;
using Fieldkeep.XForms.Confidentiality;
using Xunit;

namespace Fieldkeep.XForms.Tests.Confidentiality;

public sealed class StripPictureTests
{
    private const string Secret = "GPS 15.5N 32.5E Canon SN 0042";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_JPEG_keeps_its_pixels_profile_and_orientation_and_nothing_else()
    {
        byte[] pixels = [0x11, 0xFF, 0x00, 0x22, 0xFF, 0xD3, 0x33];
        byte[] sent =
        [
            0xFF, 0xD8, .. Segment(0xE0, [.. "JFIF\0"u8, 1, 2, 0, 0, 1, 0, 1, 0, 0]), .. Segment(0xE1, [.. "Exif\0\0"u8, .. Exif(6)]),
            .. Segment(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. Bytes(Secret)]), .. Segment(0xED, Bytes("Photoshop 3.0\0" + Secret)),
            .. Segment(0xE2, Bytes("MPF\0" + Secret)), .. Segment(0xE2, Bytes("ICC_PROFILE\0p")), .. Segment(0xFE, Bytes(Secret)),
            .. Segment(0xDB, [1, 2, 3]), .. Segment(0xC2, [4, 5]), .. Segment(0xDA, [6]), .. pixels, 0xFF, .. Segment(0xC4, [7]), .. Segment(0xDA, [8]), .. pixels,
            0xFF, 0xD9, .. Bytes("ftypmp4 " + Secret),
        ];
        var (outcome, clean) = await StripAsync(sent);

        Assert.Equal(StripOutcome.Stripped, outcome);
        byte[] expected =
        [
            0xFF, 0xD8, .. Segment(0xE0, [.. "JFIF\0"u8, 1, 2, 0, 0, 1, 0, 1, 0, 0]), .. Segment(0xE2, Bytes("ICC_PROFILE\0p")),
            .. Segment(0xE1, [.. "Exif\0\0"u8, .. Orientation.Write(6)]),
            .. Segment(0xDB, [1, 2, 3]), .. Segment(0xC2, [4, 5]), .. Segment(0xDA, [6]), .. pixels, .. Segment(0xC4, [7]), .. Segment(0xDA, [8]), .. pixels, 0xFF, 0xD9,
        ];
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(clean));
        await RequireCleanAsync(clean);
    }

    [Fact]
    public async Task A_PNG_keeps_what_draws_it()
    {
        byte[] sent =
        [
            0x89, .. "PNG\r\n\x1A\n"u8, .. Chunk("IHDR", new byte[13]), .. Chunk("tEXt", Bytes(Secret)), .. Chunk("eXIf", Exif(8)), .. Chunk("iTXt", Bytes(Secret)),
            .. Chunk("tIME", new byte[7]), .. Chunk("prVt", Bytes(Secret)), .. Chunk("PLTE", [1, 2, 3]), .. Chunk("IDAT", [4, 5]), .. Chunk("IEND", []), .. Bytes(Secret),
        ];
        var (outcome, clean) = await StripAsync(sent);

        Assert.Equal(StripOutcome.Stripped, outcome);
        var text = Encoding.Latin1.GetString(clean);
        Assert.Equal(["IHDR", "eXIf", "PLTE", "IDAT", "IEND"], Chunks(clean));
        Assert.DoesNotContain("Canon", text, StringComparison.Ordinal);
        await RequireCleanAsync(clean);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public async Task A_WebP_keeps_its_length_and_its_orientation(byte orientation)
    {
        byte[] chunks =
        [
            .. Riff("VP8X", [0x0C, 0, 0, 0, 1, 0, 0, 1, 0, 0]), .. Riff("ICCP", [9]), .. Riff("VP8 ", [1, 2, 3]), .. Riff("EXIF", Exif(orientation)),
            .. Riff("XMP ", Bytes(Secret)), .. Riff("odd!", Bytes(Secret + "x")),
        ];
        byte[] sent = [.. "RIFF"u8, .. Little(chunks.Length + 4), .. "WEBP"u8, .. chunks];
        var (outcome, clean) = await StripAsync(sent);

        Assert.Equal(StripOutcome.Stripped, outcome);
        Assert.Equal(sent.Length, clean.Length);
        Assert.DoesNotContain("Canon", Encoding.Latin1.GetString(clean), StringComparison.Ordinal);
        Assert.Equal(0x08, clean[20]);
        Assert.True(clean.AsSpan().IndexOf(Orientation.Write(orientation)) > 0);
        Assert.True(clean.AsSpan().IndexOf((byte[])[.. "VP8 "u8, 3, 0, 0, 0, 1, 2, 3, 0]) > 0);
        await RequireCleanAsync(clean);
    }

    [Fact]
    public async Task A_WebP_hides_nothing_in_its_frames_nor_in_an_empty_chunk_that_is_not_empty()
    {
        byte[] frame = [.. new byte[16], .. Riff("VP8 ", [1, 2]), .. Riff("EXIF", Exif(6)), .. Riff("note", Bytes(Secret))];
        byte[][] kinds = [Riff("ANMF", frame), Riff("FKPD", Bytes(Secret)), [.. Riff("VP8 ", [1]), .. Riff("FKPD", [.. new byte[6000], .. Bytes(Secret)])]];
        foreach (var chunks in kinds)
        {
            byte[] sent = [.. "RIFF"u8, .. Little(chunks.Length + 4), .. "WEBP"u8, .. chunks];
            var (outcome, clean) = await StripAsync(sent);

            Assert.Equal(StripOutcome.Stripped, outcome);
            Assert.Equal(sent.Length, clean.Length);
            Assert.DoesNotContain("Canon", Encoding.Latin1.GetString(clean), StringComparison.Ordinal);
            await RequireCleanAsync(clean);
        }
    }

    [Fact]
    public async Task What_is_cut_short_or_of_another_kind_is_refused_and_nothing_hangs()
    {
        byte[] jpeg = [0xFF, 0xD8, .. Segment(0xE1, [.. "Exif\0\0"u8, .. Exif(6)]), .. Segment(0xDA, [6]), 1, 2, 0xFF, 0xD9];
        for (var length = 0; length < jpeg.Length; length++)
        {
            Assert.Equal(StripOutcome.Refused, (await StripAsync(jpeg[..length])).Outcome);
        }

        byte[][] others =
        [
            [0, 0, 0, 24, .. "ftypheic"u8, .. new byte[40]], [.. "II*\0"u8, .. new byte[40]], [.. "GIF89a"u8, .. new byte[40]], Bytes("<svg xmlns='http://www.w3.org/2000/svg'/>"),
            [0xFF, 0xD8, 0xFF, 0xDB, 0, 1, .. new byte[40]], [0x89, .. "PNG\r\n\x1A\n"u8, .. Chunk("IDAT", [1]), .. Chunk("IEND", [])],
            [0x89, .. "PNG\r\n\x1A\n"u8, 0xFF, 0xFF, 0xFF, 0xFF, .. "IHDR"u8], [.. "RIFF"u8, .. Little(100), .. "WEBP"u8, .. "VP8 "u8, 0xFF, 0xFF, 0xFF, 0xFF, .. new byte[90]],
        ];
        foreach (var other in others)
        {
            Assert.Equal(StripOutcome.Refused, (await StripAsync(other)).Outcome);
        }
    }

    [Fact]
    public async Task Any_bytes_changed_end_in_a_picture_or_a_refusal()
    {
        byte[] sent = [0xFF, 0xD8, .. Segment(0xE1, [.. "Exif\0\0"u8, .. Exif(6)]), .. Segment(0xDB, new byte[20]), .. Segment(0xDA, [6]), 1, 2, 0xFF, 0xD9];
        for (var at = 2; at < sent.Length; at++)
        {
            foreach (var value in (byte[])[0, 0x7F, 0xFF])
            {
                var changed = sent.ToArray();
                changed[at] = value;
                await StripAsync(changed);
            }
        }
    }

    private static async Task RequireCleanAsync(byte[] clean)
    {
        var (outcome, again) = await StripAsync(clean);
        Assert.Equal(StripOutcome.Clean, outcome);
        Assert.Equal(clean, again);
    }

    private static async Task<(StripOutcome Outcome, byte[] Clean)> StripAsync(byte[] sent)
    {
        using var picture = new MemoryStream(sent);
        using var clean = new MemoryStream();
        var outcome = await StripPicture.RunAsync(picture, clean, Token);
        return (outcome, clean.ToArray());
    }

    /// <summary>An EXIF as cameras write it: make, orientation and a text behind.</summary>
    private static byte[] Exif(byte orientation) =>
    [
        .. "II*\0"u8, 8, 0, 0, 0, 2, 0, 0x0F, 0x01, 2, 0, 29, 0, 0, 0, 38, 0, 0, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0, .. Bytes(Secret),
    ];

    private static byte[] Segment(byte marker, byte[] content) => [0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content];

    private static byte[] Chunk(string type, byte[] content)
    {
        var chunk = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        Bytes(type).CopyTo(chunk, 4);
        content.CopyTo(chunk, 8);
        return chunk;
    }

    private static byte[] Riff(string type, byte[] content) => [.. Bytes(type), .. Little(content.Length), .. content, .. new byte[content.Length & 1]];

    private static byte[] Little(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }

    private static List<string> Chunks(byte[] png)
    {
        var found = new List<string>();
        for (var at = 8; at < png.Length; at += 12 + BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at)))
        {
            found.Add(Encoding.ASCII.GetString(png, at + 4, 4));
        }

        return found;
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
}
