using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Witnesses;

/// <summary>Reads and writes witnesses; where they are is sealed.</summary>
internal sealed class WitnessRows(Db db, Keyring keyring)
{
    /// <summary>The column that envelopes of places are bound to.</summary>
    public const string Column = "witnesses.witnesses.content";

    private const string Columns = """
        select id, row_id, kind, every, content, created_at, due_at, tried_at, arrived_at, arrived_size, failures, last_error from witnesses.witnesses
        """;

    private const string All = Columns + " order by id";

    private const string One = Columns + " where id = @id";

    private const string LockList = "select pg_advisory_xact_lock(7224010065)";

    private const string Insert = """
        insert into witnesses.witnesses (row_id, kind, every, content, created_at, due_at) values (@row, @kind, @every, @content, @now, @now) returning id
        """;

    private const string Delete = "delete from witnesses.witnesses where id = @id";

    private const string MakeDue = "update witnesses.witnesses set due_at = @now, failures = 0 where id = @id";

    // Whoever claims has two minutes; a process that dies in them leaves the witness to the next round after.
    private const string Claim = """
        update witnesses.witnesses set due_at = @until, tried_at = @now
        where id in (
            select id from witnesses.witnesses where due_at <= @now and (@id::bigint is null or id = @id)
            order by due_at limit @most for update skip locked)
        returning id, row_id, kind, every, content, created_at, due_at, tried_at, arrived_at, arrived_size, failures, last_error
        """;

    private const string Arrived = """
        update witnesses.witnesses set arrived_at = @now, arrived_size = @size, failures = 0, last_error = null, due_at = @due where id = @id
        """;

    private const string Failed = """
        update witnesses.witnesses set failures = failures + 1, last_error = left(@error, 200), due_at = @due where id = @id
        """;

    /// <summary>Lists all, oldest first. There are few.</summary>
    public async Task<IReadOnlyList<Witness>> ListAsync(Sql? sql, CancellationToken cancellationToken) =>
        [.. (await (sql ?? db).ListAsync<Row>(All, null, cancellationToken)).Select(Open)];

    /// <summary>Finds one; null when there is none.</summary>
    public async Task<Witness?> FindAsync(Sql? sql, long id, CancellationToken cancellationToken) =>
        await (sql ?? db).FindAsync<Row>(One, new { id }, cancellationToken) is { } row ? Open(row) : null;

    /// <summary>Lets nobody else change the list until the transaction ends.</summary>
    public static Task LockAsync(Tx tx, CancellationToken cancellationToken) => tx.ExecuteAsync(LockList, null, cancellationToken);

    /// <summary>Adds one that is due at once; gives its number.</summary>
    public Task<long> AddAsync(Tx tx, WitnessKind kind, WitnessPace every, WitnessPlace place, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = Guid.CreateVersion7(now);
        var content = Envelope.Seal(
            keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row), JsonSerializer.SerializeToUtf8Bytes(place), new SealOptions(Pad: true));
        return tx.GetAsync<long>(Insert, new { row, kind = NameOf(kind), every = NameOf(every), content, now }, cancellationToken);
    }

    /// <summary>Takes one off the list.</summary>
    public static Task RemoveAsync(Tx tx, long id, CancellationToken cancellationToken) => tx.ExecuteAsync(Delete, new { id }, cancellationToken);

    /// <summary>Makes one due now, its failures forgotten.</summary>
    public static Task MakeDueAsync(Tx tx, long id, DateTimeOffset now, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(MakeDue, new { id, now }, cancellationToken);

    /// <summary>Takes those that are due for a while, so that no other server sends to them too.</summary>
    /// <param name="id">Only this one; null for any.</param>
    public async Task<IReadOnlyList<Witness>> ClaimAsync(long? id, int most, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) =>
        [.. (await db.ListAsync<Row>(Claim, new { id, most, now, until }, cancellationToken)).Select(Open)];

    /// <summary>Notes that a checkpoint was taken.</summary>
    public Task NoteArrivedAsync(long id, long size, DateTimeOffset now, DateTimeOffset due, CancellationToken cancellationToken) =>
        db.ExecuteAsync(Arrived, new { id, size, now, due }, cancellationToken);

    /// <summary>Notes that none was taken.</summary>
    public Task NoteFailedAsync(long id, string error, DateTimeOffset due, CancellationToken cancellationToken) =>
        db.ExecuteAsync(Failed, new { id, error, due }, cancellationToken);

    /// <summary>The word of a kind or a pace in the database, the ledger and the API.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    // One that does not open is shown, so that it can be taken off the list, and never sent to.
    private Witness Open(Row row)
    {
        WitnessPlace? place = null;
        try
        {
            place = JsonSerializer.Deserialize<WitnessPlace>(
                Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row.RowId), row.Content));
        }
        catch (VaultException)
        {
            // As above.
        }

        return new Witness(
            row.Id,
            Enum.Parse<WitnessKind>(row.Kind, ignoreCase: true),
            Enum.Parse<WitnessPace>(row.Every, ignoreCase: true),
            place ?? new WitnessPlace("", null),
            row.CreatedAt,
            row.DueAt,
            row.TriedAt,
            row.ArrivedAt,
            row.ArrivedSize,
            row.Failures,
            row.LastError);
    }

    private EnvelopeContext ContextOf(Guid row) => new(keyring.InstallationId, Guid.Empty, Column, row, 1);

    private sealed record Row(
        long Id,
        Guid RowId,
        string Kind,
        string Every,
        byte[] Content,
        DateTimeOffset CreatedAt,
        DateTimeOffset DueAt,
        DateTimeOffset? TriedAt,
        DateTimeOffset? ArrivedAt,
        long? ArrivedSize,
        int Failures,
        string? LastError);
}
