using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Server.Database;

/// <summary>Brings the database to this program's schema: the embedded files in name order, each in its own transaction.</summary>
internal sealed class Migrator(Db db, TimeProvider clock)
{
    private const string Prepare = """
        create schema if not exists database;
        create table if not exists database.migrations (
            name text primary key,
            sha256 bytea not null,
            applied_at timestamptz not null
        )
        """;

    // One number for all servers on this database: they queue here while one migrates.
    private const string Lock = "select 1 from pg_advisory_xact_lock(7224010001)";
    private const string Applied = "select name, sha256 from database.migrations order by name";
    private const string Record = """
        insert into database.migrations (name, sha256, applied_at) values (@name, @sha256, @now)
        """;

    private const string Folder = "Fieldkeep.Server.Database.Migrations.";

    /// <summary>Applies what is missing and gives the names applied.</summary>
    /// <exception cref="InvalidOperationException">An applied migration was changed afterwards, or the database is newer.</exception>
    public Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken) => RunAsync(null, cancellationToken);

    /// <summary>Does the same up to and including one migration, so that data of its time can be migrated on.</summary>
    /// <param name="last">The name of the last one; null for all.</param>
    public async Task<IReadOnlyList<string>> RunAsync(string? last, CancellationToken cancellationToken)
    {
        await using (var first = await db.BeginAsync(cancellationToken))
        {
            await first.ExecuteAsync(Lock, null, cancellationToken);
            await first.ExecuteAsync(Prepare, null, cancellationToken);
            await RequireKnownAsync(first, cancellationToken);
            await first.CommitAsync(cancellationToken);
        }

        var done = new List<string>();
        foreach (var (name, sql) in Files().Where(file => last is null || string.CompareOrdinal(file.Name, last) <= 0))
        {
            if (await ApplyAsync(name, sql, cancellationToken))
            {
                done.Add(name);
            }
        }

        return done;
    }

    private static async Task RequireKnownAsync(Tx tx, CancellationToken cancellationToken)
    {
        var known = Files().Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        var applied = await tx.ListAsync<AppliedMigration>(Applied, null, cancellationToken);
        if (applied.FirstOrDefault(row => !known.Contains(row.Name)) is { } newer)
        {
            throw new InvalidOperationException(
                $"The database has the migration {newer.Name}, which this program does not know: it is newer. Use the program that made it.");
        }
    }

    private async Task<bool> ApplyAsync(string name, string sql, CancellationToken cancellationToken)
    {
        var sha256 = SHA256.HashData(Encoding.UTF8.GetBytes(sql));
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.ExecuteAsync(Lock, null, cancellationToken);
        var applied = await tx.ListAsync<AppliedMigration>(Applied, null, cancellationToken);
        if (applied.FirstOrDefault(row => row.Name == name) is { } earlier)
        {
            return earlier.Sha256.AsSpan().SequenceEqual(sha256)
                ? false
                : throw new InvalidOperationException(
                    $"Migration {name} was changed after it was applied. Restore the file it had, or use the program that matches this database.");
        }

        await tx.ExecuteAsync(sql, null, cancellationToken);
        await tx.ExecuteAsync(Record, new { name, sha256, now = clock.GetUtcNow() }, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return true;
    }

    private static IEnumerable<(string Name, string Sql)> Files()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(resource)
                ?? throw new InvalidOperationException($"The embedded migration {resource} cannot be read.");
            using var reader = new StreamReader(stream);
            yield return (resource[Folder.Length..], reader.ReadToEnd());
        }
    }

    private sealed record AppliedMigration(string Name, byte[] Sha256);
}
