using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Health.Alerts;

/// <summary>Reads and writes alerts and their events; notes of people are sealed.</summary>
internal sealed class AlertRows(Db db, Keyring keyring)
{
    /// <summary>The column that envelopes of notes are bound to.</summary>
    public const string Column = "health.alerts.note";

    private const string Columns = """
        select id, machine, check_name, state, worst, code, words::text as words, opened_at, closed_at, is_believed_failing, told_at,
            acknowledged_at, acknowledged_by, note_row, note
        from health.alerts

        """;
    private const string One = Columns + "where id = @id for update";
    private const string Open = Columns + "where closed_at is null order by id desc limit 1000";
    private const string Older = Columns + "where closed_at is not null and id < @before order by id desc limit @limit";

    // The last of each check: what it left to be told counts still.
    private const string LastOfEach = """
        select distinct on (check_name) id, machine, check_name, state, worst, code, words::text as words, opened_at, closed_at, is_believed_failing, told_at,
            acknowledged_at, acknowledged_by, note_row, note
        from health.alerts where machine = @machine order by check_name, id desc
        """;
    private const string Acknowledged = """
        select check_name from health.alerts where machine = @machine and closed_at is null and acknowledged_at is not null
        """;
    private const string Begin = """
        insert into health.alerts (machine, check_name, state, worst, code, words, opened_at, changed_at)
        values (@machine, @check, @state, @state, @code, @words::jsonb, @at, @at)
        on conflict (machine, check_name) where closed_at is null do nothing
        """;
    private const string Change = """
        update health.alerts set changed_at = @at,
            code = case when @state = 'ok' then code else @code end,
            words = case when @state = 'ok' then words else @words::jsonb end,
            state = case when @state = 'ok' then state else @state end,
            worst = case when @state = 'failing' then 'failing' else worst end,
            closed_at = case when @state = 'ok' then @at end,
            acknowledged_at = case when @is_worse then null else acknowledged_at end,
            acknowledged_by = case when @is_worse then null else acknowledged_by end
        where machine = @machine and check_name = @check and closed_at is null
        """;
    private const string AddEvent = """
        insert into health.events (alert_id, kind, state, code, words, at)
        select id, @kind, @state, @code, @words::jsonb, @at from health.alerts where machine = @machine and check_name = @check order by id desc limit 1
        """;
    private const string NoteTold = """
        update health.alerts set is_believed_failing = @is_failing, told_at = @at
        where id = (select id from health.alerts where machine = @machine and check_name = @check order by id desc limit 1)
        """;
    private const string Acknowledge = """
        update health.alerts set acknowledged_at = @now, acknowledged_by = @by, note_row = @row, note = @note where id = @id
        """;
    private const string Events = """
        select e.id, e.alert_id, a.machine, a.check_name, e.kind, e.state, e.code, e.words::text as words, e.at
        from health.events e join health.alerts a on a.id = e.alert_id
        where e.id < @before and (@alert::bigint is null or e.alert_id = @alert)
        order by e.id desc limit @limit
        """;
    private const string Sweep = "delete from health.alerts where closed_at < @earlier";
    private const string Seen = """
        insert into health.machines (machine, seen_at) values (@machine, @now) on conflict (machine) do update set seen_at = excluded.seen_at
        """;
    private const string CloseUnseen = """
        with gone as (
            update health.alerts a set closed_at = @now, changed_at = @now
            where a.closed_at is null and a.machine <> @machine
                and not exists (select from health.machines m where m.machine = a.machine and m.seen_at >= @earlier)
            returning a.id)
        insert into health.events (alert_id, kind, state, code, words, at) select id, 'closed', 'ok', @code, '{}'::jsonb, @now from gone
        """;

    /// <summary>Finds one, and lets nobody else change it until the transaction ends; null when there is none.</summary>
    public async Task<Alert?> FindAsync(Tx tx, long id, CancellationToken cancellationToken) =>
        await tx.FindAsync<Row>(One, new { id }, cancellationToken) is { } row ? Read(row) : null;

    /// <summary>Lists those that are open, newest first.</summary>
    public async Task<IReadOnlyList<Alert>> ListOpenAsync(CancellationToken cancellationToken) =>
        [.. (await db.ListAsync<Row>(Open, null, cancellationToken)).Select(Read)];

    /// <summary>Lists those that are closed, newest first.</summary>
    public async Task<IReadOnlyList<Alert>> ListClosedAsync(long before, int limit, CancellationToken cancellationToken) =>
        [.. (await db.ListAsync<Row>(Older, new { before, limit }, cancellationToken)).Select(Read)];

    /// <summary>Lists the last alert of each check on a machine.</summary>
    public async Task<IReadOnlyList<Alert>> ListLastAsync(string machine, CancellationToken cancellationToken) =>
        [.. (await db.ListAsync<Row>(LastOfEach, new { machine }, cancellationToken)).Select(Read)];

    /// <summary>Lists the checks of a machine whose open alert somebody said they know of.</summary>
    public static Task<IReadOnlyList<string>> ListAcknowledgedAsync(Sql sql, string machine, CancellationToken cancellationToken) =>
        sql.ListAsync<string>(Acknowledged, new { machine }, cancellationToken);

