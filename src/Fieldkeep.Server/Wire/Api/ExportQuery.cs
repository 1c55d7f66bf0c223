using System.Globalization;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Reads an export from the query of an address, for links that are opened and nothing more.</summary>
internal static class ExportQuery
{
    /// <summary>Names the parameters.</summary>
    public static TBuilder ReadsExportOptions<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route
        .Reads("format", typeof(string), "csv.zip (default), csv, xlsx, json, ndjson, geojson, kml, sav.zip or media.zip.")
        .Reads("groupPaths", typeof(bool), "Whether column names begin with their groups. Default: true.")
        .Reads("splitSelects", typeof(bool), "Whether each choice of a select_multiple gets a column. Default: false.")
        .Reads("media", typeof(bool), "Whether attachments are in a csv.zip. Default: true.")
        .Reads("deletedFields", typeof(bool), "Whether questions that only earlier versions have are in it. Default: true.")
        .Reads("draft", typeof(bool), "Whether the tests of the draft are meant. Default: false.")
        .Reads("filter", typeof(string), "What must hold, written as OData's $filter. Default: all submissions.")
        .Reads("labels", typeof(bool), "Whether choices are shown by their labels. Default: false.")
        .Reads("labelHeadings", typeof(bool), "Whether columns are headed by the questions' labels. Default: false.")
        .Reads("language", typeof(string), "The language of labels. Default: the form's default.")
        .Reads("columns", typeof(string), "Paths of questions, groups and repeats, and names such as SubmissionDate; may be repeated. Default: everything.")
        .Reads("geometry", typeof(string), "Path of the one geometry question of a map. Default: all.")
        .Reads("mediaNames", typeof(string), "How attachments are named, such as {instanceId}/{question}.{ext}. Default: their own names.")
        .Reads("from", typeof(string), "Only submissions that arrived then or later, ISO 8601.")
        .Reads("before", typeof(string), "Only submissions that arrived earlier, ISO 8601.")
        .Reads("reviewStates", typeof(string), "Only this review state, or received; may be repeated.")
        .Reads("confidential", typeof(bool), "Whether confidential answers and files are in it, for who may read them. Default: false.")
        .Reads("submitters", typeof(string), "Only what this person or phone sent, by number; may be repeated.");

    /// <summary>Reads the query.</summary>
    /// <exception cref="ProblemException"><c>query.not_a_flag</c>, <c>query.bad_value</c>.</exception>
    public static NewExport Read(HttpContext http) => new(
        Text(http, "format"), Flag(http, "groupPaths"), Flag(http, "splitSelects"), Flag(http, "media"), Flag(http, "deletedFields"), Flag(http, "draft"), Text(http, "filter"))
    {
        Labels = Flag(http, "labels"),
        LabelHeadings = Flag(http, "labelHeadings"),
        Language = Text(http, "language"),
        Columns = Texts(http, "columns"),
        Geometry = Text(http, "geometry"),
        MediaNames = Text(http, "mediaNames"),
        From = Instant(http, "from"),
        Before = Instant(http, "before"),
        ReviewStates = Texts(http, "reviewStates"),
        Confidential = Flag(http, "confidential"),
        Submitters = Texts(http, "submitters")?.Select(NumberOf).ToList(),
    };

    private static string? Text(HttpContext http, string name) => http.Request.Query[name].ToString() is { Length: > 0 } text ? text : null;

    private static IReadOnlyList<string>? Texts(HttpContext http, string name) =>
        http.Request.Query[name] is { Count: > 0 } texts ? [.. texts.OfType<string>()] : null;

    private static bool? Flag(HttpContext http, string name) => Text(http, name) is null ? null : Flags.Of(http, name, otherwise: false);

    private static DateTimeOffset? Instant(HttpContext http, string name) => Text(http, name) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant
        : throw Bad(name, "a moment such as 2026-11-21T06:00:00Z");

    private static long NumberOf(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Bad("submitters", "a number");

    private static ProblemException Bad(string name, string wanted) => new("query.bad_value", 400, $"“{name}” must be {wanted}.");
}
