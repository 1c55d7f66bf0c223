using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Public links in ODK Central's shapes. Unlike Central, a token is shown once, when it is made; lists say null.</summary>
internal static class PublicLinksV1
{
    /// <summary>Maps <c>/projects/{projectId}/forms/{formId}/public-links</c> and what a link's holder reads by it.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var links = v1.MapGroup("/projects/{projectId:long}/forms/{formId}/public-links")
            .WithTags("Public links")
            .Refuses(404, "form.not_found");
        links.MapGet("", ListAsync)
            .Declare("listPublicLinks", "List a form's public links, revoked ones too", Permission.PublicLinkList)
            .CheckedHere();
        links.MapPost("", CreateAsync)
            .Declare("createPublicLink", "Create a public link and show its token once", Permission.PublicLinkCreate)
            .Refuses(403, "session.confirmation_needed")
            .CheckedHere()
            .Refuses(400, "body.missing", "account.name_invalid");
        var link = links.MapGroup("/{id:long}").Refuses(404, "public_link.not_found");
        link.MapGet("", GetAsync)
            .Declare("getPublicLink", "Read a public link", Permission.PublicLinkList)
            .CheckedHere();
        link.MapPatch("", UpdateAsync)
            .Declare("updatePublicLink", "Change a public link: nothing of it can be changed so far", Permission.PublicLinkCreate)
            .CheckedHere();
        link.MapDelete("", RevokeAsync)
            .Declare("revokePublicLink", "Revoke a public link", Permission.PublicLinkRevoke)
            .CheckedHere();
        v1.MapGet("/form-links/{token}/form", GetFormAsync)
            .WithTags("Public links")
            .Declare("getLinkedForm", "Read the form that a public link opens")
            .CalledBy(CallerKind.PublicLink)
            .Refuses(403, "project.suspended")
            .Refuses(404, "form.not_found");
    }

    private static async Task<IEnumerable<PublicLinkV1>> ListAsync(
        FormCall call, CentralQuery query, FormQueries forms, PublicLinkQueries links, AccountQueries accounts)
    {
        var form = await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var all = await links.ListAsync(form.Id, call.Aborted);
        var actors = await accounts.ActorsAsync(all.Select(link => link.CreatedBy), call.Aborted);
        return all.Select(link => Of(link, query, actors));
    }

    private static async Task<PublicLinkV1> CreateAsync(
        FormCall call, JsonBody<NewPublicLinkV1> body, FormQueries forms, CreatePublicLink create)
    {
        var form = await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var wanted = await body.ReadAsync();
        if (string.IsNullOrWhiteSpace(wanted.DisplayName))
        {
            throw CentralQuery.Missing("displayName");
        }

        var (link, token) = await create.RunAsync(
            call.Actor, call.Project, form.Id, wanted.DisplayName, wanted.Once ?? false, call.Aborted);
        return PublicLinkV1.Of(link, token);
    }

    private static async Task<PublicLinkV1> GetAsync(
        FormCall call, long id, CentralQuery query, FormQueries forms, PublicLinkQueries links, AccountQueries accounts)
    {
        var form = await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var link = await links.GetAsync(form.Id, new ActorId(id), call.Aborted);
        return Of(link, query, await accounts.ActorsAsync([link.CreatedBy], call.Aborted));
    }

    // Central sets only actor properties here, which this server does not have.
    private static async Task<PublicLinkV1> UpdateAsync(
        FormCall call, long id, JsonBody<PublicLinkPatchV1> body, FormQueries forms, PublicLinkQueries links, AccountQueries accounts)
    {
        await body.ReadAsync();
        return await GetAsync(call, id, new CentralQuery(true), forms, links, accounts);
    }

    private static async Task<Done> RevokeAsync(FormCall call, long id, FormQueries forms, RevokePublicLink revoke)
    {
        var form = await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        await revoke.RunAsync(call.Actor, call.Project, form.Id, new ActorId(id), call.Aborted);
        return Done.Well;
    }

    private static async Task<FormV1> GetFormAsync(HttpContext http, string token, PublicLinkTokens tokens, FormQueries forms, Policy policy)
    {
        var link = await tokens.GetAsync(token, ActorResolver.AddressOf(http), http.RequestAborted);
        await policy.RequireGoingOnAsync(link.ProjectId, http.RequestAborted);
        var form = (await forms.ListAsync(link.ProjectId, http.RequestAborted)).FirstOrDefault(form => form.Id == link.FormId);
        return form is { State: not "closed", CurrentVersionId: not null } ? FormV1.Of(form) : throw AccessProblems.Unseen();
    }

    private static PublicLinkV1 Of(PublicLink link, CentralQuery query, IReadOnlyDictionary<long, KnownActor> actors) =>
        PublicLinkV1.Of(link, token: null) with
        {
            IsExtended = query.IsExtended,
            CreatedBy = ActorDetailV1.Of(actors.GetValueOrDefault(link.CreatedBy)),
        };
}
