using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms;

/// <summary>Decides who may do what with one form: by a role in its project, or by one at the form alone.</summary>
internal sealed class FormAccess(Policy policy, FormQueries forms)
{
    /// <summary>Lets the actor pass or refuses. A form that does not exist is refused as the project is to those who hold nothing there.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task RequireAsync(
        Actor actor, Permission permission, ProjectId project, string xmlFormId, CancellationToken cancellationToken)
    {
        // Most people hold their role in the project, and need no look at the form.
        if (await policy.HasAsync(actor, permission, Scope.Of(project), cancellationToken))
        {
            return;
        }

        await (await forms.FindIdAsync(project, xmlFormId, cancellationToken) is { } form
            ? policy.RequireAsync(actor, permission, project, form, cancellationToken)
            : policy.RequireAsync(actor, permission, Scope.Of(project), cancellationToken));
    }

    /// <summary>Tells whether the actor holds a permission at a form; at the project when there is no such form.</summary>
    public async Task<bool> HasAsync(
        Actor actor, Permission permission, ProjectId project, string xmlFormId, CancellationToken cancellationToken) =>
        await policy.HasAsync(actor, permission, Scope.Of(project), cancellationToken)
        || (await forms.FindIdAsync(project, xmlFormId, cancellationToken) is { } form
            && await policy.HasAsync(actor, permission, project, form, cancellationToken));

    /// <summary>Gives those of a project's forms at which the actor holds a permission.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>, <c>access.not_found</c>: at none of them.</exception>
    public async Task<IReadOnlyList<Form>> ListAsync(
        Actor actor, Permission permission, ProjectId project, CancellationToken cancellationToken)
    {
        var scopes = await policy.ScopesWithAsync(actor, permission, cancellationToken);
        var all = await forms.ListAsync(project, cancellationToken);
        if (scopes.Covers(project))
        {
            return all;
        }

        List<Form> some = [.. all.Where(form => scopes.Forms.Contains(form.Id.Value))];
        if (some.Count == 0)
        {
            await policy.RequireAsync(actor, permission, Scope.Of(project), cancellationToken);
        }

        return some;
    }
}
