namespace Fieldkeep.Server.Answers.Filters;

/// <summary>A box on the map, in degrees. Where west is more than east it reaches over the date line.</summary>
internal sealed record PlaceBox(decimal South, decimal West, decimal North, decimal East)
{
    /// <summary>Tells whether any point of an answer lies in the box, its edges included.</summary>
    public bool Touches(ReadOnlySpan<byte> answer) => PlacePoints.Any(answer, Holds);

    private bool Holds(decimal latitude, decimal longitude) =>
        latitude >= South && latitude <= North
        && (West <= East ? longitude >= West && longitude <= East : longitude >= West || longitude <= East);
}
