using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Maintenance;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep verify</c>: whether anybody changed the past. docs/operations/verify.md.</summary>
internal static class VerifyCommand
{
    private static readonly Option<string[]> Kept = new("--checkpoints")
    {
        Description = "A file with checkpoints that were kept elsewhere, such as an older copy of DATA/checkpoints/log, or a backup's manifest.json; may be given several times",
        HelpName = "FILE",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "verify",
            "Say whether anybody changed the past: makes the ledger's tree anew from every entry, checks every signed checkpoint, and compares "
            + "every submission with what the ledger tells of it. The server may run or not; nothing is changed. Exit code 0 only if all holds.")
        {
            Settings.Data, Settings.Database, OfflineReading.RootKey, Kept, Settings.Json,
        };
        HelpWithExitCodes.Note(
            command,
            ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed,
            ExitCodes.LedgerBroken, ExitCodes.LedgerUnverified);
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>Tells a report to people: what does not hold, what could not be verified, and a last line.</summary>
    public static void Tell(VerifyReport report)
    {
        foreach (var finding in report.Findings)
        {
            Terminal.Tell($"{finding.What}: {finding.Message}");
        }

        if (report.FindingCount > report.Findings.Count)
        {
            Terminal.Tell($"and {report.FindingCount - report.Findings.Count} more");
        }

        foreach (var remark in report.Remarks)
        {
            Terminal.Tell($"note: {remark}");
        }

        foreach (var what in report.NotVerified)
        {
            Terminal.Tell($"not verified: {what}");
        }
    }

    /// <summary>The result in one line.</summary>
    public static string LineOf(VerifyReport report)
    {
        var what = string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Entries} entries, {report.Checkpoints} checkpoints, {report.Versions ?? 0} versions of submissions, {report.Unsealed} entries not sealed yet");
        return report switch
        {
            { Holds: true } => $"all holds: {what}; root {report.Root} of {report.SealedAt:u}",
            { FindingCount: 0 } => $"nothing is wrong in what could be verified: {what}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{report.FindingCount} things do not hold: {what}"),
        };
    }

    /// <summary>The exit code of a report.</summary>
    public static int ExitCodeOf(VerifyReport report) => report switch
    {
        { Holds: true } => ExitCodes.Success,
        { FindingCount: 0 } => ExitCodes.LedgerUnverified,
        _ => ExitCodes.LedgerBroken,
    };

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var reading = await OfflineReading.OpenAsync(parsed, cancellationToken);
        var kept = (parsed.GetValue(Kept) ?? []).ToLookup(path => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase));
        var plan = new VerifyPlan(reading.ConnectionString, reading.Root, reading.Keyring)
        {
            WhyNoKeys = reading.WhyNoKeys,
            Witnesses = [.. kept[false]],
            Kept = [.. kept[true].Select(path => (NoteIn(path), path))],
        };
        var report = await VerifyInstallation.RunAsync(plan, new StderrProgress(), cancellationToken);
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(report);
        }
        else
        {
            Tell(report);
            Terminal.Print(LineOf(report));
        }

        return ExitCodeOf(report);
    }

    private static string NoteIn(string manifest)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(manifest));
            return json.RootElement.TryGetProperty("checkpoint", out var note) ? note.GetString() ?? "" : "";
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw new CommandException(ExitCodes.FileTrouble, $"{manifest} is no manifest of a backup", "give a file with checkpoints, or a backup's manifest.json");
        }
    }
}
