using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Purging;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Keeps what each round of a retention rule did, and how far the one has come that goes on.</summary>
internal sealed class RetentionRuns(Db db, TimeProvider clock)
{
    // A little less than a day: a round that began late one day does not make the next day's wait.
    private static readonly TimeSpan Between = TimeSpan.FromHours(23);

    private const string Columns = """
        select r.id, r.rule_id, r.project_id, r.days, r.before, r.begun_at, r.finished_at, r.form_id, r.is_draft, r.sequence,
               r.submissions, r.answers, r.files, r.held, r.encrypted, r.failed, u.kind, u.form_id as rule_form
        from lifecycle.retention_runs r join lifecycle.retention_rules u on u.id = r.rule_id
        """;

    private const string OfProject = Columns + " where r.project_id = @project order by r.id desc limit 500";
    private const string Open = Columns + " where r.rule_id = @rule and r.finished_at is null";
    private const string One = Columns + " where r.id = @id";
    private const string IsRecent = "select exists (select from lifecycle.retention_runs where rule_id = @rule and begun_at > @since and begun_at <= @now)";

    private const string Insert = """
        insert into lifecycle.retention_runs (rule_id, project_id, days, before, begun_at)
        select u.id, u.project_id, @days, @before, @now from lifecycle.retention_rules u
        where u.id = @rule and u.version = @version and u.ended_at is null
        for share
        on conflict do nothing
        """;

    private const string Advance = """
        update lifecycle.retention_runs
        set form_id = @form, is_draft = @draft, sequence = @sequence, submissions = submissions + @submissions, answers = answers + @answers,
            files = files + @files, failed = failed + @failed
        where id = @id and finished_at is null
        """;

    private const string Finish = """
        update lifecycle.retention_runs set finished_at = @now, held = @held, encrypted = @encrypted where id = @id and finished_at is null
        """;

    // Of rounds that found nothing the newest says enough.
    private const string ForgetEmpty = """
        delete from lifecycle.retention_runs
        where rule_id = @rule and id < @id and finished_at is not null and submissions = 0 and held = 0 and encrypted = 0 and failed = 0
        """;

    /// <summary>Lists the newest of a project.</summary>
    public Task<IReadOnlyList<RetentionRun>> ListAsync(ProjectId project, CancellationToken cancellationToken) =>
        db.ListAsync<RetentionRun>(OfProject, new { project }, cancellationToken);

    /// <summary>Gives the round of a rule that goes on, or begins one; null when today's is done, or the rule is another by now.</summary>
    public async Task<RetentionRun?> BeginAsync(RetentionRule rule, int days, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (await db.FindAsync<RetentionRun>(Open, new { rule = rule.Id }, cancellationToken) is { } begun)
        {
            if (begun.Days == days)
            {
                return begun;
            }

            // Its notice is over since: what was begun goes by the days of before.
            await db.ExecuteAsync(Finish, new { id = begun.Id, now, held = 0L, encrypted = 0L }, cancellationToken);
        }
        else if (await db.GetAsync<bool>(IsRecent, new { rule = rule.Id, since = now - Between, now }, cancellationToken))
        {
            return null;
        }

        await db.ExecuteAsync(Insert, new { rule = rule.Id, version = rule.Version, days, before = now.AddDays(-days), now }, cancellationToken);
        return await db.FindAsync<RetentionRun>(Open, new { rule = rule.Id }, cancellationToken);
    }

    /// <summary>Notes how far one has come, in the transaction that came there.</summary>
    /// <exception cref="RetentionStopped">The rule was taken back or changed: nothing of the transaction may stay.</exception>
    public static async Task AdvanceAsync(
        Tx tx, RetentionRun run, OverdueRow place, RewrittenCount count, int failed, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            id = run.Id,
            form = place.FormId,
            draft = place.IsDraft,
            sequence = place.Sequence,
            submissions = count.Submissions,
            answers = count.Answers,
            files = count.Files,
            failed,
        };
        if (await tx.ExecuteAsync(Advance, arguments, cancellationToken) == 0)
        {
            throw new RetentionStopped();
        }
    }

    /// <summary>Notes the end of one; gives it as it ended, null when it stands there already.</summary>
    public async Task<RetentionRun?> FinishAsync(Tx tx, RetentionRun run, OverdueCount left, CancellationToken cancellationToken)
    {
        var ended = new { id = run.Id, now = clock.GetUtcNow(), held = left.Held, encrypted = left.Encrypted };
        if (await tx.ExecuteAsync(Finish, ended, cancellationToken) == 0)
        {
            return null;
        }

        await tx.ExecuteAsync(ForgetEmpty, new { rule = run.RuleId, id = run.Id }, cancellationToken);
        return await tx.FindAsync<RetentionRun>(One, new { id = run.Id }, cancellationToken);
    }
}

/// <summary>One round of a retention rule.</summary>
internal sealed record RetentionRun
{
    /// <summary>Its number.</summary>
    public long Id { get; init; }

    /// <summary>The rule.</summary>
    public long RuleId { get; init; }

    /// <summary>The project.</summary>
    public ProjectId ProjectId { get; init; }

    /// <summary>What the rule takes away.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The one form the rule is limited to.</summary>
    public FormId? RuleForm { get; init; }

    /// <summary>The days that counted.</summary>
    public int Days { get; init; }

    /// <summary>What came until then was due.</summary>
    public DateTimeOffset Before { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset BegunAt { get; init; }

    /// <summary>When it was done; null while it goes on.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The form it has come to.</summary>
    public long FormId { get; init; }

    /// <summary>Whether it has come to the form's test submissions.</summary>
    public bool IsDraft { get; init; }

    /// <summary>The submission up to which all is done.</summary>
    public long Sequence { get; init; }

    /// <summary>Submissions it took something from, or moved to the trash.</summary>
    public long Submissions { get; init; }

    /// <summary>Answers that were emptied.</summary>
    public long Answers { get; init; }

    /// <summary>Files that went.</summary>
    public long Files { get; init; }

    /// <summary>Submissions that a legal hold kept as they are.</summary>
    public long Held { get; init; }

    /// <summary>Submissions that a phone encrypted: nobody here takes anything out of them.</summary>
    public long Encrypted { get; init; }

    /// <summary>Submissions that could not be read or written; tried again the next day.</summary>
    public long Failed { get; init; }
}

/// <summary>Says that a rule was taken back or changed while it was carried out, or what it means became more.</summary>
internal sealed class RetentionStopped() : Exception("The retention rule was taken back or changed meanwhile, or what it means became more.");
