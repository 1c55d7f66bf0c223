using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Maintenance;

/// <summary>Says what a database lacks to be of this version, and, before a rollback, what was done since an upgrade. Changes nothing.</summary>
internal static class PlanUpgrade
{
    /// <summary>Looks at a database that this program is about to serve.</summary>
    /// <param name="connectionString">Where it is.</param>
    /// <param name="serverName">The name of this server, when others may reach the database, too; null for a private cluster's.</param>
    /// <param name="keyring">The keys.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SchemaException">Newer: it is of a later version.</exception>
    /// <exception cref="ServedElsewhereException">It belongs to other keys, and a server with them serves it.</exception>
    /// <exception cref="VaultException">KeyringMissing: it belongs to other keys.</exception>
    public static async Task<UpgradePlan> RunAsync(
        string connectionString, string? serverName, Keyring keyring, TimeProvider clock, CancellationToken cancellationToken)
    {
        // Not opened for reading only: a pooler before a database of one's own may refuse the option that says so.
        await using var db = Db.Open(connectionString + ";Pooling=false");
        // Before anything is copied for hours: what belongs to others is not upgraded at all.
        try
        {
            await new OwnInstallation(db, keyring, clock).RequireAsync(cancellationToken);
        }
        catch (VaultException) when (serverName is not null)
        {
            // Told to put the right keys here, somebody would make two keyrings of one while the other server goes on writing its own.
            if (await LeaseRows.FindServingAsync(db, cancellationToken) is { } server && server != serverName)
            {
                throw ServedElsewhereException.OnlyOne(server);
            }

            throw;
        }

        var plan = await new Migrator(db, clock).PlanAsync(cancellationToken);
        return new UpgradePlan(plan, await EntriesSince.FindLastAsync(db, cancellationToken));
    }

    /// <summary>The last migration that a database has, of this version or another, and what was done since an entry of its ledger.</summary>
    /// <param name="reached">From when on the intake journal has what came: what was done before is counted apart.</param>
    public static async Task<(string LastMigration, IReadOnlyList<DoneSince> Done)> CountSinceAsync(
        string connectionString, long entry, DateTimeOffset reached, CancellationToken cancellationToken)
    {
        await using var db = Db.OpenForReading(connectionString);
        return (await Migrator.FindLastAsync(db, cancellationToken), await EntriesSince.ListAsync(db, entry, reached, cancellationToken));
    }
}

/// <summary>What a database lacks, and where its ledger ends.</summary>
/// <param name="Migrations">What it lacks.</param>
/// <param name="LastEntry">The last entry of its ledger, 0 for none.</param>
internal sealed record UpgradePlan(MigrationPlan Migrations, long LastEntry);
