using System.Text.Json;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.RealForms;

/// <summary>What RFC 7946 asks of a FeatureCollection, rule by rule.</summary>
internal static class GeoJsonRules
{
    /// <summary>Checks a collection: sections 3.2, 3.3, and 7.1 for members that would give it another meaning.</summary>
    public static void RequireCollection(JsonElement collection)
    {
        Assert.Equal("FeatureCollection", collection.GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Array, collection.GetProperty("features").ValueKind);
        RequireNone(collection, "coordinates", "geometries", "geometry", "properties", "crs");
        Assert.All(collection.GetProperty("features").EnumerateArray(), RequireFeature);
    }

    private static void RequireFeature(JsonElement feature)
    {
        Assert.Equal("Feature", feature.GetProperty("type").GetString());
        Assert.True(feature.GetProperty("properties").ValueKind is JsonValueKind.Object or JsonValueKind.Null);
        Assert.True(!feature.TryGetProperty("id", out var id) || id.ValueKind is JsonValueKind.String or JsonValueKind.Number);
        RequireNone(feature, "coordinates", "geometries", "features", "crs");
        var names = feature.GetProperty("properties").EnumerateObject().Select(property => property.Name).ToList();
        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        if (feature.GetProperty("geometry") is { ValueKind: not JsonValueKind.Null } geometry)
        {
            RequireGeometry(geometry);
        }
    }

    // Sections 3.1.2, 3.1.4 and 3.1.6.
    private static void RequireGeometry(JsonElement geometry)
    {
        RequireNone(geometry, "geometry", "properties", "features");
        var coordinates = geometry.GetProperty("coordinates");
        switch (geometry.GetProperty("type").GetString())
        {
            case "Point":
                RequirePosition(coordinates);
                break;
            case "LineString":
                Assert.True(coordinates.GetArrayLength() >= 2, "A line has two positions or more.");
                Assert.All(coordinates.EnumerateArray(), RequirePosition);
                break;
            case "Polygon":
                Assert.All(coordinates.EnumerateArray(), RequireRing);
                break;
            case var other:
                Assert.Fail($"{other} is no geometry that an answer can be.");
                break;
        }
    }

    private static void RequireRing(JsonElement ring)
    {
        var positions = ring.EnumerateArray().ToList();
        Assert.All(positions, RequirePosition);
        Assert.True(positions.Count >= 4, "A ring has four positions or more.");
        Assert.Equal((positions[0][0].GetDecimal(), positions[0][1].GetDecimal()), (positions[^1][0].GetDecimal(), positions[^1][1].GetDecimal()));
        var area = positions.Zip(positions.Skip(1)).Sum(side =>
            (side.First[0].GetDecimal() * side.Second[1].GetDecimal()) - (side.Second[0].GetDecimal() * side.First[1].GetDecimal()));
        Assert.True(area >= 0, "An outer ring goes counterclockwise.");
    }

    // Sections 3.1.1 and 4: longitude, latitude and altitude in WGS 84, nothing behind.
    private static void RequirePosition(JsonElement position)
    {
        Assert.InRange(position.GetArrayLength(), 2, 3);
        Assert.InRange(position[0].GetDouble(), -180, 180);
        Assert.InRange(position[1].GetDouble(), -90, 90);
    }

    private static void RequireNone(JsonElement element, params string[] names) =>
        Assert.DoesNotContain(element.EnumerateObject(), property => names.Contains(property.Name, StringComparer.Ordinal));
}
