using System.Globalization;

namespace Fieldkeep.Server.Database;

/// <summary>What migrations must leave as it is: as many rows in every table, and what rooms say stays the same. Looked at before and after, within the transaction.</summary>
internal sealed class KeptThroughMigration
{
    /// <summary>A line in a migration that begins so names the tables it takes rows out of or removes: <c>-- takes rows out of: a.b, a.c</c>.</summary>
    public const string TakesRows = "-- takes rows out of:";

    // %I quotes what needs it: the names can be put into a statement as they are. Tables that an operator put there for others are not ours to count.
    private const string Tables = """
        select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'database')
            and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') order by 1
        """;

    private const string IsThere = "select to_regclass(@table) is not null";

    private readonly Dictionary<string, long> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _same = new(StringComparer.Ordinal);

    private KeptThroughMigration()
    {
    }

    /// <summary>Looks.</summary>
    public static async Task<KeptThroughMigration> LookAsync(Tx tx, IEnumerable<StaysSame> same, CancellationToken cancellationToken)
    {
        var seen = new KeptThroughMigration();
        foreach (var table in await tx.ListAsync<string>(Tables, null, cancellationToken))
        {
            seen._rows[table] = await tx.GetAtLengthAsync<long>($"select count(*) from {table}", cancellationToken);
        }

        foreach (var (table, sql) in same)
        {
            if (await tx.GetAsync<bool>(IsThere, new { table }, cancellationToken))
            {
                seen._same[table] = await tx.GetAtLengthAsync<string>(sql, cancellationToken);
            }
        }

        return seen;
    }

    /// <summary>Says what is less than it was, or another, in a sentence; null for nothing.</summary>
    /// <param name="before">What was there before.</param>
    /// <param name="migrations">The text of the migrations, which may say that they take rows out.</param>
    public string? FindLoss(KeptThroughMigration before, IEnumerable<string> migrations)
    {
        var said = migrations.SelectMany(sql => sql.Split('\n')).Where(line => line.StartsWith(TakesRows, StringComparison.Ordinal))
            .SelectMany(line => line[TakesRows.Length..].Split(',', StringSplitOptions.TrimEntries)).ToHashSet(StringComparer.Ordinal);
        foreach (var (table, count) in before._rows.Where(one => !said.Contains(one.Key)))
        {
            if (_rows.GetValueOrDefault(table) is var now && now < count)
            {
                return string.Create(CultureInfo.InvariantCulture, $"the table {table} had {count} rows and has {now}");
            }
        }

        return before._same.Where(one => _same.GetValueOrDefault(one.Key) != one.Value).Select(one => $"the table {one.Key} is another one than before").FirstOrDefault();
    }
}
