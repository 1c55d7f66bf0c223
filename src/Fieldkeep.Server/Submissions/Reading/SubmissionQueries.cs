using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Submissions.Reading;

/// <summary>Reads what is known about submissions. Callers check access first; answers stay sealed here.</summary>
internal sealed class SubmissionQueries(Db db, SealedContents contents, ConfidentialContents confidential)
{
    /// <summary>The most rows of one page.</summary>
    public const int MostRows = 10_000;

    /// <summary>Stands for the name of a file whose sealed name is damaged.</summary>
    public const string UnreadableName = "[unreadable name]";

    // Keyset, newest first: the same cost at every depth, and rows that arrive meanwhile shift nothing. The page is cut
    // before the join, so that the planner never joins what it then throws away.
    private const string InOrder = PageHead + """
            where form_id = @form and is_draft = @draft and sequence < @before and deleted_at is null
        """ + VisibleRows.Limit + PageTail;

    private const string TrashInOrder = PageHead + """
            where form_id = @form and is_draft = @draft and sequence < @before and deleted_at is not null
        """ + VisibleRows.Limit + PageTail;

    private const string ChosenInOrder = PageHead + """
            where form_id = @form and is_draft = @draft and sequence = any(@sequences) and (deleted_at is null or @withTrash)
        """ + VisibleRows.Limit + PageTail;

    private const string PageHead = """
        select s.id, s.sequence, s.instance_id, v.instance_id as current_instance_id, s.submitter_id, s.review_state,
               s.current_version, v.form_version_id, s.attachments_expected, s.attachments_present, s.created_at, s.updated_at,
               s.deleted_at, v.submitter_id as current_submitter_id, v.created_at as current_created_at,
               case when s.current_version > 1 then (
                   select first.meta from submissions.versions first where first.submission_id = s.id and first.version = 1)
               end as first_meta, v.meta, v.encrypted_ordinal, s.deployment_id
        from (
            select id, sequence, instance_id, submitter_id, review_state, current_version, attachments_expected,
                   attachments_present, created_at, updated_at, deleted_at, deployment_id
            from submissions.submissions s

        """;

    private const string PageTail = """

            order by sequence desc limit @limit) s
        cross join lateral (
            select instance_id, form_version_id, submitter_id, created_at, meta, encrypted_ordinal
            from submissions.versions where submission_id = s.id and version = s.current_version limit 1) v
        order by s.sequence desc
        """;

    private const string One = """
        select s.id, s.sequence, s.instance_id, v.instance_id as current_instance_id, s.submitter_id, s.review_state,
               s.current_version, v.form_version_id, s.attachments_expected, s.attachments_present, s.created_at, s.updated_at,
               s.deleted_at, v.submitter_id as current_submitter_id, v.created_at as current_created_at,
               case when s.current_version > 1 then (
                   select first.meta from submissions.versions first where first.submission_id = s.id and first.version = 1)
               end as first_meta, v.meta, v.encrypted_ordinal, s.deployment_id
        from submissions.submissions s
        join submissions.versions v on v.submission_id = s.id and v.version = s.current_version
        where s.form_id = @form and s.is_draft = @draft and s.instance_id = @instance and s.deleted_at is null
        """ + VisibleRows.Limit;

    private const string Count = """
        select count(*) from submissions.submissions s
        where form_id = @form and is_draft = @draft and deleted_at is null
        """ + VisibleRows.Limit;

    private const string CountPage = """
        select count(*) from (
            select from submissions.submissions s
            where form_id = @form and is_draft = @draft and sequence < @before and deleted_at is null
        """ + VisibleRows.Limit + """
            order by sequence desc limit @limit) page
        """;

    // Read from the index alone: a row of it is 40 bytes, whatever the answers weigh.
    private const string PlaceFromNewest = """
        select sequence from submissions.submissions s
        where form_id = @form and is_draft = @draft and sequence < @before and deleted_at is null
        """ + VisibleRows.Limit + """
        order by sequence desc offset @skip - 1 limit 1
        """;

    private const string Versions = """
        select version, instance_id, form_version_id, submitter_id, size, created_at, meta
        from submissions.versions where submission_id = @submission order by version desc
        """;

    private const string OneVersion = """
        select version, instance_id, form_version_id, submitter_id, size, created_at, meta
        from submissions.versions where submission_id = @submission and instance_id = @instance
        """;

    private const string Submitters = """
        select distinct submitter_id from submissions.submissions s
        where form_id = @form and is_draft = @draft and deleted_at is null and submitter_id <> 0
        """ + VisibleRows.Limit + """
        order by submitter_id
        """;

