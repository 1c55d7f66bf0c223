using System.CommandLine;
using System.Globalization;
using Fieldkeep.Backup;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Serving;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>backup</c>, <c>verify-backup</c> and <c>restore</c>: they need no server and no schema.</summary>
internal static class BackupCommands
{
    private static readonly Option<string> To = new("--to")
    {
        Description = "The backup directory; made if absent, better on another disk",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<bool> New = new("--new")
    {
        Description = "Begin an empty backup directory where another was used before: without it, one that is not mounted is refused",
    };

    private static readonly Option<string> From = new("--from")
    {
        Description = "The backup directory (its newest backup), or one backup in it",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string?> RootKey = new("--root-key")
    {
        Description = "The root key file; a provider, as “serve” takes it, asks whoever holds the key. FIELDKEEP_ROOT_KEY. Default: where the server keeps or kept it",
        HelpName = "FILE",
    };

    private static readonly Option<string?> RecoveryKeyFile = new("--recovery-key-file")
    {
        Description = "A file with the recovery key from paper, or with shares of it, one on each line. FIELDKEEP_RECOVERY_KEY_FILE",
        HelpName = "FILE",
    };

    private static readonly Option<bool> Rehearsal = new("--rehearsal")
    {
        Description = "What is restored is tried out beside the living installation: it is told of no backup directories, so that no keys change there",
    };

    private static readonly Option<string> Scratch = new("--scratch")
    {
        Description = "An absent or empty folder with room for all data, best on a disk that no living server uses; removed afterwards",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string?> Instant = CreateInstant();

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Say which backup and how much of the log it would take and until when it could be restored; write nothing",
    };

    private static readonly int[] Codes =
    [
        ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed,
        ExitCodes.BackupWrongFolder, ExitCodes.BackupAbsent, ExitCodes.BackupDamaged, ExitCodes.KeyUnusable, ExitCodes.ToolFailed,
    ];

    /// <summary>The command that takes a backup.</summary>
    public static Command CreateBackup()
    {
        var command = new Command(
            "backup",
            "Take an encrypted backup of database, blobs and keys, while the server runs or is stopped, and verify it.")
        {
            Settings.Data, To, New, RootKey, Settings.Json,
        };
        HelpWithExitCodes.Note(command, Codes);
        command.SetAction(BackupAsync);
        var rehearse = new Command(
            "rehearse",
            "Restore all there is into a scratch folder, verify it, note how it went in the backup directory, and remove it. It ends before the disk of that folder has less than 4 GiB left.")
        {
            From, Scratch, RootKey, RecoveryKeyFile, Settings.Json,
        };
        HelpWithExitCodes.Note(rehearse, [.. Codes, ExitCodes.LedgerBroken]);
        rehearse.SetAction(RehearseAsync);
        command.Add(rehearse);
        foreach (var fetch in FetchCommands.Create())
        {
            command.Add(fetch);
        }

        return command;
    }

    /// <summary>The command that verifies a backup.</summary>
    public static Command CreateVerify()
    {
        var command = new Command("verify-backup", "Read every byte of a backup again and say whether it is whole.")
        {
            From, RootKey, RecoveryKeyFile, Settings.Json,
        };
        HelpWithExitCodes.Note(command, Codes);
        command.SetAction(VerifyAsync);
        return command;
    }

    /// <summary>The command that restores a backup.</summary>
    public static Command CreateRestore()
    {
        var command = new Command(
            "restore", "Make a new data directory from a backup, ready for “fieldkeep serve”. Never overwrites anything.")
        {
            From, Settings.Data, Instant, DryRun, RootKey, RecoveryKeyFile, Rehearsal, Settings.Json,
        };
        HelpWithExitCodes.Note(command, [.. Codes, ExitCodes.LedgerBroken]);
        command.SetAction(RestoreAsync);
        return command;
    }

    private static async Task<int> BackupAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await DataOwner.RequireAsync(Settings.DataDirectoryOf(parsed), cancellationToken);
        var report = await TakeBackup.RunAsync(
            new BackupOptions(Settings.DataDirectoryOf(parsed), parsed.GetRequiredValue(To), Settings.RootKeyFileOf(parsed, RootKey))
            {
                OpenRoot = KeyringHome.OpenRootAsync,
                IsNew = parsed.GetValue(New),
            },
            Progress, TimeProvider.System, cancellationToken);
        Print(parsed, report, report.Folder);
        return ExitCodes.Success;
    }

    private static async Task<int> RehearseAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new RestoreOptions(
            parsed.GetRequiredValue(From), parsed.GetRequiredValue(Scratch), Settings.RootKeyFileOf(parsed, RootKey), parsed.GetValue(RecoveryKeyFile))
        {
            Check = CheckAsync,
            OpenRoot = KeyringHome.OpenRootAsync,
        };
        var report = await RehearseRestore.RunAsync(options, Progress, TimeProvider.System, cancellationToken);
        Print(parsed, report, report.Problem ?? string.Create(
            CultureInfo.InvariantCulture, $"a restore went well: {report.TableCount} tables, {report.BlobCount} blobs, {report.Seconds:0.0} s"));
        return report.Problem is null ? ExitCodes.Success : report.Words is null ? ExitCodes.BackupDamaged : ExitCodes.LedgerBroken;
    }

