using System.Security.Cryptography;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger.Verification;
using Fieldkeep.Server.Submissions.Contents;
using Npgsql;

namespace Fieldkeep.Server.Submissions.Proofs;

/// <summary>
/// Holds every version of every submission to the ledger: it must have the content whose keyed hash its entry has, and an entry must
/// have its version. Rows are streamed; writes nothing.
/// </summary>
internal sealed class CompareWithLedger(
    Db db, SealedContents contents, EntryBodies bodies, IReadOnlyDictionary<long, Guid> keyOfProject, Findings findings)
{
    // The entries of one instance id: one, or a few where a draft or another form of the project has the same id.
    private const string Versions = """
        select v.submission_id, v.version, v.instance_id, v.form_id, v.content_mac, v.xml, v.xml_blob, s.project_id, e.rows, e.bodies,
               e.actors, v.submitter_id, v.confidential, c.sealed, c.masked_mac, c.values_mac, e.actions, s.is_draft,
               v.meta, f.rows, f.names, f.apart
        from submissions.versions v
        join submissions.submissions s on s.id = v.submission_id
        left join submissions.confidential c on c.submission_id = v.submission_id and c.version = v.version
        left join lateral (
            select array_agg(e.row_id order by e.id) as rows, array_agg(e.body order by e.id) as bodies,
                   array_agg(e.actor_id order by e.id) as actors, array_agg(e.action order by e.id) as actions
            from ledger.entries_view e
            where e.subject_kind = 'submission' and e.subject_id = v.instance_id and e.project_id = s.project_id
              and e.action in ('submission.create', 'submission.edit', 'submission.recover', 'submission.split', 'submission.rewrite', 'submission.purge')) e on true
        left join lateral (
            select array_agg(a.row_id order by a.ordinal) as rows, array_agg(a.name order by a.ordinal) as names,
                   array_agg(a.confidential order by a.ordinal) as apart
            from submissions.attachments a where a.submission_id = v.submission_id and a.version = v.version) f on true
        """;

    // What people see of a submission: its newest version, and whether it lies in the trash.
    private const string Shown = """
        select s.instance_id, s.project_id, s.current_version = (
                 select max(v.version) from submissions.versions v where v.submission_id = s.id) as is_newest,
               s.deleted_at is not null as is_trashed, s.form_id, m.rows, m.bodies, m.actions
        from submissions.submissions s
        left join lateral (
            select array_agg(e.row_id order by e.id desc) as rows, array_agg(e.body order by e.id desc) as bodies,
                   array_agg(e.action order by e.id desc) as actions
            from ledger.entries_view e
            where e.subject_kind = 'submission' and e.subject_id = s.instance_id and e.project_id = s.project_id
              and e.action in ('submission.trash', 'submission.discard', 'submission.restore')) m on true
        where not s.is_draft
        """;

    private const int HashBytes = 64 * 1024;

    private RemovedSenders _removed = RemovedSenders.None;

    /// <summary>Does it; gives how many versions there are.</summary>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        _removed = await RemovedSenders.FindAsync(db, cancellationToken);
        var count = 0L;
        await foreach (var version in db.StreamAsync(Versions, _ => { }, ReadVersion, cancellationToken))
        {
            count++;
            if (!bodies.IsErased(version.Project))
            {
                await CheckAsync(version, cancellationToken);
            }
        }

        await foreach (var shown in db.StreamAsync(Shown, _ => { }, ReadShown, cancellationToken))
        {
            if (!bodies.IsErased(shown.Project))
            {
                CheckShown(shown);
            }
        }

        await new MissingSubmissions(db, bodies, findings).RunAsync(cancellationToken);
        return count;
    }

    private void CheckShown(ShownSubmission shown)
    {
        if (shown.IsNewest == false)
        {
            findings.Add(new Finding(
                "submission.version", $"Submission {shown.InstanceId} shows another version than its newest: somebody set it back beside the server.")
            {
                Submission = shown.InstanceId,
            });
        }

        if (shown.IsTrashed != IsToldTrashed(shown))
        {
            findings.Add(new Finding(
                "submission.placed", $"Submission {shown.InstanceId} was moved into the trash, or out of it, and no entry tells so.")
            {
                Submission = shown.InstanceId,
            });
        }
    }

    // As the newest entry says that is not of a test, or of another form's submission, with the same id.
    private bool IsToldTrashed(ShownSubmission shown)
    {
        foreach (var (row, body, action) in shown.Moves)
        {
            if (bodies.Open(shown.Project, row, body, out var plain) != BodyState.Opened || plain is null || !VersionEntry.IsOfOther(plain, action, shown.Form))
            {
                return action != "submission.restore";
            }
        }

        return false;
    }

    private async Task CheckAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        var told = new ToldOfVersion(version.Submission, version.Version, version.Form, version.IsDraft);
        foreach (var entry in version.Entries)
        {
            if (bodies.Open(version.Project, entry.Row, entry.Body, out var plain) == BodyState.Opened && plain is not null)
            {
                told.Take(entry.Action, entry.Actor, plain);
            }
        }

        if (version.Entries.Count == 0)
        {
            Add(version, "submission.unrecorded", "has no entry in the ledger: somebody put it in beside the server");
            return;
        }

        if (told.IsPurged)
        {
            Add(version, "submission.returned", "was purged, and is here again: somebody put it back beside the server");
            return;
        }

        if (!told.Fits(version.ContentMac, actor => _removed.IsSender(actor, version.Submitter)))
        {
            Add(version, "submission.changed", "has another content, number or sender than its entry in the ledger tells, or is no test any more, or one now");
            return;
        }

        try
        {
            if (version.Split is { } split
                ? !await IsSplitAsync(version, split, cancellationToken)
                : version.IsSplit || !(await MacAsync(version, cancellationToken)).AsSpan().SequenceEqual(version.ContentMac))
            {
                Add(version, "submission.changed", "has another content than its entry in the ledger tells");
            }
        }
        catch (Exception problem) when (OpenInstances.IsDamage(problem))
        {
            Add(version, "submission.damaged", "cannot be opened: its bytes were changed, or come from another row, or are gone");
        }

        CheckBeside(version);
    }

    // Whoever reads passes over damage in these, so that it hides no answers: here it is told.
    private void CheckBeside(StoredVersion version)
    {
        var project = new ProjectRef(new ProjectId(version.Project), keyOfProject.GetValueOrDefault(version.Project));
        try
        {
            if (version.Meta is { } meta)
            {
                contents.OpenMeta(project, new SubmissionId(version.Submission), version.Version, meta);
            }

            foreach (var (row, name, isConfidential) in version.Files)
            {
                contents.OpenName(project, row, name, isConfidential);
            }
        }
        catch (Exception problem) when (OpenInstances.IsDamage(problem))
        {
            Add(version, "submission.damaged", "has the name of a file, or what its phone told of itself, that cannot be opened: its bytes were changed, or come from another row");
        }
    }

    // What stayed and what was taken out are each as the version's newest entry that tells of them says.
    private async Task<bool> IsSplitAsync(StoredVersion version, SplitVersion split, CancellationToken cancellationToken)
    {
        var project = new ProjectRef(new ProjectId(version.Project), keyOfProject.GetValueOrDefault(version.Project));
        var record = contents.OpenValues(project, new SubmissionId(version.Submission), version.Version, split.Sealed);
        var values = contents.ContentMac(project, SHA256.HashData(record));
        CryptographicOperations.ZeroMemory(record);
        return IsTold(version, split)
            && values.AsSpan().SequenceEqual(split.ValuesMac)
            && (await MacAsync(version, cancellationToken)).AsSpan().SequenceEqual(split.MaskedMac);
    }

    // As it was last split or rewritten, else as it came. Hashes that an older entry tells are those of something set back.
    private bool IsTold(StoredVersion version, SplitVersion split)
    {
        var stored = new SplitTold(Convert.ToHexStringLower(split.MaskedMac), Convert.ToHexStringLower(split.ValuesMac));
        SplitTold? last = null;
        var came = new List<SplitTold>();
        foreach (var entry in version.Entries)
        {
            if (bodies.Open(version.Project, entry.Row, entry.Body, out var plain) == BodyState.Opened
                && VersionEntry.SplitOf(plain, version.Submission, version.Form, version.Version) is { } told)
            {
                last = entry.Action is "submission.split" or "submission.rewrite" ? told : last;
                came.Add(told);
            }
        }

        return last is null ? came.Contains(stored) : last == stored;
    }

    private async Task<byte[]> MacAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        var project = new ProjectRef(new ProjectId(version.Project), keyOfProject.GetValueOrDefault(version.Project));
        var id = new SubmissionId(version.Submission);
        if (version.XmlBlob is not { } blob)
        {
            var xml = contents.OpenXml(project, id, version.Version, version.Xml);
            var mac = contents.ContentMac(project, SHA256.HashData(xml));
            CryptographicOperations.ZeroMemory(xml);
            return mac;
        }

        await using var stream = await contents.OpenXmlBlobAsync(project, id, version.Version, new BlobId(blob), cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[HashBytes];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
        }

        CryptographicOperations.ZeroMemory(buffer);
        return contents.ContentMac(project, hash.GetHashAndReset());
    }

    private void Add(StoredVersion version, string what, string words) =>
        findings.Add(new Finding(what, $"Version {version.Version} of submission {version.InstanceId} {words}.")
        {
            Submission = version.InstanceId,
            Version = version.Version,
        });

    private static StoredVersion ReadVersion(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetInt32(1),
        row.GetString(2),
        row.GetInt64(3),
        row.GetFieldValue<byte[]>(4),
        row.IsDBNull(5) ? null : row.GetFieldValue<byte[]>(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<byte[]>(6),
        row.GetInt64(7),
        row.IsDBNull(8) ? [] : NotesOf(row),
        row.GetInt64(11),
        !row.IsDBNull(12),
        row.IsDBNull(13)
            ? null
            : new SplitVersion(row.GetFieldValue<byte[]>(13), row.GetFieldValue<byte[]>(14), row.GetFieldValue<byte[]>(15)),
        row.GetBoolean(17),
        row.IsDBNull(18) ? null : row.GetFieldValue<byte[]>(18),
        row.IsDBNull(19) ? [] : [.. row.GetFieldValue<Guid[]>(19).Zip(row.GetFieldValue<byte[][]>(20), row.GetFieldValue<bool[]>(21))]);

    private static List<VersionNote> NotesOf(NpgsqlDataReader row)
    {
        var (rows, sealedBodies, actors, actions) = (
            row.GetFieldValue<Guid[]>(8), row.GetFieldValue<byte[][]>(9), row.GetFieldValue<long[]>(10), row.GetFieldValue<string[]>(16));
        return [.. rows.Select((entry, at) => new VersionNote(entry, sealedBodies[at], actors[at], actions[at]))];
    }

    private sealed record StoredVersion(
        Guid Submission,
        int Version,
        string InstanceId,
        long Form,
        byte[] ContentMac,
        byte[]? Xml,
        byte[]? XmlBlob,
        long Project,
        IReadOnlyList<VersionNote> Entries,
        long Submitter,
        bool IsSplit,
        SplitVersion? Split,
        bool IsDraft,
        byte[]? Meta,
        IReadOnlyList<(Guid Row, byte[] Name, bool IsConfidential)> Files);

    private sealed record VersionNote(Guid Row, byte[] Body, long Actor, string Action);

    private sealed record SplitVersion(byte[] Sealed, byte[] MaskedMac, byte[] ValuesMac);

    private static ShownSubmission ReadShown(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetInt64(1),
            row.IsDBNull(2) ? null : row.GetBoolean(2),
            row.GetBoolean(3),
            row.GetInt64(4),
            row.IsDBNull(5) ? [] : [.. row.GetFieldValue<Guid[]>(5).Zip(row.GetFieldValue<byte[][]>(6), row.GetFieldValue<string[]>(7))]);

    private sealed record ShownSubmission(
        string InstanceId, long Project, bool? IsNewest, bool IsTrashed, long Form, IReadOnlyList<(Guid Row, byte[] Body, string Action)> Moves);
}
