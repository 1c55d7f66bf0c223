using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A request by someone who signed in themselves, about their own account; tokens and app passwords are not let in.</summary>
internal readonly record struct OwnCall(HttpContext Http, Actor Actor, Session Session)
{
    /// <summary>Fires when the client is gone.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>Finds who is asking, before anything of the body is read.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>session.needed</c> and whatever refuses credentials.</exception>
    public static async ValueTask<OwnCall> BindAsync(HttpContext context)
    {
        var actors = context.RequestServices.GetRequiredService<ActorResolver>();
        var actor = await actors.RequireAsync(context);
        return (await actors.CallerAsync(context)).Session is { Bounds: null } session
            ? new OwnCall(context, actor, session)
            : throw TokenProblems.SessionNeeded();
    }
}
