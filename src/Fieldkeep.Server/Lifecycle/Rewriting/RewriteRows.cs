using System.Text;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Editing;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Lifecycle.Rewriting;

/// <summary>Keeps orders to rewrite answers, and how far each has come.</summary>
internal sealed class RewriteRows(Db db, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    /// <summary>The room's rows of an erased project.</summary>
    public static readonly IReadOnlyList<RowsOfProject> Deletions =
    [
        new(40, """
            delete from lifecycle.rewrites where id in (select id from lifecycle.rewrites where project_id = @project limit @rows)
            returning null::bytea
            """),
        new(41, """
            delete from lifecycle.pseudonyms
            where (project_id, mac) in (select project_id, mac from lifecycle.pseudonyms where project_id = @project limit @rows)
            returning null::bytea
            """),
    ];

    private const string Insert = """
        insert into lifecycle.rewrites (id, project_id, form_id, kind, plan, by_actor, begun_at, is_replay)
        values (@id, @project, @form, @kind, @plan::jsonb, @by, @now, @replay)
        on conflict (id) do nothing
        """;

    private const string Columns = """
        select id, project_id, form_id, kind, plan::text as plan, by_actor, begun_at, place, submissions, versions, answers, files,
               (select count(*) from lifecycle.rewrites_left l where l.rewrite_id = rewrites.id and l.why <> 'edited') as left_alone, finished_at
        from lifecycle.rewrites
        """;

    private const string Unfinished = Columns + """
         where finished_at is null or exists (
            select from lifecycle.rewrites_left l
            where l.rewrite_id = rewrites.id and (l.why in ('held', 'edited') or (l.why = 'failed' and l.tried_at <= @failed_before)))
        order by begun_at
        """;
    private const string OfProject = Columns + " where project_id = @project order by begun_at desc limit 100";
    private const string One = Columns + " where id = @id";

    private const string Advance = """
        update lifecycle.rewrites
        set place = greatest(place, @place), submissions = submissions + @submissions, versions = versions + @versions, answers = answers + @answers,
            files = files + @files
        where id = @id
        """;

    // From which version on it is edited counts only for what was rewritten once: what never was is rewritten as a whole.
    private const string Leave = """
        insert into lifecycle.rewrites_left as l (rewrite_id, submission_id, why, tried_at) values (@id, @place, @why, @now)
        on conflict (rewrite_id, submission_id) do update
        set why = excluded.why, tried_at = excluded.tried_at, version = case when @again then l.version end
        """;

    // Waits for whoever is at the order: what it has come to meanwhile has had its turn. New left ones, which refer to the order, do not wait for it.
    private const string HasTurn = "select place < @submission from lifecycle.rewrites where id = @id for no key update";

    private const string IsStillLeft = """
        select submission_id from lifecycle.rewrites_left
        where rewrite_id = @id and submission_id = @submission and why = @why and version is not distinct from @version
        for update
        """;

    private const string Done = "delete from lifecycle.rewrites_left where rewrite_id = @id and submission_id = @place";

    private const string Left = """
        select submission_id, why, version from lifecycle.rewrites_left
        where rewrite_id = @id and (why in ('held', 'edited') or (why = 'failed' and tried_at <= @failed_before))
        order by submission_id
        """;

    // Of a form, or of chosen submissions: those have been named. What a hold or damage kept is done as a whole anyway.
    private const string TakeAgain = """
        insert into lifecycle.rewrites_left (rewrite_id, submission_id, why, tried_at, version)
        select r.id, @submission, 'edited', @now, @version from lifecycle.rewrites r
        where r.project_id = @project and r.form_id = @form and (r.plan ->> 'before')::timestamptz >= @came
            and (r.plan -> 'submissions' is null or r.plan -> 'submissions' = 'null'::jsonb or jsonb_exists(r.plan -> 'submissions', @submission::text))
        on conflict (rewrite_id, submission_id) do nothing
        """;

    // Of all that came before the order: those whose turn is to come do not need it, and lose it with their turn.
    private const string TakeLate = """
        insert into lifecycle.rewrites_left (rewrite_id, submission_id, why, tried_at, version)
        select r.id, input.id, 'edited', @now, @first
        from unnest(@ids::uuid[], @projects::bigint[], @forms::bigint[], @came::timestamptz[]) as input (id, project, form, came)
        join lifecycle.rewrites r on r.project_id = input.project and r.form_id = input.form
            -- No order begins before what it takes; the hour is for a clock that was set back. The index has it, and of what comes now nothing is read.
            and r.begun_at >= input.came - interval '1 hour' and (r.plan ->> 'before')::timestamptz >= input.came
        where r.plan -> 'submissions' is null or r.plan -> 'submissions' = 'null'::jsonb or jsonb_exists(r.plan -> 'submissions', input.id::text)
        on conflict (rewrite_id, submission_id) do nothing
        """;

    private const string Unrewritten = """
        select distinct on (l.submission_id) l.submission_id, l.why from lifecycle.rewrites_left l join lifecycle.rewrites r on r.id = l.rewrite_id
        where r.project_id = @project and l.why in ('held', 'edited', 'failed')
        order by l.submission_id, l.why desc
        """;

    private static readonly TimeSpan TryFailedAgain = TimeSpan.FromHours(1);

    private const string Finish = "update lifecycle.rewrites set finished_at = @now where id = @id and finished_at is null";
    private const string Ids = "select id from lifecycle.rewrites where id = any (@ids)";

    /// <summary>Notes an order, with its entry in the ledger; false when it stands there already. Waits for the submissions that are being stored.</summary>
    public async Task<bool> InsertAsync(
        Tx tx, Actor actor, ProjectRef project, Guid id, RewritePlan plan, bool isReplay, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            id,
            project = project.Id,
            form = plan.Form,
            kind = plan.Kind,
            plan = Encoding.UTF8.GetString(plan.Write()),
            by = actor.Id,
            now = clock.GetUtcNow(),
            replay = isReplay,
        };
        await Arrivals.AloneAsync(tx, project.Id, cancellationToken);
        if (await tx.ExecuteAsync(Insert, arguments, cancellationToken) == 0)
        {
            return false;
        }

        var form = plan.Form.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var action = isReplay ? "form.rewrite_again" : "form.rewrite";
        await changes.AppendAsync(
            tx,
            actor,
            new Change(action, project, "form", form, null, new { order = id, plan.Kind, plan.Questions, plan.NewestOnly, chosen = plan.Submissions?.Count }),
            cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, project.Id, "form", form, plan.Kind), cancellationToken);
        return true;
    }

    /// <summary>Lists what is not done yet, oldest first; what is done but left something to be taken again too.</summary>
    public Task<IReadOnlyList<RewriteRow>> ListUnfinishedAsync(CancellationToken cancellationToken) =>
        db.ListAsync<RewriteRow>(Unfinished, new { failed_before = clock.GetUtcNow() - TryFailedAgain }, cancellationToken);

    /// <summary>Lists what an order left and is to be taken again: what was on hold, was edited since, or could not be read an hour ago.</summary>
    public Task<IReadOnlyList<LeftRow>> ListLeftAsync(Guid id, CancellationToken cancellationToken) =>
        db.ListAsync<LeftRow>(Left, new { id, failed_before = clock.GetUtcNow() - TryFailedAgain }, cancellationToken);

    /// <summary>Lists submissions of a project that an order is still to rewrite, and why: held, edited or failed.</summary>
    public async Task<IReadOnlyDictionary<SubmissionId, string>> ListUnrewrittenAsync(ProjectId project, CancellationToken cancellationToken) =>
        (await db.ListAsync<LeftRow>(Unrewritten, new { project }, cancellationToken)).ToDictionary(left => left.SubmissionId, left => left.Why);

    /// <summary>Notes that answers of a submission came anew, in the transaction that stores them: what rewrote it is done once more.</summary>
    public static async Task<bool> TakeAgainAsync(Tx tx, EditOfRewritten edit, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            project = edit.Project,
            form = edit.Form,
            submission = edit.Submission.Value,
            came = edit.CameAt,
            version = edit.Version,
            now = edit.At,
        };
        return await tx.ExecuteAsync(TakeAgain, arguments, cancellationToken) > 0;
    }

    /// <summary>Notes submissions that are stored only now and came before an order was given, in the transaction that stores them: they have their turn, too.</summary>
    public async Task<bool> TakeLateAsync(Tx tx, IReadOnlyList<NewSubmission> submissions, CancellationToken cancellationToken)
    {
        var meant = submissions.Where(submission => !submission.IsDraft).ToList();
        var arguments = new
        {
            ids = meant.Select(submission => submission.Id.Value).ToArray(),
            projects = meant.Select(submission => submission.Project.Id.Value).ToArray(),
            forms = meant.Select(submission => submission.Form.Value).ToArray(),
            came = meant.Select(submission => submission.ReceivedAt.UtcDateTime).ToArray(),
            first = LeftRow.First,
            now = clock.GetUtcNow(),
        };
        return meant.Count > 0 && await tx.ExecuteAsync(TakeLate, arguments, cancellationToken) > 0;
    }

    /// <summary>Lists the newest of a project.</summary>
    public Task<IReadOnlyList<RewriteRow>> ListAsync(ProjectId project, CancellationToken cancellationToken) =>
        db.ListAsync<RewriteRow>(OfProject, new { project }, cancellationToken);

    /// <summary>Finds one.</summary>
    public Task<RewriteRow?> FindAsync(Guid id, CancellationToken cancellationToken) => db.FindAsync<RewriteRow>(One, new { id }, cancellationToken);

    /// <summary>Gives those of some ids that are known here.</summary>
    public async Task<IReadOnlySet<Guid>> KnownAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) =>
        (await db.ListAsync<Guid>(Ids, new { ids = ids.ToArray() }, cancellationToken)).ToHashSet();

    /// <summary>Tells whether a submission has its first turn yet, in the transaction that is to rewrite it: until that ends, nobody else is told so.</summary>
    public static Task<bool> HasTurnAsync(Tx tx, Guid id, SubmissionId submission, CancellationToken cancellationToken) =>
        tx.FindAsync<bool>(HasTurn, new { id, submission = submission.Value }, cancellationToken);

    /// <summary>Tells whether an order still leaves a submission as it was listed, in the transaction that is to rewrite it.</summary>
    public static async Task<bool> IsStillLeftAsync(Tx tx, Guid id, LeftRow left, CancellationToken cancellationToken) => await tx.FindAsync<Guid?>(
        IsStillLeft, new { id, submission = left.SubmissionId.Value, why = left.Why, version = left.Version }, cancellationToken) is not null;

    /// <summary>Notes how far one has come, in the transaction that came there.</summary>
    /// <param name="isAgain">Whether it had its turn before.</param>
    public async Task AdvanceAsync(Tx tx, Guid id, SubmissionId place, RewrittenCount count, bool isAgain, CancellationToken cancellationToken)
    {
        var at = new { id, place = place.Value, why = count.LeftBecause, again = isAgain, now = clock.GetUtcNow() };
        await tx.ExecuteAsync(count.LeftBecause is null ? Done : Leave, at, cancellationToken);
        await tx.ExecuteAsync(
            Advance,
            new { id, place = place.Value, submissions = count.Submissions, versions = count.Versions, answers = count.Answers, files = count.Files },
            cancellationToken);
    }

    /// <summary>Notes the end of one; false when that stands there already.</summary>
    public async Task<bool> FinishAsync(Tx tx, Guid id, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Finish, new { id, now = clock.GetUtcNow() }, cancellationToken) == 1;
}

