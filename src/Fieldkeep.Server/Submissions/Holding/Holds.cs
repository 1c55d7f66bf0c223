using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Submissions.Holding;

/// <summary>Keeps legal holds. Callers check access first; reasons are sealed.</summary>
/// <remarks>
/// Whoever erases shares a lock with the others who do, and whoever places a hold has it alone: a hold that was placed counts for all that is
/// erased after it, and what is under way is done before it is placed.
/// </remarks>
internal sealed class Holds(Db db, Keyring keyring, TimeProvider clock)
{
    /// <summary>Tells of a row of <c>submissions.submissions s</c> whether a hold stands on it.</summary>
    public const string Stands = """
        exists (
            select from submissions.holds h
            where h.project_id = s.project_id and h.lifted_at is null and (h.submission_id is null or h.submission_id = s.id))
        """;

    /// <summary>Goes behind the conditions on <c>submissions.submissions s</c>: leaves out what a hold stands on.</summary>
    public const string None = $" and not {Stands}\n";

    private const string ReasonName = "submissions.holds.reason";
    private const string LiftName = "submissions.holds.lift_reason";
    private const string Share = "select pg_advisory_xact_lock_shared(hashtext('submissions.holds'), @project::integer)";
    private const string Alone = "select pg_advisory_xact_lock(hashtext('submissions.holds'), @project::integer)";

    private const string IsHere = "select exists (select from submissions.submissions where id = @id and project_id = @project)";
    private const string Insert = """
        insert into submissions.holds (project_id, submission_id, placed_by, placed_at, row_id, reason)
        values (@project, @submission, @by, @now, @row, @reason)
        on conflict do nothing
        returning id
        """;

    private const string Lift = """
        update submissions.holds set lifted_by = @by, lifted_at = @now, lift_row = @row, lift_reason = @reason
        where id = @id and project_id = @project and lifted_at is null
        returning row_id, submission_id, placed_by, placed_at, reason
        """;

    // Of what is held again, the holds that were lifted need not be remembered: however often that is done, room is left.
    private const string Over = """
        select row_id from submissions.holds
        where project_id = @project and submission_id is not distinct from @submission and lifted_at is not null
        order by id desc limit 1000
        """;

    private const string Columns = """
        select h.id, s.instance_id, s.form_id, h.placed_by, h.placed_at, h.row_id, h.reason, h.lifted_by, h.lifted_at, h.lift_row, h.lift_reason
        from submissions.holds h left join submissions.submissions s on s.id = h.submission_id
        where h.project_id = @project
        """;

    private const string All = Columns + " order by h.id desc limit 1000";

    private const string One = Columns + " and h.id = @id";

    private const string Standing = """
        select h.id from submissions.holds h
        where h.project_id = @project and h.lifted_at is null and (@whole or h.submission_id is null or h.submission_id = any (@submissions))
        order by h.id limit 100
        """;

    private const string OnHold = "select h.submission_id from submissions.holds h where h.project_id = @project and h.lifted_at is null";

    /// <summary>Takes part in erasing: no hold is placed on the project until the transaction ends.</summary>
    public static Task ShareAsync(Tx tx, ProjectId project, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Share, new { project = unchecked((int)project.Value) }, cancellationToken);

    /// <summary>Lists the holds that stand on a project, or on submissions of it; of all of them when none is named.</summary>
    public static Task<IReadOnlyList<long>> ListStandingAsync(
        Sql sql, ProjectId project, IReadOnlyCollection<SubmissionId>? submissions, CancellationToken cancellationToken) =>
        sql.ListAsync<long>(
            Standing,
            new { project, whole = submissions is null, submissions = (submissions ?? []).Select(one => one.Value).ToArray() },
            cancellationToken);

    /// <summary>Refuses to erase what is on hold, and keeps holds away until the transaction ends.</summary>
    /// <param name="submissions">What is to be erased; null for the whole project, which a hold on any of its submissions stops.</param>
    /// <exception cref="ProblemException"><c>hold.active</c>.</exception>
    public static async Task RequireNoneAsync(
        Tx tx, ProjectId project, IReadOnlyCollection<SubmissionId>? submissions, CancellationToken cancellationToken)
    {
        await ShareAsync(tx, project, cancellationToken);
        if (await ListStandingAsync(tx, project, submissions, cancellationToken) is { Count: > 0 } standing)
        {
            throw HoldProblems.Active(standing);
        }
    }

