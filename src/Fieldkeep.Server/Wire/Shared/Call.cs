using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>A request by someone who is signed in; a handler that takes one answers nobody else.</summary>
internal readonly record struct Call(HttpContext Http, Actor Actor)
{
    /// <summary>Fires when the client is gone.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>Finds who is asking, before anything of the body is read.</summary>
    /// <exception cref="ProblemException"><c>session.none</c> and whatever refuses credentials.</exception>
    public static async ValueTask<Call> BindAsync(HttpContext context) =>
        new(context, await context.RequestServices.GetRequiredService<ActorResolver>().RequireAsync(context));
}
