using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Public links for the web interface. A token is in the answer that creates it and in no other.</summary>
internal static class PublicLinksApi
{
    /// <summary>Maps <c>/projects/{projectId}/forms/{formId}/public-links</c> below <c>/api</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var links = api.MapGroup("/projects/{projectId:long}/forms/{formId}/public-links")
            .WithTags("Public links")
            .Refuses(404, "form.not_found");
        links.MapGet("", ListAsync)
            .Declare("listPublicLinks", "List a form's public links, newest first, revoked ones too", Permission.PublicLinkList)
            .CheckedHere();
        links.MapPost("", CreateAsync)
            .Declare("createPublicLink", "Create a public link and show its token once", Permission.PublicLinkCreate)
            .Refuses(403, "session.confirmation_needed")
            .CheckedHere()
            .Refuses(422, "account.name_invalid");
        links.MapDelete("/{id:long}", RevokeAsync)
            .Declare("revokePublicLink", "Revoke a public link", Permission.PublicLinkRevoke)
            .CheckedHere()
            .Refuses(404, "public_link.not_found");
    }

    private static async Task<ItemList<PublicLinkItem>> ListAsync(
        FormCall call, FormQueries forms, PublicLinkQueries links, AccountQueries accounts)
    {
        var form = await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var all = await links.ListAsync(form.Id, call.Aborted);
        var names = await accounts.NamesAsync(all.Select(link => link.CreatedBy).Distinct(), call.Aborted);
        return ItemList.Of(all, link => PublicLinkItem.Of(link, names));
    }

    private static async Task<Created<CreatedPublicLink>> CreateAsync(
        FormCall call, JsonBody<NewPublicLinkBody> body, FormQueries forms, CreatePublicLink create, PublicAddress address)
    {
        var form = await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var wanted = await body.ReadAsync();
        var (link, token) = await create.RunAsync(
            call.Actor, call.Project, form.Id, wanted.DisplayName ?? "", wanted.Once ?? false, call.Aborted);
        var url = $"{address.Of(call.Http)}/v1/key/{token}/projects/{call.Project.Id}";
        return TypedResults.Created(
            (string?)null, new CreatedPublicLink(link.Id.Value, link.DisplayName, token, url, SettingsQr.Of(url, form.Title)));
    }

    private static async Task<NoContent> RevokeAsync(FormCall call, long id, FormQueries forms, RevokePublicLink revoke)
    {
        var form = await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        await revoke.RunAsync(call.Actor, call.Project, form.Id, new ActorId(id), call.Aborted);
        return TypedResults.NoContent();
    }
}
