using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Rights.Held;
using Fieldkeep.Server.Rights.Terms;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers what people may ask about what is held of them, the texts of the server, and what was agreed to.</summary>
internal static class RightsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var own = api.MapGroup("/account").WithTags("My account").Refuses(403, "session.needed");
        own.MapGet("/held", ListHeldAsync).Declare("listHeldRecords", "List what this server holds about you, kind by kind").Refuses(404, "account.not_found");
        own.MapGet("/records", SendRecordsAsync)
            .Declare("downloadOwnRecords", "Download what this server holds about you, as a zip of JSON files")
            .Refuses(404, "account.not_found")
            .SendsFile("application/zip");
        own.MapGet("/consents", ListConsentsAsync).Declare("listConsents", "List the texts you are to agree to, and what you said");
        own.MapPost("/consents", GiveAsync)
            .Declare("giveConsent", "Agree to the newest version of a text")
            .Refuses(409, "text.superseded")
            .Refuses(422, "text.unknown");
        own.MapDelete("/consents/{kind}", WithdrawAsync)
            .Declare("withdrawConsent", "Take your consent to a text back")
            .Refuses(422, "text.unknown");
        var texts = api.MapGroup("/texts").WithTags("Texts");
        texts.MapGet("", ListTextsAsync)
            .Declare("listTexts", "List the newest versions of terms, privacy notice and data-processing agreement")
            .CalledBy(CallerKind.Anonymous, CallerKind.Session);
        texts.MapPost("", PublishAsync)
            .Declare("publishText", "Publish the next version of a text; who has to agree is asked at their next visit", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(422, "text.unknown", "text.invalid");
        var unit = api.MapGroup("/units/{unitId:long}/agreements").WithTags("Organisations");
        unit.MapGet("", ListAgreementsAsync)
            .Declare("listAgreements", "List the texts an organisation is to agree to, and what it agreed to", Permission.UnitUpdate);
        unit.MapPost("", AgreeAsync)
            .Declare("agreeForUnit", "Agree for an organisation to the newest version of a text", Permission.UnitUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "text.superseded")
            .Refuses(422, "text.unknown");
        unit.MapGet("/file", SendAgreementsAsync)
            .Declare("downloadAgreements", "Download what an organisation agreed to, with the texts, as JSON", Permission.UnitUpdate)
            .SendsFile("application/json");
    }

    private static async Task<ItemList<HeldItem>> ListHeldAsync(OwnCall call, HeldRecords held, ServerSettings settings) =>
        ItemList.Of(
            await held.CountAsync(call.Actor, call.Aborted),
            one => new HeldItem(one.Kind, one.Count, DaysOf(one.Kind, settings)));

    private static async Task SendRecordsAsync(OwnCall call, HeldRecords held, TakeOwnRecords take)
    {
        await take.RunAsync(call.Actor, call.Aborted);
        call.Http.Response.ContentType = "application/zip";
        FileAnswer.NameIt(call.Http, "my-data.zip");
        await OwnRecordsFile.WriteAsync(call.Actor, held, call.Http.Response.Body, call.Aborted);
    }

    private static async Task<ItemList<ConsentItem>> ListConsentsAsync(OwnCall call, Consents consents) =>
        ItemList.Of(await consents.ListAsync(call.Actor, call.Aborted), ConsentItem.Of);

    private static async Task<NoContent> GiveAsync(OwnCall call, JsonBody<AgreedBody> body, Consents consents)
    {
        var wanted = await body.ReadAsync();
        await consents.GiveAsync(call.Actor, wanted.Kind ?? "", wanted.Version, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> WithdrawAsync(OwnCall call, string kind, Consents consents)
    {
        await consents.WithdrawAsync(call.Actor, kind, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<ItemList<TextItem>> ListTextsAsync(HttpContext http, TextRows texts) =>
        ItemList.Of(await texts.ListCurrentAsync(http.RequestAborted), TextItem.Of);

    private static async Task<PublishedVersionItem> PublishAsync(Call call, JsonBody<NewTextBody> body, PublishText publish)
    {
        var wanted = await body.ReadAsync();
        return new PublishedVersionItem(await publish.RunAsync(call.Actor, wanted.Kind ?? "", wanted.Body, call.Aborted));
    }

    private static async Task<AgreementsItem> ListAgreementsAsync(Call call, long unitId, Agreements agreements, AccountQueries accounts)
    {
        var (texts, agreed) = await agreements.ListAsync(call.Actor, new UnitId(unitId), call.Aborted);
        var names = await accounts.NamesAsync(agreed.Select(one => one.ActorId), call.Aborted);
        return new AgreementsItem(
            [.. texts.Select(TextItem.Of)],
            [.. agreed.Select(one => new AgreementItem(
                one.Kind, one.Version, one.ActorId, names.GetValueOrDefault(one.ActorId) ?? "", one.AgreedAt, one.Door))]);
    }

    private static async Task<NoContent> AgreeAsync(Call call, long unitId, JsonBody<AgreedBody> body, Agreements agreements)
    {
        var wanted = await body.ReadAsync();
        await agreements.GiveAsync(call.Actor, new UnitId(unitId), wanted.Kind ?? "", wanted.Version, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task SendAgreementsAsync(Call call, long unitId, Agreements agreements, AccountQueries accounts)
    {
        var item = await ListAgreementsAsync(call, unitId, agreements, accounts);
        call.Http.Response.ContentType = "application/json";
        FileAnswer.NameIt(call.Http, $"agreements-of-unit-{unitId}.json");
        await call.Http.Response.WriteAsync(JsonSerializer.Serialize(item, JsonSerializerOptions.Web), call.Aborted);
    }

    // Of kinds that an operator sets the time for.
    private static int? DaysOf(string kind, ServerSettings settings) => kind switch
    {
        "profile" => (int)settings.RemovalGrace.TotalDays,
        HeldRecords.AccessLog => (int)settings.AddressesFor.TotalDays,
        _ => null,
    };
}

/// <summary>One kind of things that the server holds about you.</summary>
/// <param name="Count">How many; null for the access log, which is long.</param>
/// <param name="Days">Days that it is held, where whoever runs the server says how long: the grace of a removal, network addresses.</param>
internal sealed record HeldItem(string Kind, long? Count, int? Days);

/// <summary>A text you are to agree to.</summary>
/// <param name="IsDue">Whether you said nothing to the newest version yet, or took it back.</param>
/// <param name="Given">What you said, newest first.</param>
internal sealed record ConsentItem(
    string Kind, int Version, string Body, DateTimeOffset PublishedAt, bool IsDue, IReadOnlyList<GivenConsentItem> Given)
{
    /// <summary>Shows one.</summary>
    public static ConsentItem Of(ConsentStanding one) => new(
        one.Text.Kind,
        one.Text.Version,
        one.Text.Body,
        one.Text.PublishedAt,
        one.Current is null,
        [.. one.Given.Select(given => new GivenConsentItem(given.Version, given.GivenAt, given.GivenDoor, given.WithdrawnAt))]);
}

/// <summary>Something you agreed to.</summary>
/// <param name="Door">The way you came in.</param>
/// <param name="WithdrawnAt">Since when no longer; null while it holds.</param>
internal sealed record GivenConsentItem(int Version, DateTimeOffset GivenAt, string Door, DateTimeOffset? WithdrawnAt);

/// <summary>Which version of which text is agreed to.</summary>
internal sealed record AgreedBody([property: Required] string? Kind, int Version);

/// <summary>The newest version of a text.</summary>
/// <param name="Kind"><c>terms</c>, <c>privacy</c> or <c>dpa</c>.</param>
/// <param name="Body">Plain text, its paragraphs parted by empty lines.</param>
internal sealed record TextItem(string Kind, int Version, string Body, DateTimeOffset PublishedAt)
{
    /// <summary>Shows one.</summary>
    public static TextItem Of(PublishedText text) => new(text.Kind, text.Version, text.Body, text.PublishedAt);
}

/// <summary>The next version of a text.</summary>
internal sealed record NewTextBody([property: Required] string? Kind, [property: Required] string? Body);

/// <summary>The number a version got.</summary>
internal sealed record PublishedVersionItem(int Version);

/// <summary>What an organisation is to agree to, and what it did.</summary>
internal sealed record AgreementsItem(IReadOnlyList<TextItem> Texts, IReadOnlyList<AgreementItem> Agreed);

/// <summary>Something an organisation agreed to.</summary>
/// <param name="By">Who did it for the organisation.</param>
/// <param name="Door">The way they came in.</param>
internal sealed record AgreementItem(string Kind, int Version, long By, string ByName, DateTimeOffset AgreedAt, string Door);
