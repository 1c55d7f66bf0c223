using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Reads and writes where submissions of deployments stand.</summary>
internal static class StandingRows
{
    /// <summary>The review state that ODK Central's clients see of what is final.</summary>
    public const string ReviewOfFinal = "approved";

    private const string Lock = """
        select id from submissions.submissions where id = @id and deployment_id is not null for update
        """;

    private const string Columns = """
        select s.id, s.instance_id, s.submitter_id, s.is_anonymous, s.deployment_id, s.state, s.stage_id, s.state_since,
               s.current_version, v.submitter_id as editor_id, s.deleted_at is not null as is_trashed
        from submissions.submissions s
        join submissions.versions v on v.submission_id = s.id and v.version = s.current_version
        where s.deployment_id is not null
        """;

    // Read after the lock: whoever waited must see what the one before has written.
    private const string Read = Columns + " and s.id = any (@ids) order by s.id";

    private const string Approvals = """
        select submission_id, stage_id, actor_id, version, is_override, at from submissions.approvals
        where submission_id = any (@ids) and withdrawn_at is null order by id
        """;

    // Who handled it is told of what was rejected, and nothing that moves so is.
    private const string Relist = """
        update submissions.submissions s
        set state = input.state, stage_id = input.stage, review_state = input.review, handled_by = null,
            state_since = @now, updated_at = @now
        from unnest(@id::uuid[], @state::text[], @stage::bigint[], @review::text[]) as input (id, state, stage, review)
        where s.id = input.id
        """;

    // The review state is what ODK Central's clients see of it.
    private const string Move = """
        update submissions.submissions
        set state = @state, stage_id = @stage, state_since = case when @moved then @now else state_since end,
            handled_by = case when @state = 'rejected' and state = 'rejected' then handled_by else @handled end,
            review_state = @review, updated_at = @now,
            deleted_at = case when @state = 'discarded' then @now when state = 'discarded' then null else deleted_at end
        where id = @id
        """;

    private const string Approve = """
        insert into submissions.approvals (submission_id, stage_id, version, actor_id, at, is_override)
        values (@id, @stage, @version, @actor, @now, @over)
        """;

    private const string Withdraw = """
        update submissions.approvals set withdrawn_at = @now
        where submission_id = @id and withdrawn_at is null and not (stage_id = any (@stages))
        """;

    /// <summary>Locks a submission and reads where it stands; null when it is in no deployment. The deployment is held before.</summary>
    public static async Task<StandingRow?> LockAsync(Tx tx, SubmissionId id, CancellationToken cancellationToken) =>
        await tx.FindAsync<Guid?>(Lock, new { id }, cancellationToken) is null ? null : await FindAsync(tx, id, cancellationToken);

    /// <summary>Reads where a submission stands; null when it is in no deployment.</summary>
    public static async Task<StandingRow?> FindAsync(Sql sql, SubmissionId id, CancellationToken cancellationToken) =>
        (await ListAsync(sql, [id.Value], cancellationToken)).SingleOrDefault();

    /// <summary>Reads where up to a few hundred submissions stand, in the order of their ids; those in no deployment are left out.</summary>
    public static async Task<IReadOnlyList<StandingRow>> ListAsync(Sql sql, Guid[] ids, CancellationToken cancellationToken)
    {
        var rows = await sql.ListAsync<Row>(Read, new { ids }, cancellationToken);
        var approvals = rows.Count == 0 ? [] : await sql.ListAsync<ApprovalRow>(Approvals, new { ids }, cancellationToken);
        var given = approvals.ToLookup(one => one.SubmissionId);
        return [.. rows.Select(row => row.With([.. given[row.Id]]))];
    }

