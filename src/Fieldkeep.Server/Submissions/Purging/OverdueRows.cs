using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Holding;

namespace Fieldkeep.Server.Submissions.Purging;

/// <summary>Finds submissions that came before a day and from which something is to be taken that they still have. Callers check access first.</summary>
internal static class OverdueRows
{
    private const string Old = """
         from submissions.submissions s
        where s.project_id = @project and s.form_id = any (@forms) and s.created_at <= @before
            and not exists (
                select from unnest(@youngForms::bigint[], @youngDrafts::boolean[], @young::bigint[]) as young (form_id, is_draft, sequence)
                where young.form_id = s.form_id and young.is_draft = s.is_draft and young.sequence < s.sequence)
        """;

    // What came after something that is not due yet is not due: the clock was behind when it came.
    private const string Young = """
        select form_id as form, is_draft, min(sequence) as sequence from submissions.submissions
        where project_id = @project and form_id = any (@forms) and created_at > @before group by form_id, is_draft
        """;

    private const string Encrypted = "exists (select from submissions.versions e where e.submission_id = s.id and e.encrypted_ordinal is not null)";

    private const string Living = " and s.deleted_at is null";

    private const string Confidential = """
         and exists (select from submissions.confidential c where c.submission_id = s.id and c.emptied_at is null)
        """;

    private const string Files = " and exists (select from submissions.attachments a where a.submission_id = s.id)";

    // Who sent what is still under way counts: nobody approves their own, and what is sent back goes to who can mend it.
    private const string Sent = """
         and coalesce(s.state, 'final') in ('final', 'discarded') and (s.submitter_id <> 0 or exists (
            select from submissions.versions v where v.submission_id = s.id and (v.submitter_id <> 0 or v.meta is not null)))
        """;

    private const string Readable = " and not " + Encrypted;

    private const string Next = """
         and (s.form_id, s.is_draft, s.sequence) > (@form, @draft, @sequence)
        """ + Holds.None + """
        order by s.form_id, s.is_draft, s.sequence limit @limit
        """;

    private const string Row = "select s.id, s.form_id, s.is_draft, s.sequence";

    // Nobody takes anything out of what a phone encrypted; whoever asks is told how many those are.
    private const string Counts = """
        select count(*) filter (where not is_held and not is_encrypted) as submissions, count(*) filter (where is_held) as held,
               count(*) filter (where is_encrypted and not is_held) as encrypted,
               min(created_at) filter (where not is_held and not is_encrypted) as oldest,
               max(created_at) filter (where not is_held and not is_encrypted) as newest
        from (select s.created_at,
        """;

    private const string Whole = Counts + Holds.Stands + " as is_held, false as is_encrypted" + Old;
    private const string Opened = Counts + Holds.Stands + " as is_held, " + Encrypted + " as is_encrypted" + Old;

    private static readonly Dictionary<OverdueWhat, (string List, string Count)> Statements = new()
    {
        [OverdueWhat.Whole] = (Row + Old + Living + Next, Whole + Living + ") of_all"),
        [OverdueWhat.Confidential] = (Row + Old + Confidential + Readable + Next, Opened + Confidential + ") of_all"),
        [OverdueWhat.Files] = (Row + Old + Files + Readable + Next, Opened + Files + ") of_all"),
        [OverdueWhat.Sender] = (Row + Old + Sent + Next, Whole + Sent + ") of_all"),
    };

    /// <summary>Lists the first of each form that came after the day: what came after it is not meant, whatever the clock said then.</summary>
    public static Task<IReadOnlyList<OverduePlace>> ListYoungAsync(Sql sql, Overdue due, CancellationToken cancellationToken) =>
        sql.ListAsync<OverduePlace>(
            Young, new { project = due.Project, forms = due.Forms.Select(form => form.Value).ToArray(), before = due.Before }, cancellationToken);

    /// <summary>Lists the next, by form and arrival, those on hold and those that a phone encrypted left out where they cannot be done.</summary>
    /// <param name="young">Those of <see cref="ListYoungAsync"/>.</param>
    public static Task<IReadOnlyList<OverdueRow>> ListAsync(
        Sql sql, Overdue due, IReadOnlyList<OverduePlace> young, OverduePlace after, int limit, CancellationToken cancellationToken) =>
        sql.ListAsync<OverdueRow>(
            Statements[due.What].List,
            ArgumentsOf(due, young, after, limit),
            cancellationToken);

    /// <summary>Counts them all.</summary>
    public static async Task<OverdueCount> CountAsync(Sql sql, Overdue due, CancellationToken cancellationToken)
    {
        var young = await ListYoungAsync(sql, due, cancellationToken);
        return await sql.GetAsync<OverdueCount>(Statements[due.What].Count, ArgumentsOf(due, young, default, 0), cancellationToken);
    }

    // Counting asks for no place.
    private static object ArgumentsOf(Overdue due, IReadOnlyList<OverduePlace> young, OverduePlace after, int limit) => new
    {
        project = due.Project,
        forms = due.Forms.Select(form => form.Value).ToArray(),
        before = due.Before,
        youngForms = young.Select(one => one.Form).ToArray(),
        youngDrafts = young.Select(one => one.IsDraft).ToArray(),
        young = young.Select(one => one.Sequence).ToArray(),
        form = after.Form,
        draft = after.IsDraft,
        sequence = after.Sequence,
        limit,
    };
}

/// <summary>What is to be taken from submissions.</summary>
internal enum OverdueWhat
{
    /// <summary>They themselves.</summary>
    Whole,

    /// <summary>Confidential answers.</summary>
    Confidential,

    /// <summary>Photos and other files.</summary>
    Files,

    /// <summary>Who sent them.</summary>
    Sender,
}

/// <summary>Which submissions are meant.</summary>
/// <param name="Before">What came later stays.</param>
internal sealed record Overdue(ProjectId Project, IReadOnlyList<FormId> Forms, OverdueWhat What, DateTimeOffset Before);

/// <summary>Up to where all is done.</summary>
internal readonly record struct OverduePlace(long Form, bool IsDraft, long Sequence);

/// <summary>A submission from which something is to be taken.</summary>
internal sealed record OverdueRow(SubmissionId Id, FormId FormId, bool IsDraft, long Sequence)
{
    /// <summary>Where it stands among all.</summary>
    public OverduePlace Place => new(FormId.Value, IsDraft, Sequence);
}

/// <summary>How many they are.</summary>
internal sealed record OverdueCount
{
    /// <summary>Those from which it is taken.</summary>
    public long Submissions { get; init; }

    /// <summary>Those that a legal hold keeps as they are.</summary>
    public long Held { get; init; }

    /// <summary>Those that a phone encrypted, where nothing can be taken out of them.</summary>
    public long Encrypted { get; init; }

    /// <summary>When the oldest of the first came; null when there are none.</summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>When the newest came.</summary>
    public DateTimeOffset? Newest { get; init; }
}
