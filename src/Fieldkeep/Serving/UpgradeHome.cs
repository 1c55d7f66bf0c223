using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Upgrades;
using Fieldkeep.Cli;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Serving;

/// <summary>Goes with a server over an upgrade: a snapshot before it, the verdict after it, and the end of the snapshot days later. docs/operations/upgrade.md.</summary>
internal static class UpgradeHome
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    /// <summary>Opens the database that is about to be served; where it is of an earlier version, a snapshot is taken first.</summary>
    /// <param name="held">The lock on the data directory.</param>
    /// <param name="given">The operator's own database, or null.</param>
    /// <param name="withoutSnapshot">The operator has one of their own.</param>
    /// <param name="keyring">The keys.</param>
    /// <exception cref="SchemaException">Newer: a later version made the database what it is. Nothing was changed.</exception>
    /// <exception cref="CommandException">The database is the operator's own, and they did not say that they have a snapshot.</exception>
    public static async Task<DatabaseHome> OpenAsync(
        DataLock held, string? given, bool withoutSnapshot, Keyring keyring, TimeProvider clock, CancellationToken cancellationToken)
    {
        RollBack.RequireWhole(held);
        var database = await DatabaseHome.OpenAsync(held, given, clock, cancellationToken);
        UpgradePlan plan;
        try
        {
            plan = await PlanUpgrade.RunAsync(database.ConnectionString, keyring, clock, cancellationToken);
            if (!plan.Migrations.IsUpgrade)
            {
                return database;
            }

            Terminal.Tell(string.Create(
                CultureInfo.InvariantCulture,
                $"upgrade: the database is of an earlier version; {plan.Migrations.Pending.Count} migrations bring it to {plan.Migrations.Pending[^1]}, all of them or none"));
            if (withoutSnapshot)
            {
                Terminal.Tell("upgrade: no snapshot is taken, as was asked for: “fieldkeep rollback” will not go back to before this");
                return database;
            }

            if (database.Cluster is null)
            {
                throw new CommandException(
                    ExitCodes.Refused,
                    "the database is of an earlier version, and no snapshot of it can be taken from here: it is your own",
                    "take one with its own tools, and start once with --no-snapshot; all of the upgrade is one transaction");
            }
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }

        await database.DisposeAsync();
        await TakeSnapshot.RunAsync(
            held, plan.Migrations.Applied[^1], plan.Migrations.Pending[^1], plan.LastEntry, new StderrProgress(), clock, cancellationToken);
        return await DatabaseHome.OpenAsync(held, given, clock, cancellationToken);
    }

    /// <summary>Notes that the database is of this version now.</summary>
    public static void NoteMigrated(string dataDirectory, string last, TimeProvider clock) => Snapshots.Below(dataDirectory).NoteMigrated(last, clock.GetUtcNow());

    /// <summary>
    /// Beside the server's work: verifies all once after an upgrade, as “fieldkeep verify” does, and removes snapshots whose time has come. What fails is told; the
    /// snapshot stays then.
    /// </summary>
    public static async Task WatchAsync(string dataDirectory, string connectionString, Keyring keyring, TimeProvider clock, CancellationToken cancellationToken)
    {
        var snapshots = Snapshots.Below(dataDirectory);
        try
        {
            // What did not hold may be mended: each start looks once more.
            for (var isFirst = true; ; isFirst = false)
            {
                if (snapshots.List().Any(note => note is { MigratedAt: not null, VerifiedAt: null } && (isFirst || note.Problem is null)))
                {
                    await VerifyAsync(snapshots, new VerifyPlan(connectionString, dataDirectory, keyring), clock, cancellationToken);
                }

                foreach (var gone in snapshots.RemoveOld(clock.GetUtcNow()))
                {
                    Terminal.Tell($"upgrade: the snapshot {gone} was removed: the new version holds");
                }

                await Task.Delay(LookEvery, clock, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next start does it.
        }
#pragma warning disable CA1031 // Whatever it is: the server serves without it, and the snapshot stays.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Terminal.Tell($"upgrade: what came of it could not be verified, and the snapshot stays: {problem.Message}");
        }
    }

    private static async Task VerifyAsync(Snapshots snapshots, VerifyPlan plan, TimeProvider clock, CancellationToken cancellationToken)
    {
        var report = await VerifyInstallation.RunAsync(plan, new StderrProgress(), cancellationToken);
        var line = VerifyCommand.LineOf(report);
        snapshots.NoteVerified(clock.GetUtcNow(), report.Holds ? null : line);
        if (report.Holds)
        {
            Terminal.Tell($"upgrade: verified; {line}");
            return;
        }

        VerifyCommand.Tell(report);
        Terminal.Tell($"upgrade: {line}. To go back: stop the server, and say “fieldkeep rollback --data {plan.DataDirectory}”");
    }
}
