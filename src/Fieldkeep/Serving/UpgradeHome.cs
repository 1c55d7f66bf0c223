using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Upgrades;
using Fieldkeep.Cli;
using Fieldkeep.Server;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Serving;

/// <summary>Goes with a server over an upgrade: a snapshot before it, the verdict after it, and the end of the snapshot days later. docs/operations/upgrade.md.</summary>
internal static class UpgradeHome
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    // Verifying reads everything.
    private static readonly TimeSpan VerifyAgainAfter = TimeSpan.FromDays(1);

    /// <summary>Opens the database that is about to be served; where it is of an earlier version, a snapshot is taken first.</summary>
    /// <param name="held">The lock on the data directory.</param>
    /// <param name="given">The operator's own database, or null.</param>
    /// <param name="withoutSnapshot">The operator has one of their own.</param>
    /// <param name="keyring">The keys.</param>
    /// <exception cref="SchemaException">Newer: a later version made the database what it is. Nothing was changed.</exception>
    /// <exception cref="ServedElsewhereException">The database is the operator's own, and another server serves it.</exception>
    /// <exception cref="CommandException">The database is the operator's own, and they did not say that they have a snapshot.</exception>
    public static async Task<DatabaseHome> OpenAsync(
        DataLock held, string? given, bool withoutSnapshot, Keyring keyring, TimeProvider clock, CancellationToken cancellationToken)
    {
        Tidy(held, clock);
        var database = await DatabaseHome.OpenAsync(held, given, clock, cancellationToken);
        UpgradePlan plan;
        try
        {
            var serverName = database.Cluster is null ? FieldkeepServer.NameOf(held.Folders.Root) : null;
            plan = await PlanUpgrade.RunAsync(database.ConnectionString, serverName, keyring, clock, cancellationToken);
            if (!plan.Migrations.IsUpgrade)
            {
                return database;
            }

            Terminal.Tell(string.Create(
                CultureInfo.InvariantCulture,
                $"upgrade: the database is of an earlier version; {plan.Migrations.Pending.Count} migrations bring it to {plan.Migrations.Pending[^1]}, all of them or none"));
            if (withoutSnapshot)
            {
                if (database.Cluster is not null)
                {
                    // One of an upgrade that never came to be would pass for this one's, and is of long before it.
                    Snapshots.Below(held.Folders.Root).RemoveNeedless(plan.Migrations.Applied[^1]);
                }

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

    // What a kill left, before PostgreSQL starts.
    private static void Tidy(DataLock held, TimeProvider clock)
    {
        if (!Snapshots.Below(held.Folders.Root).TryRemoveUnfinished())
        {
            Terminal.Tell($"upgrade: what a killed copy left in {Snapshots.Below(held.Folders.Root).Root} could not be removed; the next start tries it again");
        }

        RollBack.RequireWhole(held);
        if (RollBack.FindCutOff(held) is { } cutOff)
        {
            RollBack.End(held, cutOff, clock);
            Terminal.Tell($"the rollback to the snapshot {cutOff.Name} was cut off; it is ended now, and the database is that of {cutOff.TakenAt:u}");
        }
    }

    /// <summary>Notes that the database is of this version now.</summary>
    public static void NoteMigrated(string dataDirectory, string last, TimeProvider clock) => Snapshots.Below(dataDirectory).NoteMigrated(last, clock.GetUtcNow());

    /// <summary>
    /// Beside the server's work: verifies all once after an upgrade, as “fieldkeep verify” does, and removes snapshots whose time has come. What fails is told, and
    /// tried again in an hour; the snapshot stays until then.
    /// </summary>
    public static async Task WatchAsync(string dataDirectory, string connectionString, Keyring keyring, TimeProvider clock, CancellationToken cancellationToken)
    {
        var plan = new VerifyPlan(connectionString, dataDirectory, keyring);
        var told = "";
        try
        {
            var verifyFrom = DateTimeOffset.MinValue;

            // What did not hold may be mended: each start looks once more.
            for (var isFirst = true; ; isFirst = false)
            {
                try
                {
                    verifyFrom = await LookAsync(Snapshots.Below(dataDirectory), plan, isFirst, verifyFrom, clock, cancellationToken);
                }
#pragma warning disable CA1031 // Whatever it is: the server serves without it, the snapshot stays, and it is tried again.
                catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    if (told != problem.Message)
                    {
                        told = problem.Message;
                        Terminal.Tell($"upgrade: what follows it failed, verifying or removing the snapshot, and is tried again each hour: {told}");
                    }
                }

                await Task.Delay(LookEvery, clock, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next start does it.
        }
    }

    // Gives from when on it is to be verified, if it still has to be.
    private static async Task<DateTimeOffset> LookAsync(
        Snapshots snapshots, VerifyPlan plan, bool isFirst, DateTimeOffset verifyFrom, TimeProvider clock, CancellationToken cancellationToken)
    {
        var isDue = snapshots.List().Any(note => note is { MigratedAt: not null, VerifiedAt: null } && (isFirst || note.Problem is null));
        if (isDue && clock.GetUtcNow() >= verifyFrom)
        {
            await VerifyAsync(snapshots, plan, clock, cancellationToken);
            verifyFrom = clock.GetUtcNow() + VerifyAgainAfter;
        }

        foreach (var gone in snapshots.RemoveOld(clock.GetUtcNow()))
        {
            Terminal.Tell($"upgrade: the snapshot {gone} was removed: the new version holds");
        }

        return verifyFrom;
    }

    private static async Task VerifyAsync(Snapshots snapshots, VerifyPlan plan, TimeProvider clock, CancellationToken cancellationToken)
    {
        var report = await VerifyInstallation.RunAsync(plan, new StderrProgress(), cancellationToken);
        var line = VerifyCommand.LineOf(report);
        if (report.Holds)
        {
            snapshots.NoteVerified(clock.GetUtcNow(), null);
            Terminal.Tell($"upgrade: verified; {line}");
            return;
        }

        VerifyCommand.Tell(report);
        if (report.FindingCount == 0)
        {
            // A key that is away, a file that was lost long ago: no reason to go back, and none to let the snapshot go.
            snapshots.NoteUnverified();
            Terminal.Tell($"upgrade: {line}. The snapshot stays, and it is verified again each day");
            return;
        }

        snapshots.NoteVerified(clock.GetUtcNow(), line);
        Terminal.Tell($"upgrade: {line}. To go back: stop the server, and say “fieldkeep rollback --data {plan.DataDirectory}”");
    }
}
