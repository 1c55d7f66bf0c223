using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Submissions.Holding;

/// <summary>
/// Brings the holds of a database to what the keyring says of them: it goes with every backup as it is now, and the database as it was. Callers write
/// what was changed into the books.
/// </summary>
internal sealed class HoldsOfKeyring(Keyring keyring)
{
    private const string Known = """
        select row_id, submission_id, placed_by, placed_at, reason, lifted_at is null as is_standing from submissions.holds
        where project_id = @project and (lifted_at is null or row_id = any (@rows))
        """;

    private const string Place = """
        insert into submissions.holds (project_id, submission_id, placed_by, placed_at, row_id, reason)
        values (@project, @submission, @by, @at, @row, @reason)
        on conflict do nothing
        """;

    // One that is there but lifted, or on something else.
    private const string Stand = """
        update submissions.holds h
        set project_id = @project, submission_id = @submission::uuid, lifted_by = null, lifted_at = null, lift_row = null, lift_reason = null
        where h.row_id = @row and not exists (
            select from submissions.holds o
            where o.row_id <> h.row_id and o.project_id = @project and o.lifted_at is null and o.submission_id is not distinct from @submission::uuid)
        """;

    private const string Lift = """
        update submissions.holds set lifted_by = @by, lifted_at = @at, lift_row = @lift, lift_reason = @reason
        where row_id = @row and project_id = @project and lifted_at is null
        """;

    /// <summary>Lists the notes of holds by project, those that stand and those that were lifted.</summary>
    public ILookup<Guid, HoldNote> ListNotes() => keyring.Holds.ToLookup(note => note.Project);

    /// <summary>Does it for one project, in the caller's transaction; gives how many were placed again and how many lifted.</summary>
    public static async Task<(int Placed, int Lifted)> ApplyAsync(
        Tx tx, ProjectRef project, IReadOnlyCollection<HoldNote> notes, CancellationToken cancellationToken)
    {
        await Holds.AloneAsync(tx, project.Id, cancellationToken);
        var known = (await ListAsync(tx, project, notes, cancellationToken)).ToDictionary(row => row.RowId);
        var (placed, lifted) = (0, 0);
        foreach (var (note, plan) in notes.Select(note => (note, Plan: HoldPlan.Read(note.Plan))).Where(one => one.Plan is not null))
        {
            var row = known.GetValueOrDefault(note.Id);
            if (plan is { Lift: { } lift } && row is { IsStanding: true })
            {
                var arguments = new { project = project.Id, row = note.Id, by = lift.By, at = lift.At, lift = lift.Row, reason = lift.Reason };
                lifted += await tx.ExecuteAsync(Lift, arguments, cancellationToken);
            }
            else if (plan is { Lift: null } && (row is not { IsStanding: true } || row.SubmissionId != plan.Submission))
            {
                var arguments = new { project = project.Id, row = note.Id, submission = plan.Submission, by = plan.By, at = note.At, reason = plan.Reason };
                var stood = await tx.ExecuteAsync(Stand, arguments, cancellationToken);
                placed += stood > 0 ? stood : await tx.ExecuteAsync(Place, arguments, cancellationToken);
            }
        }

        return (placed, lifted);
    }

    /// <summary>Tells the keyring of holds that stand and that it does not know: those of before it kept any.</summary>
    public async Task NoteUnknownAsync(Sql sql, ProjectRef project, IReadOnlyCollection<HoldNote> notes, CancellationToken cancellationToken)
    {
        var noted = notes.Select(note => note.Id).ToHashSet();
        foreach (var row in (await ListAsync(sql, project, [], cancellationToken)).Where(row => row.IsStanding && !noted.Contains(row.RowId)))
        {
            keyring.NoteHold(new HoldNote(
                project.Key, row.RowId, new HoldPlan(row.SubmissionId, row.PlacedBy.Value, row.Reason, null).Write(), row.PlacedAt), [], row.SubmissionId is null);
        }
    }

    /// <summary>Tells whether anything of a project is otherwise in its database than the keyring says.</summary>
    public static async Task<bool> DiffersAsync(Sql sql, ProjectRef project, IReadOnlyCollection<HoldNote> notes, CancellationToken cancellationToken)
    {
        var standing = (await ListAsync(sql, project, notes, cancellationToken)).Where(row => row.IsStanding).ToDictionary(row => row.RowId, row => row.SubmissionId);
        return notes.Any(note => HoldPlan.Read(note.Plan) is { } plan
            && (plan.Lift is null ? !standing.TryGetValue(note.Id, out var on) || on != plan.Submission : standing.ContainsKey(note.Id)));
    }

    private static Task<IReadOnlyList<KnownRow>> ListAsync(Sql sql, ProjectRef project, IReadOnlyCollection<HoldNote> notes, CancellationToken cancellationToken) =>
        sql.ListAsync<KnownRow>(Known, new { project = project.Id, rows = notes.Select(note => note.Id).ToArray() }, cancellationToken);

    private sealed record KnownRow
    {
        public Guid RowId { get; init; }

        public Guid? SubmissionId { get; init; }

        public ActorId PlacedBy { get; init; }

        public DateTimeOffset PlacedAt { get; init; }

        public byte[] Reason { get; init; } = [];

        public bool IsStanding { get; init; }
    }
}
