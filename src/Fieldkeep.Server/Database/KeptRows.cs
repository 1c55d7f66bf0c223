using System.Text.Json;

namespace Fieldkeep.Server.Database;

/// <summary>
/// Rows that the door for submissions looks at, kept outside of the database for when that is away (decision 0045). Registered by the room whose rows they
/// are, which also says what they mean.
/// </summary>
/// <param name="name">Names them in what is kept.</param>
internal abstract class KeptRows(string name)
{
    /// <summary>Names them in what is kept.</summary>
    public string Name { get; } = name;

    /// <summary>Reads them, as JSON.</summary>
    public abstract Task<byte[]> ReadAsync(Db db, CancellationToken cancellationToken);

    /// <summary>Uses what was read before.</summary>
    /// <exception cref="JsonException">Another version read them.</exception>
    public abstract void Use(ReadOnlySpan<byte> json);
}

/// <summary>Kept rows of one kind, found by a key.</summary>
/// <param name="name">Names them in what is kept.</param>
/// <param name="query">Gives them all; their fields are numbers, texts, instants and bytes.</param>
/// <param name="keyOf">Gives what they are found by.</param>
internal sealed class KeptRows<TRow>(string name, string query, Func<TRow, string> keyOf) : KeptRows(name)
    where TRow : class
{
    private volatile ILookup<string, TRow> _rows = Enumerable.Empty<TRow>().ToLookup(keyOf, StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IEnumerable<TRow> All => _rows.SelectMany(rows => rows);

    /// <summary>Gives those of a key.</summary>
    public IEnumerable<TRow> Find(string key) => _rows[key];

    /// <inheritdoc/>
    public override async Task<byte[]> ReadAsync(Db db, CancellationToken cancellationToken) =>
        JsonSerializer.SerializeToUtf8Bytes(await db.ListAsync<TRow>(query, null, cancellationToken));

    /// <inheritdoc/>
    public override void Use(ReadOnlySpan<byte> json) =>
        _rows = (JsonSerializer.Deserialize<List<TRow>>(json) ?? []).ToLookup(keyOf, StringComparer.Ordinal);
}
