using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.XForms.Conditions;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>
/// Keeps a condition on the submissions of a form, so that roles can be given for those it holds for. Until all were asked, such a role shows
/// nothing.
/// </summary>
internal sealed class CreateRowCondition(
    FormAccess access, FormQueries forms, FormConfidence confidence, FormConditions conditions, RowConditionStore store, ChangeLog changes, AuditLog audit, Db db)
{
    private const int LongestName = 100;

    // Each submission that comes is asked all of them.
    private const int MostOfForm = 50;

    // Two at once wait for each other, so that none slips in above the limit.
    private const string Lock = "select pg_advisory_xact_lock(hashtext('submissions.row_conditions'), @form::integer)";

    private const string Count = """
        select count(*) from submissions.row_conditions where form_id = @form and deleted_at is null
        """;

    /// <summary>Gives the condition as it is kept.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>, <c>row_condition.invalid</c>,
    /// <c>row_condition.name_invalid</c>, <c>row_condition.too_many</c>, <c>answers.confidential</c>.
    /// </exception>
    public async Task<RowConditionItem> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, string? name, JsonElement condition, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.ProjectAssign, project.Id, xmlFormId, cancellationToken);
        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        if (name?.Trim() is not { Length: > 0 and <= LongestName } trimmed || trimmed.Any(char.IsControl))
        {
            throw RowConditionProblems.NameInvalid(LongestName);
        }

        var bound = await BindAsync(form, condition, cancellationToken);
        await confidence.RequireOpenAsync(form.Id, FormConditions.AskedIn(ConditionReader.Read(condition)), cancellationToken);
        RowConditionItem item;
        await using (var tx = await db.BeginAsync(cancellationToken))
        {
            await tx.ExecuteAsync(Lock, new { form = form.Id }, cancellationToken);
            if (await tx.GetAsync<long>(Count, new { form = form.Id }, cancellationToken) >= MostOfForm)
            {
                throw RowConditionProblems.TooMany(MostOfForm);
            }

            item = await store.InsertAsync(tx, actor, project, form.Id, trimmed, bound, cancellationToken);
            var after = RowConditionStore.StateOf(item);
            await changes.AppendAsync(
                tx, actor, new Change("row_condition.create", project, "row_condition", $"{item.Id}", null, after), cancellationToken);
            await audit.AppendAsync(
                tx, actor, new AuditEvent("row_condition.create", project.Id, "form", form.XmlFormId, $"{item.Id}"), cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }

        conditions.Forget();
        return item;
    }

    private async Task<BoundCondition> BindAsync(Form form, JsonElement condition, CancellationToken cancellationToken)
    {
        var tables = await conditions.FindTablesAsync(form.Id, cancellationToken) ?? throw FormProblems.NotPublished(form.XmlFormId);
        try
        {
            return ConditionBinder.Bind(ConditionReader.Read(condition), tables);
        }
        catch (ConditionException problem)
        {
            throw RowConditionProblems.Invalid(problem);
        }
    }
}
