using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.History;

namespace Fieldkeep.Server.Submissions.Editing;

/// <summary>Writes what was done to a submission into all three books: its history, the ledger and the audit book.</summary>
internal sealed class SubmissionBooks(SubmissionEvents events, ChangeLog changes, AuditLog audit)
{
    /// <summary>Writes one act, in the caller's transaction.</summary>
    /// <param name="submission">Whose history it stands in.</param>
    /// <param name="happened">What the history calls it; one of <see cref="SubmissionEvents"/>.</param>
    /// <param name="body">What the history says about it.</param>
    /// <param name="change">Before and after, for the ledger; its action and subject stand in the audit book too.</param>
    /// <param name="detail">What the audit book says about it beyond that. Not an answer: it is kept in clear.</param>
    public async Task AppendAsync(
        Tx tx,
        Actor actor,
        ProjectRef project,
        SubmissionId submission,
        string happened,
        EventBody body,
        Change change,
        string? detail,
        CancellationToken cancellationToken)
    {
        var prepared = events.Prepare(project, actor, happened, body);
        await SubmissionEvents.AppendAsync(tx, submission, null, prepared, cancellationToken);
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent(change.Action, project.Id, change.SubjectKind, change.SubjectId, detail), cancellationToken);
    }
}
