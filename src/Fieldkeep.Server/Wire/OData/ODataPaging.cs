using System.Globalization;
using Fieldkeep.Server.Exports.OData;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.OData;

/// <summary>Settles how large a page is, and where the next one is found.</summary>
/// <remarks>
/// <c>$top</c> is the size of a page, as with ODK Central: who wants more follows <c>@odata.nextLink</c>. With
/// <c>Prefer: odata.maxpagesize</c> it is the number of rows in all, as OData has it.
/// </remarks>
internal sealed class ODataPaging
{
    private readonly HttpContext _http;
    private readonly ODataQuery _query;
    private readonly long? _wanted;

    /// <summary>Settles it, and says so in the answer's headers when the client's wish counts.</summary>
    public ODataPaging(HttpContext http, ODataQuery query)
    {
        _http = http;
        _query = query;
        if (query.PageSize is { } size)
        {
            http.Response.Headers["Preference-Applied"] = $"odata.maxpagesize={size}";
            _wanted = query.Top ?? long.MaxValue;
            Top = Math.Min(_wanted.Value, size);
        }
        else
        {
            Top = query.Top;
        }
    }

    /// <summary>Rows at most in this answer; null for all.</summary>
    public long? Top { get; }

    /// <summary>Gives path and query of the page after a place and so many rows; null when no more rows were asked for.</summary>
    public string? NextOf(FeedPlace place, long rows)
    {
        if (_wanted is { } all && all <= rows)
        {
            return null;
        }

        var options = _http.Request.Query
            .Where(option => option.Key is not ("$skip" or "$skiptoken"))
            .Select(option => (option.Key, Value: ValueOf(option.Key, option.Value.ToString(), rows)))
            .Append(_query.OrderBy is null
                ? ("$skiptoken", place.ToString())
                : ("$skip", (_query.Skip + rows).ToString(CultureInfo.InvariantCulture)));
        return ODataPath.PathOf(_http) + "?" + string.Join(
            '&', options.Select(option => $"{Uri.EscapeDataString(option.Item1)}={Uri.EscapeDataString(option.Item2)}"));
    }

    private string ValueOf(string name, string value, long given) => name == "$top" && _wanted is { } all
        ? (all - given).ToString(CultureInfo.InvariantCulture)
        : value;
}
