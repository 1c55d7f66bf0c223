namespace Fieldkeep.Server.Answers.Filters;

/// <summary>A box on the map, in degrees. Where west is more than east it reaches over the date line.</summary>
internal sealed record PlaceBox(decimal South, decimal West, decimal North, decimal East)
{
    /// <summary>Tells whether any point of an answer lies in the box, its edges included.</summary>
    public bool Touches(ReadOnlySpan<byte> answer)
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
                && Holds(latitude.Number, longitude.Number))
            {
                return true;
            }
        }

        return false;
    }

    private bool Holds(decimal latitude, decimal longitude) =>
        latitude >= South && latitude <= North
        && (West <= East ? longitude >= West && longitude <= East : longitude >= West || longitude <= East);
}
