using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Finds submissions in the trash that someone sees there.</summary>
internal sealed class TrashedRows(Db db)
{
    private const string One = """
        select s.id from submissions.submissions s
        where s.form_id = @form and s.is_draft = @draft and s.instance_id = @instance and s.deleted_at is not null
        """ + VisibleRows.Limit;

    /// <summary>Gets one by the id it was first sent with.</summary>
    /// <exception cref="ProblemException"><c>submission.not_in_trash</c>.</exception>
    public async Task<SubmissionId> GetAsync(SubmissionSet set, string instanceId, CancellationToken cancellationToken) =>
        await db.FindAsync<Guid?>(
            VisibleRows.In(One, set.Rows),
            VisibleRows.Arguments(new { form = set.Form, draft = set.IsDraft, instance = instanceId }, set.Rows),
            cancellationToken) is { } id
            ? new SubmissionId(id)
            : throw SubmissionReadProblems.NotInTrash(instanceId);
}
