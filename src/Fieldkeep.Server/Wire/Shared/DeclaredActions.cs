using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Lets a call pass when its actor holds the address's declared actions in the project of the address, or at its form.</summary>
internal sealed class DeclaredActions(Policy policy, FormAccess access)
{
    /// <summary>Checks, then runs the handler.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (actor, project, form) = context.Arguments.Select(CallOf).FirstOrDefault(call => call is not null)
            ?? throw new InvalidOperationException("An address that is checked here takes a ProjectCall or a FormCall.");
        var declared = context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<Declaration>();
        if (declared is not { Actions.Count: > 0 })
        {
            throw new InvalidOperationException("An address that is checked here declares its actions.");
        }

        foreach (var action in declared.Actions)
        {
            await (form is null
                ? policy.RequireAsync(actor, action, Scope.Of(project), context.HttpContext.RequestAborted)
                : access.RequireAsync(actor, action, project, form, context.HttpContext.RequestAborted));
        }

        return await next(context);
    }

    private static Tuple<Actor, ProjectId, string?>? CallOf(object? argument) => argument switch
    {
        ProjectCall call => Tuple.Create(call.Actor, call.Project.Id, (string?)null),
        FormCall call => Tuple.Create(call.Actor, call.Project.Id, (string?)call.FormId),
        _ => null,
    };
}
