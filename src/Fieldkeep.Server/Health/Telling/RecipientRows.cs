using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Health.Telling;

/// <summary>Reads and writes who is told of alerts; where they are is sealed.</summary>
internal sealed class RecipientRows(Db db, Keyring keyring)
{
    /// <summary>The column that envelopes of places are bound to.</summary>
    public const string Column = "health.recipients.content";

    private static readonly TimeSpan OneDay = TimeSpan.FromDays(1);
    private static readonly TimeSpan BetweenTests = TimeSpan.FromMinutes(1);

    private const string Columns = """
        select r.id, r.row_id, r.kind, r.content, r.created_at,
            (select max(finished_at) from health.deliveries d where d.recipient_id = r.id and d.last_error is null) as arrived_at,
            (select count(*)::integer from health.deliveries d where d.recipient_id = r.id and d.finished_at is null) as waiting,
            (select d.last_error from health.deliveries d where d.recipient_id = r.id and (d.tries > 0 or d.finished_at is not null) order by d.id desc limit 1) as last_error
        from health.recipients r

        """;

    private const string All = Columns + "order by r.id";

    private const string One = Columns + "where r.id = @id";

    private const string LockList = "select pg_advisory_xact_lock(7224010070)";

    private const string Insert = """
        insert into health.recipients (row_id, kind, content, created_at) values (@row, @kind, @content, @now) returning id
        """;

    private const string Delete = "delete from health.recipients where id = @id";

    private const string Tests = """
        with old as (delete from health.trials where at <= @yesterday)
        select at from health.trials where at > @yesterday order by at desc
        """;

    private const string AddTest = "insert into health.trials (at) values (@now)";

    /// <summary>Lists all, oldest first. There are few.</summary>
    public async Task<IReadOnlyList<Recipient>> ListAsync(Sql? sql, CancellationToken cancellationToken) =>
        [.. (await (sql ?? db).ListAsync<Row>(All, null, cancellationToken)).Select(Open)];

    /// <summary>Finds one; null when there is none.</summary>
    public async Task<Recipient?> FindAsync(Sql? sql, long id, CancellationToken cancellationToken) =>
        await (sql ?? db).FindAsync<Row>(One, new { id }, cancellationToken) is { } row ? Open(row) : null;

    /// <summary>Lets nobody else change the list until the transaction ends.</summary>
    public static Task LockAsync(Tx tx, CancellationToken cancellationToken) => tx.ExecuteAsync(LockList, null, cancellationToken);

    /// <summary>Takes one of the trials that may be sent within a day, in the transaction that holds the list; gives how long to wait when there is none.</summary>
    public static async Task<TimeSpan?> TakeTestAsync(Tx tx, DateTimeOffset now, int most, CancellationToken cancellationToken)
    {
        var before = (await tx.ListAsync<DateTimeOffset>(Tests, new { yesterday = now - OneDay }, cancellationToken)).Where(at => at <= now).ToList();
        if (before.Count >= most)
        {
            return before[most - 1] + OneDay - now;
        }

        if (before.Count > 0 && now - before[0] < BetweenTests)
        {
            return before[0] + BetweenTests - now;
        }

        await tx.ExecuteAsync(AddTest, new { now }, cancellationToken);
        return null;
    }

    /// <summary>Adds one; gives its number.</summary>
    public Task<long> AddAsync(Tx tx, RecipientKind kind, RecipientPlace place, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = Guid.CreateVersion7(now);
        var content = Envelope.Seal(
            keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row), JsonSerializer.SerializeToUtf8Bytes(place), new SealOptions(Pad: true));
        return tx.GetAsync<long>(Insert, new { row, kind = NameOf(kind), content, now }, cancellationToken);
    }

    /// <summary>Takes one off the list, with what waits for it.</summary>
    public static Task RemoveAsync(Tx tx, long id, CancellationToken cancellationToken) => tx.ExecuteAsync(Delete, new { id }, cancellationToken);

    /// <summary>The word of a kind in the database, the ledger and the API.</summary>
    public static string NameOf(RecipientKind kind) => kind == RecipientKind.Mail ? "mail" : "webhook";

    // One that does not open is shown, so that it can be taken off the list, and never sent to.
    private Recipient Open(Row row)
    {
        RecipientPlace? place = null;
        try
        {
            place = JsonSerializer.Deserialize<RecipientPlace>(
                Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row.RowId), row.Content));
        }
        catch (VaultException)
        {
            // As above.
        }

        return new Recipient(
            row.Id,
            row.Kind == "mail" ? RecipientKind.Mail : RecipientKind.Webhook,
            place ?? new RecipientPlace("", null),
            row.CreatedAt,
            row.ArrivedAt,
            row.Waiting,
            row.LastError);
    }

    private EnvelopeContext ContextOf(Guid row) => new(keyring.InstallationId, Guid.Empty, Column, row, 1);

    private sealed record Row(
        long Id, Guid RowId, string Kind, byte[] Content, DateTimeOffset CreatedAt, DateTimeOffset? ArrivedAt, int Waiting, string? LastError);
}