    private const string FirstId = """
        select s.instance_id from submissions.versions v join submissions.submissions s on s.id = v.submission_id
        where v.form_id = @form and v.instance_id = @instance and s.is_draft = @draft and s.deleted_at is null
        """ + VisibleRows.Limit + """
        limit 1
        """;

    private const string EncryptedVersions = """
        select distinct v.form_version_id
        from submissions.versions v
        join submissions.submissions s on s.id = v.submission_id and s.current_version = v.version
        where v.form_id = @form and v.encrypted_ordinal is not null and s.is_draft = @draft and s.deleted_at is null
        """ + VisibleRows.Limit;

    private const string Files = """
        select a.row_id, a.name, a.blob, a.size, a.received_at, a.confidential as is_confidential,
               v.form_version_id, v.confidential as number, v.encrypted_ordinal is not null as is_encrypted
        from submissions.attachments a join submissions.versions v on v.submission_id = a.submission_id and v.version = a.version
        where a.submission_id = @submission and a.version = @version order by a.ordinal
        """;

    private const string File = """
        select a.row_id, a.name, a.blob, a.size, a.received_at, a.confidential as is_confidential,
               v.form_version_id, v.confidential as number, v.encrypted_ordinal is not null as is_encrypted
        from submissions.attachments a join submissions.versions v on v.submission_id = a.submission_id and v.version = a.version
        where a.submission_id = @submission and a.version = @version and a.name_mac = @nameMac
        """;

    /// <summary>Gives a page, newest first.</summary>
    /// <exception cref="ProblemException"><c>query.bad_limit</c>.</exception>
    public async Task<Page<SubmissionRow>> ListAsync(
        SubmissionSet set, SubmissionCursor after, int limit, CancellationToken cancellationToken)
    {
        RequireLimit(limit);
        var arguments = new { form = set.Form, draft = set.IsDraft, before = after.Sequence, limit };
        var rows = await ListAsync(InOrder, set, arguments, cancellationToken);
        return new Page<SubmissionRow>(rows, NextOf(rows, limit));
    }

    /// <summary>Gives a page of those in the trash, newest first.</summary>
    /// <exception cref="ProblemException"><c>query.bad_limit</c>.</exception>
    public async Task<Page<SubmissionRow>> ListTrashAsync(
        SubmissionSet set, SubmissionCursor after, int limit, CancellationToken cancellationToken)
    {
        RequireLimit(limit);
        var arguments = new { form = set.Form, draft = set.IsDraft, before = after.Sequence, limit };
        var rows = await ListAsync(TrashInOrder, set, arguments, cancellationToken);
        return new Page<SubmissionRow>(rows, NextOf(rows, limit));
    }

    /// <summary>Gives those of some sequence numbers, newest first; those that are gone are left out.</summary>
    public Task<IReadOnlyList<SubmissionRow>> ListChosenAsync(
        SubmissionSet set, long[] sequences, bool withTrash, CancellationToken cancellationToken)
    {
        var arguments = new { form = set.Form, draft = set.IsDraft, sequences, withTrash, limit = sequences.Length };
        return ListAsync(ChosenInOrder, set, arguments, cancellationToken);
    }

    /// <summary>Counts the submissions of a set.</summary>
    public Task<long> CountAsync(SubmissionSet set, CancellationToken cancellationToken) =>
        db.GetAsync<long>(
            VisibleRows.In(Count, set.Rows), VisibleRows.Arguments(new { form = set.Form, draft = set.IsDraft }, set.Rows), cancellationToken);

    /// <summary>Counts the rows that a page would have.</summary>
    /// <exception cref="ProblemException"><c>query.bad_limit</c>.</exception>
    public Task<long> CountPageAsync(
        SubmissionSet set, SubmissionCursor after, int limit, CancellationToken cancellationToken)
    {
        RequireLimit(limit);
        var arguments = new { form = set.Form, draft = set.IsDraft, before = after.Sequence, limit };
        return db.GetAsync<long>(VisibleRows.In(CountPage, set.Rows), VisibleRows.Arguments(arguments, set.Rows), cancellationToken);
    }

    /// <summary>Gives the place after so many rows, at least 1; the end when there are not so many.</summary>
    public async Task<SubmissionCursor> SkipAsync(
        SubmissionSet set, SubmissionCursor after, long rows, CancellationToken cancellationToken)
    {
        var arguments = new { form = set.Form, draft = set.IsDraft, before = after.Sequence, skip = rows };
        return new SubmissionCursor(await db.FindAsync<long?>(
            VisibleRows.In(PlaceFromNewest, set.Rows), VisibleRows.Arguments(arguments, set.Rows), cancellationToken) ?? 0);
    }

