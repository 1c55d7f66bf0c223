using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>Writes a group of new submissions with a handful of statements, ledger and audit included.</summary>
internal sealed class InsertSubmissions(BlobStore blobs, AuditLog audit, IEnumerable<AfterArrival> others)
{
    // An id is taken when any version has it. Two that come at once meet at the index versions_instance; what is older than
    // that is seen here. "offset 0" keeps it one look into the index for each, whatever the planner believes of the table.
    private const string Insert = """
        insert into submissions.submissions
            (id, form_id, project_id, instance_id, is_draft, submitter_id, attachments_expected, attachments_present, created_at)
        select * from unnest(
            @id::uuid[], @form::bigint[], @project::bigint[], @instance::text[], @draft::boolean[], @submitter::bigint[],
            @expected::integer[], @present::integer[], @at::timestamptz[])
            as input (id, form, project, instance, draft, submitter, expected, present, at)
        where not exists (
            select from submissions.versions v
            where v.form_id = input.form and v.instance_id = input.instance
              and input.draft = coalesce(
                v.is_draft, (select s.is_draft from submissions.submissions s where s.id = v.submission_id))
            offset 0)
          and not exists (
            select from submissions.purged p
            where p.form_id = input.form and p.is_draft = input.draft and p.instance_id = input.instance
            offset 0)
        on conflict (form_id, is_draft, instance_id) do nothing
        returning id
        """;

    private const string InsertVersions = """
        insert into submissions.versions
            (submission_id, version, form_id, form_version_id, instance_id, content_mac, xml, xml_blob, meta, size,
             submitter_id, created_at, encrypted_ordinal, is_draft, confidential)
        select id, @version, form, form_version, instance, mac, xml, xml_blob, meta, size, submitter, at, encrypted, draft, confidential
        from unnest(
            @id::uuid[], @form::bigint[], @formVersion::bigint[], @instance::text[], @mac::bytea[], @xml::bytea[],
            @xmlBlob::bytea[], @meta::bytea[], @size::integer[], @submitter::bigint[], @at::timestamptz[], @encrypted::integer[],
            @draft::boolean[], @confidential::integer[])
            as input (id, form, form_version, instance, mac, xml, xml_blob, meta, size, submitter, at, encrypted, draft, confidential)
        """;

    private const string InsertConfidential = """
        insert into submissions.confidential (submission_id, version, sealed, masked_mac, values_mac)
        select id, @version, sealed, masked, taken
        from unnest(@id::uuid[], @sealed::bytea[], @masked::bytea[], @taken::bytea[]) as input (id, sealed, masked, taken)
        """;

    private const string InsertFiles = """
        insert into submissions.attachments
            (submission_id, version, ordinal, row_id, name_mac, name, content_mac, blob, size, received_at, confidential)
        select submission, @version, ordinal, row_id, name_mac, name, content_mac, blob, size, case when blob is not null then at end, confidential
        from unnest(
            @submission::uuid[], @ordinal::integer[], @row::uuid[], @nameMac::bytea[], @name::bytea[],
            @contentMac::bytea[], @blob::bytea[], @size::bigint[], @at::timestamptz[], @confidential::boolean[])
            as input (submission, ordinal, row_id, name_mac, name, content_mac, blob, size, at, confidential)
        """;

    /// <summary>Tells whether an edit took the instance id while this one was written: it is found when asked again.</summary>
    public static bool IsTakenMeanwhile(Exception problem) => DatabaseFailure.IsTaken(problem, "versions_instance");

    /// <summary>Inserts those whose instance id is free and gives their ids; the others are left to the caller.</summary>
    /// <param name="waits">Whether it waits for a deployment that somebody changes: <see cref="EnterDeployment"/>.</param>
    public async Task<IReadOnlySet<SubmissionId>> RunAsync(
        Tx tx, IReadOnlyList<NewSubmission> submissions, bool waits, CancellationToken cancellationToken)
    {
        await EnterDeployment.HoldAsync(tx, submissions, waits, cancellationToken);
        var ids = await tx.ListAsync<SubmissionId>(Insert, RowsOf(submissions), cancellationToken);
        var stored = ids.ToHashSet();
        var fresh = stored.Count == submissions.Count
            ? submissions
            : [.. submissions.Where(submission => stored.Contains(submission.Id))];
        if (fresh.Count == 0)
        {
            return stored;
        }

        await tx.TogetherAsync(() => InsertRestAsync(tx, fresh, cancellationToken), cancellationToken);
        await EnterDeployment.RunAsync(tx, fresh, cancellationToken);
        foreach (var other in others)
        {
            if (await other.NoteAsync(tx, fresh, cancellationToken))
            {
                tx.OnCommit(other.Wake);
            }
        }

        return stored;
    }

    private async Task InsertRestAsync(Tx tx, IReadOnlyList<NewSubmission> fresh, CancellationToken cancellationToken)
    {
        await Arrivals.ShareAsync(tx, fresh.Select(submission => submission.Project.Id), cancellationToken);
        await InsertVersionsAsync(tx, fresh, 1, cancellationToken);
        await RowMatches.WriteAsync(tx, fresh.Select(submission => (submission.Id, submission.Matches)), cancellationToken);
        await ChangeLog.AppendManyAsync(tx, [.. fresh.Select(submission => submission.Change)], cancellationToken);
        await audit.AppendManyAsync(
            tx,
            [
                .. fresh.Select(submission => (submission.Submitter, new AuditEvent(
                    "submission.create", submission.Project.Id, "submission", submission.InstanceId, null))),
            ],
            cancellationToken);
    }

