using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Past;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/activity</c>: who did what, newest first.</summary>
internal static class ActivityApi
{
    private const int RowsAtOnce = 100;

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var activity = api.MapGroup("/activity").WithTags("Activity").Refuses(400, "audit.bad_cursor", "past.moment_invalid");
        activity.MapGet("", ListAsync)
            .Declare("listActivity", "List who did what, newest first", Permission.AuditRead);
        activity.MapGet("/file", SendAsync)
            .Declare("downloadActivity", "Download who did what as CSV or JSON, newest first", Permission.AuditRead)
            .SendsFile("text/csv", "application/json");
    }

    private static async Task<ActivityPage> ListAsync(
        Call call,
        [AsParameters] ActivityQuery query,
        [Description("Rows at most. Default: 100."), Range(1, AuditLog.MostRows)] int? limit,
        Policy policy,
        AuditLog audit,
        ActivityNames names)
    {
        var (projects, hasServer) = await ReadableAsync(call.Actor, query.Project, policy, call.Aborted);
        var page = await audit.ListAsync(projects, hasServer, query.Wish(), query.Before, limit ?? RowsAtOnce, call.Aborted);
        return new ActivityPage(await names.ShowAsync(query.Project, page.Items, call.Aborted), page.Next);
    }

    // Read in parts, each sent before the next is read: a slow taker holds nothing, and a long book no memory.
    private static async Task SendAsync(
        Call call,
        [AsParameters] ActivityQuery query,
        [Description("`csv`, which it is when absent, or `json`: one array.")] string? format,
        Policy policy,
        Db db,
        AuditLog audit,
        ActivityNames names)
    {
        var (projects, hasServer) = await ReadableAsync(call.Actor, query.Project, policy, call.Aborted);
        var (wish, before) = (query.Wish(), query.Before);
        IActivityFile file = format == "json" ? new JsonActivityFile() : new CsvActivityFile();
        var page = await audit.ListAsync(projects, hasServer, wish, before, AuditLog.MostRows, call.Aborted);

        // What was taken out is in the book before it leaves.
        var line = new AuditEvent("activity.download", query.Project is { } one ? new ProjectId(one) : null, "activity", "", file.Extension);
        await audit.AppendAsync(db, call.Actor, line, call.Aborted);
        call.Http.Response.ContentType = file.ContentType;
        FileAnswer.NameIt(call.Http, $"activity.{file.Extension}");
        await call.Http.Response.WriteAsync(file.Begin, call.Aborted);
        while (true)
        {
            await call.Http.Response.WriteAsync(file.Write(await names.ShowAsync(query.Project, page.Items, call.Aborted)), call.Aborted);
            await call.Http.Response.Body.FlushAsync(call.Aborted);
            if (page.Next is null)
            {
                break;
            }

            page = await audit.ListAsync(projects, hasServer, wish, page.Next, AuditLog.MostRows, call.Aborted);
        }

        await call.Http.Response.WriteAsync(file.End, call.Aborted);
    }

    // One project, or all that the actor may audit, and what belongs to none for who runs the server.
    private static async Task<(IReadOnlyList<long>? Projects, bool HasServer)> ReadableAsync(
        Actor actor, long? project, Policy policy, CancellationToken cancellationToken)
    {
        if (project is { } id)
        {
            await policy.RequireAsync(actor, Permission.AuditRead, Scope.Of(new ProjectId(id)), cancellationToken);
            return ([id], false);
        }

        var readable = await policy.ScopesWithAsync(actor, Permission.AuditRead, cancellationToken);
        if (readable is { IsEverywhere: false, IsOfInstallation: false, Projects: [], Units: [] })
        {
            throw AccessProblems.Denied();
        }

        return (readable.IsEverywhere ? null : readable.Projects, readable.IsOfInstallation);
    }

    /// <summary>Which lines are asked for.</summary>
    internal sealed record ActivityQuery
    {
        /// <summary>Only this project.</summary>
        [Description("Only this project; without it, all whose activity you may read.")]
        public long? Project { get; init; }

        /// <summary>The `next` of the page before.</summary>
        [Description("The `next` of the page before.")]
        public string? Before { get; init; }

        /// <summary>Only what this one did.</summary>
        [Description("Only what this person or phone did; 0 for the server itself and people who had not signed in.")]
        public long? Actor { get; init; }

        /// <summary>Only this action.</summary>
        [Description("Only this action, such as `form.publish`.")]
        public string? Action { get; init; }

        /// <summary>Only this kind of thing.</summary>
        [Description("Only what was done to this kind of thing, such as `form`.")]
        public string? Kind { get; init; }

        /// <summary>From this instant on.</summary>
        [Description("From this instant on, or from the beginning of this day in UTC.")]
        public string? Since { get; init; }

        /// <summary>Before this instant.</summary>
        [Description("Before this instant.")]
        public string? Until { get; init; }

        /// <summary>What the book is asked.</summary>
        public AuditWish Wish() => new(Actor, Action, Kind, StateAsOf.InstantOf(Since), StateAsOf.InstantOf(Until));
    }
}
