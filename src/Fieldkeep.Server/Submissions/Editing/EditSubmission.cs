using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Files;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Proofs;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Submissions.Editing;

/// <summary>
/// Stores an instance that names a <c>deprecatedID</c> as the next version of that submission; the version before
/// stays. Files the edit still names are taken over.
/// </summary>
internal sealed class EditSubmission(
    Db db,
    FindRowLimits limits,
    InsertSubmissions insert,
    SealedContents contents,
    MatchConditions conditions,
    BlobStore blobs,
    CompleteSubmission complete,
    StageGate gate,
    ConfidentialSight sight,
    ConfidentialContents confidential,
    SubmissionEvents events,
    IEnumerable<AfterEdit> others,
    ChangeLog changes,
    AuditLog audit)
{
    // What Advance sets.
    private const string Edited = "edited";

    // Locked first and read after: whoever waited here must see what the one before has written.
    private const string Lock = """
        select s.id from submissions.submissions s
        where s.form_id = @form and s.is_draft = @draft and s.deleted_at is null and s.id = (
            select v.submission_id from submissions.versions v join submissions.submissions o on o.id = v.submission_id
            where v.form_id = @form and v.instance_id = @deprecated and o.is_draft = @draft limit 1)
        for update of s
        """;

    private const string LockNamed = """
        select s.id from submissions.submissions s
        where s.form_id = @form and s.is_draft = @draft and s.instance_id = @editOf and s.deleted_at is null
        for update of s
        """;

    private const string Current = """
        select s.id, s.current_version, s.submitter_id, s.created_at, v.instance_id, s.deployment_id,
            v.form_version_id, v.confidential, v.encrypted_ordinal is not null as is_encrypted,
            exists (select from submissions.versions r where r.submission_id = s.id and r.rewritten_at is not null) as is_rewritten
        from submissions.submissions s
        join submissions.versions v on v.submission_id = s.id and v.version = s.current_version
        where s.id = @id
        """;

    private const string IsReached = """
        select exists (select from submissions.submissions s where s.id = @id
        """ + VisibleRows.Limit + ")";

    private const string IsTaken = """
        select exists (
            select from submissions.versions v join submissions.submissions s on s.id = v.submission_id
            where v.form_id = @form and v.instance_id = @instance and s.is_draft = @draft)
        """;

    // Of what a phone encrypted each version has a key of its own: another version's files are no use to it.
    private const string TakeOver = """
        update submissions.attachments mine
        set row_id = earlier.row_id, name = earlier.name, content_mac = earlier.content_mac, blob = earlier.blob,
            size = earlier.size, received_at = earlier.received_at, confidential = earlier.confidential
        from submissions.attachments earlier
        where mine.submission_id = @submission and mine.version = @version and mine.blob is null
          and earlier.submission_id = @submission and earlier.version = @version - 1
          and earlier.name_mac = mine.name_mac and earlier.blob is not null and (earlier.confidential or not mine.confidential)
          and exists (
            select from submissions.versions v
            where v.submission_id = @submission and v.version = @version and v.encrypted_ordinal is null)
        """;

    private const string Advance = """
        update submissions.submissions s
        set current_version = @version, review_state = 'edited', updated_at = @at where s.id = @submission
        """;

    /// <summary>Stores the edit, unless the same edit was here already.</summary>
    /// <exception cref="ProblemException">
    /// <c>submission.not_found</c>, <c>submission.outdated</c>, <c>submission.other_content</c>,
    /// <c>submission.instance_id_taken</c>, <c>submission.confidential</c>, <c>submission.try_again</c>, <c>submission.out_of_reach</c>, <c>access.denied</c>.
    /// </exception>
    public async Task<EditedSubmission> RunAsync(NewSubmission edit, CancellationToken cancellationToken)
    {
        var reach = await limits.OfAsync(edit.Submitter, Permission.SubmissionUpdate, edit.Project.Id, edit.Form, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var keys = new
        {
            form = edit.Form,
            draft = edit.IsDraft,
            editOf = edit.EditOf,
            deprecated = edit.DeprecatedId,
            instance = edit.InstanceId,
        };
        var deployments = await gate.HoldAsync(tx, edit.Project, edit.Form, cancellationToken);
        var id = await tx.FindAsync<Guid?>(edit.EditOf is null ? Lock : LockNamed, keys, cancellationToken)
            ?? throw SubmissionProblems.NotFound(edit.EditOf ?? edit.DeprecatedId ?? "");
        var row = await tx.GetAsync<CurrentRow>(Current, new { id }, cancellationToken);

        // A phone may mend what it sent itself; anyone else needs the right to edit. First of all: whoever does not see a
        // submission must not learn from the answer which versions it has.
        var isOwn = WhoAsks.IsSender(edit.Submitter, row.SubmitterId);
        if (!isOwn)
        {
            await RequireReachedAsync(tx, edit, row, reach, cancellationToken);
        }

        // In a deployment its state machine says who may, whichever door it came through.
        var gated = edit.IsDraft ? null : await gate.FindAsync(tx, deployments, edit.Submitter, row.Id, cancellationToken);
        if (await tx.GetAsync<bool>(IsTaken, keys, cancellationToken))
        {
            await tx.DisposeAsync();
            return new EditedSubmission(null, await CompareAsync(edit, cancellationToken));
        }

        if (edit.Confidential is { IsBeyondRight: true })
        {
            throw SubmissionProblems.Confidential();
        }

        if (row.InstanceId != edit.DeprecatedId)
        {
            throw SubmissionProblems.Outdated(edit.DeprecatedId ?? "");
        }

        await RequireSplitAsync(edit, row, isOwn, cancellationToken);

        var move = gated is null ? null : await gate.EditAsync(edit.Submitter, gated, cancellationToken);
        var review = move is null ? Edited : StandingRows.ReviewOf(move.After);
        var matches = await conditions.OfEditAsync(edit, new RowOrigin(row.SubmitterId, row.CreatedAt, review, row.DeploymentId), cancellationToken);
        if (!isOwn)
        {
            reach.RequireHeld(row.SubmitterId, row.DeploymentId, matches);
        }

        var version = row.CurrentVersion + 1;
        var next = await RebindAsync(tx, edit, row.Id, version, cancellationToken);
        try
        {
            await insert.InsertVersionsAsync(tx, [next], version, cancellationToken);
        }
        catch (Exception problem) when (InsertSubmissions.IsTakenMeanwhile(problem))
        {
            await tx.DisposeAsync();
            return new EditedSubmission(null, await CompareAsync(edit, cancellationToken));
        }
        catch (Exception problem) when (RefuseErased.IsWhy(problem))
        {
            throw AccessProblems.Unseen();
        }

        var at = new { submission = row.Id, version, at = edit.ReceivedAt };
        await tx.ExecuteAsync(TakeOver, at, cancellationToken);
        await tx.ExecuteAsync(Advance, at, cancellationToken);
        await CountFiles.RunAsync(tx, row.Id, cancellationToken);
        if (gated is not null && move is not null)
        {
            await gate.WriteAsync(tx, edit.Submitter, gated, move, cancellationToken);
        }

        await RowMatches.ReplaceAsync(tx, row.Id, matches, cancellationToken);
        if (edit.Confidential is { Changed: { Count: > 0 } changed })
        {
            var told = events.Prepare(edit.Project, edit.Submitter, SubmissionEvents.ConfidentialChanged, new EventBody(null, string.Join('\n', changed)));
            await SubmissionEvents.AppendAsync(tx, row.Id, version, told, cancellationToken);
        }

        var leaf = await RecordAsync(tx, edit, row, version, cancellationToken);
        var woken = row.IsRewritten && !edit.IsDraft ? await NoteAgainAsync(tx, edit, row, version, cancellationToken) : [];
        await tx.CommitAsync(cancellationToken);
        foreach (var other in woken)
        {
            other.Wake();
        }

        return new EditedSubmission(leaf, edit.Files.Select(file => file.Received?.Row ?? file.Row).ToHashSet());
    }

    // Between the splitting and here another may have changed what is edited; and an instance that was not split, by a version of the form
    // without these questions or because a phone encrypted it, would take the place of confidential answers.
    private async Task RequireSplitAsync(NewSubmission edit, CurrentRow row, bool isOwn, CancellationToken cancellationToken)
    {
        if (row.IsEncrypted)
        {
            return;
        }

        if (edit.Confidential is { } part)
        {
            if (part.Edited is not { } edited || edited.Submission != row.Id
                || (edited.IsCurrent && edited.Number != row.Confidential) || (edited.Number is { } number && number != part.Number))
            {
                throw SubmissionProblems.TryAgain();
            }
        }
        else if ((row.Confidential is not null || edit.EncryptedOrdinal is not null || edit.FormVersion != row.FormVersionId)
            && !isOwn
            && !(await confidential.PlanOfAsync(row.FormVersionId, cancellationToken)).IsEmpty
            && !await sight.MayWriteAsync(edit.Submitter, edit.Project.Id, edit.Form, cancellationToken))
        {
            throw SubmissionProblems.Confidential();
        }
    }

    // Who sees none of it learns nothing of it.
    private static async Task RequireReachedAsync(
        Tx tx, NewSubmission edit, CurrentRow row, RowLimits reach, CancellationToken cancellationToken)
    {
        if (await IsReachedAsync(tx, row.Id, reach, cancellationToken))
        {
            return;
        }

        throw await IsReachedAsync(tx, row.Id, reach with { Acted = RowRules.All }, cancellationToken)
            ? AccessProblems.Denied()
            : SubmissionProblems.NotFound(edit.EditOf ?? edit.DeprecatedId ?? "");
    }

    private static Task<bool> IsReachedAsync(Tx tx, SubmissionId id, RowLimits reach, CancellationToken cancellationToken) =>
        tx.GetAsync<bool>(VisibleRows.In(IsReached, reach), VisibleRows.Arguments(new { id }, reach), cancellationToken);

    private async Task<IReadOnlySet<Guid>> CompareAsync(NewSubmission edit, CancellationToken cancellationToken)
    {
        try
        {
            return await complete.RunAsync(edit, cancellationToken);
        }
        catch (ProblemException problem) when (
            edit.EditOf is not null && problem.Code == SubmissionProblems.OtherContentCode)
        {
            throw SubmissionProblems.InstanceIdTaken(edit.InstanceId);
        }
    }

    // The edit was sealed as version 1 of a submission of its own before we knew what it edits: seal it to its place.
    private async Task<NewSubmission> RebindAsync(
        Tx tx, NewSubmission edit, SubmissionId id, int version, CancellationToken cancellationToken)
    {
        var project = edit.Project;
        var meta = edit.Meta is null
            ? null
            : contents.SealMeta(project, id, version, contents.OpenMeta(project, edit.Id, 1, edit.Meta));
        var values = edit.Confidential is null
            ? null
            : edit.Confidential with
            {
                Sealed = contents.SealValues(project, id, version, contents.OpenValues(project, edit.Id, 1, edit.Confidential.Sealed)),
            };
        if (edit.XmlBlob is not { } blob)
        {
            var xml = contents.OpenXml(project, edit.Id, 1, edit.Xml);
            return edit with { Id = id, Xml = contents.SealXml(project, id, version, xml), Meta = meta, Confidential = values };
        }

        await using var stage = blobs.Begin();
        await using (var from = await contents.OpenXmlBlobAsync(project, edit.Id, 1, blob.Id, cancellationToken))
        await using (var into = contents.BeginXml(project, id, version, stage))
        {
            await from.CopyToAsync(into, cancellationToken);
            await into.CompleteAsync(cancellationToken);
        }

        var bound = await stage.FinishAsync(cancellationToken);
        blobs.DiscardOnRollback(tx, bound);
        return edit with { Id = id, XmlBlob = bound, Meta = meta, Confidential = values };
    }

    // Answers were taken out of it: an edit that was begun before has them still, and they must go once more.
    private async Task<IReadOnlyList<AfterEdit>> NoteAgainAsync(Tx tx, NewSubmission edit, CurrentRow row, int version, CancellationToken cancellationToken)
    {
        var edited = new EditOfRewritten(edit.Project.Id, edit.Form, row.Id, row.CreatedAt, version, edit.ReceivedAt);
        var noted = new List<AfterEdit>();
        foreach (var other in others)
        {
            if (await other.NoteAsync(tx, edited, cancellationToken))
            {
                noted.Add(other);
            }
        }

        return noted;
    }

    private async Task<byte[]> RecordAsync(
        Tx tx, NewSubmission edit, CurrentRow row, int version, CancellationToken cancellationToken)
    {
        var before = new { version = row.CurrentVersion, instanceId = row.InstanceId };
        var after = VersionEntry.Of(edit.Form.Value, version, edit.InstanceId, edit.ContentMac, edit.Confidential, isDraft: edit.IsDraft);
        var change = new Change("submission.edit", edit.Project, "submission", edit.InstanceId, before, after);
        var prepared = changes.Prepare(edit.Submitter, change);
        await ChangeLog.AppendManyAsync(tx, [prepared], cancellationToken);
        await audit.AppendAsync(
            tx,
            edit.Submitter,
            new AuditEvent("submission.edit", edit.Project.Id, "submission", edit.InstanceId, null),
            cancellationToken);
        return prepared.Leaf;
    }

    private sealed record CurrentRow(
        SubmissionId Id,
        int CurrentVersion,
        ActorId SubmitterId,
        DateTimeOffset CreatedAt,
        string InstanceId,
        long? DeploymentId,
        FormVersionId FormVersionId,
        int? Confidential,
        bool IsEncrypted,
        bool IsRewritten);
}

/// <summary>How an edit ended.</summary>
/// <param name="Leaf">The leaf of its entry in the ledger; null when the same edit was here already.</param>
/// <param name="Taken">The rows of the files it took.</param>
internal sealed record EditedSubmission(byte[]? Leaf, IReadOnlySet<Guid> Taken);
