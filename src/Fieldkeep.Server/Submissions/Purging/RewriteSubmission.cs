using System.Buffers;
using System.Security.Cryptography;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Files;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Submissions.Purging;

/// <summary>
/// Takes answers, files or the sender out of a submission, or replaces answers, in every version and in place: the old ones must go. The ledger
/// tells of each version what its content is from now on. A step of operations that have asked for access; what is on hold is left.
/// </summary>
internal sealed class RewriteSubmission(
    Db db,
    StoredXml stored,
    StoreRewritten store,
    FormCatalogue catalogue,
    SealedContents contents,
    MatchConditions conditions,
    DroppedBlobs dropped,
    IEnumerable<MadeOfAnswers> made,
    IEnumerable<KeptOfAnswers> kept,
    ChangeLog changes,
    AuditLog audit)
{
    // Whose answers these names may hold, whatever the form says.
    private const string InstanceName = "/meta/instanceName";
    private const string AuditFile = "/meta/audit";

    private const string Lock = """
        select s.id, s.form_id, s.sequence, s.instance_id, s.is_draft, s.submitter_id, s.current_version, s.review_state, s.state from submissions.submissions s
        where s.id = @id and s.project_id = @project
        """ + Holds.None + """
        for update of s
        """;

    private const string IsHere = "select exists (select from submissions.submissions where id = @id and project_id = @project)";

    private const string Versions = """
        select version, form_version_id, instance_id, encrypted_ordinal is not null as is_encrypted, content_mac
        from submissions.versions where submission_id = @id and (not @newest or version = @current) and version >= @first order by version
        """;

    private const string DropFiles = """
        delete from submissions.attachments
        where submission_id = @id and version = @version and (@all or name_mac = any (@names)) returning blob
        """;

    private const string ForgetSender = "update submissions.submissions set submitter_id = 0, is_anonymous = true where id = @id";
    // What happened and what was said is told on, and not by whom of those who sent it.
    private const string ForgetActs = """
        with senders as (select distinct submitter_id as id from submissions.versions where submission_id = @id and submitter_id <> 0),
        comments as (
            update submissions.comments set author_id = 0 where submission_id = @id and author_id in (select id from senders))
        update submissions.events set actor_id = 0 where submission_id = @id and actor_id in (select id from senders)
        """;

    private const string ForgetDevices = "update submissions.versions set submitter_id = 0, meta = null where submission_id = @id";
    private const string ForgetComments = "delete from submissions.comments where submission_id = @id";
    private const string ForgetEvents = "delete from submissions.events where submission_id = @id and action in ('sent', 'file_changed')";

    /// <summary>Rewrites one submission in a transaction of its own.</summary>
    public async Task<RewrittenCount> RunAsync(
        Actor actor, ProjectRef project, SubmissionId id, Rewriting how, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        await Holds.ShareAsync(tx, project.Id, cancellationToken);
        var row = await tx.FindAsync<LockedRow>(Lock, new { id, project = project.Id }, cancellationToken);
        if (how.IsDueAsync is { } isDueAsync && !await isDueAsync(tx, id, cancellationToken))
        {
            return default;
        }

        var count = row is not null
            ? await RewriteAsync(tx, actor, project, row, how, cancellationToken)
            : await tx.GetAsync<bool>(IsHere, new { id, project = project.Id }, cancellationToken)
                ? RewrittenCount.LeftFor(RewrittenCount.Held)
                : default;
        if (how.NoteAsync is { } noteAsync)
        {
            await noteAsync(tx, id, count, cancellationToken);
        }

        if (row is not null && count.Submissions > 0)
        {
            await KeptOfAnswers.TellAsync(tx, row.FormId, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        if (row is not null && count.Submissions > 0)
        {
            foreach (var one in kept)
            {
                await one.DropAsync(row.FormId);
            }
        }

        return count;
    }

    private async Task<RewrittenCount> RewriteAsync(
        Tx tx, Actor actor, ProjectRef project, LockedRow row, Rewriting how, CancellationToken cancellationToken)
    {
        var versions = await tx.ListAsync<VersionToRewrite>(
            Versions, new { id = row.Id, newest = how.IsOfNewestOnly, current = row.CurrentVersion, first = how.FirstVersion }, cancellationToken);
        if (how.LeavesEncrypted && (how.AnswersAsync is not null || how.DropsFiles) && versions.Any(version => version.IsEncrypted))
        {
            return RewrittenCount.LeftFor(RewrittenCount.Encrypted);
        }

        // What is still reviewed needs somebody to come back to: a later round finds it when it is final.
        if (how.DropsSender && row.State is not (null or "final" or "discarded"))
        {
            return default;
        }

        if (how.DropsSender)
        {
            await tx.ExecuteAsync(ForgetActs, new { id = row.Id }, cancellationToken);
            await tx.ExecuteAsync(ForgetSender, new { id = row.Id }, cancellationToken);
            await tx.ExecuteAsync(ForgetDevices, new { id = row.Id }, cancellationToken);
        }

        if (how.DropsRemarks)
        {
            await tx.ExecuteAsync(ForgetComments, new { id = row.Id }, cancellationToken);
            await tx.ExecuteAsync(ForgetEvents, new { id = row.Id }, cancellationToken);
            await AuditLog.ForgetNotesAsync(tx, project.Id, "submission", [.. versions.Select(version => version.InstanceId)], cancellationToken);
        }

        var count = default(RewrittenCount);
        foreach (var version in versions)
        {
            count += await RewriteAsync(tx, actor, project, row, version, how, cancellationToken);
        }

        await CountFiles.RunAsync(tx, row.Id, cancellationToken);
        if (!row.IsDraft)
        {
            var matches = await conditions.OfRewrittenAsync(tx, project, row.FormId, row.Id, row.ReviewState, cancellationToken);
            await RowMatches.ReplaceAsync(tx, row.Id, matches, cancellationToken);
        }

        foreach (var one in row.IsDraft ? [] : made)
        {
            await one.ForgetAsync(tx, row.FormId, row.Sequence, cancellationToken);
        }

        await audit.AppendAsync(tx, actor, new AuditEvent("submission.rewrite", project.Id, "submission", row.InstanceId, how.Why), cancellationToken);
        return count with { Submissions = 1 };
    }

    private async Task<RewrittenCount> RewriteAsync(
        Tx tx, Actor actor, ProjectRef project, LockedRow row, VersionToRewrite version, Rewriting how, CancellationToken cancellationToken)
    {
        var (gone, answers) = (new HashSet<string>(StringComparer.Ordinal), 0);
        // Who sent what a phone encrypted goes from beside it; within it nobody reads.
        var content = version.IsEncrypted && how.DropsSender ? new RewrittenContent(version.ContentMac, null, null, null) : null;
        if (!version.IsEncrypted)
        {
            var form = await catalogue.GetDefinitionAsync(version.FormVersionId, cancellationToken);
            var whole = await stored.GetWholeAsync(tx, project, row.Id, version.Version, version.InstanceId, cancellationToken);
            try
            {
                var output = new ArrayBufferWriter<byte>(whole.Length + 64);
                var replace = await ReplaceAsync(tx, form, whole, how, gone, cancellationToken);
                answers = InstanceRewriter.Write(whole, replace, output);
                content = await store.JoinAsync(
                    tx, project, row.Id, version.Version, form, output.WrittenMemory, how.DropsConfidential, cancellationToken);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(whole);
            }
        }

        var names = gone.Select(name => contents.NameMac(project, name)).ToArray();
        var blobs = await tx.ListAsync<byte[]?>(
            DropFiles, new { id = row.Id, version = version.Version, all = how.DropsFiles, names }, cancellationToken);
        await dropped.NoteAsync(tx, [.. blobs.OfType<byte[]>()], areAlone: false, cancellationToken);
        if (content is not null)
        {
            await changes.AppendAsync(tx, actor, ChangeOf(project, row, version, how, content), cancellationToken);
            await dropped.NoteAsync(tx, content.Dropped is { } old ? [old] : [], areAlone: false, cancellationToken);
        }

        return new RewrittenCount(0, 1, answers, blobs.Count, 0);
    }

    private static async Task<ReplaceAnswer> ReplaceAsync(
        Tx tx, FormDefinition form, byte[] whole, Rewriting how, HashSet<string> gone, CancellationToken cancellationToken)
    {
        var replace = how.AnswersAsync is { } answersAsync ? await answersAsync(tx, form, whole, cancellationToken) : (_, _) => null;
        var files = form.XForm.ListElements().OfType<XForms.Model.QuestionElement>()
            .Where(question => question.DataType == XForms.Model.DataType.Binary)
            .Select(question => Below(question.Path)).Append(AuditFile).ToHashSet(StringComparer.Ordinal);
        return (path, value) =>
        {
            var isFile = files.Contains(path);
            var fresh = (isFile && how.DropsFiles) || (how.Paths.Count > 0 && path is InstanceName or AuditFile && how.AnswersAsync is not null)
                ? ""
                : replace(path, value);
            if (isFile && fresh is not null && fresh != value)
            {
                gone.Add(value.Trim());
            }

            return fresh == value ? null : fresh;
        };
    }

    /// <summary>Gives a question's path below the root of the instance.</summary>
    public static string Below(string path) => path.IndexOf('/', 1) is > 0 and var at ? path[at..] : "";

    private static Change ChangeOf(ProjectRef project, LockedRow row, VersionToRewrite version, Rewriting how, RewrittenContent content)
    {
        var after = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["submission"] = row.Id.Value,
            ["form"] = row.FormId.Value,
            ["version"] = version.Version,
            ["contentMac"] = Convert.ToHexStringLower(content.ContentMac),
            ["why"] = how.Why,
            ["questions"] = how.Paths.Order(StringComparer.Ordinal).ToArray(),
        };
        if (content.MaskedMac is { } masked && content.ValuesMac is { } values)
        {
            after["maskedMac"] = Convert.ToHexStringLower(masked);
            after["valuesMac"] = Convert.ToHexStringLower(values);
        }

        if (how.DropsSender)
        {
            after["submitter"] = 0;
        }

        return new Change(
            "submission.rewrite", project, "submission", version.InstanceId, new { form = row.FormId.Value, version = version.Version }, after);
    }

    private sealed record LockedRow(
        SubmissionId Id, FormId FormId, long Sequence, string InstanceId, bool IsDraft, ActorId SubmitterId, int CurrentVersion, string? ReviewState, string? State);
}