    /// <summary>Gets one submission by the id it was first sent with.</summary>
    /// <exception cref="ProblemException"><c>submission.not_found</c>; <c>access.denied</c>: they see it, but may not do with it what they ask.</exception>
    public async Task<SubmissionRow> GetAsync(
        SubmissionSet set, string instanceId, CancellationToken cancellationToken)
    {
        if (await FindAsync(set, instanceId, cancellationToken) is { } row)
        {
            return row;
        }

        var isSeen = !set.Rows.Acted.IsAll
            && await FindAsync(set with { Rows = set.Rows with { Acted = RowRules.All } }, instanceId, cancellationToken) is not null;
        throw isSeen ? AccessProblems.Denied() : SubmissionProblems.NotFound(instanceId);
    }

    /// <summary>Finds the id a submission was first sent with by that of any of its versions; null when there is none.</summary>
    public Task<string?> FindFirstIdAsync(SubmissionSet set, string versionId, CancellationToken cancellationToken) =>
        db.FindAsync<string>(
            VisibleRows.In(FirstId, set.Rows),
            VisibleRows.Arguments(new { form = set.Form, draft = set.IsDraft, instance = versionId }, set.Rows),
            cancellationToken);

    /// <summary>Lists the versions of a submission, newest first.</summary>
    public Task<IReadOnlyList<SubmissionVersion>> ListVersionsAsync(
        SubmissionId submission, CancellationToken cancellationToken) =>
        db.ListAsync<SubmissionVersion>(Versions, new { submission }, cancellationToken);

    /// <summary>Lists those versions of a submission that someone is shown, newest first: only the current one to whom provenance is hidden.</summary>
    public async Task<IReadOnlyList<SubmissionVersion>> ListVersionsAsync(
        SubmissionSet set, SubmissionRow row, CancellationToken cancellationToken)
    {
        var all = await ListVersionsAsync(row.Id, cancellationToken);
        return set.Rows.HidesProvenance
            ? [.. all.Take(1).Select(version => version with { SubmitterId = default, Meta = null })]
            : all;
    }

    /// <summary>Gets one of those by its instance id.</summary>
    /// <exception cref="ProblemException"><c>submission.no_such_version</c>.</exception>
    public async Task<SubmissionVersion> GetVersionAsync(
        SubmissionSet set, SubmissionRow row, string instanceId, CancellationToken cancellationToken) =>
        set.Rows.HidesProvenance
            ? (await ListVersionsAsync(set, row, cancellationToken)).FirstOrDefault(version => version.InstanceId == instanceId)
                ?? throw SubmissionReadProblems.NoSuchVersion(row.InstanceId, instanceId)
            : await GetVersionAsync(row, instanceId, cancellationToken);

    /// <summary>Gets one version of a submission by its instance id.</summary>
    /// <exception cref="ProblemException"><c>submission.no_such_version</c>.</exception>
    public async Task<SubmissionVersion> GetVersionAsync(
        SubmissionRow row, string instanceId, CancellationToken cancellationToken) =>
        await db.FindAsync<SubmissionVersion>(
            OneVersion, new { submission = row.Id, instance = instanceId }, cancellationToken)
            ?? throw SubmissionReadProblems.NoSuchVersion(row.InstanceId, instanceId);

    /// <summary>Lists everyone who sent one of the submissions of a set, each once; nobody known is left out.</summary>
    public async Task<IReadOnlyList<long>> ListSubmittersAsync(SubmissionSet set, CancellationToken cancellationToken) =>
        set.Rows.HidesProvenance ? [] : await db.ListAsync<long>(
            VisibleRows.In(Submitters, set.Rows), VisibleRows.Arguments(new { form = set.Form, draft = set.IsDraft }, set.Rows), cancellationToken);

    /// <summary>Lists the form versions that encrypted submissions of a set were filled in with.</summary>
    public Task<IReadOnlyList<FormVersionId>> ListEncryptedVersionsAsync(SubmissionSet set, CancellationToken cancellationToken) =>
        db.ListAsync<FormVersionId>(
            VisibleRows.In(EncryptedVersions, set.Rows),
            VisibleRows.Arguments(new { form = set.Form, draft = set.IsDraft }, set.Rows),
            cancellationToken);

    /// <summary>Lists the files a version of a submission names, in its order, but for those of confidential questions.</summary>
    public async Task<IReadOnlyList<SubmissionFile>> ListFilesAsync(
        ProjectRef project, SubmissionId submission, int version, CancellationToken cancellationToken) =>
        [.. (await ListAllFilesAsync(project, submission, version, cancellationToken)).Where(file => !file.IsConfidential)];