    /// <summary>Places a hold; waits for what is being erased at this moment. The keyring knows of it first: a database restored from before is told.</summary>
    /// <exception cref="ProblemException"><c>hold.standing</c>, <c>hold.too_many</c>, <c>submission.not_found</c>.</exception>
    public async Task<long> PlaceAsync(
        Tx tx, Actor actor, ProjectRef project, SubmissionId? submission, string reason, CancellationToken cancellationToken)
    {
        await AloneAsync(tx, project.Id, cancellationToken);
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var arguments = new
        {
            project = project.Id,
            submission = submission?.Value,
            by = actor.Id,
            now,
            row,
            reason = Seal(ReasonName, row, reason),
        };
        if (submission is { } on && !await tx.GetAsync<bool>(IsHere, new { id = on, project = project.Id }, cancellationToken))
        {
            throw HoldProblems.Gone(); // Erased while this waited.
        }

        var id = await tx.FindAsync<long?>(Insert, arguments, cancellationToken) ?? throw HoldProblems.Standing();
        try
        {
            var note = new HoldNote(project.Key, row, new HoldPlan(arguments.submission, actor.Id.Value, arguments.reason, null).Write(), now);
            keyring.NoteHold(note, await tx.ListAsync<Guid>(Over, new { project = project.Id, submission = arguments.submission }, cancellationToken), submission is null);
        }
        catch (VaultException full) when (full.Reason == VaultFailure.TooLarge)
        {
            throw HoldProblems.TooMany();
        }

        return id;
    }

    /// <summary>Lets nobody erase anything of a project until the transaction ends; waits for who does.</summary>
    public static Task AloneAsync(Tx tx, ProjectId project, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Alone, new { project = unchecked((int)project.Value) }, cancellationToken);

    /// <summary>Lifts a hold; gives what the keyring is told by <see cref="Note"/> after the commit: whoever dies in between leaves a hold.</summary>
    /// <exception cref="ProblemException"><c>hold.not_found</c>.</exception>
    public async Task<HoldNote> LiftAsync(Tx tx, Actor actor, ProjectRef project, long id, string reason, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var arguments = new { id, project = project.Id, by = actor.Id, now, row, reason = Seal(LiftName, row, reason) };
        var lifted = await tx.FindAsync<LiftedRow>(Lift, arguments, cancellationToken) ?? throw HoldProblems.NotFound(id);
        var lift = new HoldLift(actor.Id.Value, now, row, arguments.reason);
        return new HoldNote(
            project.Key, lifted.RowId, new HoldPlan(lifted.SubmissionId, lifted.PlacedBy.Value, [], lift).Write(), lifted.PlacedAt);
    }

    /// <summary>Tells the keyring of a hold that was lifted.</summary>
    public void Note(HoldNote lifted)
    {
        keyring.NoteHold(lifted, [], isOfProject: false);
        TellTargets();
    }

    /// <summary>Brings what the keyring knows of holds to the backup directories; after the commit, for one that hangs is waited for.</summary>
    public void TellTargets() => keyring.ReplaceTargets();

    /// <summary>Lists the holds of a project, newest first, those that were lifted too.</summary>
    /// <param name="nameOf">Gives the id of a form that phones use.</param>
    public async Task<IReadOnlyList<Hold>> ListAsync(
        ProjectId project, Func<FormId, ValueTask<string?>> nameOf, CancellationToken cancellationToken)
    {
        var holds = new List<Hold>();
        foreach (var row in await db.ListAsync<HoldRow>(All, new { project }, cancellationToken))
        {
            holds.Add(Of(row, row.FormId is { } form ? await nameOf(form) : null));
        }

        return holds;
    }

    /// <summary>Gives what tells whether a submission of a project is on hold.</summary>
    public async Task<Func<SubmissionId, bool>> FindHeldAsync(ProjectId project, CancellationToken cancellationToken)
    {
        var held = (await db.ListAsync<Guid?>(OnHold, new { project }, cancellationToken)).ToHashSet();
        return id => held.Contains(null) || held.Contains(id.Value);
    }

    /// <summary>Finds the submission that a hold is on; null for a hold on the project.</summary>
    public static async Task<string?> FindInstanceAsync(Sql sql, ProjectId project, long id, CancellationToken cancellationToken) =>
        (await sql.FindAsync<HoldRow>(One, new { project, id }, cancellationToken))?.InstanceId;

    private Hold Of(HoldRow row, string? form) => new(
        row.Id,
        row.InstanceId,
        form,
        row.PlacedBy,
        row.PlacedAt,
        Open(ReasonName, row.RowId, row.Reason),
        row.LiftedBy,
        row.LiftedAt,
        row is { LiftRow: { } lift, LiftReason: { } reason } ? Open(LiftName, lift, reason) : null);

    private byte[] Seal(string column, Guid row, string reason) =>
        SealedReason.Seal(keyring, column, row, reason);

    private string Open(string column, Guid row, byte[] reason) =>
        SealedReason.Open(keyring, column, row, reason);

    private sealed record LiftedRow
    {
        public Guid RowId { get; init; }

        public Guid? SubmissionId { get; init; }

        public ActorId PlacedBy { get; init; }

        public DateTimeOffset PlacedAt { get; init; }

        public byte[] Reason { get; init; } = [];
    }

    private sealed record HoldRow
    {
        public long Id { get; init; }

        public string? InstanceId { get; init; }

        public FormId? FormId { get; init; }

        public ActorId PlacedBy { get; init; }

        public DateTimeOffset PlacedAt { get; init; }

        public Guid RowId { get; init; }

        public byte[] Reason { get; init; } = [];

        public ActorId? LiftedBy { get; init; }

        public DateTimeOffset? LiftedAt { get; init; }

        public Guid? LiftRow { get; init; }

        public byte[]? LiftReason { get; init; }
    }
}
