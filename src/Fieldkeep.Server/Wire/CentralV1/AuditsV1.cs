using System.ComponentModel;
using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Answers Central's <c>/v1/audits</c>: who did what, newest first. Whoever may read them in a project only gets those of it.</summary>
internal static class AuditsV1
{
    // ISO 8601 as far as Central's clients write it; K takes Z, +08:00 or nothing, zz takes +08.
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-ddK", "yyyy-MM-ddzz",
        "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mmzz",
        "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:sszz",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzz",
    ];

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1) => v1.MapGet("/audits", ListAsync)
        .WithTags("Audits")
        .Declare("listAudits", "List who did what, newest first", Permission.AuditRead)
        .Refuses(400, "query.wrong_type");

    private static async Task<IAsyncEnumerable<AuditV1>> ListAsync(
        Call call,
        [Description("Only this action, in Central's words, or one of its categories: user, field_key, project, form, submission, config, nonverbose.")] string? action,
        [Description("Only lines from this instant on (ISO 8601; UTC when it says no zone).")] string? start,
        [Description("Only lines before this instant.")] string? end,
        [Description("Only what this actor did.")] string? actor,
        CentralQuery query,
        CentralPage page,
        Policy policy,
        AuditEntries entries)
    {
        var readable = await policy.ScopesWithAsync(call.Actor, Permission.AuditRead, call.Aborted);
        if (readable is { IsEverywhere: false, IsOfInstallation: false, Projects: [], Units: [] })
        {
            throw AccessProblems.Denied();
        }

        var filter = new AuditFilter(
            readable.IsEverywhere ? null : readable.Projects,
            readable.IsOfInstallation,
            string.IsNullOrEmpty(action) ? null : CentralActions.Matching(action),
            InstantOf("start", start),
            InstantOf("end", end),
            NumberOf("actor", actor));
        return entries.ReadAsync(filter, page, query.IsExtended, call.Aborted);
    }

    // A plus sign that was not encoded reaches us as a space.
    private static DateTimeOffset? InstantOf(string name, string? text) =>
        string.IsNullOrEmpty(text) ? null
        : DateTimeOffset.TryParseExact(
            text.Replace(' ', '+').ToUpperInvariant(), Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at.ToUniversalTime()
            : throw CentralProblems.WrongType(name, "ISO 8601 instant");

    private static long? NumberOf(string name, string? text) =>
        string.IsNullOrEmpty(text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
        : throw CentralProblems.WrongType(name, "integer");
}