/// <summary>A submission that an order left.</summary>
internal sealed record LeftRow
{
    /// <summary>Which.</summary>
    public SubmissionId SubmissionId { get; init; }

    /// <summary>held, failed or edited.</summary>
    public string Why { get; init; } = "";

    /// <summary>From which version on it was edited; <see cref="First"/> where it was stored after its turn; null where neither is so, or it was not noted.</summary>
    public int? Version { get; init; }

    /// <summary>No edit becomes the first version: the whole submission came after its turn.</summary>
    public const int First = 1;

    /// <summary>Whether it was never rewritten: it is done as all others are.</summary>
    public bool IsWhole => Version == First || (Version is null && Why != "edited");
}

/// <summary>One order to rewrite answers.</summary>
internal sealed record RewriteRow
{
    /// <summary>Its id.</summary>
    public Guid Id { get; init; }

    /// <summary>The project.</summary>
    public ProjectId ProjectId { get; init; }

    /// <summary>The form.</summary>
    public FormId FormId { get; init; }

    /// <summary>mask or pseudonymise.</summary>
    public string Kind { get; init; } = "";

    /// <summary>What to do, as JSON of <see cref="RewritePlan"/>.</summary>
    public string Plan { get; init; } = "";

    /// <summary>Who ordered it.</summary>
    public ActorId ByActor { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset BegunAt { get; init; }

    /// <summary>Up to this submission all is done.</summary>
    public Guid Place { get; init; }

    /// <summary>Submissions rewritten so far.</summary>
    public long Submissions { get; init; }

    /// <summary>Versions rewritten so far.</summary>
    public long Versions { get; init; }

    /// <summary>Answers that say something else now.</summary>
    public long Answers { get; init; }

    /// <summary>Files that went.</summary>
    public long Files { get; init; }

    /// <summary>Submissions on hold, encrypted on the phone, or damaged.</summary>
    public long LeftAlone { get; init; }

    /// <summary>When it was done; null while it goes on.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}