    /// <summary>Writes where up to a few hundred submissions stand after their deployment's stages were changed. No approval changes so.</summary>
    public static Task RelistAsync(
        Tx tx, IReadOnlyList<(SubmissionId Id, Standing After)> moved, DateTimeOffset now, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(
            Relist,
            new
            {
                id = moved.Select(one => one.Id.Value).ToArray(),
                state = moved.Select(one => StageProblems.NameOf(one.After.State)).ToArray(),
                stage = moved.Select(one => one.After.Stage?.Value).ToArray(),
                review = moved.Select(one => ReviewOf(one.After)).ToArray(),
                now,
            },
            cancellationToken);

    /// <summary>Writes where a submission stands now, with its approvals.</summary>
    /// <param name="handlers">Who sees it when it is rejected: who did that and whose approvals were taken back. It stays theirs while it is.</param>
    public static async Task WriteAsync(
        Tx tx,
        StandingRow before,
        Standing after,
        IReadOnlyCollection<ActorId> handlers,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var row = new
        {
            id = before.Id,
            state = StageProblems.NameOf(after.State),
            stage = after.Stage,
            moved = after.State != before.Standing.State || after.Stage != before.Standing.Stage,
            now,
            handled = after.State == SubmissionState.Rejected ? handlers.Select(one => one.Value).Distinct().ToArray() : null,
            review = ReviewOf(after),
        };
        await tx.ExecuteAsync(Move, row, cancellationToken);
        var kept = after.Approvals.Select(approval => approval.Stage.Value).Distinct().ToArray();
        if (before.Standing.Approvals.Any(approval => !kept.Contains(approval.Stage.Value)))
        {
            await tx.ExecuteAsync(Withdraw, new { id = before.Id, stages = kept, now }, cancellationToken);
        }

        foreach (var given in after.Approvals.Skip(before.Standing.Approvals.Count))
        {
            await tx.ExecuteAsync(
                Approve,
                new { id = before.Id, stage = given.Stage, version = given.Version, actor = given.By, now, over = given.IsOverride },
                cancellationToken);
        }
    }

    /// <summary>Gives the review state that ODK Central's clients see.</summary>
    public static string? ReviewOf(Standing at) => at.State switch
    {
        SubmissionState.Final => ReviewOfFinal,
        SubmissionState.Rejected => "rejected",
        _ => at.Version > 1 ? "edited" : null,
    };

    private sealed class Row
    {
        public SubmissionId Id { get; init; }

        public string InstanceId { get; init; } = "";

        public ActorId SubmitterId { get; init; }

        public bool IsAnonymous { get; init; }

        public DeploymentId DeploymentId { get; init; }

        public string State { get; init; } = "";

        public long? StageId { get; init; }

        public DateTimeOffset StateSince { get; init; }

        public int CurrentVersion { get; init; }

        public ActorId EditorId { get; init; }

        public bool IsTrashed { get; init; }

        public StandingRow With(IReadOnlyList<ApprovalRow> given) => new(
            Id,
            InstanceId,
            DeploymentId,
            StateSince,
            IsTrashed,
            new Standing(
                Enum.Parse<SubmissionState>(State, ignoreCase: true),
                StageId is { } stage ? new StageId(stage) : null,
                CurrentVersion,
                IsAnonymous ? null : SubmitterId,
                EditorId,
                [.. given.Select(one => new StageApproval(one.StageId, one.ActorId, one.Version, one.IsOverride))]),
            given);
    }
}

/// <summary>Where a submission of a deployment stands, as it is stored.</summary>
/// <param name="Given">Its approvals in force, with when they were given.</param>
internal sealed record StandingRow(
    SubmissionId Id,
    string InstanceId,
    DeploymentId Deployment,
    DateTimeOffset Since,
    bool IsTrashed,
    Standing Standing,
    IReadOnlyList<ApprovalRow> Given);

/// <summary>An approval as it is stored.</summary>
internal sealed record ApprovalRow(
    SubmissionId SubmissionId, StageId StageId, ActorId ActorId, int Version, bool IsOverride, DateTimeOffset At);
