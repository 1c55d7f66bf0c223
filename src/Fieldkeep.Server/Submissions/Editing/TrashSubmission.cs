using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Submissions.Editing;

/// <summary>Moves a submission to the trash: no list, count or export has it any more. Nothing is erased.</summary>
internal sealed class TrashSubmission(
    FindSubmissions find, SubmissionQueries submissions, StageGate gate, Db db, SubmissionBooks books, TimeProvider clock)
{
    private const string Trash = """
        update submissions.submissions s set deleted_at = @now
        where form_id = @form and is_draft = @draft and instance_id = @instance and deleted_at is null
        """ + VisibleRows.Limit + """
        returning id, current_version
        """;

    /// <summary>Moves it there.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>.
    /// </exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, SubmissionPlace place, string? notes, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionDelete, project, place.XmlFormId, place.IsDraft, cancellationToken);
        var now = clock.GetUtcNow();
        var seen = await submissions.GetAsync(set, place.InstanceId, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await gate.RequireTrashAsync(tx, actor, set, seen.Id, cancellationToken);
        var keys = new { form = set.Form, draft = set.IsDraft, instance = place.InstanceId, now };
        var row = await tx.FindAsync<TrashedRow>(VisibleRows.In(Trash, set.Rows), VisibleRows.Arguments(keys, set.Rows), cancellationToken)
            ?? throw SubmissionProblems.NotFound(place.InstanceId);
        var change = new Change(
            "submission.trash",
            project,
            "submission",
            place.InstanceId,
            new { deletedAt = (DateTimeOffset?)null, version = row.CurrentVersion },
            new { deletedAt = now, version = row.CurrentVersion, form = set.Form.Value, draft = set.IsDraft });
        var act = new SubmissionAct(row.Id, SubmissionEvents.Trashed, new EventBody(notes, null), change, Detail: null);
        await books.AppendAsync(tx, actor, project, act, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private sealed record TrashedRow(SubmissionId Id, int CurrentVersion);
}
