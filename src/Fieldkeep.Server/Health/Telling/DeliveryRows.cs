using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Health.Telling;

/// <summary>Keeps what webhooks are to be sent.</summary>
internal sealed class DeliveryRows(Db db)
{
    private const string Insert = """
        insert into health.deliveries (recipient_id, body, created_at, due_at)
        select id, @body, @now, @now from health.recipients where kind = 'webhook' and (@only::bigint is null or id = @only)
        """;

    // Whoever claims has two minutes; a process that dies in them leaves it to the next round after.
    private const string Claim = """
        update health.deliveries set due_at = @until, tries = tries + 1
        where id in (
            select id from health.deliveries where finished_at is null and due_at <= @now order by due_at limit 1 for update skip locked)
        returning id, recipient_id, body, created_at, tries
        """;
    private const string Note = """
        update health.deliveries set last_error = left(@error, 200), due_at = @due, finished_at = @finished where id = @id
        """;
    private const string Sweep = "delete from health.deliveries where finished_at < @earlier";

    /// <summary>Writes one body for every webhook, into the caller's transaction.</summary>
    public static Task AppendAsync(Tx tx, string body, long? only, DateTimeOffset now, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Insert, new { body, only, now }, cancellationToken);

    /// <summary>Takes one that is due for a while, so that no other server sends it too; null when none is.</summary>
    public async Task<Delivery?> ClaimAsync(DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) =>
        await db.FindAsync<Delivery>(Claim, new { now, until }, cancellationToken);

    /// <summary>Notes how it went.</summary>
    /// <param name="error">Why it was not taken; null when it was.</param>
    /// <param name="due">When it is tried again.</param>
    /// <param name="finished">When it was taken or given up; null while it is tried again.</param>
    public Task NoteAsync(long id, string? error, DateTimeOffset due, DateTimeOffset? finished, CancellationToken cancellationToken) =>
        db.ExecuteAsync(Note, new { id, error, due, finished }, cancellationToken);

    /// <summary>Forgets what was finished before an instant.</summary>
    public Task SweepAsync(DateTimeOffset earlier, CancellationToken cancellationToken) => db.ExecuteAsync(Sweep, new { earlier }, cancellationToken);
}

/// <summary>Something that a webhook is to be sent.</summary>
internal sealed record Delivery(long Id, long RecipientId, string Body, DateTimeOffset CreatedAt, int Tries);
