using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Files;
using Fieldkeep.Server.Submissions.Purging;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>
/// Answers an instance whose id was received before: the same content is accepted, with the files that were still
/// missing; other content is refused and nothing is touched.
/// </summary>
internal sealed class CompleteSubmission(Db db, BlobStore blobs, SealedContents contents, CompareSplit compare, ChangeLog changes, AuditLog audit)
{
    private const string SameId = """
        select s.id, v.version, v.form_version_id, v.content_mac, s.deleted_at, v.submitter_id, v.confidential, v.rewritten_at,
            v.encrypted_ordinal is not null as is_encrypted
        from submissions.versions v join submissions.submissions s on s.id = v.submission_id
        where v.form_id = @form and v.instance_id = @instance and s.is_draft = @draft
        """;

    private const string Find = SameId + " for update of s";

    // A file that comes late belongs to the edits made meanwhile, too: they show the newest version. Not to those that a phone
    // encrypted: each has a key of its own.
    private const string Fill = """
        update submissions.attachments
        set row_id = @row, name = @name, content_mac = @mac, blob = @blob, size = @size, received_at = @at
        where submission_id = @submission and name_mac = @nameMac and blob is null and confidential = @confidential
          and (version = @version or (version > @version and not exists (
            select from submissions.versions v
            where v.submission_id = @submission and v.version >= @version and v.encrypted_ordinal is not null)))
        """;

    private const string HasOther = """
        select exists (
            select from submissions.attachments
            where submission_id = @submission and version >= @version and name_mac = @nameMac and blob is null)
        """;

    private const string ContentOf = """
        select content_mac from submissions.attachments
        where submission_id = @submission and version = @version and name_mac = @nameMac
        """;

