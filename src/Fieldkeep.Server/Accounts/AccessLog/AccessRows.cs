using System.Net;
using System.Text;
using System.Text.Json;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>Writes and reads events of the access log: addresses sealed, names hashed.</summary>
internal sealed class AccessRows(Db db, Keyring keyring, CallerPseudonyms callers)
{
    private const string Column = "accounts.access_events.address";

    private const string Insert = """
        insert into accounts.access_events
            (row_id, at, actor_id, name_hash, kind, is_success, reason, door, way, subject, browser, system, address, pseudonym)
        select row_id, at, actor_id, name_hash, kind, is_success, reason, door, way, subject, browser, system, address, pseudonym
        from unnest(
            @row_ids, @ats, @actors, @names, @kinds, @successes, @reasons, @doors, @ways, @subjects, @browsers, @systems,
            @addresses, @pseudonyms)
            as rows (row_id, at, actor_id, name_hash, kind, is_success, reason, door, way, subject, browser, system, address, pseudonym)
        """;

    // Attempts at a name count as the account's from when it has that name: before, it may have been another's.
    private const string OfPerson = """
        select id, row_id, at, kind, is_success, reason, door, way, subject, browser, system,
            case when actor_id is not null then address end as address,
            case when actor_id is not null then pseudonym end as pseudonym
        from accounts.access_events
        where (
                actor_id = @actor
                or (actor_id is null and name_hash = @name
                    and at >= (select email_since from accounts.accounts where accounts.actor_id = @actor)))
            and at <= @until and at >= @from and (@only = '' or kind like @only) and (not @refused or not is_success)
        order by at desc, id desc
        limit @limit
        """;

    private const string OfNobody = """
        select id, row_id, at, kind, is_success, reason, door, way, subject, browser, system, address, pseudonym
        from accounts.access_events
        where actor_id is null and at < @before
        order by at desc, id desc
        limit @limit
        """;

    /// <summary>Writes events in one statement.</summary>
    public Task InsertAsync(IReadOnlyList<(DateTimeOffset At, AccessEvent Event)> events, CancellationToken cancellationToken)
    {
        var agents = events.Select(one => AgentWords.Of(one.Event.Caller.Agent)).ToList();
        var rows = events.Select(one => Guid.CreateVersion7(one.At)).ToArray();
        return db.ExecuteAsync(
            Insert,
            new
            {
                row_ids = rows,
                ats = events.Select(one => one.At).ToArray(),
                actors = events.Select(one => one.Event.Account?.Value).ToArray(),
                names = events.Select(one => HashOf(one.Event.Name)).ToArray(),
                kinds = events.Select(one => one.Event.Kind).ToArray(),
                successes = events.Select(one => one.Event.IsSuccess).ToArray(),
                reasons = events.Select(one => one.Event.Reason).ToArray(),
                doors = events.Select(one => JsonNamingPolicy.SnakeCaseLower.ConvertName(one.Event.Caller.Door.ToString())).ToArray(),
                ways = events.Select(one => one.Event.Way).ToArray(),
                subjects = events.Select(one => one.Event.Subject).ToArray(),
                browsers = agents.Select(agent => agent.Browser).ToArray(),
                systems = agents.Select(agent => agent.System).ToArray(),
                addresses = events.Select((one, index) => Seal(rows[index], one.Event.Caller.Address)).ToArray(),
                pseudonyms = events.Select(one => callers.Of(one.Event.Caller.Address)).ToArray(),
            },
            cancellationToken);
    }

    /// <summary>Gives the events of an account, newest first, and the failed attempts at its name: of those not where from, they may be someone else's.</summary>
    public async Task<IReadOnlyList<AccessRow>> ListAsync(
        Account account, string name, AccessLogWish wish, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<Row>(
            OfPerson,
            new
            {
                actor = account.Id.Value,
                name = HashOf(name),
                until = wish.Until,
                from = wish.From,
                only = wish.Only,
                refused = wish.IsRefusedOnly,
                limit = wish.Limit,
            },
            cancellationToken);
        return Opened(rows);
    }

    /// <summary>Gives events that are nobody's, newest first: names and tokens that nobody has.</summary>
    public async Task<IReadOnlyList<AccessRow>> ListOfNobodyAsync(
        DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        Opened(await db.ListAsync<Row>(OfNobody, new { before, limit }, cancellationToken));

    private List<AccessRow> Opened(IReadOnlyList<Row> rows) =>
    [
        .. rows.Select(row => new AccessRow(
            row.Id, row.At, row.Kind, row.IsSuccess, row.Reason, row.Door, row.Way, row.Subject, row.Browser, row.System,
            Open(row.RowId, row.Address),
            row.Pseudonym is { } pseudonym ? Convert.ToHexStringLower(pseudonym.AsSpan(0, 3)) : null)),
    ];

    private byte[]? HashOf(string? name) => name is null ? null : keyring.Pepper.Compute("accounts.access_name", name);

    private byte[]? Seal(Guid row, string? address) =>
        IPAddress.TryParse(address, out var parsed)
            ? Envelope.Seal(
                keyring.InstallationKey,
                EnvelopePurpose.Record,
                ContextOf(row),
                Encoding.UTF8.GetBytes(CallerPseudonyms.PlainOf(parsed).ToString()))
            : null;

    private string? Open(Guid row, byte[]? address) =>
        address is null
            ? null
            : Encoding.UTF8.GetString(Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row), address));

    private EnvelopeContext ContextOf(Guid row) => new(keyring.InstallationId, Guid.Empty, Column, row, 1);

    private sealed record Row(
        long Id, Guid RowId, DateTimeOffset At, string Kind, bool IsSuccess, string? Reason, string Door, string? Way,
        string? Subject, string? Browser, string? System, byte[]? Address, byte[]? Pseudonym);
}

/// <summary>An event read back.</summary>
/// <param name="Address">The network address; null after a month, or when there was none.</param>
/// <param name="Place">Six letters that are the same for the same address; null after a year, or when there was none.</param>
internal sealed record AccessRow(
    long Id, DateTimeOffset At, string Kind, bool IsSuccess, string? Reason, string Door, string? Way, string? Subject,
    string? Browser, string? System, string? Address, string? Place);