    private static async Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var manifest = await VerifyBackup.RunAsync(
            new VerifyOptions(parsed.GetRequiredValue(From), Settings.RootKeyFileOf(parsed, RootKey), parsed.GetValue(RecoveryKeyFile)) { OpenRoot = KeyringHome.OpenRootAsync },
            Progress, TimeProvider.System, cancellationToken);
        var result = new { manifest.TakenAt, manifest.BlobCount, manifest.BlobBytes };
        Print(parsed, result, $"whole: taken {manifest.TakenAt:u}, {manifest.BlobCount} blobs");
        return ExitCodes.Success;
    }

    private static async Task<int> RestoreAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var data = Settings.DataDirectoryOf(parsed);
        var options = new RestoreOptions(
            parsed.GetRequiredValue(From), data, Settings.RootKeyFileOf(parsed, RootKey), parsed.GetValue(RecoveryKeyFile))
        {
            Check = CheckAsync,
            OpenRoot = KeyringHome.OpenRootAsync,
            IsRehearsal = parsed.GetValue(Rehearsal),
            To = parsed.GetValue(Instant) is { } text ? Instants.TryRead(text) : null,
        };
        if (parsed.GetValue(DryRun))
        {
            var plan = await PlanRestore.RunAsync(options, Progress, TimeProvider.System, cancellationToken);
            Print(parsed, plan, LineOf(plan));
            return ExitCodes.Success;
        }

        var report = await RestoreBackup.RunAsync(options, Progress, TimeProvider.System, cancellationToken);
        Print(parsed, report, data);
        return report.Past is { FindingCount: > 0 } ? ExitCodes.LedgerBroken : ExitCodes.Success;
    }

    /// <summary>The option <c>--to</c> of commands that restore.</summary>
    public static Option<string?> CreateInstant()
    {
        var option = new Option<string?>("--to")
        {
            Description = $"An instant like {Instants.Example} (without Z or an offset like +02:00 it is UTC): what was committed until then is there; "
                + "“latest”: all there is. Default: the backup as it was when it was taken",
            HelpName = "TIME|latest",
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Instants.TryRead(text) is null)
            {
                result.AddError($"“{text}” is no instant: write it like {Instants.Example}, or “latest”");
            }
        });
        return option;
    }

    private static string LineOf(RestorePlan plan)
    {
        var log = plan.LogFrom is null
            ? "alone"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"then the log from {plan.LogFrom} to {plan.LogEnd} on timeline {plan.Timeline} ({plan.SegmentCount} segments, {plan.LogBytes} bytes)");
        var until = plan.Until is { } last
            ? string.Create(CultureInfo.InvariantCulture, $"can be restored until {last:yyyy-MM-dd HH:mm:ss.ffffff}Z")
            : string.Create(CultureInfo.InvariantCulture, $"as it was at {plan.TakenAt:yyyy-MM-dd HH:mm:ss}Z");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"the backup {plan.Backup} ({plan.DatabaseBytes} bytes), {log}; {plan.BlobCount} blobs ({plan.BlobBytes} bytes); {until}");
    }

    /// <summary>Verifies what was restored, as <c>fieldkeep verify</c> does.</summary>
    internal static async Task<RestoreVerdict> CheckAsync(RestoredInstallation restored, CancellationToken cancellationToken)
    {
        var plan = new VerifyPlan(restored.ConnectionString, restored.DataDirectory, restored.Keyring)
        {
            Kept = restored.Checkpoint is { } note ? [(note, "the backup's manifest")] : [],
        };
        var report = await VerifyRestored.RunAsync(plan, Progress, cancellationToken);
        VerifyCommand.Tell(report);
        var line = VerifyCommand.LineOf(report);
        Progress.Report(line);
        return new RestoreVerdict(
            report.Holds,
            report.FindingCount,
            line,
            [.. report.Findings.Select(finding => $"{finding.What}: {finding.Message}"), .. report.NotVerified.Select(what => $"not verified: {what}")])
        {
            MissingFiles = report.MissingFiles ?? 0,
        };
    }

    private static StderrProgress Progress { get; } = new();

    private static void Print<T>(ParseResult parsed, T report, string line)
    {
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(report);
        }
        else
        {
            Terminal.Print(line);
        }
    }
}
