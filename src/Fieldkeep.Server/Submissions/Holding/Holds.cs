using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Submissions.Holding;

/// <summary>Keeps legal holds. Callers check access first; reasons are sealed.</summary>
/// <remarks>
/// Whoever erases shares a lock with the others who do, and whoever places a hold has it alone: a hold that was placed counts for all that is
/// erased after it, and what is under way is done before it is placed.
/// </remarks>
internal sealed class Holds(Db db, Keyring keyring, TimeProvider clock)
{
    /// <summary>Goes behind the conditions on <c>submissions.submissions s</c>: leaves out what a hold stands on.</summary>
    public const string None = """
         and not exists (
            select from submissions.holds h
            where h.project_id = s.project_id and h.lifted_at is null and (h.submission_id is null or h.submission_id = s.id))

        """;

    private const string ReasonName = "submissions.holds.reason";
    private const string LiftName = "submissions.holds.lift_reason";
    private const string Share = "select pg_advisory_xact_lock_shared(hashtext('submissions.holds'), @project::integer)";
    private const string Alone = "select pg_advisory_xact_lock(hashtext('submissions.holds'), @project::integer)";

    private const string Insert = """
        insert into submissions.holds (project_id, submission_id, placed_by, placed_at, row_id, reason)
        values (@project, @submission, @by, @now, @row, @reason)
        on conflict do nothing
        returning id
        """;

    private const string Lift = """
        update submissions.holds set lifted_by = @by, lifted_at = @now, lift_row = @row, lift_reason = @reason
        where id = @id and project_id = @project and lifted_at is null
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

    /// <summary>Places a hold; waits for what is being erased at this moment.</summary>
    /// <exception cref="ProblemException"><c>hold.standing</c>.</exception>
    public async Task<long> PlaceAsync(
        Tx tx, Actor actor, ProjectId project, SubmissionId? submission, string reason, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(Alone, new { project = unchecked((int)project.Value) }, cancellationToken);
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var arguments = new
        {
            project,
            submission = submission?.Value,
            by = actor.Id,
            now,
            row,
            reason = Seal(ReasonName, row, reason),
        };
        return await tx.FindAsync<long?>(Insert, arguments, cancellationToken) ?? throw HoldProblems.Standing();
    }

    /// <summary>Lifts a hold.</summary>
    /// <exception cref="ProblemException"><c>hold.not_found</c>.</exception>
    public async Task LiftAsync(Tx tx, Actor actor, ProjectId project, long id, string reason, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var arguments = new { id, project, by = actor.Id, now, row, reason = Seal(LiftName, row, reason) };
        if (await tx.ExecuteAsync(Lift, arguments, cancellationToken) == 0)
        {
            throw HoldProblems.NotFound(id);
        }
    }

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
        Envelope.Seal(keyring.InstallationKey, EnvelopePurpose.Record, Bound(column, row), Encoding.UTF8.GetBytes(reason));

    private string Open(string column, Guid row, byte[] reason) =>
        Encoding.UTF8.GetString(Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, Bound(column, row), reason));

    private EnvelopeContext Bound(string column, Guid row) => new(keyring.InstallationId, Guid.Empty, column, row, 1);

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
