using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Purging;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>
/// Answers an instance whose id was received before: the same content is accepted, with the files that were still
/// missing; other content is refused and nothing is touched.
/// </summary>
internal sealed class CompleteSubmission(Db db, BlobStore blobs, SealedContents contents, ChangeLog changes, AuditLog audit)
{
    private const string Find = """
        select s.id, v.version, v.content_mac, s.deleted_at, v.submitter_id, v.confidential, v.rewritten_at
        from submissions.versions v join submissions.submissions s on s.id = v.submission_id
        where v.form_id = @form and v.instance_id = @instance and s.is_draft = @draft
        for update of s
        """;

    private const string SameId = """
        select s.id, v.version, v.content_mac, s.deleted_at, v.submitter_id, v.confidential, v.rewritten_at
        from submissions.versions v join submissions.submissions s on s.id = v.submission_id
        where v.form_id = @form and v.instance_id = @instance and s.is_draft = @draft
        """;

    // A file that comes late belongs to the edits made meanwhile, too: they show the newest version. Not to those that a phone
    // encrypted: each has a key of its own.
    private const string Fill = """
        update submissions.attachments
        set row_id = @row, name = @name, content_mac = @mac, blob = @blob, size = @size, received_at = @at, confidential = @confidential
        where submission_id = @submission and name_mac = @nameMac and blob is null
          and (version = @version or (version > @version and not exists (
            select from submissions.versions v
            where v.submission_id = @submission and v.version >= @version and v.encrypted_ordinal is not null)))
        """;

    private const string ContentOf = """
        select content_mac from submissions.attachments
        where submission_id = @submission and version = @version and name_mac = @nameMac
        """;

    private const string Count = """
        update submissions.submissions s
        set attachments_present = (select count(*) from submissions.attachments a
            where a.submission_id = s.id and a.version = s.current_version and a.blob is not null)
        where s.id = @submission
        """;

    /// <summary>Tells whether the same content was received under its id before.</summary>
    public async Task<bool> IsHereAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        var arguments = new { form = submission.Form, instance = submission.InstanceId, draft = submission.IsDraft };
        return await db.FindAsync<StoredRow>(SameId, arguments, cancellationToken) is { } stored
            && (stored.RewrittenAt is not null || (MayCompare(submission, stored) && stored.ContentMac.AsSpan().SequenceEqual(submission.ContentMac)));
    }

    /// <summary>Compares, adds the files that were missing, and gives the rows of those it took.</summary>
    /// <exception cref="ProblemException"><c>submission.other_content</c>, <c>submission.other_file</c>, <c>submission.deleted</c> for scripts.</exception>
    public async Task<IReadOnlySet<Guid>> RunAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var arguments = new { form = submission.Form, instance = submission.InstanceId, draft = submission.IsDraft };
        var stored = await tx.FindAsync<StoredRow>(Find, arguments, cancellationToken);
        if (await IsErasedAsync(tx, submission, stored, cancellationToken))
        {
            return new HashSet<Guid>();
        }

        if (stored is null || !MayCompare(submission, stored) || !stored.ContentMac.AsSpan().SequenceEqual(submission.ContentMac))
        {
            throw SubmissionProblems.OtherContent(submission.InstanceId);
        }

        // A phone cannot do anything about it: it is told that all was received, and what it still had to send is kept with the rest.
        if (stored.DeletedAt is not null && submission.Submitter.Door != Door.OpenRosa)
        {
            throw SubmissionProblems.Deleted(submission.InstanceId);
        }

        var taken = new HashSet<Guid>();
        foreach (var file in submission.Files)
        {
            if (await FillAsync(tx, submission, stored, file, cancellationToken))
            {
                taken.Add(file.Received?.Row ?? file.Row);
            }
        }

        if (taken.Count == 0)
        {
            return taken;
        }

        await tx.ExecuteAsync(Count, new { submission = stored.Id }, cancellationToken);
        await RecordAsync(tx, submission, taken, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return taken;
    }

    // What was purged, or had answers taken out, was received once: the phone is told so, and nothing of it comes back.
    private static async Task<bool> IsErasedAsync(Tx tx, NewSubmission submission, StoredRow? stored, CancellationToken cancellationToken) =>
        stored is { RewrittenAt: not null }
        || (stored is null && await PurgedRows.HasAsync(tx, submission.Form, submission.IsDraft, submission.InstanceId, cancellationToken));

    private async Task<bool> FillAsync(
        Tx tx, NewSubmission submission, StoredRow stored, NamedFile file, CancellationToken cancellationToken)
    {
        if (file.Received is not { } received)
        {
            return false;
        }

        var key = new { submission = stored.Id, version = stored.Version, nameMac = file.NameMac };
        var arguments = new
        {
            key.submission,
            key.version,
            key.nameMac,
            row = received.Row,
            name = contents.SealName(submission.Project, received.Row, file.Name, file.IsConfidential),
            confidential = file.IsConfidential,
            mac = received.ContentMac,
            blob = received.Blob.Id.Sha256.ToArray(),
            size = received.Size,
            at = submission.ReceivedAt,
        };
        if (await tx.ExecuteAsync(Fill, arguments, cancellationToken) > 0)
        {
            await blobs.RecordAsync(tx, [received.Blob], cancellationToken);
            return true;
        }

        var content = await tx.FindAsync<byte[]>(ContentOf, key, cancellationToken);
        return content.AsSpan().SequenceEqual(received.ContentMac)
            ? false
            : throw SubmissionProblems.OtherFile(file.Name);
    }

    private async Task RecordAsync(
        Tx tx, NewSubmission submission, HashSet<Guid> taken, CancellationToken cancellationToken)
    {
        var files = submission.Files
            .Where(file => file.Received is { } received && taken.Contains(received.Row))
            .Select(file => new { name = SubmissionFile.ShownName(file.Name, file.IsConfidential), size = file.Received?.Size });
        var change = new Change(
            "submission.add_files", submission.Project, "submission", submission.InstanceId, null, new { files });
        await changes.AppendAsync(tx, submission.Submitter, change, cancellationToken);
        await audit.AppendAsync(
            tx,
            submission.Submitter,
            new AuditEvent(
                "submission.add_files", submission.Project.Id, "submission", submission.InstanceId, $"{taken.Count}"),
            cancellationToken);
    }

    // Whoever may not read a confidential answer could find it by sending guesses: only its sender is told that the same is here.
    private static bool MayCompare(NewSubmission submission, StoredRow stored) =>
        stored.Confidential is null || submission.Submitter.Id == stored.SubmitterId;

    private sealed record StoredRow(
        SubmissionId Id, int Version, byte[] ContentMac, DateTimeOffset? DeletedAt, ActorId SubmitterId, int? Confidential, DateTimeOffset? RewrittenAt);
}
