using System.Text.RegularExpressions;
using Fieldkeep.Server.Exports.OData;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fieldkeep.Server.Wire.OData;

/// <summary>What a path below <c>.svc</c> names: a table, one submission, or rows of a repeat in one.</summary>
/// <param name="Root">The path up to <c>.svc</c>, as the client wrote it.</param>
/// <param name="Table"><c>Submissions</c> or <c>Submissions.group.repeat</c>.</param>
/// <param name="InstanceId">The submission; null for all.</param>
/// <param name="Below">The table and id of the innermost row that is named beside the submission; null when none is.</param>
/// <param name="IsCount">Whether only the number of a table's rows is asked for, by <c>/$count</c> at the end.</param>
internal sealed partial record ODataPath(
    string Root, string Table, string? InstanceId, (string Table, string Id)? Below, bool IsCount)
{
    private const string End = ".svc";
    private const string Count = "/$count";

    /// <summary>Reads the path of a request.</summary>
    /// <exception cref="Kernel.ProblemException"><c>odata.not_found</c>.</exception>
    public static ODataPath Of(HttpContext http)
    {
        var path = PathOf(http);
        var end = path.IndexOf(End + "/", StringComparison.Ordinal) + End.Length;
        var isCount = path.EndsWith(Count, StringComparison.Ordinal);
        var steps = path[(end + 1)..(isCount ? ^Count.Length : ^0)].Split('/').Select(step => Step().Match(Uri.UnescapeDataString(step))).ToList();
        var names = steps.Select(step => step.Groups["name"].Value).ToList();
        var keys = steps.Select(step => step.Groups["key"] is { Success: true } key ? key.Value.Replace("''", "'", StringComparison.Ordinal) : null).ToList();
        if (steps.Exists(step => !step.Success) || (keys[0] is null ? steps.Count > 1 : isCount))
        {
            throw ODataProblems.NotFound();
        }

        var innermost = keys.FindLastIndex(key => key is not null);
        (string, string)? below = innermost > 0 && keys[innermost] is { } id ? (string.Join('.', names.Take(innermost + 1)), id) : null;
        return new ODataPath(path[..end], string.Join('.', names), keys[0], below, isCount);
    }

    /// <summary>Gives the path up to <c>.svc</c>.</summary>
    public static string RootOf(HttpContext http)
    {
        var path = PathOf(http);
        return path[..(path.LastIndexOf(End, StringComparison.Ordinal) + End.Length)];
    }

    /// <summary>Gives the path as the client wrote it: links must name a form and a submission as it does.</summary>
    public static string PathOf(HttpContext http)
    {
        var raw = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        return raw.StartsWith('/') ? raw.Split('?', 2)[0] : http.Request.PathBase.Add(http.Request.Path).ToUriComponent();
    }

    [GeneratedRegex(@"^(?<name>[^()']+)(\('(?<key>([^']|'')+)'\))?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Step();
}
