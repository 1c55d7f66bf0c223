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
    public abstract Task<KeptJson> ReadAsync(Db db, CancellationToken cancellationToken);

    /// <summary>Uses what was read before.</summary>
    /// <exception cref="JsonException">Another version read them.</exception>
    public abstract void Use(ReadOnlySpan<byte> json);
}

/// <summary>Rows as JSON.</summary>
/// <param name="Whole">What is gone by.</param>
/// <param name="Steady">The same without what changes with every use: while it is equal, nothing is written anew.</param>
internal sealed record KeptJson(byte[] Whole, byte[] Steady);

/// <summary>Kept rows of one kind, found by a key.</summary>
/// <param name="name">Names them in what is kept.</param>
/// <param name="query">Gives them all, in an order; their fields are numbers, texts, instants and bytes.</param>
/// <param name="keyOf">Gives what they are found by.</param>
internal sealed class KeptRows<TRow>(string name, string query, Func<TRow, string> keyOf) : KeptRows(name)
    where TRow : class
{
    private volatile ILookup<string, TRow> _rows = Enumerable.Empty<TRow>().ToLookup(keyOf, StringComparer.Ordinal);

    /// <summary>Whether a row is kept; one that has ended by itself is not.</summary>
    public Func<TRow, bool> IsKept { get; init; } = _ => true;

    /// <summary>Takes out of a row what is not to be kept, such as names.</summary>
    public Func<TRow, TRow> Keep { get; init; } = row => row;

    /// <summary>Takes out of a row what changes with every use.</summary>
    public Func<TRow, TRow>? Steady { get; init; }

    /// <summary>All of them.</summary>
    public IEnumerable<TRow> All => _rows.SelectMany(rows => rows);

    /// <summary>Gives those of a key.</summary>
    public IEnumerable<TRow> Find(string key) => _rows[key];

    /// <inheritdoc/>
    public override async Task<KeptJson> ReadAsync(Db db, CancellationToken cancellationToken)
    {
        var rows = (await db.ListAsync<TRow>(query, null, cancellationToken)).Where(IsKept).Select(Keep).ToList();
        var whole = JsonSerializer.SerializeToUtf8Bytes(rows);
        return new KeptJson(whole, Steady is null ? whole : JsonSerializer.SerializeToUtf8Bytes(rows.Select(Steady)));
    }

    /// <inheritdoc/>
    public override void Use(ReadOnlySpan<byte> json) =>
        _rows = (JsonSerializer.Deserialize<List<TRow>>(json) ?? []).ToLookup(keyOf, StringComparer.Ordinal);
}
