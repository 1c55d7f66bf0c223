using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Incidents;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/status</c>, for anybody, and <c>/api/incidents</c>, for operators.</summary>
internal static class IncidentsApi
{
    private const int Most = 200;
    private const int AtOnce = 50;

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/status", ReadStatusAsync)
            .CalledBy(CallerKind.Anonymous)
            .WithTags("Incidents")
            .Declare("getStatus", "Read how the server is and what operators say of it; anybody may");
        var incidents = api.MapGroup("/incidents").WithTags("Incidents");
        incidents.MapGet("", ListAsync)
            .Declare("listIncidents", "List incidents and planned work, withdrawn ones too, newest first", Permission.SettingsUpdate);
        incidents.MapPost("", OpenAsync)
            .Declare("openIncident", "Tell everybody of an incident or of planned work", Permission.SettingsUpdate)
            .Refuses(409, "incident.too_many")
            .Refuses(422, "incident.invalid");
        incidents.MapPut("/{incidentId:long}", CorrectAsync)
            .Declare("correctIncident", "Put the facts of an incident right", Permission.SettingsUpdate)
            .Refuses(404, "incident.not_found")
            .Refuses(409, "incident.changed")
            .Refuses(422, "incident.invalid");
        incidents.MapPost("/{incidentId:long}/updates", TellAsync)
            .Declare("tellIncident", "Tell more of an incident: how it stands, or that it is over", Permission.SettingsUpdate)
            .Refuses(404, "incident.not_found")
            .Refuses(409, "incident.changed", "incident.too_many")
            .Refuses(422, "incident.invalid");
        incidents.MapPut("/{incidentId:long}/post-mortem", WritePostMortemAsync)
            .Declare("writePostMortem", "Write what happened, why, and what was changed", Permission.SettingsUpdate)
            .Refuses(404, "incident.not_found")
            .Refuses(409, "incident.changed", "incident.not_over")
            .Refuses(422, "incident.invalid");
        incidents.MapPut("/{incidentId:long}/withdrawal", WithdrawAsync)
            .Declare("withdrawIncident", "Show an incident to nobody but operators any more, or to everybody again", Permission.SettingsUpdate)
            .Refuses(404, "incident.not_found")
            .Refuses(409, "incident.changed", "incident.too_many")
            .Refuses(422, "incident.invalid");
    }

    private static async Task<StatusItem> ReadStatusAsync(HttpContext context, ReadStatus status) => StatusItem.Of(await status.TellAsync(context.RequestAborted));

    private static async Task<IncidentPage> ListAsync(
        Call call,
        [Description("Only those with a smaller number: the `next` of the page before."), Range(1, long.MaxValue)] long? before,
        [Description("Incidents at most. Default: 50."), Range(1, Most)] int? limit,
        ListIncidents list)
    {
        var most = limit ?? AtOnce;
        var found = await list.RunAsync(call.Actor, before ?? long.MaxValue, most, call.Aborted);
        return new IncidentPage([.. found.Select(IncidentItem.Of)], found.Count == most ? found[^1].Id : null);
    }

    private static async Task<Created<IncidentItem>> OpenAsync(Call call, JsonBody<NewIncident> body, ChangeIncidents change)
    {
        var wanted = await body.ReadAsync();
        var facts = new GivenFacts(wanted.Title, wanted.Impact, wanted.Parts, wanted.BeginsAt, wanted.EndsAt);
        var made = await change.OpenAsync(call.Actor, wanted.Kind, facts, wanted.State, wanted.Text, call.Aborted);
        return TypedResults.Created((string?)null, IncidentItem.Of(made));
    }

    private static async Task<IncidentItem> CorrectAsync(Call call, long incidentId, JsonBody<CorrectedIncident> body, ChangeIncidents change)
    {
        var wanted = await body.ReadAsync();
        var facts = new GivenFacts(wanted.Title, wanted.Impact, wanted.Parts, wanted.BeginsAt, wanted.EndsAt);
        return IncidentItem.Of(await change.CorrectAsync(call.Actor, incidentId, wanted.Revision, facts, call.Aborted));
    }

    private static async Task<IncidentItem> TellAsync(Call call, long incidentId, JsonBody<NewIncidentUpdate> body, ChangeIncidents change)
    {
        var wanted = await body.ReadAsync();
        return IncidentItem.Of(await change.TellAsync(call.Actor, incidentId, wanted.Revision, wanted.State, wanted.Text, call.Aborted));
    }

    private static async Task<IncidentItem> WritePostMortemAsync(Call call, long incidentId, JsonBody<NewPostMortem> body, ChangeIncidents change)
    {
        var wanted = await body.ReadAsync();
        return IncidentItem.Of(await change.WritePostMortemAsync(call.Actor, incidentId, wanted.Revision, wanted.Text, call.Aborted));
    }

    private static async Task<IncidentItem> WithdrawAsync(Call call, long incidentId, JsonBody<IncidentWithdrawal> body, ChangeIncidents change)
    {
        var wanted = await body.ReadAsync();
        return IncidentItem.Of(await change.WithdrawAsync(call.Actor, incidentId, wanted.Revision, wanted.IsWithdrawn, call.Aborted));
    }
}
