using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Confidential;

/// <summary>Finds who is written to about a form's confidential answers.</summary>
internal sealed class FormAdministrators(Reach reach)
{
    /// <summary>Lists the people who administer a form, each once; with those who may read or replace its confidential answers, if wanted.</summary>
    public async Task<IReadOnlyList<ActorId>> ListAsync(ProjectId project, FormId form, bool withHolders, CancellationToken cancellationToken)
    {
        var ways = await reach.ListAsync(Scope.Of(form), null, null, cancellationToken);
        return
        [
            .. ways.Where(way => way.Actor.Value > 0 && IsOf(way.Grant.Scope, project, form) && way.Allowed().Any(permission =>
                    permission == Permission.FormWrite
                    || (withHolders && RolePermissions.IsConfidential(permission) && way.Grant.Scope.Kind != ScopeKind.Unit)))
                .Select(way => way.Actor).Distinct().OrderBy(actor => actor.Value),
        ];
    }

    // Not the other forms of the project, and not what is below the form.
    private static bool IsOf(Scope scope, ProjectId project, FormId form) =>
        scope.Kind == ScopeKind.Unit || scope == Scope.Of(project) || scope == Scope.Of(form);
}
