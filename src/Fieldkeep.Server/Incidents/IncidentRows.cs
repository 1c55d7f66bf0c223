using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Incidents;

/// <summary>Reads and writes incidents and what was told of them.</summary>
internal static class IncidentRows
{
    private const string Columns = """
        select id, kind, title, impact, parts, begins_at, ends_at, state, post_mortem, post_mortem_at, withdrawn_at, revision from incidents.incidents

        """;
    private const string One = Columns + "where id = @id for update";
    private const string Open = Columns + "where withdrawn_at is null and state <> 'over' order by (state = 'planned'), begins_at desc, id desc limit @limit";
    private const string Past = Columns + "where withdrawn_at is null and state = 'over' and coalesce(ends_at, begins_at) >= @since order by begins_at desc, id desc limit @limit";
    private const string All = Columns + "where id < @before order by id desc limit @limit";
    private const string Told = "select incident_id, state, text, at from incidents.updates where incident_id = any(@ids) order by id";
    private const string Lock = "select pg_advisory_xact_lock(7224010071)::text";
    private const string CountOpen = "select count(*)::integer from incidents.incidents where withdrawn_at is null and state <> 'over'";
    private const string Insert = """
        insert into incidents.incidents (kind, title, impact, parts, begins_at, ends_at, state)
        values (@kind, @title, @impact, @parts, @begins_at, @ends_at, @state) returning id
        """;
    private const string AddUpdate = "insert into incidents.updates (incident_id, state, text, at) values (@id, @state, @text, @at)";
    private const string Change = """
        update incidents.incidents set title = @title, impact = @impact, parts = @parts, begins_at = @begins_at, ends_at = @ends_at, state = @state,
            post_mortem = @post_mortem, post_mortem_at = @post_mortem_at, withdrawn_at = @withdrawn_at, revision = revision + 1
        where id = @id
        """;

    /// <summary>Lets nobody else begin one until the transaction ends.</summary>
    public static Task LockAsync(Tx tx, CancellationToken cancellationToken) => tx.GetAsync<string>(Lock, null, cancellationToken);

    /// <summary>Counts those that are open and shown.</summary>
    public static Task<int> CountOpenAsync(Tx tx, CancellationToken cancellationToken) => tx.GetAsync<int>(CountOpen, null, cancellationToken);

    /// <summary>Finds one, and lets nobody else change it until the transaction ends; null when there is none.</summary>
    public static async Task<Incident?> FindAsync(Tx tx, long id, CancellationToken cancellationToken) =>
        await WithUpdatesAsync(tx, await tx.ListAsync<Row>(One, new { id }, cancellationToken), cancellationToken) is [var found] ? found : null;

    /// <summary>Lists those that are shown and go on or are to come, newest first.</summary>
    public static async Task<IReadOnlyList<Incident>> ListOpenAsync(Sql sql, int limit, CancellationToken cancellationToken) =>
        await WithUpdatesAsync(sql, await sql.ListAsync<Row>(Open, new { limit }, cancellationToken), cancellationToken);

    /// <summary>Lists those that are shown and over, newest first.</summary>
    public static async Task<IReadOnlyList<Incident>> ListPastAsync(Sql sql, DateTimeOffset since, int limit, CancellationToken cancellationToken) =>
        await WithUpdatesAsync(sql, await sql.ListAsync<Row>(Past, new { since, limit }, cancellationToken), cancellationToken);

    /// <summary>Lists all, withdrawn ones too, newest first.</summary>
    /// <param name="before">Only those with a smaller number.</param>
    public static async Task<IReadOnlyList<Incident>> ListAllAsync(Sql sql, long before, int limit, CancellationToken cancellationToken) =>
        await WithUpdatesAsync(sql, await sql.ListAsync<Row>(All, new { before, limit }, cancellationToken), cancellationToken);

    /// <summary>Writes a new one without updates; gives its number.</summary>
    public static Task<long> AddAsync(Tx tx, Incident incident, CancellationToken cancellationToken) =>
        tx.GetAsync<long>(Insert, ValuesOf(incident), cancellationToken);

    /// <summary>Writes what was told.</summary>
    public static Task AddUpdateAsync(Tx tx, long id, IncidentUpdate update, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(AddUpdate, new { id, state = update.State, text = update.Text, at = update.At }, cancellationToken);

    /// <summary>Writes one that was found before over what is there; its revision grows.</summary>
    public static Task ChangeAsync(Tx tx, Incident incident, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Change, ValuesOf(incident), cancellationToken);

    private static object ValuesOf(Incident incident) => new
    {
        id = incident.Id,
        kind = incident.Kind,
        title = incident.Facts.Title,
        impact = incident.Facts.Impact,
        parts = incident.Facts.Parts.ToArray(),
        begins_at = incident.Facts.BeginsAt,
        ends_at = incident.Facts.EndsAt,
        state = incident.State,
        post_mortem = incident.PostMortem?.Text,
        post_mortem_at = incident.PostMortem?.At,
        withdrawn_at = incident.WithdrawnAt,
    };

    private static async Task<IReadOnlyList<Incident>> WithUpdatesAsync(Sql sql, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return [];
        }

        var told = (await sql.ListAsync<UpdateRow>(Told, new { ids = rows.Select(row => row.Id).ToArray() }, cancellationToken)).ToLookup(row => row.IncidentId);
        return
        [
            .. rows.Select(row => new Incident(
                row.Id,
                row.Kind,
                new IncidentFacts(row.Title, row.Impact, row.Parts, row.BeginsAt, row.EndsAt),
                row.State,
                row is { PostMortem: { } text, PostMortemAt: { } at } ? new PostMortem(text, at) : null,
                row.WithdrawnAt,
                row.Revision,
                [.. told[row.Id].Select(one => new IncidentUpdate(one.State, one.Text, one.At))])),
        ];
    }

    // Properties, not a positional record: Dapper knows no constructor for columns that are lists.
    private sealed class Row
    {
        public long Id { get; init; }

        public required string Kind { get; init; }

        public required string Title { get; init; }

        public required string Impact { get; init; }

        public required string[] Parts { get; init; }

        public DateTimeOffset BeginsAt { get; init; }

        public DateTimeOffset? EndsAt { get; init; }

        public required string State { get; init; }

        public string? PostMortem { get; init; }

        public DateTimeOffset? PostMortemAt { get; init; }

        public DateTimeOffset? WithdrawnAt { get; init; }

        public int Revision { get; init; }
    }

    private sealed record UpdateRow(long IncidentId, string State, string Text, DateTimeOffset At);
}
