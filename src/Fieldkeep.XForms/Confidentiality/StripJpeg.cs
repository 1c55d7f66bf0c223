using System.Buffers.Binary;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>
/// Copies a JPEG with only the segments that draw it (ITU-T T.81): of APPn, JFIF, the colour profile and Adobe's colour
/// transform; an EXIF that says the orientation and nothing else. What stands behind the picture goes.
/// </summary>
internal sealed class StripJpeg(PictureInput input, Stream clean)
{
    private const byte StartOfScan = 0xDA;
    private const byte EndOfImage = 0xD9;

    private bool _isStripped;
    private byte? _orientation;
    private bool _isOrientationWritten;

    public async Task<StripOutcome> RunAsync()
    {
        await input.CopyAsync(2, clean);
        var next = await ReadMarkerAsync();
        for (var parts = 0; parts < StripPicture.MaxParts; parts++)
        {
            if (next == EndOfImage)
            {
                await clean.WriteAsync((byte[])[0xFF, EndOfImage], input.CancellationToken);

                // Some phones put a film or a second picture behind the first.
                _isStripped |= !await input.IsAtEndAsync();
                return _isStripped ? StripOutcome.Stripped : StripOutcome.Clean;
            }

            await CopySegmentAsync(next);
            next = next == StartOfScan ? await CopyScanAsync() : await ReadMarkerAsync();
        }

        return StripOutcome.Refused;
    }

    private async Task<byte> ReadMarkerAsync()
    {
        var one = new byte[1];
        await input.ReadAsync(one);
        return one[0] == 0xFF ? await ReadBehindAsync(one) : throw new InvalidDataException("The JPEG has no marker where one must be.");
    }

    // Fill bytes may stand before a marker.
    private async Task<byte> ReadBehindAsync(byte[] one)
    {
        do
        {
            await input.ReadAsync(one);
        }
        while (one[0] == 0xFF);

        return one[0];
    }

    private async Task CopySegmentAsync(byte marker)
    {
        var length = new byte[2];
        await input.ReadAsync(length);
        var size = BinaryPrimitives.ReadUInt16BigEndian(length) - 2;
        if (size < 0 || marker is < 0xC0 or (>= 0xD0 and <= 0xD8))
        {
            throw new InvalidDataException("The JPEG has a segment that cannot be one.");
        }

        var content = new byte[size];
        await input.ReadAsync(content);
        if (!IsKept(marker, content))
        {
            return;
        }

        if (marker != 0xE0 && !_isOrientationWritten && (marker is not (>= 0xE0 and <= 0xEF)))
        {
            _isOrientationWritten = true;
            await WriteOrientationAsync();
        }

        await clean.WriteAsync((byte[])[0xFF, marker, .. length, .. content], input.CancellationToken);
    }

    private bool IsKept(byte marker, ReadOnlySpan<byte> content)
    {
        if (marker == 0xE1 && content.StartsWith("Exif\0\0"u8))
        {
            _orientation ??= Orientation.Find(content[6..]);
            _isStripped |= !Orientation.IsBare(content[6..]);
            return false;
        }

        var isKept = marker switch
        {
            // JFIF without a preview of its own.
            0xE0 => content.Length == 14 && content.StartsWith("JFIF\0"u8),
            0xE2 => content.StartsWith("ICC_PROFILE\0"u8),
            0xEE => content.Length == 12 && content.StartsWith("Adobe"u8),
            (>= 0xE1 and <= 0xEF) or 0xFE => false,
            _ => true,
        };
        _isStripped |= !isKept;
        return isKept;
    }

    private async Task WriteOrientationAsync()
    {
        if (_orientation is { } orientation)
        {
            var tiff = Orientation.Write(orientation);
            await clean.WriteAsync(
                (byte[])[0xFF, 0xE1, 0, (byte)(tiff.Length + 8), .. "Exif\0\0"u8, .. tiff], input.CancellationToken);
        }
    }

    /// <summary>Copies compressed pixels; gives the marker that ends them.</summary>
    private async Task<byte> CopyScanAsync()
    {
        var one = new byte[1];
        while (true)
        {
            await input.CopyToAsync(0xFF, clean);
            var behind = await ReadBehindAsync(one);
            if (behind is not (0 or (>= 0xD0 and <= 0xD7)))
            {
                return behind;
            }

            // A stuffed byte or a restart: part of the pixels.
            await clean.WriteAsync((byte[])[0xFF, behind], input.CancellationToken);
        }
    }
}
