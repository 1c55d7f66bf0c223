using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Forms in ODK Central's shapes. docs/protocol/central-v1.md lists each address with its state.</summary>
internal static class FormsV1
{
    /// <summary>Maps <c>/projects/{projectId}/forms</c> below <c>/v1</c>.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var forms = v1.MapGroup("/projects/{projectId:long}/forms").WithTags("Forms");
        forms.MapGet("", ListAsync)
            .Declare("listForms", "List a project's forms, or those of them at which you hold a role", Permission.FormList)
            .Reads("deleted", typeof(bool), "True for those in the trash instead; demands the action `form.delete` too. Default: false.");
        var form = forms.MapGroup("/{formId}").Refuses(404, "form.not_found");
        form.MapGet("", GetAsync).Declare("getForm", "Read a form", Permission.FormRead).CheckedHere();
        form.MapPatch("", ChangeAsync)
            .Declare("changeForm", "Open or close a form", Permission.FormWrite)
            .CheckedHere()
            .Refuses(400, "form.bad_state");
        form.MapDelete("", TrashAsync)
            .Declare("deleteForm", "Move a form to the trash", Permission.FormDelete)
            .Refuses(403, "session.confirmation_needed");
        forms.MapPost("/{formId}/restore", RestoreAsync)
            .Declare("restoreForm", "Bring a form back from the trash, by its number there", Permission.FormDelete)
            .Refuses(404, "form.not_in_trash")
            .Refuses(409, "form.exists");
    }

    private static async Task<IEnumerable<FormV1>> ListAsync(
        ProjectCall call, CentralQuery query, FormQueries queries, Policy policy, FormAccess access, FormDetails details)
    {
        if (CentralQuery.Flag(call.Http, "deleted"))
        {
            await policy.RequireAsync(call.Actor, Permission.FormDelete, Scope.Of(call.Project.Id), call.Aborted);
            var trash = await queries.ListTrashAsync(call.Project.Id, call.Aborted);
            return await details.ShowAsync(call.Actor, call.Project.Id, trash, query, call.Aborted);
        }

        var forms = await access.ListAsync(call.Actor, Permission.FormList, call.Project.Id, call.Aborted);
        return await details.ShowAsync(call.Actor, call.Project.Id, forms, query, call.Aborted);
    }

    private static async Task<FormV1> GetAsync(FormCall call, CentralQuery query, FormQueries queries, FormDetails details)
    {
        var form = await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        return (await details.ShowAsync(call.Actor, call.Project.Id, [form], query, call.Aborted))[0];
    }

    private static async Task<FormV1> ChangeAsync(
        FormCall call, JsonBody<FormPatchV1> body, FormQueries queries, ChangeForm change)
    {
        var wanted = await body.ReadAsync();
        return FormV1.Of(wanted.State is null
            ? await queries.GetAsync(call.Project.Id, call.FormId, call.Aborted)
            : await change.SetStateAsync(
                call.Actor, call.Project, call.FormId, FormStates.Parse(wanted.State), call.Aborted));
    }

    private static async Task<Done> TrashAsync(FormCall call, ChangeForm change)
    {
        await change.TrashAsync(call.Actor, call.Project, call.FormId, call.Aborted);
        return Done.Well;
    }

    private static async Task<Done> RestoreAsync(FormCall call, RestoreForm restore)
    {
        await restore.RunAsync(call.Actor, call.Project, call.FormId, call.Aborted);
        return Done.Well;
    }
}

/// <summary>Shows forms with as much as was asked for. Callers check access first.</summary>
internal sealed class FormDetails(SubmissionTotals counts, AccountQueries accounts, PublicLinkQueries links, AuditSearch audit)
{
    /// <summary>Shows forms of one project in their order.</summary>
    public async Task<IReadOnlyList<FormV1>> ShowAsync(
        Actor actor, ProjectId project, IReadOnlyList<Form> forms, CentralQuery query, CancellationToken cancellationToken)
    {
        if (!query.IsExtended)
        {
            return [.. forms.Select(FormV1.Of)];
        }

        var counted = await counts.ByFormAsync(actor, project, cancellationToken);
        var actors = await accounts.ActorsAsync(forms.Select(form => form.CreatedBy.Value), cancellationToken);
        var linked = await links.CountAsync(project, cancellationToken);
        var notes = forms is [var only] ? await PublishNotes.ReadAsync(audit, project, only.Id, cancellationToken) : null;
        return
        [
            .. forms.Select(form => FormV1.Of(form).Extended(
                counted.GetValueOrDefault(form.Id),
                actors.GetValueOrDefault(form.CreatedBy.Value),
                linked.GetValueOrDefault(form.Id.Value)) with { PublishNotes = notes?.At(form.PublishedAt) }),
        ];
    }
}
