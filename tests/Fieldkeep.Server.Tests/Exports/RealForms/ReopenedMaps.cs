using System.Globalization;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.RealForms;

/// <summary>Checks maps against their standards and against the instances they were made of.</summary>
internal sealed class ReopenedMaps
{
    private static readonly XNamespace Kml = "http://www.opengis.net/kml/2.2";

    private readonly Dictionary<string, (GivenRow Row, AskedQuestion? Question)> _wanted = new(StringComparer.Ordinal);
    private readonly Dictionary<AskedTable, IReadOnlyList<AskedColumn>> _columns = [];

    /// <summary>Lays out what must be on the maps.</summary>
    public ReopenedMaps(AskedForm form, IReadOnlyList<GivenInstance> instances, bool groupPaths, bool splitSelects)
    {
        foreach (var table in form.Tables)
        {
            var questions = table.Items.Select(item => item.Question).OfType<AskedQuestion>().Where(question => question.IsGeometry).ToList();
            HasPlaces |= questions.Count > 0;
            _columns[table] = AskedColumns.Of(table, groupPaths, splitSelects);
            foreach (var row in instances.SelectMany(instance => instance.Rows).Where(row => row.Table == table && questions.Count > 0))
            {
                var answered = questions.Where(question => row.Answers.GetValueOrDefault(question.Path, "").Length > 0).ToList();
                foreach (var question in answered)
                {
                    _wanted.Add(questions.Count > 1 ? $"{row.Key}#{question.Path}" : row.Key, (row, question));
                }

                if (answered.Count == 0)
                {
                    _wanted.Add(row.Key, (row, null));
                }
            }
        }
    }

    /// <summary>Whether the form asks for any place: one that does not has no map.</summary>
    public bool HasPlaces { get; }

    /// <summary>How many shapes were compared.</summary>
    public int Shapes { get; private set; }

    /// <summary>Checks a collection of features (RFC 7946) and a document of placemarks (OGC 07-147r2) with the same content.</summary>
    public void Require(byte[] geoJson, byte[] kml)
    {
        using var document = JsonDocument.Parse(geoJson);
        GeoJsonRules.RequireCollection(document.RootElement);
        var features = document.RootElement.GetProperty("features").EnumerateArray().ToList();
        var placemarks = PlacemarksOf(kml);
        Assert.Equal(_wanted.Keys.Order(StringComparer.Ordinal), features.Select(IdOf).Order(StringComparer.Ordinal));
        Assert.Equal(features.Count, placemarks.Count);
        foreach (var (feature, placemark) in features.Zip(placemarks))
        {
            var (row, question) = _wanted[IdOf(feature)];
            var shape = question is null ? null : ShapeOf(question.Type, row.Answers[question.Path]);
            var geometry = feature.GetProperty("geometry");
            Assert.Equal(shape is null ? [] : shape, geometry.ValueKind == JsonValueKind.Null ? [] : PositionsOf(geometry.GetProperty("coordinates")));
            Assert.Equal(row.Key, placemark.Element(Kml + "name")?.Value);
            Assert.Equal(shape is null ? [] : shape, placemark.Descendants(Kml + "coordinates").SingleOrDefault()?.Value.Split(' ') ?? []);
            Shapes += shape is null ? 0 : 1;
            RequireAnswers(row, feature.GetProperty("properties"), placemark);
        }
    }

    private void RequireAnswers(GivenRow row, JsonElement properties, XElement placemark)
    {
        var shown = placemark.Descendants(Kml + "Data").ToDictionary(one => one.Attribute("name")?.Value ?? "", one => one.Element(Kml + "value")?.Value ?? "");
        foreach (var column in _columns[row.Table])
        {
            if (column.Question is not { } question)
            {
                continue;
            }

            var wanted = column.Shown(row.Answers.GetValueOrDefault(question.Path, ""));
            var isThere = properties.TryGetProperty(column.Heading, out var property);
            Assert.Equal(wanted.Length > 0, isThere);
            Assert.Equal(wanted, !isThere ? "" : property.ValueKind == JsonValueKind.Number ? property.GetRawText() : property.GetString());
            Assert.Equal(wanted, shown.GetValueOrDefault(column.Heading, ""));
        }
    }

    private static string IdOf(JsonElement feature) => feature.GetProperty("id").GetString() ?? "";

    private static IEnumerable<string> PositionsOf(JsonElement coordinates) => coordinates[0].ValueKind == JsonValueKind.Array
        ? coordinates.EnumerateArray().SelectMany(PositionsOf)
        : [string.Join(',', coordinates.EnumerateArray().Select(number => number.GetRawText()))];

    // Positions as longitude,latitude[,altitude] with the digits of the answer; null for what is no shape.
    private static List<string>? ShapeOf(string type, string answer)
    {
        var points = answer.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(point => point.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        if (points.Count == 0 || points.Any(point => point.Length < 2 || !point.All(IsNumber)))
        {
            return null;
        }

        if (type == "geoshape")
        {
            points = points[0][0] == points[^1][0] && points[0][1] == points[^1][1] ? points : [.. points, points[0]];
            points = AreaOf(points) < 0 ? [.. points.AsEnumerable().Reverse()] : points;
        }

        return [.. points.Select(point => $"{point[1]},{point[0]}{(point.Length > 2 ? "," + point[2] : "")}")];
    }

    private static decimal AreaOf(List<string[]> ring) => ring.Zip(ring.Skip(1)).Sum(side =>
        (Number(side.First[1]) * Number(side.Second[0])) - (Number(side.Second[1]) * Number(side.First[0])));

    private static bool IsNumber(string text) => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static decimal Number(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static List<XElement> PlacemarksOf(byte[] kml)
    {
        using var reader = XmlReader.Create(new MemoryStream(kml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        var document = XDocument.Load(reader, LoadOptions.PreserveWhitespace);
        var top = document.Root ?? throw new InvalidOperationException("The map is empty.");
        Assert.Equal(Kml + "kml", top.Name);
        var all = Assert.Single(top.Elements()).Elements().ToList();
        Assert.Equal(Kml + "Document", all[0].Parent?.Name);
        Assert.Equal(Kml + "name", all[0].Name);
        Assert.All(all.Skip(1), RequirePlacemark);
        return [.. all.Skip(1)];
    }

    // The order of the schema's sequence: name, ExtendedData, one geometry.
    private static void RequirePlacemark(XElement placemark)
    {
        Assert.Equal(Kml + "Placemark", placemark.Name);
        var names = placemark.Elements().Select(child => child.Name.LocalName).ToList();
        Assert.Equal(["name", "ExtendedData"], names.Take(2));
        Assert.True(names.Count == 2 || (names.Count == 3 && names[2] is "Point" or "LineString" or "Polygon"), string.Join(' ', names));
        Assert.All(placemark.Elements(Kml + "ExtendedData").Elements(), data =>
        {
            Assert.Equal(Kml + "Data", data.Name);
            Assert.NotNull(data.Attribute("name"));
            Assert.Equal("value", data.Elements().Last().Name.LocalName);
        });
        Assert.All(placemark.Descendants(Kml + "Polygon"), polygon => Assert.Equal(
            ["outerBoundaryIs", "LinearRing", "coordinates"], polygon.Descendants().Select(child => child.Name.LocalName)));
    }
}
