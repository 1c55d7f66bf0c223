using System.Globalization;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>A request by someone who is signed in, below <c>/projects/{projectId}</c>. What they may do there is not checked yet.</summary>
internal readonly record struct ProjectCall(HttpContext Http, Actor Actor, ProjectRef Project)
{
    /// <summary>Fires when the client is gone.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>Finds who is asking, then the project, before anything of the body is read.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.not_found</c>, and whatever refuses credentials.</exception>
    public static async ValueTask<ProjectCall> BindAsync(HttpContext context)
    {
        var call = await Call.BindAsync(context);

        // The route takes only numbers that fit (`:long`).
        var id = long.Parse((string?)context.GetRouteValue("projectId") ?? "", CultureInfo.InvariantCulture);
        var projects = context.RequestServices.GetRequiredService<ProjectRefs>();
        return new ProjectCall(context, call.Actor, await projects.GetRefAsync(new ProjectId(id), context.RequestAborted));
    }
}
