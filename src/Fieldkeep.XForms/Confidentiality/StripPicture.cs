namespace Fieldkeep.XForms.Confidentiality;

/// <summary>What was done to a picture.</summary>
public enum StripOutcome
{
    /// <summary>Nothing was in it that tells where, when or with what it was taken.</summary>
    Clean,

    /// <summary>Such parts were left out.</summary>
    Stripped,

    /// <summary>It is of a kind that cannot be cleaned here (HEIC, TIFF …), or is damaged: nothing usable was written; keep it sealed.</summary>
    Refused,
}

/// <summary>
/// Copies a picture without what tells where, when, by whom and with which device it was taken: EXIF, GPS, XMP, IPTC, maker notes,
/// serial numbers, comments, embedded previews. The pixels are copied as they are; the orientation stays. JPEG, PNG and WebP.
/// </summary>
public static class StripPicture
{
    /// <summary>Most parts of one picture; a photo has some twenty, an interlaced PNG some thousand.</summary>
    internal const int MaxParts = 200_000;

    /// <summary>Copies the picture; what was written after <see cref="StripOutcome.Refused"/> is no picture.</summary>
    /// <param name="picture">The picture; read forward only, at most once.</param>
    /// <param name="clean">Takes the copy.</param>
    public static async Task<StripOutcome> RunAsync(Stream picture, Stream clean, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(clean);
        using var input = new PictureInput(picture, cancellationToken);
        try
        {
            return await input.PeekAsync(12) switch
            {
                [0xFF, 0xD8, 0xFF, ..] => await new StripJpeg(input, clean).RunAsync(),
                [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => await new StripPng(input, clean).RunAsync(),
                [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P'] => await new StripWebp(input, clean).RunAsync(),
                _ => StripOutcome.Refused,
            };
        }
        catch (EndOfStreamException)
        {
            return StripOutcome.Refused;
        }
        catch (InvalidDataException)
        {
            return StripOutcome.Refused;
        }
    }
}
