using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Writes the 32 bytes of an HMAC-SHA256 under a project's masking key.</summary>
public delegate void MaskNoise(ReadOnlySpan<byte> message, Span<byte> mac);

/// <summary>
/// Displaces points so that others than holders see an area and not a home. The earth is cut into cells an eighth of the radius wide; all
/// points of one cell, in one submission and question, are shown at one place, which lies between 0.2 and 1 of the radius from each of
/// them. A point that is corrected within its cell does not show the correction, and one that is given often gives no average.
/// </summary>
/// <param name="row">Id of the entity or site, else of the first instance of the submission: what does not change with edits.</param>
/// <param name="noise">The project's masking key, as a function.</param>
public sealed class PlaceMask(string row, MaskNoise noise)
{
    private const double InnerPart = 0.2;
    private const double CellsInRadius = 8;

    // Half the diagonal of a cell, and a little for the earth's curve: no cell reaches farther from its centre.
    private const double Reach = 0.7072 * 1.04;

    // Five decimals are at most 0.8 m, along both axes.
    private const double RoundingMetres = 1;

    // More than a degree is long anywhere on the ellipsoid, along a meridian and along the equator.
    private const double MetresInDegree = 111_700;

    // Nearer to a pole cells are no squares.
    private const double NearestToPole = 89;

    // WGS 84.
    private const double Semimajor = 6_378_137.0;
    private const double Flattening = 1 / 298.257_223_563;

    /// <summary>
    /// Gives the displaced point as <c>latitude longitude</c> with five decimals; null when the answer is no point, or one within a degree of a pole.
    /// </summary>
    /// <param name="point">Answer of a geopoint; altitude and accuracy are dropped.</param>
    /// <param name="radiusMetres">Greatest distance between the two points.</param>
    /// <param name="path">Path of the question in the form: rows of a repeat share their noise.</param>
    /// <param name="turn">See <see cref="ConfidentialValue.Turn"/>.</param>
    public string? Displace(string point, double radiusMetres, string path, int turn = 0)
    {
        ArgumentNullException.ThrowIfNull(point);
        var parts = point.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is < 2 or > 4 || Degrees(parts[0], 90) is not { } latitude || Degrees(parts[1], 180) is not { } longitude
            || Math.Abs(latitude) > NearestToPole || !(radiusMetres is >= ConfidentialMarks.MinRadius and <= ConfidentialMarks.MaxRadius))
        {
            return null;
        }

        var side = radiusMetres / CellsInRadius;
        var (cell, cellNorth, cellEast) = CellOf(latitude, longitude, side);
        Span<byte> mac = stackalloc byte[32];
        noise(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{row}\0{path}\0{radiusMetres:R}\0{cell}\0{turn}")), mac);
        var margin = (Reach * side) + RoundingMetres;
        var (inner, outer) = ((InnerPart * radiusMetres) + margin, radiusMetres - margin);
        var distance = Math.Sqrt((Part(mac) * ((outer * outer) - (inner * inner))) + (inner * inner));
        var (north, east) = Destination(cellNorth, cellEast, 2 * Math.PI * Part(mac[8..]), distance);
        return string.Create(CultureInfo.InvariantCulture, $"{north:F5} {east:F5}");
    }

    /// <summary>Finds the cell of a point: rows of equal height, and in each as many cells as keep them no wider than the side.</summary>
    private static (string Cell, double Latitude, double Longitude) CellOf(double latitude, double longitude, double side)
    {
        var height = side / MetresInDegree;
        var line = Math.Floor((latitude + 90) / height);
        var south = (line * height) - 90;

        // Wide at the edge that is nearer to the equator.
        var edge = south * (south + height) <= 0 ? 0 : Math.Min(Math.Abs(south), Math.Abs(south + height));
        var cells = Math.Ceiling(360 / (height / Math.Cos(edge * Math.PI / 180)));
        var width = 360 / cells;
        var column = Math.Floor((longitude + 180) / width) % cells;
        var east = ((column + 0.5) * width) - 180;
        return (string.Create(CultureInfo.InvariantCulture, $"{line:F0} {column:F0}"), south + (height / 2), east);
    }

    private static double? Degrees(string text, double most) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var degrees) && Math.Abs(degrees) <= most ? degrees : null;

    /// <summary>A number from 0 up to 1 of the first 53 bits.</summary>
    private static double Part(ReadOnlySpan<byte> mac) => (BinaryPrimitives.ReadUInt64BigEndian(mac) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Goes a distance in a direction on the ellipsoid (Vincenty, 1975, direct formula; exact to less than a millimetre).</summary>
    internal static (double Latitude, double Longitude) Destination(double latitude, double longitude, double azimuth, double metres)
    {
        const double semiminor = Semimajor * (1 - Flattening);
        var (sinAzimuth, cosAzimuth) = Math.SinCos(azimuth);
        var tanU = (1 - Flattening) * Math.Tan(latitude * Math.PI / 180);
        var cosU = 1 / Math.Sqrt(1 + (tanU * tanU));
        var sinU = tanU * cosU;
        var sigma1 = Math.Atan2(tanU, cosAzimuth);
        var sinAlpha = cosU * sinAzimuth;
        var cosSqAlpha = 1 - (sinAlpha * sinAlpha);
        var uSq = cosSqAlpha * ((Semimajor * Semimajor) - (semiminor * semiminor)) / (semiminor * semiminor);
        var a = 1 + (uSq / 16384 * (4096 + (uSq * (-768 + (uSq * (320 - (175 * uSq)))))));
        var b = uSq / 1024 * (256 + (uSq * (-128 + (uSq * (74 - (47 * uSq))))));
        var sigma = metres / (semiminor * a);
        var cos2SigmaM = 0.0;

        // At most 100 km away it settles after three rounds; ten are always enough and never endless.
        for (var round = 0; round < 10; round++)
        {
            cos2SigmaM = Math.Cos((2 * sigma1) + sigma);
            var (sinS, cosS) = Math.SinCos(sigma);
            var delta = b * sinS * (cos2SigmaM + (b / 4 * ((cosS * (-1 + (2 * cos2SigmaM * cos2SigmaM)))
                - (b / 6 * cos2SigmaM * (-3 + (4 * sinS * sinS)) * (-3 + (4 * cos2SigmaM * cos2SigmaM))))));
            sigma = (metres / (semiminor * a)) + delta;
        }

        cos2SigmaM = Math.Cos((2 * sigma1) + sigma);
        var (sinSigma, cosSigma) = Math.SinCos(sigma);
        var across = (sinU * sinSigma) - (cosU * cosSigma * cosAzimuth);
        var north = Math.Atan2(
            (sinU * cosSigma) + (cosU * sinSigma * cosAzimuth), (1 - Flattening) * Math.Sqrt((sinAlpha * sinAlpha) + (across * across)));
        var lambda = Math.Atan2(sinSigma * sinAzimuth, (cosU * cosSigma) - (sinU * sinSigma * cosAzimuth));
        var c = Flattening / 16 * cosSqAlpha * (4 + (Flattening * (4 - (3 * cosSqAlpha))));
        var l = lambda - ((1 - c) * Flattening * sinAlpha
            * (sigma + (c * sinSigma * (cos2SigmaM + (c * cosSigma * (-1 + (2 * cos2SigmaM * cos2SigmaM)))))));
        var east = longitude + (l * 180 / Math.PI);
        return (north * 180 / Math.PI, east > 180 ? east - 360 : east < -180 ? east + 360 : east);
    }
}