    /// <summary>Writes versions with their files; new submissions as version 1, edits one by one with their own number.</summary>
    public async Task InsertVersionsAsync(
        Tx tx, IReadOnlyList<NewSubmission> submissions, int version, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(InsertVersions, VersionsOf(submissions, version), cancellationToken);
        if (submissions.Any(submission => submission.Confidential is not null))
        {
            await tx.ExecuteAsync(InsertConfidential, ConfidentialOf(submissions, version), cancellationToken);
        }

        if (submissions.Any(submission => submission.Files.Count > 0))
        {
            await tx.ExecuteAsync(InsertFiles, FilesOf(submissions, version), cancellationToken);
        }

        await RefuseErased.RunAsync(tx, submissions.Select(submission => submission.Project.Id), cancellationToken);
        await blobs.RecordAsync(tx, [.. submissions.SelectMany(BlobsOf)], cancellationToken);
        foreach (var submission in submissions)
        {
            if (submission.Event is { } remark)
            {
                await SubmissionEvents.AppendAsync(tx, submission.Id, version, remark, cancellationToken);
            }
        }
    }

    private static IEnumerable<StoredBlob> BlobsOf(NewSubmission submission)
    {
        if (submission.XmlBlob is { } xml)
        {
            yield return xml;
        }

        foreach (var file in submission.Files)
        {
            if (file.Received is { } received)
            {
                yield return received.Blob;
            }
        }
    }

    private static object RowsOf(IReadOnlyList<NewSubmission> all) => new
    {
        id = Column(all, submission => submission.Id.Value),
        form = Column(all, submission => submission.Form.Value),
        project = Column(all, submission => submission.Project.Id.Value),
        instance = Column(all, submission => submission.InstanceId),
        draft = Column(all, submission => submission.IsDraft),
        submitter = Column(all, submission => submission.Submitter.Id.Value),

        // How many files confidential questions name would tell whether they were answered.
        expected = Column(all, submission => submission.Files.Count(file => !file.IsConfidential)),
        present = Column(all, submission => submission.Files.Count(file => file is { Received: not null, IsConfidential: false })),
        at = Column(all, submission => submission.ReceivedAt.UtcDateTime),
    };

    private static object VersionsOf(IReadOnlyList<NewSubmission> all, int version) => new
    {
        version,
        id = Column(all, submission => submission.Id.Value),
        form = Column(all, submission => submission.Form.Value),
        formVersion = Column(all, submission => submission.FormVersion.Value),
        instance = Column(all, submission => submission.InstanceId),
        mac = Column(all, submission => submission.ContentMac),
        xml = Column(all, submission => submission.Xml),
        xmlBlob = Column(all, submission => submission.XmlBlob?.Id.Sha256.ToArray()),
        meta = Column(all, submission => submission.Meta),
        size = Column(all, submission => submission.Size),
        submitter = Column(all, submission => submission.Submitter.Id.Value),
        at = Column(all, submission => submission.ReceivedAt.UtcDateTime),
        encrypted = Column(all, submission => submission.EncryptedOrdinal),
        draft = Column(all, submission => submission.IsDraft),
        confidential = Column(all, submission => submission.Confidential?.Number),
    };

    private static object ConfidentialOf(IReadOnlyList<NewSubmission> all, int version)
    {
        var split = all.Where(submission => submission.Confidential is not null).ToList();
        return new
        {
            version,
            id = Column(split, submission => submission.Id.Value),
            @sealed = Column(split, submission => submission.Confidential?.Sealed),
            masked = Column(split, submission => submission.Confidential?.MaskedMac),
            taken = Column(split, submission => submission.Confidential?.ValuesMac),
        };
    }

    private static object FilesOf(IReadOnlyList<NewSubmission> all, int version)
    {
        var files = all.SelectMany(submission =>
            submission.Files.Select((file, ordinal) => (Submission: submission, File: file, Ordinal: ordinal))).ToList();
        return new
        {
            version,
            submission = Column(files, row => row.Submission.Id.Value),
            ordinal = Column(files, row => row.Ordinal),
            row = Column(files, row => row.File.Row),
            nameMac = Column(files, row => row.File.NameMac),
            name = Column(files, row => row.File.SealedName),
            contentMac = Column(files, row => row.File.Received?.ContentMac),
            blob = Column(files, row => row.File.Received?.Blob.Id.Sha256.ToArray()),
            size = Column(files, row => row.File.Received?.Size),

            confidential = Column(files, row => row.File.IsConfidential),

            // Of every file: an array that began with a null would be taken for one of local times.
            at = Column(files, row => row.Submission.ReceivedAt.UtcDateTime),
        };
    }

    private static TValue[] Column<TRow, TValue>(IReadOnlyList<TRow> rows, Func<TRow, TValue> value)
    {
        var column = new TValue[rows.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = value(rows[i]);
        }

        return column;
    }
}
