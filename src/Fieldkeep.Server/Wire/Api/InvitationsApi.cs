using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations.Invitations;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/units/{unitId}/invitations</c> and <c>/api/invitations</c>. A token is in a body, never in an address.</summary>
internal static class InvitationsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var ofUnit = api.MapGroup("/units/{unitId:long}/invitations").WithTags("Invitations");
        ofUnit.MapGet("", ListAsync).Declare("listInvitations", "List the invitations to a unit and to those below", Permission.MemberUpdate);
        ofUnit.MapPost("", CreateAsync)
            .Declare("createInvitation", "Invite somebody by letter, or make a link that some can use", Permission.MemberUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "invitation.open")
            .Refuses(422, "role.unfit", "account.email_invalid", "mail.address_invalid", "invitation.invalid")
            .Refuses(429, "invitation.too_many_letters");
        var invitations = api.MapGroup("/invitations").WithTags("Invitations");
        invitations.MapDelete("/{id:long}", RevokeAsync).Declare("revokeInvitation", "Revoke an invitation", Permission.MemberUpdate);
        invitations.MapPost("/reading", ReadAsync)
            .Declare("readInvitation", "Say what an invitation is worth to whoever holds its token")
            .CalledBy(CallerKind.Anonymous, CallerKind.Session)
            .Refuses(404, "invitation.not_found")
            .Refuses(409, "invitation.used")
            .Refuses(410, "invitation.over")
            .Refuses(429, "session.too_many_attempts");
        invitations.MapPost("/acceptance", AcceptAsync)
            .Declare("acceptInvitation", "Accept an invitation, with the account you are signed in to or with a new one")
            .CalledBy(CallerKind.Anonymous, CallerKind.Session)
            .Refuses(401, "session.none")
            .Refuses(403, "access.own_confidential", "invitation.other_person")
            .Refuses(404, "invitation.not_found")
            .Refuses(409, "invitation.used", "account.email_taken")
            .Refuses(410, "invitation.over")
            .Refuses(422, "account.email_invalid", "account.name_invalid", "password.weak", "password.too_long")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "session.busy", "session.limits_unavailable");
    }

    private static async Task<ItemList<InvitationItem>> ListAsync(
        Call call,
        long unitId,
        [Description("True to list those that are used up or over too.")] bool? all,
        InvitationQueries invitations,
        RoleQueries roles,
        MentionedNames places)
    {
        var unit = new UnitId(unitId);
        var listed = await invitations.ListAsync(call.Actor, unit, all ?? false, call.Aborted);
        var names = await places.ReadAsync(listed.Select(one => Scope.Of(one.Unit)), listed.Select(one => one.By.Value), null, call.Aborted);
        var own = (await roles.ListAsync(call.Actor, unit, call.Aborted)).ToDictionary(role => role.Role, role => role.Name);
        return ItemList.Of(listed, one => InvitationItem.Of(one, names, one.Role is null ? null : own.GetValueOrDefault(one.Role)));
    }

    private static async Task<Created<CreatedInvitation>> CreateAsync(
        Call call, long unitId, JsonBody<NewInvitationBody> body, CreateInvitation create, PublicAddress address)
    {
        var wanted = await body.ReadAsync();
        var email = string.IsNullOrWhiteSpace(wanted.Email) ? null : wanted.Email;
        var role = string.IsNullOrEmpty(wanted.Role) || wanted.Role == RolePermissions.Member ? null : wanted.Role;
        var made = await create.RunAsync(
            call.Actor,
            new NewInvitation(new UnitId(unitId), role, email, null, email is null ? wanted.Uses ?? 1 : 1, wanted.Days ?? NewInvitation.UsualDays),
            call.Aborted);

        // The letter alone has the token of an invitation by mail: it shows that the address is theirs.
        var link = email is null ? $"{address.Of(call.Http)}/invitation#{made.Token}" : null;
        return TypedResults.Created(
            (string?)null,
            new CreatedInvitation(made.Invitation.Id, link, link is null ? null : CollectSettings.DrawSvg(link), made.Invitation.ExpiresAt));
    }

    private static async Task<NoContent> RevokeAsync(Call call, long id, RevokeInvitation revoke)
    {
        await revoke.RunAsync(call.Actor, id, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<InvitationWords> ReadAsync(HttpContext http, JsonBody<InvitationToken> body, InvitationQueries invitations)
    {
        var wanted = await body.ReadAsync();
        var read = await invitations.ReadAsync(wanted.Token ?? "", ActorResolver.AddressOf(http), http.RequestAborted);
        return new InvitationWords(
            [.. read.Path.Select(unit => unit.Name)],
            read.Invitation.Role,
            read.RoleName,
            read.Inviter,
            read.Invitation.Email,
            read.Invitation.Name,
            read.HasAccount,
            read.Invitation.ExpiresAt);
    }

    private static async Task<InvitationAccepted> AcceptAsync(
        HttpContext http,
        JsonBody<InvitationAcceptance> body,
        ActorResolver actors,
        AcceptInvitation accept,
        SessionView view)
    {
        var actor = await actors.RequireIfSignedInAsync(http);
        var wanted = await body.ReadAsync();
        var terms = new SessionTerms(true, false, http.Request.Headers.UserAgent.ToString());
        var person = wanted.Password is { } password
            ? new InvitedPerson(wanted.Name ?? "", wanted.Email ?? "", password, terms)
            : null;
        var accepted = await accept.RunAsync(actor, wanted.Token ?? "", person, http.RequestAborted);
        if (accepted.Session is not { } session)
        {
            return new InvitationAccepted(accepted.Unit.Value, null);
        }

        await SessionCookie.SetAsync(http, session, isSharedComputer: false);
        return new InvitationAccepted(
            accepted.Unit.Value, await view.OfAsync(session.Session, session.Token, http.RequestAborted));
    }
}

/// <summary>An invitation.</summary>
/// <param name="Role">What they get at the unit; null to belong to it only.</param>
/// <param name="RoleName">The name of an organisation's own role.</param>
/// <param name="Email">Whom the letter went to; null for a link.</param>
/// <param name="IsOver">Whether it was revoked; one may be used up or expired as well.</param>
internal sealed record InvitationItem(
    long Id,
    PlaceName Unit,
    string? Role,
    string? RoleName,
    string? Email,
    int Uses,
    int MostUses,
    PersonItem By,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    bool IsOver)
{
    /// <summary>Shows an invitation.</summary>
    public static InvitationItem Of(Invitation one, KnownNames names, string? roleName) => new(
        one.Id,
        names.Of(Scope.Of(one.Unit)),
        one.Role,
        roleName,
        one.Email,
        one.Uses,
        one.MostUses,
        names.Person(one.By.Value),
        one.CreatedAt,
        one.ExpiresAt,
        one.EndedAt is not null);
}

/// <summary>An invitation to be made.</summary>
/// <param name="Role">What they get at the unit; absent to belong to it only.</param>
/// <param name="Email">Whom a letter goes to; absent for a link.</param>
/// <param name="Uses">How many people can use a link. Default: 1.</param>
/// <param name="Days">How long it is good. Default: 14.</param>
internal sealed record NewInvitationBody(string? Role, string? Email, int? Uses, int? Days);

/// <summary>An invitation just made.</summary>
/// <param name="Link">The address to give on, shown this once; null when a letter has it.</param>
/// <param name="Svg">The address as a code, an SVG document; null when a letter has it.</param>
internal sealed record CreatedInvitation(long Id, string? Link, string? Svg, DateTimeOffset ExpiresAt)
{
    /// <inheritdoc/>
    public override string ToString() => $"CreatedInvitation {{ {Id} }}";
}

/// <summary>The token of an invitation.</summary>
internal sealed record InvitationToken([property: Required] string? Token)
{
    /// <inheritdoc/>
    public override string ToString() => "InvitationToken";
}

/// <summary>What an invitation is worth.</summary>
/// <param name="Path">The names of the organisation and the units down to the one it is to.</param>
/// <param name="Email">The address the letter went to; null for a link.</param>
/// <param name="Name">The name that whoever invites knows them by; null when unknown.</param>
/// <param name="HasAccount">Whether that address has an account: sign in to accept.</param>
internal sealed record InvitationWords(
    IReadOnlyList<string> Path,
    string? Role,
    string? RoleName,
    string Inviter,
    string? Email,
    string? Name,
    bool HasAccount,
    DateTimeOffset ExpiresAt);

/// <summary>Accepts an invitation; without a password, with the account that is signed in.</summary>
internal sealed record InvitationAcceptance([property: Required] string? Token, string? Name, string? Email, string? Password)
{
    /// <inheritdoc/>
    public override string ToString() => "InvitationAcceptance";
}

/// <summary>An invitation that was accepted.</summary>
/// <param name="Session">Who is signed in now; null when you were signed in before.</param>
internal sealed record InvitationAccepted(long Unit, SessionItem? Session)
{
    /// <inheritdoc/>
    public override string ToString() => $"InvitationAccepted {{ {Unit} }}";
}