    /// <summary>Lists what happened, newest first.</summary>
    /// <param name="alert">To this alert alone; null for any.</param>
    public async Task<IReadOnlyList<PastAlertEvent>> ListEventsAsync(long? alert, long before, int limit, CancellationToken cancellationToken) =>
    [
        .. (await db.ListAsync<EventRow>(Events, new { alert, before, limit }, cancellationToken)).Select(row => new PastAlertEvent(
            row.Id,
            row.AlertId,
            row.Machine,
            new AlertEvent(row.CheckName, Parse<AlertEventKind>(row.Kind), new CheckOutcome(Parse<CheckState>(row.State), row.Code, WordsOf(row.Words)), row.At))),
    ];

    /// <summary>Writes what happened to an alert.</summary>
    public static async Task WriteAsync(Tx tx, string machine, AlertEvent happened, CancellationToken cancellationToken)
    {
        var values = new
        {
            machine,
            check = happened.Check,
            kind = NameOf(happened.Kind),
            state = NameOf(happened.Outcome.State),
            code = happened.Outcome.Code,
            words = JsonSerializer.Serialize(happened.Outcome.Words),
            at = happened.At,
            is_worse = happened.Kind == AlertEventKind.Worsened,
        };
        await tx.ExecuteAsync(happened.Kind == AlertEventKind.Opened ? Begin : Change, values, cancellationToken);
        await tx.ExecuteAsync(AddEvent, values, cancellationToken);
    }

    /// <summary>Notes what people were told of a check.</summary>
    public static Task NoteToldAsync(Tx tx, string machine, string check, bool isFailing, DateTimeOffset at, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(NoteTold, new { machine, check, is_failing = isFailing, at }, cancellationToken);

    /// <summary>Notes that somebody knows of an alert.</summary>
    public Task AcknowledgeAsync(Tx tx, long id, Actor actor, string note, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = Guid.CreateVersion7(now);
        var content = note.Length == 0 ? null : SealedReason.Seal(keyring, Column, row, note);
        return tx.ExecuteAsync(
            Acknowledge, new { id, now, by = actor.Id.Value, row = content is null ? (Guid?)null : row, note = content }, cancellationToken);
    }

    /// <summary>Notes that a machine looks at itself.</summary>
    public static Task NoteSeenAsync(Sql sql, string machine, DateTimeOffset now, CancellationToken cancellationToken) =>
        sql.ExecuteAsync(Seen, new { machine, now }, cancellationToken);

    /// <summary>Closes the alerts of machines that have not looked at themselves since an instant: nobody else would.</summary>
    /// <param name="machine">The one that asks.</param>
    public static Task CloseUnseenAsync(Sql sql, string machine, DateTimeOffset now, DateTimeOffset earlier, CancellationToken cancellationToken) =>
        sql.ExecuteAsync(CloseUnseen, new { machine, now, earlier, code = "check.unseen" }, cancellationToken);

    /// <summary>Forgets what was closed before an instant.</summary>
    public static Task SweepAsync(Sql sql, DateTimeOffset earlier, CancellationToken cancellationToken) => sql.ExecuteAsync(Sweep, new { earlier }, cancellationToken);

    /// <summary>The word of a state or a kind in the database and the API.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static T Parse<T>(string word)
        where T : struct, Enum => Enum.Parse<T>(word, ignoreCase: true);

    private static Dictionary<string, string> WordsOf(string json) => JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];

    private Alert Read(Row row)
    {
        var state = Parse<CheckState>(row.State);
        return new Alert(
            row.Id,
            row.Machine,
            row.CheckName,
            state,
            Parse<CheckState>(row.Worst),
            new CheckOutcome(state, row.Code, WordsOf(row.Words)),
            row.OpenedAt,
            row.ClosedAt,
            row.IsBelievedFailing,
            row.ToldAt,
            row.AcknowledgedAt,
            row.AcknowledgedBy,
            NoteOf(row));
    }

    // One that does not open keeps nobody from seeing the alert.
    private string? NoteOf(Row row)
    {
        try
        {
            return row is { Note: { } note, NoteRow: { } of } ? SealedReason.Open(keyring, Column, of, note) : null;
        }
        catch (VaultException)
        {
            return null;
        }
    }

    private sealed record Row(
        long Id,
        string Machine,
        string CheckName,
        string State,
        string Worst,
        string Code,
        string Words,
        DateTimeOffset OpenedAt,
        DateTimeOffset? ClosedAt,
        bool IsBelievedFailing,
        DateTimeOffset? ToldAt,
        DateTimeOffset? AcknowledgedAt,
        long? AcknowledgedBy,
        Guid? NoteRow,
        byte[]? Note);

    private sealed record EventRow(
        long Id, long AlertId, string Machine, string CheckName, string Kind, string State, string Code, string Words, DateTimeOffset At);
}

/// <summary>Something that happened, as it is kept.</summary>
/// <param name="Id">In the order in which they happened.</param>
/// <param name="Alert">To which alert.</param>
/// <param name="Machine">On which machine.</param>
internal sealed record PastAlertEvent(long Id, long Alert, string Machine, AlertEvent Event);
