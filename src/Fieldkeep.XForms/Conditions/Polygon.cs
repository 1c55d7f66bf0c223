using System.Globalization;

namespace Fieldkeep.XForms.Conditions;

/// <summary>
/// A polygon on the map: latitude and longitude as plane coordinates, edges straight between them. Reckoned exactly, so
/// that a point on an edge is always inside.
/// </summary>
internal sealed class Polygon(IReadOnlyList<GeoCorner> corners)
{
    private const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Tells whether any point of an answer lies inside; what is no point is passed over.</summary>
    public bool HoldsAnyPoint(ReadOnlySpan<byte> answer)
    {
        foreach (var range in answer.Split((byte)';'))
        {
            var point = answer[range].Trim(" \t\r\n"u8);
            var end = point.IndexOf((byte)' ');
            if (end < 0)
            {
                continue;
            }

            var rest = point[end..].TrimStart((byte)' ');
            var next = rest.IndexOf((byte)' ');
            if (TryDegrees(point[..end], 90, out var latitude)
                && TryDegrees(next < 0 ? rest : rest[..next], 180, out var longitude)
                && Holds(latitude, longitude))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Tells whether a point lies inside or on the edge.</summary>
    public bool Holds(decimal latitude, decimal longitude)
    {
        var isInside = false;
        var from = corners[^1];
        foreach (var to in corners)
        {
            var across = ((to.Longitude - from.Longitude) * (latitude - from.Latitude))
                - ((to.Latitude - from.Latitude) * (longitude - from.Longitude));
            if (across == 0
                && latitude >= Math.Min(from.Latitude, to.Latitude) && latitude <= Math.Max(from.Latitude, to.Latitude)
                && longitude >= Math.Min(from.Longitude, to.Longitude) && longitude <= Math.Max(from.Longitude, to.Longitude))
            {
                return true;
            }

            // A ray eastwards crosses the edge: half-open, so that a corner counts once.
            if (from.Latitude > latitude != to.Latitude > latitude && across > 0 == to.Latitude > from.Latitude)
            {
                isInside = !isInside;
            }

            from = to;
        }

        return isInside;
    }

    // Ten places behind the point keep every product exact.
    private static bool TryDegrees(ReadOnlySpan<byte> text, decimal most, out decimal degrees)
    {
        if (!decimal.TryParse(text, Number, CultureInfo.InvariantCulture, out degrees) || Math.Abs(degrees) > most)
        {
            return false;
        }

        degrees = decimal.Round(degrees, 10);
        return true;
    }
}
