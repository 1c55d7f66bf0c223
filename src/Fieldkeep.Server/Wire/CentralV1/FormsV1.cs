using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
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
        var forms = v1.MapGroup("/projects/{projectId:long}/forms");
        forms.MapGet("", ListAsync);
        forms.MapPost("", CreateAsync);
        forms.MapGet("/{formId}", GetAsync);
        forms.MapPatch("/{formId}", ChangeAsync);
        forms.MapDelete("/{formId}", TrashAsync);
        forms.MapPost("/{formId}/draft", UploadAsync);
        forms.MapGet("/{formId}/draft", GetDraftAsync);
        forms.MapPost("/{formId}/draft/publish", PublishAsync);
        forms.MapDelete("/{formId}/draft", DiscardAsync);
        forms.MapGet("/{formId}/versions", ListVersionsAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpContext context,
        long projectId,
        ActorResolver resolver,
        Grants grants,
        FormQueries queries,
        SubmissionTotals counts)
    {
        var actor = await resolver.RequireAsync(context);
        var project = new ProjectId(projectId);
        await grants.RequireAsync(actor, Permission.FormList, Scope.Of(project), context.RequestAborted);
        var forms = await queries.ListAsync(project, context.RequestAborted);
        if (!IsExtended(context))
        {
            return WireJson.Answer(forms.Select(form => FormV1.Of(form)));
        }

        var counted = await counts.ByFormAsync(project, context.RequestAborted);
        return WireJson.Answer(forms.Select(form => FormV1.Of(form) with
        {
            Submissions = counted.GetValueOrDefault(form.Id)?.Submissions ?? 0,
            LastSubmission = counted.GetValueOrDefault(form.Id)?.LastSubmission,
        }));
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context,
        long projectId,
        ActorResolver resolver,
        ProjectRefs projects,
        Grants grants,
        UploadDraft upload,
        PublishDraft publish)
    {
        var actor = await RequireWriteAsync(context, projectId, resolver, grants);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var target = new DraftTarget(null, MustBeNew: true, RefuseWarnings: !Flag(context, "ignoreWarnings"));
        var form = await StoreAsync(context, actor, project, target, upload);
        return WireJson.Answer(FormV1.Of(Flag(context, "publish")
            ? await publish.RunAsync(actor, project, form.XmlFormId, null, context.RequestAborted)
            : form));
    }

    private static async Task<IResult> UploadAsync(
        HttpContext context,
        long projectId,
        string formId,
        ActorResolver resolver,
        ProjectRefs projects,
        Grants grants,
        FormQueries queries,
        UploadDraft upload)
    {
        var actor = await RequireWriteAsync(context, projectId, resolver, grants);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        await queries.GetAsync(project.Id, formId, context.RequestAborted);
        var target = new DraftTarget(formId, MustBeNew: false, RefuseWarnings: !Flag(context, "ignoreWarnings"));
        await StoreAsync(context, actor, project, target, upload);
        return WireJson.Answer(new { success = true });
    }

    private static async Task<IResult> PublishAsync(
        HttpContext context,
        long projectId,
        string formId,
        ActorResolver resolver,
        ProjectRefs projects,
        PublishDraft publish)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var version = context.Request.Query.TryGetValue("version", out var given) ? given.ToString() : null;
        await publish.RunAsync(actor, project, formId, version, context.RequestAborted);
        return WireJson.Answer(new { success = true });
    }

    private static async Task<IResult> GetAsync(
        HttpContext context, long projectId, string formId, ActorResolver resolver, Grants grants, FormQueries queries)
    {
        var form = await RequireAsync(context, projectId, formId, resolver, grants, queries);
        return WireJson.Answer(FormV1.Of(form));
    }

    private static async Task<IResult> GetDraftAsync(
        HttpContext context,
        long projectId,
        string formId,
        ActorResolver resolver,
        Grants grants,
        FormQueries queries,
        DraftTokens tokens)
    {
        var form = await RequireAsync(context, projectId, formId, resolver, grants, queries);
        var draft = form.DraftVersionId ?? throw FormProblems.NoDraft(formId);
        return WireJson.Answer(FormV1.Of(form) with
        {
            Version = form.DraftVersion,
            DraftToken = tokens.Of(draft),
            PublishedAt = null,
        });
    }

    private static async Task<IResult> ListVersionsAsync(
        HttpContext context, long projectId, string formId, ActorResolver resolver, Grants grants, FormQueries queries)
    {
        var form = await RequireAsync(context, projectId, formId, resolver, grants, queries);
        var versions = await queries.ListVersionsAsync(form.Id, context.RequestAborted);
        return WireJson.Answer(versions.Select(version => FormV1.Of(form) with
        {
            Name = version.Title,
            Version = version.Version,
            PublishedAt = version.PublishedAt,
        }));
    }

    private static async Task<IResult> ChangeAsync(
        HttpContext context,
        long projectId,
        string formId,
        ActorResolver resolver,
        ProjectRefs projects,
        ChangeForm change)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var request = await WireJson.ReadAsync<StateRequest>(context, context.RequestAborted);
        if (!Enum.TryParse<FormState>(request.State, ignoreCase: true, out var state) || !Enum.IsDefined(state))
        {
            throw new ProblemException("form.bad_state", 400, "A form's state is open, closing or closed.")
            {
                CentralCode = 400.8m,
            };
        }

        return WireJson.Answer(
            FormV1.Of(await change.SetStateAsync(actor, project, formId, state, context.RequestAborted)));
    }

    private static async Task<IResult> TrashAsync(
        HttpContext context,
        long projectId,
        string formId,
        ActorResolver resolver,
        ProjectRefs projects,
        ChangeForm change)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        await change.TrashAsync(actor, project, formId, context.RequestAborted);
        return WireJson.Answer(new { success = true });
    }

    private static async Task<IResult> DiscardAsync(
        HttpContext context,
        long projectId,
        string formId,
        ActorResolver resolver,
        ProjectRefs projects,
        ChangeForm change)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        await change.DiscardDraftAsync(actor, project, formId, context.RequestAborted);
        return WireJson.Answer(new { success = true });
    }

    private static async Task<Form> StoreAsync(
        HttpContext context, Actor actor, ProjectRef project, DraftTarget target, UploadDraft upload)
    {
        var content = await BodyReader.ReadAsync(
            context, FormFileReader.MaxBytes, () => FormProblems.TooLarge(FormFileReader.MaxBytes));
        var fallback = Uri.UnescapeDataString(context.Request.Headers["X-XlsForm-FormId-Fallback"].ToString());
        try
        {
            var file = new FormUpload(content, null, fallback.Length == 0 ? null : fallback);
            return (await upload.RunAsync(actor, project, file, target, context.RequestAborted)).Form;
        }
        catch (ProblemException problem) when (problem.Details is not null)
        {
            throw CentralDiagnostics.Of(problem);
        }
    }

    // Before the body: nobody else may make us hold a file.
    private static async Task<Actor> RequireWriteAsync(
        HttpContext context, long projectId, ActorResolver resolver, Grants grants)
    {
        var actor = await resolver.RequireAsync(context);
        await grants.RequireAsync(
            actor, Permission.FormWrite, Scope.Of(new ProjectId(projectId)), context.RequestAborted);
        return actor;
    }

    private static async Task<Form> RequireAsync(
        HttpContext context, long projectId, string formId, ActorResolver resolver, Grants grants, FormQueries queries)
    {
        var actor = await resolver.RequireAsync(context);
        var project = new ProjectId(projectId);
        await grants.RequireAsync(actor, Permission.FormRead, Scope.Of(project), context.RequestAborted);
        return await queries.GetAsync(project, formId, context.RequestAborted);
    }

    private static bool IsExtended(HttpContext context) =>
        context.Request.Headers["X-Extended-Metadata"].ToString().Equals("true", StringComparison.OrdinalIgnoreCase);

    private static bool Flag(HttpContext context, string name) =>
        context.Request.Query[name].ToString().Equals("true", StringComparison.OrdinalIgnoreCase);

    private sealed record StateRequest(string? State);
}
