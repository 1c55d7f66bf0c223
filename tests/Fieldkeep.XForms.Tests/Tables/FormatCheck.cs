using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Fieldkeep.Fuzz;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Tables;
using Xunit;

namespace Fieldkeep.XForms.Tests.Tables;

/// <summary>Exports instances of a form in every format, opens the files with readers of their own, and compares every answer.</summary>
internal sealed class FormatCheck
{
    private readonly FormTables _tables;
    private readonly IReadOnlyList<FlatTable?> _flat;
    private readonly List<(string Id, string Xml)> _instances = [];
    private readonly Dictionary<(string Key, string Path), string> _expected = [];

    public FormatCheck(XForm form, Dice dice, int instances)
    {
        _tables = new FormTables([form]);
        _flat = FlatTable.Of(_tables, new ColumnOptions(GroupPaths: true, SplitSelectMultiples: false));
        for (var at = 0; at < instances; at++)
        {
            var id = $"uuid:{at}";
            var xml = TypedAnswers.Write(form, TypedAnswers.To(form, dice, id));
            _instances.Add((id, xml));
            foreach (var (place, answer) in TypedAnswers.Expected(id, Encoding.UTF8.GetBytes(xml), form))
            {
                _expected.Add(place, answer);
            }
        }
    }

    /// <summary>How many answers there are.</summary>
    public int Answers => _expected.Count;

    public async Task RequireXlsxAsync(CancellationToken cancellationToken)
    {
        using var writer = new XlsxRows(_flat);
        var outputs = KeptRows.Write(_tables, writer, _instances);
        using var file = new MemoryStream();
        await using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            var sheets = new XlsxSheets(zip);
            foreach (var table in _flat.OfType<FlatTable>())
            {
                await sheets.StartAsync(table.Table.Name.Length == 0 ? "data" : table.Table.Name, [.. table.Columns.Select(column => column.Heading)], cancellationToken);

                // In pieces, as they come from the disk.
                foreach (var piece in outputs[table.Table.Index].Chunk(70_001))
                {
                    await sheets.WriteAsync(piece, cancellationToken);
                }
            }

            await sheets.FinishAsync(cancellationToken);
        }

