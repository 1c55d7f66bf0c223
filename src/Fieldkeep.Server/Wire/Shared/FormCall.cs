using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>A request by someone who is signed in, below <c>/projects/{projectId}/forms/{formId}</c>.</summary>
/// <param name="FormId">The form's own id, as given; it may not exist.</param>
internal readonly record struct FormCall(HttpContext Http, Actor Actor, ProjectRef Project, string FormId)
{
    /// <summary>Fires when the client is gone.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>Whether the tests of the form's draft are meant, not what counts.</summary>
    /// <exception cref="ProblemException"><c>query.not_a_flag</c>.</exception>
    public bool IsDraft => Http.GetEndpoint()?.Metadata.GetMetadata<DraftMark>() switch
    {
        { IsAlways: true } => true,
        { } => Flags.Of(Http, "draft", otherwise: false),
        null => false,
    };

    /// <summary>Finds who is asking, then the project, before anything of the body is read.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.not_found</c>, and whatever refuses credentials.</exception>
    public static async ValueTask<FormCall> BindAsync(HttpContext context)
    {
        var call = await ProjectCall.BindAsync(context);
        return new FormCall(context, call.Actor, call.Project, (string?)context.GetRouteValue("formId") ?? "");
    }
}

/// <summary>Marks addresses that mean the tests of a form's draft: always, or when <c>?draft=true</c> says so.</summary>
internal sealed record DraftMark(bool IsAlways);

/// <summary>Marks routes with what they mean by a form.</summary>
internal static class DraftMarks
{
    /// <summary>Makes addresses mean the tests of the draft.</summary>
    public static TBuilder MeansDraft<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new DraftMark(true)).Variant("OfDraft");

    /// <summary>Makes addresses mean the tests of the draft when <c>?draft=true</c> says so.</summary>
    public static TBuilder MayMeanDraft<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder => routes
        .WithMetadata(new DraftMark(false))
        .Reads("draft", typeof(bool), "True for the tests of the draft, false for what counts. Default: false.")
        .Refuses(400, "query.not_a_flag");
}
