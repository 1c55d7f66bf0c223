using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>Lists the conditions that roles at a form can be limited by, for those who give roles.</summary>
internal sealed class ListRowConditions(FormAccess access, FormQueries forms, RowConditionStore store)
{
    /// <summary>Gives them, oldest first.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>.</exception>
    public async Task<IReadOnlyList<RowConditionItem>> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.ProjectAssign, project.Id, xmlFormId, cancellationToken);
        return await store.ListAsync(project, (await forms.GetAsync(project.Id, xmlFormId, cancellationToken)).Id, cancellationToken);
    }
}
