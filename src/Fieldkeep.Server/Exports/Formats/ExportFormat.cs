namespace Fieldkeep.Server.Exports.Formats;

/// <summary>Names the kinds of files an export can be.</summary>
internal enum ExportFormat
{
    /// <summary>A zip in ODK Central's layout: a CSV for each table, and attachments.</summary>
    CsvZip,

    /// <summary>The CSV of the submissions, without repeats.</summary>
    Csv,

    /// <summary>A workbook with a sheet for each table.</summary>
    Xlsx,

    /// <summary>One array of nested objects.</summary>
    Json,

    /// <summary>A nested object on each line.</summary>
    NdJson,

    /// <summary>A map, RFC 7946.</summary>
    GeoJson,

    /// <summary>A map, OGC KML 2.2.</summary>
    Kml,

    /// <summary>A zip with an SPSS file for each table.</summary>
    SavZip,

    /// <summary>A zip with the attachments only.</summary>
    MediaZip,
}

/// <summary>What is known about a format.</summary>
/// <param name="Name">What callers ask for; also how a file's name ends.</param>
internal sealed record ExportFormatFacts(ExportFormat Format, string Name, string Extension, string MediaType);

/// <summary>Lists the formats.</summary>
internal static class ExportFormats
{
    /// <summary>All formats.</summary>
    public static IReadOnlyList<ExportFormatFacts> All { get; } =
    [
        new(ExportFormat.CsvZip, "csv.zip", "zip", "application/zip"),
        new(ExportFormat.Csv, "csv", "csv", "text/csv; charset=utf-8"),
        new(ExportFormat.Xlsx, "xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        new(ExportFormat.Json, "json", "json", "application/json"),
        new(ExportFormat.NdJson, "ndjson", "ndjson", "application/x-ndjson"),
        new(ExportFormat.GeoJson, "geojson", "geojson", "application/geo+json"),
        new(ExportFormat.Kml, "kml", "kml", "application/vnd.google-earth.kml+xml"),
        new(ExportFormat.SavZip, "sav.zip", "sav.zip", "application/zip"),
        new(ExportFormat.MediaZip, "media.zip", "media.zip", "application/zip"),
    ];

    /// <summary>Gives what is known about a format.</summary>
    public static ExportFormatFacts Of(ExportFormat format) => All.First(one => one.Format == format);

    /// <summary>Reads a format's name; null means <c>csv.zip</c>.</summary>
    /// <exception cref="Kernel.ProblemException"><c>export.unknown_format</c>.</exception>
    public static ExportFormat Parse(string? name) =>
        (All.FirstOrDefault(one => one.Name == (name ?? "csv.zip")) ?? throw ExportProblems.UnknownFormat(name)).Format;
}
