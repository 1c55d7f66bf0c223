namespace Fieldkeep.Server.Answers.Filters;

/// <summary>Asks something of one point, in degrees.</summary>
internal delegate bool PointTest(decimal latitude, decimal longitude);

/// <summary>Reads the points of a place as XForms write them: latitude, longitude and more, points separated by semicolons.</summary>
internal static class PlacePoints
{
    /// <summary>Tells whether the test holds for any point; what is no point is passed over.</summary>
    public static bool Any(ReadOnlySpan<byte> answer, PointTest test)
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
            if (FilterValue.Parse(point[..end], ValueKind.Number) is { Kind: ValueKind.Number } latitude
                && FilterValue.Parse(next < 0 ? rest : rest[..next], ValueKind.Number) is { Kind: ValueKind.Number } longitude
                && test(latitude.Number, longitude.Number))
            {
                return true;
            }
        }

        return false;
    }
}
