using Fieldkeep.Server.Access;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.Server.Witnesses;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/ledger/witnesses</c>: where signed checkpoints go when they leave the machine.</summary>
internal static class WitnessesApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var all = api.MapGroup("/ledger/witnesses").WithTags("Ledger");
        all.MapGet("", ListAsync)
            .Declare("listWitnesses", "List who is sent signed checkpoints, and when the last arrived", Permission.SettingsUpdate);
        all.MapPost("", AddAsync)
            .Declare("addWitness", "Send signed checkpoints to one more address, by mail or webhook", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "witness.exists", "witness.too_many")
            .Refuses(422, "witness.invalid", "witness.address_unsafe", "mail.address_invalid");
        var one = all.MapGroup("/{witnessId:long}").Refuses(404, "witness.not_found");
        one.MapDelete("", RemoveAsync)
            .Declare("removeWitness", "Send no more checkpoints to an address", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed");
        one.MapPost("/sending", SendAsync)
            .Declare("sendToWitness", "Send the newest checkpoint to an address now, and tell how it went", Permission.SettingsUpdate)
            .Refuses(409, "witness.nothing_signed");
    }

    private static async Task<WitnessListItem> ListAsync(Call call, ListWitnesses list)
    {
        var told = await list.RunAsync(call.Actor, call.Aborted);
        return new WitnessListItem(
            [.. told.Items.Select(WitnessItem.Of)], told.Newest?.Size, told.Newest?.At, told.File, told.CanMail, told.MayBePrivate);
    }

    private static async Task<Created<AddedWitness>> AddAsync(Call call, JsonBody<NewWitness> body, ChangeWitnesses change)
    {
        WhoAsks.RequirePerson(call.Actor);
        var wanted = await body.ReadAsync();
        var made = await change.AddAsync(call.Actor, wanted.Kind, wanted.Address, wanted.Every, call.Aborted);
        return TypedResults.Created((string?)null, new AddedWitness(WitnessItem.Of(made), made.Place.Secret));
    }

    private static async Task<NoContent> RemoveAsync(Call call, long witnessId, ChangeWitnesses change)
    {
        await change.RemoveAsync(call.Actor, witnessId, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<WitnessItem> SendAsync(Call call, long witnessId, ChangeWitnesses change) =>
        WitnessItem.Of(await change.SendAsync(call.Actor, witnessId, call.Aborted));
}

/// <summary>Who to send checkpoints to.</summary>
/// <param name="Kind"><c>mail</c> or <c>webhook</c>.</param>
/// <param name="Address">An address of letters, or of the web, with https.</param>
/// <param name="Every"><c>day</c> or <c>week</c>; for a webhook <c>hour</c>, too.</param>
internal sealed record NewWitness(string? Kind, string? Address, string? Every);

/// <summary>A witness that was put on the list.</summary>
/// <param name="Secret">What requests to it are signed with, told this once; null for letters.</param>
internal sealed record AddedWitness(WitnessItem Witness, string? Secret);

/// <summary>Where checkpoints go.</summary>
/// <param name="NewestSize">How many entries the newest checkpoint counts; null while none was signed.</param>
/// <param name="NewestAt">When it was signed.</param>
/// <param name="File">The checkpoint file on the server's machine.</param>
/// <param name="CanMail">Whether a mail server takes letters.</param>
/// <param name="MayBePrivate">Whether webhooks may lead to private networks.</param>
internal sealed record WitnessListItem(
    IReadOnlyList<WitnessItem> Items, long? NewestSize, DateTimeOffset? NewestAt, string File, bool CanMail, bool MayBePrivate);

/// <summary>Somebody, or another machine, that is sent checkpoints.</summary>
/// <param name="Address">Empty when it cannot be read: nothing is sent then.</param>
/// <param name="NextAt">When the next is sent, or tried again.</param>
/// <param name="ArrivedAt">When the last was taken; null when none was yet.</param>
/// <param name="ArrivedSize">How many entries that one counts.</param>
/// <param name="Failures">How often it failed since.</param>
/// <param name="LastError">
/// Why it failed last: <c>connection</c>, <c>timeout</c>, <c>name</c>, <c>certificate</c>, <c>private</c>, <c>status 500</c>, <c>SMTP 550</c>,
/// <c>no_smtp</c>, <c>nothing_signed</c>, <c>unreadable</c>, or another word; null when it did not.
/// </param>
internal sealed record WitnessItem(
    long Id,
    string Kind,
    string Every,
    string Address,
    DateTimeOffset CreatedAt,
    DateTimeOffset NextAt,
    DateTimeOffset? TriedAt,
    DateTimeOffset? ArrivedAt,
    long? ArrivedSize,
    int Failures,
    string? LastError)
{
    /// <summary>Shows one.</summary>
    public static WitnessItem Of(Witness witness) => new(
        witness.Id,
        WitnessRows.NameOf(witness.Kind),
        WitnessRows.NameOf(witness.Every),
        witness.Place.Address,
        witness.CreatedAt,
        witness.DueAt,
        witness.TriedAt,
        witness.ArrivedAt,
        witness.ArrivedSize,
        witness.Failures,
        witness.LastError);
}
