using System.CommandLine;
using System.Globalization;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Recoveries;
using Fieldkeep.Server.Recovery;
using Fieldkeep.Serving;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep recover-project</c>: one project as of a moment, beside the living one. docs/operations/restore.md.</summary>
internal static class RecoverProjectCommand
{
    private static readonly Option<string> From = new("--from")
    {
        Description = "The backup directory (its newest backup), or one backup in it",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string?> Project = new("--project") { Description = "The number of the project, as in its address", HelpName = "ID" };

    private static readonly Option<string?> Unit = new("--unit")
    {
        Description = "The number of the unit that the copy comes to. Default: the unit that the project was in",
        HelpName = "ID",
    };

    private static readonly Option<string?> Reason = new("--reason") { Description = "Why; it is kept, sealed, in the ledger", HelpName = "TEXT" };

    private static readonly Option<string?> Instant = BackupCommands.CreateInstant();

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "recover-project",
            "Make one project anew beside the living one, as it was at a moment: forms with their versions, submissions with their versions, files and remarks. "
            + "The living project is not touched; what was erased for good stays erased. The server may run or not.")
        {
            Settings.Data, From, Project, Instant, Unit, Reason, Settings.Database, Settings.Json,
        };
        HelpWithExitCodes.Note(
            command,
            ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed, ExitCodes.Refused,
            ExitCodes.BackupWrongFolder, ExitCodes.BackupAbsent, ExitCodes.BackupDamaged, ExitCodes.KeyUnusable, ExitCodes.ToolFailed, ExitCodes.RecoveryIncomplete, ExitCodes.ServedElsewhere, ExitCodes.OtherVersion);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var data = Settings.DataDirectoryOf(parsed);
        var project = new ProjectId(NumberOf(parsed, Project)
            ?? throw new CommandException(ExitCodes.Usage, "no project was named", "give --project and the number that stands in the project's address"));
        var wanted = new WantedRecovery(
            parsed.GetRequiredValue(From),
            parsed.GetValue(Instant) is { } text ? Instants.TryRead(text) : null,
            project,
            NumberOf(parsed, Unit) is { } unit ? new UnitId(unit) : null,
            parsed.GetValue(Reason));
        await using var server = await OfflineServer.OpenAsync(data, Settings.TextOf(parsed, Settings.Database), TimeProvider.System, cancellationToken);
        var report = await new RunRecovery(data, server.Get<Keyring>(), server.Get<RecoverProject>(), TimeProvider.System)
            .RunAsync(Actor.System(Door.CommandLine), wanted, new StderrProgress(), cancellationToken);
        Print(parsed, report);
        return report.IsWhole ? ExitCodes.Success : ExitCodes.RecoveryIncomplete;
    }

    private static void Print(ParseResult parsed, RecoveryReport report)
    {
        foreach (var missing in report.Missing)
        {
            Terminal.Tell($"missing: {Plain(missing)}");
        }

        foreach (var left in report.Left)
        {
            Terminal.Tell($"not carried: {Plain(left)}");
        }

        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(report);
            return;
        }

        Terminal.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"project {report.Project} “{Plain(report.Name)}”: {report.Forms} forms, {Line(report.FormVersions)} versions of forms, {Line(report.Submissions)} submissions, "
            + $"{Line(report.SubmissionVersions)} versions of submissions, {Line(report.Files)} files, {report.Comments} comments, {Line(report.Rules)} rules of retention; {report.Compared} submissions compared and the same; "
            + $"{report.Erased} erased since and not brought back"));
    }

    // A name is somebody's text: it may not begin a line of its own, nor steer the terminal.
    private static string Plain(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));

    private static string Line(Recovered count) => string.Create(CultureInfo.InvariantCulture, $"{count.Here} of {count.There}");

    private static long? NumberOf(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new CommandException(ExitCodes.Usage, $"“{text}” is no number", $"give {option.Name} and the number that stands in the address");
}
