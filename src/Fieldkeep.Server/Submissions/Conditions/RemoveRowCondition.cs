using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>Removes a condition that no role is limited by any more.</summary>
internal sealed class RemoveRowCondition(
    FormAccess access, FormQueries forms, FormConditions conditions, RowConditionStore store, GrantRows grants, ChangeLog changes, AuditLog audit, Db db)
{
    /// <summary>Removes it, with what was found.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>row_condition.not_found</c>, <c>row_condition.in_use</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, ProjectRef project, string xmlFormId, long id, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.ProjectAssign, project.Id, xmlFormId, cancellationToken);
        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        var before = (await store.ListAsync(project, form.Id, cancellationToken)).FirstOrDefault(item => item.Id == id)
            ?? throw RowConditionProblems.NotFound(id);
        await using (var tx = await db.BeginAsync(cancellationToken))
        {
            if (await grants.CountWithAsync(tx, id, cancellationToken) is > 0 and var held)
            {
                throw RowConditionProblems.InUse(held);
            }

            if (!await store.RemoveAsync(tx, form.Id, id, cancellationToken))
            {
                throw RowConditionProblems.NotFound(id);
            }

            await changes.AppendAsync(
                tx, actor, new Change("row_condition.remove", project, "row_condition", $"{id}", RowConditionStore.StateOf(before), null), cancellationToken);
            await audit.AppendAsync(
                tx, actor, new AuditEvent("row_condition.remove", project.Id, "form", form.XmlFormId, $"{id}"), cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }

        conditions.Forget();
    }
}