    /// <summary>Tells whether the same content was received under its id before.</summary>
    public async Task<bool> IsHereAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        var arguments = new { form = submission.Form, instance = submission.InstanceId, draft = submission.IsDraft };
        return await db.FindAsync<StoredRow>(SameId, arguments, cancellationToken) is { } stored
            && (stored.RewrittenAt is not null || await IsSameAsync(submission, stored, cancellationToken));
    }

    /// <summary>Tells whether it is answered as received whatever its project may take: the same content is here, or what was received under its id was purged.</summary>
    public async Task<bool> IsAnsweredAsync(NewSubmission submission, CancellationToken cancellationToken) =>
        await IsHereAsync(submission, cancellationToken)
        || (submission.DeprecatedId is null
            && await PurgedRows.HasAsync(db, submission.Form, submission.IsDraft, submission.InstanceId, cancellationToken));

    /// <summary>Compares, adds the files that were missing, and gives the rows of those it took.</summary>
    /// <exception cref="ProblemException"><c>submission.other_content</c>, <c>submission.other_file</c>, <c>submission.deleted</c> for scripts.</exception>
    public async Task<IReadOnlySet<Guid>> RunAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var arguments = new { form = submission.Form, instance = submission.InstanceId, draft = submission.IsDraft };
        var stored = await tx.FindAsync<StoredRow>(Find, arguments, cancellationToken);
        if (stored is null && await PurgedRows.HasAsync(tx, submission.Form, submission.IsDraft, submission.InstanceId, cancellationToken))
        {
            // It was received once: the phone is told so, and nothing of it comes back.
            return new HashSet<Guid>();
        }

        // Of what had answers taken out nothing is compared, and none comes back; a file that it still waits for does not get lost, if who sent it
        // brings it.
        if (stored is null || (stored.RewrittenAt is null && !await IsSameAsync(submission, stored, cancellationToken)))
        {
            throw SubmissionProblems.OtherContent(submission.InstanceId);
        }

        // Anybody may know the id: what others send with it is no file of this one. Whoever has a public link is any of many.
        if (stored.RewrittenAt is not null && !WhoAsks.IsSender(submission.Submitter, stored.SubmitterId))
        {
            return new HashSet<Guid>();
        }

        // A phone cannot do anything about it: it is told that all was received, and what it still had to send is kept with the rest.
        if (stored.DeletedAt is not null && submission.Submitter.Door != Door.OpenRosa)
        {
            throw SubmissionProblems.Deleted(submission.InstanceId);
        }

        var taken = new HashSet<Guid>();
        var spare = new List<StoredBlob>();
        foreach (var file in submission.Files)
        {
            if (await FillAsync(tx, submission, stored, file, spare, cancellationToken))
            {
                taken.Add(file.Received?.Row ?? file.Row);
            }
        }

        if (taken.Count == 0)
        {
            // Whoever sent it is told that it is here: as surely as they were to be told at the first time.
            await tx.FollowEarlierAsync(cancellationToken);
            await tx.CommitAsync(cancellationToken);
            return taken;
        }

        await CountFiles.RunAsync(tx, stored.Id, cancellationToken);
        await RecordAsync(tx, submission, taken, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        spare.ForEach(blobs.Discard);
        return taken;
    }

    private async Task<bool> FillAsync(
        Tx tx, NewSubmission submission, StoredRow stored, NamedFile file, List<StoredBlob> spare, CancellationToken cancellationToken)
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
        var filled = await tx.ExecuteAsync(Fill, arguments, cancellationToken);
        if (filled > 0)
        {
            await blobs.RecordAsync(tx, [received.Blob], cancellationToken);
        }

        // A version that is split otherwise keeps the file as its own place says, whatever was known when this came in.
        if ((stored.Confidential is not null || submission.Confidential is not null)
            && await tx.GetAsync<bool>(HasOther, key, cancellationToken))
        {
            var other = await contents.ResealFileAsync(
                submission.Project, received.Row, received.Blob.Id, !file.IsConfidential, cancellationToken);
            blobs.DiscardOnRollback(tx, other);
            var sealedAnew = await tx.ExecuteAsync(
                Fill,
                new
                {
                    key.submission,
                    key.version,
                    key.nameMac,
                    row = received.Row,
                    name = contents.SealName(submission.Project, received.Row, file.Name, !file.IsConfidential),
                    confidential = !file.IsConfidential,
                    mac = received.ContentMac,
                    blob = other.Id.Sha256.ToArray(),
                    size = received.Size,
                    at = submission.ReceivedAt,
                },
                cancellationToken);
            if (sealedAnew > 0)
            {
                await blobs.RecordAsync(tx, [other], cancellationToken);
            }

            // Of the two copies only the one that a row names stays: the other may tell everyone what is confidential.
            spare.AddRange(sealedAnew == 0 ? [other] : filled == 0 ? [received.Blob] : Array.Empty<StoredBlob>());
            filled += sealedAnew;
        }

        if (filled > 0)
        {
            return true;
        }

        // A file that was taken out has no place any more. By a secret that many hold, sending files would find out which is there.
        if (stored.RewrittenAt is not null || (file.IsConfidential && WhoAsks.IsShared(submission.Submitter)))
        {
            return false;
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

    private async Task<bool> IsSameAsync(NewSubmission submission, StoredRow stored, CancellationToken cancellationToken)
    {
        var isEqual = stored.ContentMac.AsSpan().SequenceEqual(submission.ContentMac);
        if (stored.Confidential is null && submission.Confidential is null)
        {
            return isEqual;
        }

        // Whoever may not read a confidential answer could find it by sending guesses: only its sender is told whether the same is here.
        if (!WhoAsks.IsSource(submission.Submitter, stored.SubmitterId))
        {
            return false;
        }

        var version = new StoredVersionRef(stored.Id, stored.Version, stored.FormVersionId, stored.Confidential);
        return isEqual || (WhoAsks.IsShared(submission.Submitter) && !stored.IsEncrypted
            && await compare.RunAsync(submission, version, cancellationToken));
    }

    private sealed record StoredRow(
        SubmissionId Id,
        int Version,
        FormVersionId FormVersionId,
        byte[] ContentMac,
        DateTimeOffset? DeletedAt,
        ActorId SubmitterId,
        int? Confidential,
        DateTimeOffset? RewrittenAt,
        bool IsEncrypted);
}
