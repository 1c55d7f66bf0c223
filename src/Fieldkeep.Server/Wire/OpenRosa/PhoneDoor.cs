using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.OpenRosa;

/// <summary>Opens a phone's request: sets OpenRosa's headers, finds who is asking and which form is meant.</summary>
internal sealed class PhoneDoor(
    ActorResolver resolver, PhoneForms forms, AttemptLimits attempts, SubmissionLimits limits, TimeProvider clock)
{
    /// <summary>Sets the headers every OpenRosa answer has.</summary>
    public void Announce(HttpContext context) =>
        OpenRosaXml.SetHeaders(context.Response, clock, limits.MaxRequestBytes);

    /// <summary>Finds who is asking: an app user, an account (Basic), or the holder of a draft's test address.</summary>
    /// <exception cref="ProblemException">The credentials are missing or wrong.</exception>
    public async Task<Actor> OpenAsync(HttpContext context)
    {
        Announce(context);
        if (!IsDraftTest(context, out var project, out var formId, out var token))
        {
            return await resolver.RequireAsync(context);
        }

        var draft = await GetDraftAsync(context, project, formId, token);
        return ActorResolver.AnonymousOf(context, Door.OpenRosa) with
        {
            Kind = ActorKind.DraftTester,
            DraftOf = draft.Form,
            DisplayName = "Draft test",
        };
    }

    /// <summary>Tells whether the caller came by a token of this project: a phone of it, or a public link.</summary>
    public async Task<bool> IsOwnAsync(HttpContext context, ProjectId project) =>
        (await resolver.CallerAsync(context)).Project == project;

    /// <summary>Finds the version a request means: the current one, or the draft behind a test address.</summary>
    /// <exception cref="ProblemException">As <see cref="OpenAsync"/>; <c>form.not_found</c>.</exception>
    public async Task<FormVersionId> FindVersionAsync(HttpContext context, ProjectId project, string formId)
    {
        if (IsDraftTest(context, out _, out _, out var token))
        {
            Announce(context);
            return (await GetDraftAsync(context, project, formId, token)).Version;
        }

        var actor = await OpenAsync(context);
        return await forms.GetCurrentAsync(actor, project, formId, context.RequestAborted);
    }

    /// <summary>Gives the draft of a test address; a guessed one is counted.</summary>
    /// <exception cref="ProblemException"><c>form.not_found</c>, <c>session.too_many_attempts</c>.</exception>
    public async Task<PhoneDraft> GetDraftAsync(HttpContext context, ProjectId project, string formId, string token)
    {
        try
        {
            return await forms.GetDraftAsync(project, formId, token, context.RequestAborted);
        }
        catch (ProblemException problem) when (problem.Status is 401 or 404)
        {
            attempts.CountUnknownToken(ActorResolver.AddressOf(context));
            throw;
        }
    }

    private static bool IsDraftTest(HttpContext context, out ProjectId project, out string formId, out string token)
    {
        var values = context.Request.RouteValues;
        project = new ProjectId(long.TryParse(values["projectId"] as string, out var id) ? id : 0);
        formId = values["formId"] as string ?? "";
        token = values["token"] as string ?? "";
        return context.Request.Path.StartsWithSegments("/v1/test", StringComparison.Ordinal);
    }
}
