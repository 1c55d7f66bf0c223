using System.Globalization;
using System.Reflection;
using Fieldkeep.Server.Exports.OData;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Fieldkeep.Server.Wire.OData;

/// <summary>The query options of a table: OData 4.01, Part 2, 5.1, as far as ODK Central's clients send them, and <c>$wkt</c>.</summary>
internal sealed record ODataQuery(
    string? Select,
    string? Filter,
    string? OrderBy,
    bool IsExpanded,
    bool IsWkt,
    bool WithCount,
    long? Top,
    long Skip,
    FeedPlace? After,
    long? PageSize) : IEndpointParameterMetadataProvider
{
    private const string Prefer = "Prefer";

    private static readonly (string Name, Type Type, string About)[] Known =
    [
        ("$top", typeof(int), "Rows at most in one page. Default: all there are, in one answer."),
        ("$skip", typeof(int), "Rows to leave out at the beginning. Default: 0."),
        ("$skiptoken", typeof(string), "Where the page before ended; stands in `@odata.nextLink`."),
        ("$count", typeof(bool), "Whether `@odata.count` says how many rows there are in all. Default: false."),
        ("$filter", typeof(string), "What must hold for a submission, such as `__system/submissionDate ge 2026-11-01`."),
        ("$select", typeof(string), "Members to give, separated by commas. Default: all."),
        ("$orderby", typeof(string), "`__system/submissionDate`, `updatedAt`, `submitterId` or `reviewState`, `asc` or `desc`. Default: newest first."),
        ("$expand", typeof(string), "`*` for rows of repeats inside the rows they belong to."),
        ("$wkt", typeof(bool), "Whether places are well-known text instead of GeoJSON. Default: false."),
        ("$format", typeof(string), "`json`; otherwise as `Accept` says."),
    ];

    /// <summary>Reads the options.</summary>
    /// <exception cref="Kernel.ProblemException">The problems of <see cref="ODataProblems"/>.</exception>
    public static ValueTask<ODataQuery> BindAsync(HttpContext context)
    {
        RequireKnown(context);
        var expand = Text(context, "$expand");
        var select = Text(context, "$select");
        if (expand is not null and not "*")
        {
            throw ODataProblems.UnsupportedExpand(expand);
        }

        if (expand is not null && select is not null)
        {
            throw ODataProblems.SelectWithExpand();
        }

        if (Text(context, "$orderby") is not null && Text(context, "$skiptoken") is not null)
        {
            throw ODataProblems.Unsupported("$orderby with $skiptoken");
        }

        FeedPlace? after = Text(context, "$skiptoken") is { } token ? FeedPlace.Parse(token) : null;
        return new(new ODataQuery(
            select,
            Text(context, "$filter"),
            Text(context, "$orderby"),
            expand is not null,
            Flag(context, "$wkt"),
            Flag(context, "$count"),
            Number(context, "$top"),
            after is null ? Number(context, "$skip") ?? 0 : 0,
            after,
            PageSizeOf(context.Request.Headers[Prefer])));
    }

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        foreach (var (name, type, about) in Known)
        {
            builder.Metadata.Add(new ParameterMetadata(name, false, type, about));
        }

        builder.Metadata.Add(new ParameterMetadata(Prefer, true, typeof(string), "`odata.maxpagesize=1000` for pages of at most so many rows."));
    }

    /// <summary>Refuses options that nobody here reads: whoever sent them would take all rows for those that were meant.</summary>
    /// <exception cref="Kernel.ProblemException"><c>odata.unsupported</c>.</exception>
    public static void RequireKnown(HttpContext http)
    {
        foreach (var name in http.Request.Query.Keys)
        {
            if (!Known.Any(known => known.Name == name))
            {
                throw ODataProblems.Unsupported(name);
            }
        }
    }

    // Clients send what they have no value for as “$top=”.
    private static string? Text(HttpContext http, string name) =>
        http.Request.Query[name].ToString() is { Length: > 0 } text ? text : null;

    private static long? Number(HttpContext http, string name) => Text(http, name) switch
    {
        null => null,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        var text when text.All(char.IsAsciiDigit) => long.MaxValue,
        _ => throw ODataProblems.NoNumber(name),
    };

    // pyodk sends True and False.
    private static bool Flag(HttpContext http, string name) => Text(http, name) switch
    {
        null => false,
        var text when bool.TryParse(text, out var flag) => flag,
        _ => throw ODataProblems.NoFlag(name),
    };

    // RFC 7240: several preferences, separated by commas; what is not understood is left aside.
    private static long? PageSizeOf(IEnumerable<string?> prefer)
    {
        foreach (var preference in prefer.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries)))
        {
            if (preference.Split('=', 2, StringSplitOptions.TrimEntries) is [var name, var value]
                && name.ToLowerInvariant() is "odata.maxpagesize" or "maxpagesize"
                && long.TryParse(value.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                && size > 0)
            {
                return size;
            }
        }

        return null;
    }
}
