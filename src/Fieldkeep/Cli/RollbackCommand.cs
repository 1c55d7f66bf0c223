using System.CommandLine;
using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Upgrades;
using Fieldkeep.Journal;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Serving;
using Npgsql;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep rollback</c>: back to the database of before an upgrade. docs/operations/upgrade.md.</summary>
internal static class RollbackCommand
{
    private const int MostActions = 20;
    private const string Received = "submission.create";

    // What submissions belong to: the database of before lacks those that were made since.
    private static readonly string[] Belonged = ["project.create", "form.publish", "app_user.create", "deployment.create"];

    private static readonly Option<bool> Yes = new("--yes") { Description = "Do it; without this, only what would be lost is told" };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "rollback",
            "Go back to the snapshot that was taken before the last upgrade; the earlier version starts on it afterwards. The server must be stopped. Submissions that came "
            + "since are stored again from the intake journal at the next start, or set aside in it where their project, form or phone was made since; erased projects "
            + "and people stay erased, and all other changes since are lost to the database: they are told first. The database of the newer version is kept beside.")
        {
            Settings.Data, Yes, Settings.Json,
        };
        HelpWithExitCodes.Note(
            command,
            ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.FolderClosed, ExitCodes.Refused, ExitCodes.BackupAbsent,
            ExitCodes.BackupDamaged);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        var data = Settings.DataDirectoryOf(parsed);
        if (!Directory.Exists(Snapshots.Below(data).Root))
        {
            throw None(data);
        }

        await DataOwner.RequireAsync(data, cancellationToken);
        using var held = DataLock.Take(data);
        if (RollBack.FindCutOff(held) is { } cutOff)
        {
            // What was told and agreed to was half done.
            return Print(parsed, held, RollBack.End(held, cutOff, clock), null);
        }

        if (Snapshots.Below(data).List() is not [var note, ..])
        {
            throw None(data);
        }

        var since = await TellSinceAsync(held, note, clock, cancellationToken);
        if (!parsed.GetValue(Yes))
        {
            throw new CommandException(ExitCodes.Refused, "nothing was done", $"to do it: fieldkeep rollback --yes --data {data}");
        }

        return Print(parsed, held, await RollBack.RunAsync(held, note, new StderrProgress(), clock, cancellationToken), since);
    }

    // What the newer version did; null when its database does not start or answer.
    private static async Task<IReadOnlyList<DoneSince>?> TellSinceAsync(DataLock held, SnapshotNote note, TimeProvider clock, CancellationToken cancellationToken)
    {
        Terminal.Tell($"the snapshot {note.Name} is of {note.TakenAt:u}, before the upgrade to {note.To}");
        try
        {
            await using var database = await DatabaseHome.OpenAsync(held, null, clock, cancellationToken);
            var (last, done) = await PlanUpgrade.CountSinceAsync(
                database.ConnectionString, note.LastEntry, clock.GetUtcNow() - JournalOptions.KeptFor, cancellationToken);
            if (last == note.From)
            {
                throw new CommandException(
                    ExitCodes.Refused, $"the database is of the version of before the upgrade: its last migration is {last}", "start the earlier version; there is nothing to go back on");
            }

            Tell(done);
            return done;
        }
        catch (Exception gone) when (gone is NpgsqlException or ClusterException)
        {
            await PrivateCluster.StopRunningAsync(held, Terminal.Tell, cancellationToken);
            Terminal.Tell($"what was done since cannot be counted: {gone.Message}");
            return null;
        }
    }

    private static void Tell(IReadOnlyList<DoneSince> done)
    {
        var (received, early) = (done.Where(one => one.Action == Received).Sum(one => one.Count), done.Where(one => one.Action == Received).Sum(one => one.Early));
        var others = done.Where(one => one.Action != Received).ToList();
        Terminal.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"since then: {received - early} submissions, stored again from the intake journal at the next start; and {others.Sum(one => one.Count)} other changes, which the database loses"));
        if (early > 0)
        {
            Terminal.Tell(string.Create(
                CultureInfo.InvariantCulture,
                $"{early} submissions came more than {JournalOptions.KeptFor.TotalDays:0} days ago, earlier than the intake journal reaches: the database loses them, too"));
        }

        if (others.Any(one => Belonged.Contains(one.Action, StringComparer.Ordinal)))
        {
            Terminal.Tell("submissions of projects, forms, deployments and phones that were made or published since are not stored, but set aside in the journal's quarantine: “fieldkeep journal” lists them");
        }

        foreach (var (action, count, _) in others.Take(MostActions))
        {
            Terminal.Tell(string.Create(CultureInfo.InvariantCulture, $"  {count} × {action}"));
        }

        if (others.Count > MostActions)
        {
            Terminal.Tell($"  and {others.Count - MostActions} other kinds");
        }

        Terminal.Tell("what was taken away since (roles, phones, tokens, confidential fields, submissions purged out of the trash) is back afterwards: take it away anew");
    }

    private static int Print(ParseResult parsed, DataLock held, SnapshotNote left, IReadOnlyList<DoneSince>? since)
    {
        var place = Snapshots.Below(held.Folders.Root).PathOf(left);
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(new { left.Name, left.TakenAt, left.From, left = place, since });
        }
        else
        {
            Terminal.Print($"{held.Folders.Root} has the database of {left.TakenAt:u} again: start the earlier version. That of the newer version lies in {place} until you remove it.");
        }

        return ExitCodes.Success;
    }

    private static CommandException None(string data) => new(
        ExitCodes.BackupAbsent,
        $"there is no snapshot to go back to in {Path.Combine(data, Snapshots.Folder)}",
        "restore a backup of before the upgrade into a new directory: docs/operations/restore.md");
}