        var read = XlsxCellReader.Read(file.ToArray());
        Assert.Equal(_flat.Count, read.Count);
        RequireTables([.. read.Values.Select(rows => (rows[0], rows.Skip(1)))]);
        file.Position = 0;
        var opened = WorkbookReader.Read(file, "export.xlsx", new DiagnosticList());
        Assert.Equal(_flat.Count, opened?.Sheets.Count);
    }

    public void RequireCsv()
    {
        using var writer = new CsvRows(_flat);
        var outputs = KeptRows.Write(_tables, writer, _instances);
        Assert.Equal(_instances.Count, _flat[0] is null ? 0 : CountMain(outputs[0]));
    }

    public async Task RequireSavAsync(CancellationToken cancellationToken)
    {
        var tables = new SavTables(_flat, null);
        IReadOnlyList<byte[]> outputs;
        using (var writer = new SavRows(tables))
        {
            outputs = KeptRows.Write(_tables, writer, _instances);
        }

        foreach (var table in _flat.OfType<FlatTable>())
        {
            using var file = new MemoryStream();
            using var rows = new MemoryStream(outputs[table.Table.Index]);
            await SavFile.WriteAsync(tables, table.Table.Index, rows, "A title", new DateTimeOffset(2026, 11, 21, 6, 0, 0, TimeSpan.Zero), file, cancellationToken);
            var read = SavReader.Read(file.ToArray());
            Assert.Equal(read.Columns.Count, read.Columns.Select(column => column.Name.ToUpperInvariant()).Distinct().Count());
            Assert.All(read.Columns, column => Assert.InRange(Encoding.UTF8.GetByteCount(column.Name), 1, 64));
            RequireRows(table, [.. table.Columns.Select(column => column.Heading)], read.Rows, (column, text) => SavText(read.Columns[column], table.Columns[column], text), isTrimmed: true);
        }
    }

    public void RequireJson()
    {
        using var writer = new JsonRows(_tables, new ColumnOptions(true, false), areLines: true);
        var lines = Encoding.UTF8.GetString(KeptRows.Write(_tables, writer, _instances)[0]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(_instances.Count, lines.Length);
        var found = new Dictionary<(string, string), string>();
        foreach (var line in lines)
        {
            using var json = JsonDocument.Parse(line);
            Flatten(json.RootElement.GetProperty("values"), json.RootElement.GetProperty("instanceId").GetString() ?? "", "", "", found);
        }

        Assert.Equal(_expected.OrderBy(one => one.Key), found.OrderBy(one => one.Key));
    }

    /// <summary>Gives how many places are on the map.</summary>
    public int RequireMaps()
    {
        using var geo = new GeoRows(_flat, null, MapKind.GeoJson);
        var features = Encoding.UTF8.GetString(KeptRows.Write(_tables, geo, _instances)[0]).TrimStart(',');
        using var json = JsonDocument.Parse($"[{features}]");
        using var kml = new GeoRows(_flat, null, MapKind.Kml);
        var placemarks = XElement.Parse($"<d>{Encoding.UTF8.GetString(KeptRows.Write(_tables, kml, _instances)[0])}</d>", LoadOptions.PreserveWhitespace)
            .Elements("Placemark").ToList();
        Assert.Equal(json.RootElement.GetArrayLength(), placemarks.Count);
        var places = 0;
        foreach (var (feature, placemark) in json.RootElement.EnumerateArray().Zip(placemarks))
        {
            var geometry = feature.GetProperty("geometry");
            Assert.Equal(geometry.ValueKind == JsonValueKind.Null, !placemark.Descendants("coordinates").Any());
            if (geometry.ValueKind == JsonValueKind.Object)
            {
                places++;
                Assert.Equal(PositionsOf(geometry.GetProperty("coordinates")), placemark.Descendants("coordinates").Single().Value.Split(' '));
            }

            foreach (var property in feature.GetProperty("properties").EnumerateObject())
            {
                var shown = placemark.Descendants("Data").Single(one => one.Attribute("name")?.Value == property.Name).Element("value")?.Value;
                Assert.Equal(property.Value.ToString(), shown);
            }
        }

        return places;
    }

    private static IEnumerable<string> PositionsOf(JsonElement coordinates) => coordinates[0].ValueKind == JsonValueKind.Array
        ? coordinates.EnumerateArray().SelectMany(PositionsOf)
        : [string.Join(',', coordinates.EnumerateArray().Select(number => number.GetRawText()))];

    private static int CountMain(byte[] csv)
    {
        var quotes = 0;
        return csv.Count(value =>
        {
            quotes += value == (byte)'"' ? 1 : 0;
            return value == (byte)'\n' && quotes % 2 == 0;
        });
    }

    // Numbers of SPSS are seconds and doubles: what they mean is written as the phone wrote it.
    private static string SavText(SavColumn column, FlatColumn flat, string text)
    {
        if (column.Width > 0 || text.Length == 0 || !decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return text;
        }

        var epoch = new DateTime(1582, 10, 14);
        return flat.Kind switch
        {
            CellKind.Date => epoch.AddSeconds((double)number).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            CellKind.DateTime => epoch.AddSeconds((double)number).ToString("yyyy-MM-ddTHH:mm:ss.fff", CultureInfo.InvariantCulture),
            CellKind.Time => TimeSpan.FromMilliseconds((double)Math.Round(number * 1000)).ToString(@"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture),
            _ => text,
        };
    }

    private static void Flatten(JsonElement element, string key, string path, string below, Dictionary<(string, string), string> found)
    {
        foreach (var property in element.EnumerateObject())
        {
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.Object:
                    Flatten(property.Value, key, $"{path}/{property.Name}", $"{below}/{property.Name}", found);
                    break;
                case JsonValueKind.Array:
                    var row = 0;
                    foreach (var item in property.Value.EnumerateArray())
                    {
                        Flatten(item, $"{key}{below}/{property.Name}[{++row}]", $"{path}/{property.Name}", "", found);
                    }

                    break;
                case JsonValueKind.Number:
                    found.Add((key, $"{path}/{property.Name}"), property.Value.GetRawText());
                    break;
                case JsonValueKind.True or JsonValueKind.False:
                    found.Add((key, $"{path}/{property.Name}"), property.Value.GetBoolean() ? "true" : "false");
                    break;
                default:
                    found.Add((key, $"{path}/{property.Name}"), property.Value.GetString() ?? "");
                    break;
            }
        }
    }

    private void RequireTables(IReadOnlyList<(string[] Headings, IEnumerable<string[]> Rows)> read)
    {
        var wanted = _flat.OfType<FlatTable>().ToList();
        for (var at = 0; at < wanted.Count; at++)
        {
            RequireRows(wanted[at], read[at].Headings, read[at].Rows, (_, text) => text, isTrimmed: false);
        }
    }

    private void RequireRows(FlatTable table, string[] headings, IEnumerable<string[]> rows, Func<int, string, string> shown, bool isTrimmed)
    {
        Assert.Equal(table.Columns.Select(column => column.Heading), headings);
        var key = table.Columns.ToList().FindIndex(column => column.Source is null && column.Heading == "KEY");
        var found = 0;
        var count = 0;
        foreach (var row in rows)
        {
            count++;
            var part = 0;
            for (var at = 0; at < row.Length; at++)
            {
                var column = table.Columns[at];
                part = at > 0 && ReferenceEquals(table.Columns[at - 1].Source, column.Source) ? part + 1 : 0;
                if (column.Source is not { Question: not null } source)
                {
                    continue;
                }

                var answer = _expected.GetValueOrDefault((row[key], source.Path), "");
                found += part == 0 && answer.Length > 0 ? 1 : 0;
                var wanted = TypedAnswers.Shown(column, answer, part);
                var got = shown(at, row[at]);
                RequireSame(column, isTrimmed ? wanted.TrimEnd(' ') : wanted, got);
            }
        }

        var paths = table.Columns.Where(column => column.Source?.Question is not null).Select(column => column.Source?.Path).ToHashSet();
        Assert.Equal(_expected.Keys.Count(place => paths.Contains(place.Path)), found);
        Assert.Equal(table.Table.Parent is null ? _instances.Count : count, count);
    }

    private static void RequireSame(FlatColumn column, string wanted, string got)
    {
        // SPSS drops the device's offset and trailing zeros of numbers, and nothing else.
        var isSame = wanted == got
            || (got.Length > 0 && column.Kind is CellKind.DateTime or CellKind.Time && wanted.StartsWith(got, StringComparison.Ordinal))
            || (decimal.TryParse(wanted, NumberStyles.Float, CultureInfo.InvariantCulture, out var a)
                && decimal.TryParse(got, NumberStyles.Float, CultureInfo.InvariantCulture, out var b) && a == b);
        Assert.True(isSame, $"{column.Heading}: “{wanted}” became “{got}”.");
    }
}
