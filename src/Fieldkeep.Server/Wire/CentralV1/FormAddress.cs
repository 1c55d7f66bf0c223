using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Marks addresses that mean the tests of a form's draft.</summary>
internal sealed record DraftMark;

/// <summary>What every address below <c>/projects/{projectId}/forms/{formId}</c> has in common.</summary>
internal readonly record struct FormAddress(
    HttpContext Context, long ProjectId, string FormId, ActorResolver Resolver, ProjectRefs Projects)
{
    /// <summary>Whether the tests of the draft are meant.</summary>
    public bool IsDraft => Context.GetEndpoint()?.Metadata.GetMetadata<DraftMark>() is not null;

    /// <summary>Fires when the client is gone.</summary>
    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>Gives the one who asks.</summary>
    public ValueTask<Actor> ActorAsync() => Resolver.RequireAsync(Context);

    /// <summary>Gives the project with its keys.</summary>
    public async Task<ProjectRef> ProjectAsync() => await Projects.GetRefAsync(new ProjectId(ProjectId), Aborted);
}
