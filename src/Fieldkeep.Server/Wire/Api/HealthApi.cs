using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Health.Alerts;
using Fieldkeep.Server.Health.Telling;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/health</c>: what the server noticed about itself, and who is told. For operators.</summary>
internal static class HealthApi
{
    private const int Most = 500;
    private const int AtOnce = 50;

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var health = api.MapGroup("/health").WithTags("Health");
        health.MapGet("/checks", ListChecksAsync)
            .Declare("listChecks", "List what the server looks at in itself, how each stands and what to do", Permission.SettingsUpdate);
        health.MapGet("/servers", ListServersAsync)
            .Declare("listServers", "List the servers that ever served this database, by name, as each said of itself last", Permission.SettingsUpdate);
        health.MapGet("/alerts", ListAlertsAsync)
            .Declare("listAlerts", "List the alerts that are open, and those that are closed, newest first", Permission.SettingsUpdate);
        health.MapGet("/events", ListEventsAsync)
            .Declare("listAlertEvents", "List what happened to alerts, newest first", Permission.SettingsUpdate);
        health.MapPost("/alerts/{alertId:long}/acknowledgement", AcknowledgeAsync)
            .Declare("acknowledgeAlert", "Say that somebody knows of an alert; it is told again each week, not each day", Permission.SettingsUpdate)
            .Refuses(404, "alert.not_found")
            .Refuses(409, "alert.closed")
            .Refuses(422, "alert.note");
        health.MapPost("/alerts/test", TestAsync)
            .Declare("testAlert", "Send a trial to everybody who is told of alerts", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(429, "alert.test_too_soon");
        var recipients = health.MapGroup("/recipients");
        recipients.MapGet("", ListRecipientsAsync)
            .Declare("listAlertRecipients", "List who is told of alerts beside the operators, and how that goes", Permission.SettingsUpdate);
        recipients.MapPost("", AddAsync)
            .Declare("addAlertRecipient", "Tell one more address of alerts, by mail or webhook", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "recipient.exists", "recipient.too_many")
            .Refuses(422, "recipient.invalid", "recipient.address_unsafe", "mail.address_invalid");
        recipients.MapDelete("/{recipientId:long}", RemoveAsync)
            .Declare("removeAlertRecipient", "Tell an address of no more alerts", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "recipient.not_found");
    }

    private static async Task<CheckList> ListChecksAsync(Call call, ListAlerts list, Machine machine)
    {
        var seen = await list.ChecksAsync(call.Actor, call.Aborted);
        var worst = seen.Count == 0 ? CheckState.Ok : seen.Max(one => one.Outcome.State);
        return new CheckList(AlertRows.NameOf(worst), machine.Name, seen.Count == 0 ? null : seen.Max(one => one.LookedAt), [.. seen.Select(CheckItem.Of)]);
    }

    private static async Task<ItemList<ServerItem>> ListServersAsync(Call call, ListServers list)
    {
        var (servers, leader) = await list.RunAsync(call.Actor, call.Aborted);
        return ItemList.Of(servers, one => ServerItem.Of(one, leader));
    }

    private static async Task<AlertPage> ListAlertsAsync(
        Call call,
        [Description("Only closed ones with a smaller number, and none that are open: the `next` of the page before."), Range(1, long.MaxValue)] long? before,
        [Description("Closed alerts at most. Default: 50."), Range(1, Most)] int? limit,
        ListAlerts list,
        MentionedNames names)
    {
        var most = limit ?? AtOnce;
        var open = before is null ? await list.OpenAsync(call.Actor, call.Aborted) : [];
        var closed = await list.ClosedAsync(call.Actor, before ?? long.MaxValue, most, call.Aborted);
        var known = await names.ReadAsync([], open.Concat(closed).Select(one => one.AcknowledgedBy).OfType<long>(), null, call.Aborted);
        return new AlertPage(
            [.. open.Select(one => AlertItem.Of(one, known))], [.. closed.Select(one => AlertItem.Of(one, known))], closed.Count == most ? closed[^1].Id : null);
    }

    private static async Task<AlertEventPage> ListEventsAsync(
        Call call,
        [Description("Only of this alert."), Range(1, long.MaxValue)] long? alert,
        [Description("Only what has a smaller number: the `next` of the page before."), Range(1, long.MaxValue)] long? before,
        [Description("Events at most. Default: 50."), Range(1, Most)] int? limit,
        ListAlerts list)
    {
        var most = limit ?? AtOnce;
        var events = await list.EventsAsync(call.Actor, alert, before ?? long.MaxValue, most, call.Aborted);
        return new AlertEventPage([.. events.Select(AlertEventItem.Of)], events.Count == most ? events[^1].Id : null);
    }

    private static async Task<NoContent> AcknowledgeAsync(Call call, long alertId, JsonBody<Acknowledgement> body, AcknowledgeAlert acknowledge)
    {
        WhoAsks.RequirePerson(call.Actor);
        await acknowledge.RunAsync(call.Actor, alertId, (await body.ReadAsync()).Note, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> TestAsync(Call call, ChangeRecipients change)
    {
        WhoAsks.RequirePerson(call.Actor);
        await change.TestAsync(call.Actor, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<RecipientListItem> ListRecipientsAsync(Call call, ListRecipients list)
    {
        var told = await list.RunAsync(call.Actor, call.Aborted);
        return new RecipientListItem([.. told.Items.Select(RecipientItem.Of)], told.Operators, told.CanMail, told.MayBePrivate);
    }

    private static async Task<Created<AddedRecipient>> AddAsync(Call call, JsonBody<NewRecipient> body, ChangeRecipients change)
    {
        WhoAsks.RequirePerson(call.Actor);
        var wanted = await body.ReadAsync();
        var made = await change.AddAsync(call.Actor, wanted.Kind, wanted.Address, call.Aborted);
        return TypedResults.Created((string?)null, new AddedRecipient(RecipientItem.Of(made), made.Place.Secret));
    }

    private static async Task<NoContent> RemoveAsync(Call call, long recipientId, ChangeRecipients change)
    {
        await change.RemoveAsync(call.Actor, recipientId, call.Aborted);
        return TypedResults.NoContent();
    }
}
