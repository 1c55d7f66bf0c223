using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Keeps retention rules. Callers check access first.</summary>
internal sealed class RetentionRows(Db db, TimeProvider clock)
{
    /// <summary>The most rules of a project.</summary>
    public const int Most = 100;

    /// <summary>The room's rows of an erased project, or of a purged form.</summary>
    public static readonly IReadOnlyList<RowsOfProject> Deletions =
    [
        new(42, """
            delete from lifecycle.retention_runs where id in (
                select id from lifecycle.retention_runs
                where project_id = @project or rule_id in (select id from lifecycle.retention_rules where form_id = any (@forms)) limit @rows)
            returning null::bytea
            """),
        new(43, """
            delete from lifecycle.retention_rules where id in (
                select id from lifecycle.retention_rules where project_id = @project or form_id = any (@forms) limit @rows)
            returning null::bytea
            """),
    ];

    private const string Columns = """
        select id, project_id, form_id, kind, days, days_before, version, set_by, set_at, acts_from, told_at from lifecycle.retention_rules
        """;

    private const string Standing = Columns + " where ended_at is null order by project_id, id";
    private const string OfProject = Columns + " where project_id = @project and ended_at is null order by id";
    private const string DeletesSince = """
        select exists (
            select from lifecycle.retention_rules
            where project_id = @project and kind = 'delete' and (ended_at is null or ended_at > @since))
        """;

    private const string EndedSince = "select count(*)::integer from lifecycle.retention_rules where project_id = @project and ended_at > @since";
    private const string One = Columns + " where id = @id and project_id = @project and ended_at is null for update";

    // One at a time adds a rule to a project: whoever waits counts what the one before added.
    private const string Lock = "select pg_advisory_xact_lock(hashtext('lifecycle.retention_rules'), @project::integer)";

    private const string Insert = """
        insert into lifecycle.retention_rules (project_id, form_id, kind, days, set_by, set_at, acts_from)
        values (@project, @form, @kind, @days, @by, @at, @from)
        returning id
        """;

    private const string Write = """
        update lifecycle.retention_rules
        set days = @days, days_before = @before, version = @version, set_by = @by, set_at = @at, acts_from = @from, told_at = @told
        where id = @id
        """;

    private const string End = "update lifecycle.retention_rules set ended_at = @now, set_by = @by where id = @id";

    private const string CloseRun = "update lifecycle.retention_runs set finished_at = @now where rule_id = @id and finished_at is null";

    private const string Restored = """
        with closed as (update lifecycle.retention_runs set finished_at = @now where finished_at is null)
        update lifecycle.retention_rules set days_before = null, acts_from = @from, told_at = null, version = version + 1 where ended_at is null
        """;

    private const string Tell = """
        update lifecycle.retention_rules set told_at = @now, acts_from = greatest(acts_from, @from)
        where id = @id and version = @version and told_at is null and ended_at is null
        """;

    /// <summary>Begins the notice of every rule anew: a restored database may bring back what was ended or made milder since.</summary>
    public async Task WaitAfterRestoreAsync(CancellationToken cancellationToken)
    {
        var now = RetentionRule.Second(clock.GetUtcNow());
        await db.ExecuteAsync(Restored, new { now, from = now + RetentionRule.Notice }, cancellationToken);
    }

    /// <summary>Lists the rules of all projects.</summary>
    public Task<IReadOnlyList<RetentionRule>> ListAllAsync(CancellationToken cancellationToken) =>
        db.ListAsync<RetentionRule>(Standing, null, cancellationToken);

    /// <summary>Lists the rules of a project.</summary>
    public Task<IReadOnlyList<RetentionRule>> ListAsync(ProjectId project, CancellationToken cancellationToken) =>
        ListAsync(db, project, cancellationToken);

    /// <summary>Counts the rules of a project that were ended after a moment.</summary>
    public Task<int> CountEndedSinceAsync(ProjectId project, DateTimeOffset since, CancellationToken cancellationToken) =>
        db.GetAsync<int>(EndedSince, new { project, since }, cancellationToken);

    /// <summary>Tells whether a rule of a project deletes submissions, or did until it was ended after a moment.</summary>
    public Task<bool> DeletesSinceAsync(ProjectId project, DateTimeOffset since, CancellationToken cancellationToken) =>
        db.GetAsync<bool>(DeletesSince, new { project, since }, cancellationToken);

    /// <summary>Lists the rules of a project, and lets nobody else add one until the transaction ends.</summary>
    public static async Task<IReadOnlyList<RetentionRule>> ListAloneAsync(Tx tx, ProjectId project, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(Lock, new { project = unchecked((int)project.Value) }, cancellationToken);
        return await ListAsync(tx, project, cancellationToken);
    }

    /// <summary>Gets a rule of a project as whoever changes it knows it, and holds it until the transaction ends.</summary>
    /// <exception cref="ProblemException"><c>retention.not_found</c>, <c>retention.outdated</c>.</exception>
    public static async Task<RetentionRule> GetAsync(Tx tx, ProjectId project, long id, int? version, CancellationToken cancellationToken)
    {
        var rule = await tx.FindAsync<RetentionRule>(One, new { id, project }, cancellationToken) ?? throw RetentionProblems.NotFound(id);
        return rule.Version == version ? rule : throw RetentionProblems.Outdated();
    }

    /// <summary>Writes a new rule; gives it with its number.</summary>
    public static async Task<RetentionRule> InsertAsync(Tx tx, RetentionRule rule, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            project = rule.ProjectId,
            form = rule.FormId?.Value,
            kind = rule.Kind,
            days = rule.Days,
            by = rule.SetBy,
            at = rule.SetAt,
            from = rule.ActsFrom,
        };
        return rule with { Id = await tx.GetAsync<long>(Insert, arguments, cancellationToken), Version = 1 };
    }

    /// <summary>Writes a changed rule, and ends the round it is in: the next goes by the rule as it is then.</summary>
    public static async Task WriteAsync(Tx tx, RetentionRule rule, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            id = rule.Id,
            days = rule.Days,
            before = rule.DaysBefore,
            version = rule.Version,
            by = rule.SetBy,
            at = rule.SetAt,
            from = rule.ActsFrom,
            told = rule.ToldAt,
        };
        await tx.ExecuteAsync(Write, arguments, cancellationToken);
        await tx.ExecuteAsync(CloseRun, new { id = rule.Id, now = rule.SetAt }, cancellationToken);
    }

    /// <summary>Ends a rule, and the round it is in.</summary>
    public static async Task EndAsync(Tx tx, Actor actor, long id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(End, new { id, now, by = actor.Id }, cancellationToken);
        await tx.ExecuteAsync(CloseRun, new { id, now }, cancellationToken);
    }

    /// <summary>Notes that people were told for the last time, from which on a day must pass; false when another did, or the rule is another by now.</summary>
    public static async Task<bool> TellAsync(Tx tx, RetentionRule rule, DateTimeOffset now, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Tell, new { id = rule.Id, version = rule.Version, now, from = RetentionRule.Second(now) + RetentionRule.LastWord }, cancellationToken) == 1;

    private static Task<IReadOnlyList<RetentionRule>> ListAsync(Sql sql, ProjectId project, CancellationToken cancellationToken) =>
        sql.ListAsync<RetentionRule>(OfProject, new { project }, cancellationToken);
}
