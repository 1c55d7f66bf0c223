using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Limited;

/// <summary>Lists who holds a role for some submissions of a form only.</summary>
internal sealed class ListLimitedRoles(Policy policy, GrantRows grants, AccountQueries accounts)
{
    /// <summary>Gives the roles that hold now.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<LimitedRole>> RunAsync(
        Actor actor, ProjectRef project, FormId form, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectAssign, Scope.Of(project.Id), cancellationToken);
        var held = (await grants.ListAtAsync(Scope.Of(form), cancellationToken))
            .Where(row => row.Grant.IsOwn || row.Grant.Condition is not null).ToList();
        var names = await accounts.NamesAsync(held.Select(row => row.Actor?.Value ?? 0).Distinct(), cancellationToken);
        return
        [
            .. held.Select(row => new LimitedRole(
                row.Id,
                row.Grant.Subject,
                row.Actor is { } person ? names.GetValueOrDefault(person.Value) : null,
                row.Grant.Role,
                new RoleLimit(row.Grant.IsOwn, row.Grant.Condition, row.Grant.ExpiresAt),
                row.At)),
        ];
    }
}
