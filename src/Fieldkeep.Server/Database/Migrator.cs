using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Fieldkeep.Server.Database;

/// <summary>
/// Brings the database to this program's schema: the embedded files that it lacks, in name order, all in one transaction with their rows. Whatever ends it leaves the
/// database as it was, and the earlier version can go on. docs/decisions/0051.
/// </summary>
internal sealed class Migrator(Db db, TimeProvider clock, IEnumerable<StaysSame>? same = null)
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
    private const string HasMigrations = "select to_regclass('database.migrations') is not null";
    private const string Applied = "select name, sha256 from database.migrations order by name";
    private const string Last = "select max(name) from database.migrations";
    private const string Record = """
        insert into database.migrations (name, sha256, applied_at) values (@name, @sha256, @now)
        """;

    private const string Folder = "Fieldkeep.Server.Database.Migrations.";

    private static readonly Lazy<IReadOnlyList<Migration>> Embedded = new(() => [.. Read()]);

    /// <summary>The last migration of this program.</summary>
    public static string LastEmbedded => Embedded.Value[^1].Name;

    /// <summary>Further migrations behind the embedded ones: tests have some that fail.</summary>
    internal IReadOnlyList<Migration> More { get; init; } = [];

    private IReadOnlyList<Migration> Known => [.. Embedded.Value, .. More];

    /// <summary>Says what the database lacks. Changes nothing.</summary>
    /// <exception cref="SchemaException">Newer: it has what this program does not know.</exception>
    public async Task<MigrationPlan> PlanAsync(CancellationToken cancellationToken)
    {
        var applied = await db.GetAsync<bool>(HasMigrations, null, cancellationToken) ? await db.ListAsync<AppliedMigration>(Applied, null, cancellationToken) : [];
        Require(applied);
        return new MigrationPlan([.. applied.Select(row => row.Name)], [.. PendingOf(applied).Select(one => one.Name)]);
    }

    /// <summary>The last migration that a database has, be it of a later version.</summary>
    public static Task<string> FindLastAsync(Sql sql, CancellationToken cancellationToken) => sql.GetAsync<string>(Last, null, cancellationToken);

    /// <summary>Applies what is missing and gives the names applied.</summary>
    /// <exception cref="SchemaException">Newer: the database has what this program does not know. Failed: nothing was changed.</exception>
    public Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken) => RunAsync(null, cancellationToken);

    /// <summary>Does the same up to and including one migration, so that data of its time can be migrated on.</summary>
    /// <param name="last">The name of the last one; null for all.</param>
    public async Task<IReadOnlyList<string>> RunAsync(string? last, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        // As long as another one migrates, be it for hours.
        await tx.ExecuteAtLengthAsync(Lock, cancellationToken);
        await tx.ExecuteAsync(Prepare, null, cancellationToken);
        var applied = await tx.ListAsync<AppliedMigration>(Applied, null, cancellationToken);
        Require(applied);
        var pending = PendingOf(applied).Where(one => last is null || string.CompareOrdinal(one.Name, last) <= 0).ToList();
        if (pending.Count == 0)
        {
            return [];
        }

        var before = await KeptThroughMigration.LookAsync(tx, same ?? [], cancellationToken);
        foreach (var migration in pending)
        {
            await ApplyAsync(tx, migration, cancellationToken);
        }

        var after = await KeptThroughMigration.LookAsync(tx, same ?? [], cancellationToken);
        if (after.FindLoss(before, pending.Select(one => one.Sql)) is { } loss)
        {
            throw Failed($"after the migrations {loss}");
        }

        await tx.CommitAsync(cancellationToken);
        return [.. pending.Select(one => one.Name)];
    }

    private async Task ApplyAsync(Tx tx, Migration migration, CancellationToken cancellationToken)
    {
        try
        {
            await tx.ExecuteAtLengthAsync(migration.Sql, cancellationToken);
        }
        catch (PostgresException problem) when (!DatabaseFailure.IsOutage(problem))
        {
            // MessageText names columns and tables; the detail, which has values, is not read.
            throw Failed($"the migration {migration.Name} failed: {problem.MessageText}", problem);
        }

        await tx.ExecuteAsync(Record, new { name = migration.Name, sha256 = migration.Sha256, now = clock.GetUtcNow() }, cancellationToken);
    }

    private IEnumerable<Migration> PendingOf(IEnumerable<AppliedMigration> applied)
    {
        var names = applied.Select(row => row.Name).ToHashSet(StringComparer.Ordinal);
        return Known.Where(one => !names.Contains(one.Name));
    }

    private void Require(IReadOnlyList<AppliedMigration> applied)
    {
        var known = Known.ToDictionary(one => one.Name, one => one.Sha256, StringComparer.Ordinal);
        if (applied.FirstOrDefault(row => !known.ContainsKey(row.Name)) is { } newer)
        {
            throw new SchemaException(
                SchemaTrouble.Newer,
                $"the database has the migration {newer.Name}, which this program does not know: a newer version used it",
                "start the newer version; or go back to the snapshot of before the upgrade with the newer version's “fieldkeep rollback”");
        }

        if (applied.FirstOrDefault(row => !row.Sha256.AsSpan().SequenceEqual(known[row.Name])) is { } changed)
        {
            throw new SchemaException(
                SchemaTrouble.Newer,
                $"the migration {changed.Name} was changed after it was applied to this database",
                "start the program that matches this database");
        }
    }

    private static SchemaException Failed(string message, Exception? cause = null) => new(
        SchemaTrouble.Failed,
        $"{message}. Nothing was changed",
        "the database is as it was: start the earlier version, and report this",
        cause);

    private static IEnumerable<Migration> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(resource)
                ?? throw new InvalidOperationException($"The embedded migration {resource} cannot be read.");
            using var reader = new StreamReader(stream);
            yield return new Migration(resource[Folder.Length..], reader.ReadToEnd());
        }
    }

    private sealed record AppliedMigration(string Name, byte[] Sha256);
}

/// <summary>One step from a version to a later one.</summary>
/// <param name="Name">Its name, in whose order they are applied.</param>
/// <param name="Sql">Its statements.</param>
internal sealed record Migration(string Name, string Sql)
{
    /// <summary>The checksum that is kept of what was applied.</summary>
    public byte[] Sha256 => SHA256.HashData(Encoding.UTF8.GetBytes(Sql));
}
