namespace Fieldkeep.Server.Answers.Filters;

/// <summary>All that is at most so far from a point: degrees and metres.</summary>
internal sealed record PlaceCircle(decimal Latitude, decimal Longitude, decimal Metres)
{
    // IUGG mean radius. On a sphere a distance is at most 0.6 % off; phones are less exact on the distances people ask for.
    private const double EarthRadiusMetres = 6_371_008.8;

    /// <summary>Tells whether any point of an answer lies in the circle, its edge included.</summary>
    public bool Touches(ReadOnlySpan<byte> answer) => PlacePoints.Any(answer, Holds);

    // Haversine: exact for small distances and across the date line.
    private bool Holds(decimal latitude, decimal longitude)
    {
        var (from, to) = (double.DegreesToRadians((double)Latitude), double.DegreesToRadians((double)latitude));
        var north = Math.Sin((to - from) / 2);
        var east = Math.Sin(double.DegreesToRadians((double)longitude - (double)Longitude) / 2);
        var half = (north * north) + (Math.Cos(from) * Math.Cos(to) * east * east);
        return 2 * EarthRadiusMetres * Math.Asin(Math.Sqrt(Math.Min(1, half))) <= (double)Metres;
    }
}
