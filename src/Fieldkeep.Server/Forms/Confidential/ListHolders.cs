using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms.Confidential;

/// <summary>One way in which somebody may read or replace confidential answers of a form.</summary>
/// <param name="Unit">The unit they hold it through; null when it is their own.</param>
/// <param name="Role">The role's name; of an organisation's own role the one it was given.</param>
/// <param name="IsOfProject">Whether it holds for all forms of the project.</param>
/// <param name="ExpiresAt">When it ends by itself; null when never.</param>
internal sealed record ConfidentialHolder(
    ActorId Actor, UnitId? Unit, string Role, bool IsOwnRole, bool MayRead, bool MayUpdate, bool IsOfProject, DateTimeOffset? ExpiresAt, ActorId GivenBy, DateTimeOffset GivenAt);

/// <summary>Tells those who administer a form who may read and who may replace its confidential answers.</summary>
internal sealed class ListHolders(FormAccess access, FormQueries forms, Reach reach)
{
    /// <summary>Lists every way, of one person perhaps several.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>.</exception>
    public async Task<IReadOnlyList<ConfidentialHolder>> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.FormWrite, project.Id, xmlFormId, cancellationToken);
        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        var ways = await reach.ListAsync(Scope.Of(form.Id), null, null, cancellationToken);

        // It counts only where a project or a form is named.
        return
        [
            .. from way in ways
               let place = way.Grant.Scope
               where place == Scope.Of(project.Id) || place == Scope.Of(form.Id)
               let allowed = way.Allowed().Where(RolePermissions.IsConfidential).ToHashSet()
               where allowed.Count > 0
               orderby way.Actor.Value, way.GrantId
               select new ConfidentialHolder(
                   way.Actor,
                   way.MemberOf,
                   way.RoleName ?? way.Grant.Role,
                   way.RoleName is not null,
                   allowed.Contains(Permission.ConfidentialRead),
                   allowed.Contains(Permission.ConfidentialUpdate),
                   place.Kind == ScopeKind.Project,
                   way.Grant.ExpiresAt,
                   way.GrantedBy,
                   way.GrantedAt),
        ];
    }
}