    /// <summary>Lists all files a version names, confidential ones too. Callers have asked whether those may be shown.</summary>
    public async Task<IReadOnlyList<SubmissionFile>> ListAllFilesAsync(
        ProjectRef project, SubmissionId submission, int version, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<FileRow>(Files, new { submission, version }, cancellationToken);
        var isHidden = rows.Count > 0 && await IsHiddenAsync(rows[0], cancellationToken);
        return [.. rows.Select(row => Open(project, row, isHidden))];
    }

    /// <summary>Gets a file of a version by its name.</summary>
    /// <exception cref="ProblemException"><c>submission.no_such_file</c>.</exception>
    public async Task<SubmissionFile> GetFileAsync(
        ProjectRef project, SubmissionId submission, int version, string name, CancellationToken cancellationToken)
    {
        var nameMac = contents.NameMac(project, name);
        return await db.FindAsync<FileRow>(File, new { submission, version, nameMac }, cancellationToken) is { } row
            ? Open(project, row, await IsHiddenAsync(row, cancellationToken))
            : throw SubmissionProblems.NoSuchFile(name);
    }

    /// <summary>Opens what the phone told about itself; empty when it told nothing or that is damaged.</summary>
    public SenderFacts SenderOf(ProjectRef project, SubmissionId submission, int version, byte[]? meta) =>
        meta is null ? new SenderFacts(null, null) : contents.OpenMetaOrNothing(project, submission, version, meta);

    /// <summary>Opens what the phones of the first and of the current version told about themselves.</summary>
    public SubmissionSenders SendersOf(ProjectRef project, SubmissionRow row)
    {
        var current = SenderOf(project, row.Id, row.CurrentVersion, row.Meta);
        return new SubmissionSenders(row.CurrentVersion == 1 ? current : SenderOf(project, row.Id, 1, row.FirstMeta), current);
    }

    private async Task<SubmissionRow?> FindAsync(SubmissionSet set, string instanceId, CancellationToken cancellationToken) =>
        await ListAsync(One, set, new { form = set.Form, draft = set.IsDraft, instance = instanceId }, cancellationToken) is [var row, ..] ? row : null;

    private async Task<IReadOnlyList<SubmissionRow>> ListAsync(
        string sql, SubmissionSet set, object arguments, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<SubmissionRow>(
            VisibleRows.In(sql, set.Rows), VisibleRows.Arguments(arguments, set.Rows), cancellationToken);
        return set.Rows.HidesProvenance ? [.. rows.Select(row => row.WithoutProvenance())] : rows;
    }

    private static string? NextOf(IReadOnlyList<SubmissionRow> rows, int limit) =>
        rows.Count == limit ? new SubmissionCursor(rows[^1].Sequence).ToString() : null;

    /// <summary>Refuses a limit that no page has.</summary>
    /// <exception cref="ProblemException"><c>query.bad_limit</c>.</exception>
    public static void RequireLimit(int limit)
    {
        if (limit is < 1 or > MostRows)
        {
            throw SubmissionReadProblems.BadLimit(MostRows);
        }
    }

    // Until a version is split as the form's flags want it, nobody knows which of its files are confidential: all of them are.
    private async ValueTask<bool> IsHiddenAsync(FileRow row, CancellationToken cancellationToken) =>
        !row.IsEncrypted
        && await confidential.FindStalePlanAsync(row.FormVersionId, row.Number, cancellationToken) is { } plan
        && (plan.Nodes.Any(node => node.IsFile) || await confidential.HidesPlacesAsync(row.FormVersionId, cancellationToken));

    private SubmissionFile Open(ProjectRef project, FileRow row, bool isHidden) =>
        new(NameOf(project, row), row.RowId, row.Blob, row.Size, row.ReceivedAt, row.IsConfidential || isHidden) { IsSealedApart = row.IsConfidential };

    // One damaged name must not hide the other files.
    private string NameOf(ProjectRef project, FileRow row)
    {
        try
        {
            return contents.OpenName(project, row.RowId, row.Name, row.IsConfidential);
        }
        catch (VaultException)
        {
            return UnreadableName;
        }
    }

    private sealed record FileRow(
        Guid RowId,
        byte[] Name,
        byte[]? Blob,
        long? Size,
        DateTimeOffset? ReceivedAt,
        bool IsConfidential,
        FormVersionId FormVersionId,
        int? Number,
        bool IsEncrypted);
}
