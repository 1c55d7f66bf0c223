using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Past;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep as-of</c>: how a project was set up on a day, and who reached it. docs/operations/as-of.md.</summary>
internal static class AsOfCommand
{
    private static readonly Option<string?> Project = new("--project") { Description = "The number of the project, as in its address", HelpName = "ID" };

    private static readonly Option<string?> At = new("--at")
    {
        Description = "A day (2026-03-01, its end in UTC) or an instant (2026-03-01T12:00:00Z). Default: now",
        HelpName = "TIME",
    };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "as-of",
            "Tell from the ledger how a project was set up on a day: its settings, forms, deployments with their stages, conditions, and who reached it. "
            + "The server may run or not; nothing is changed.")
        {
            Settings.Data, Settings.Database, OfflineReading.RootKey, Project, At, Settings.Json,
        };
        HelpWithExitCodes.Note(
            command,
            ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed,
            ExitCodes.Refused, ExitCodes.KeyUnusable, ExitCodes.LedgerUnverified);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (!long.TryParse(parsed.GetValue(Project), NumberStyles.None, CultureInfo.InvariantCulture, out var project) || project < 1)
        {
            throw new CommandException(ExitCodes.Usage, "no project was named", "give --project and the number that stands in the project's address");
        }

        await using var reading = await OfflineReading.OpenAsync(parsed, cancellationToken);
        var keyring = reading.Keyring
            ?? throw new CommandException(ExitCodes.KeyUnusable, $"the ledger cannot be read: {reading.WhyNoKeys}", "give --root-key");
        ReadState told;
        try
        {
            told = await ReadPast.RunAsync(reading.ConnectionString, keyring, project, parsed.GetValue(At), TimeProvider.System, cancellationToken);
        }
        catch (ProblemException refused)
        {
            throw new CommandException(ExitCodes.Refused, refused.Message, refused.Code);
        }

        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(StateOf(told));
        }
        else
        {
            Print(told);
        }

        if (told.State.Unreadable == 0)
        {
            return ExitCodes.Success;
        }

        Terminal.Tell($"{told.State.Unreadable} entries could not be read: something may be missing. Run “fieldkeep verify”.");
        return ExitCodes.LedgerUnverified;
    }

    private static object StateOf(ReadState told) => new
    {
        told.State.At,
        told.State.Project,
        told.State.Forms,
        told.State.Deployments,
        told.State.Conditions,
        people = told.State.People.Select(row => new
        {
            id = row.Actor.Value,
            name = NameOf(row, told),
            role = row.RoleName ?? row.Grant.Role,
            place = PlaceOf(row),
            through = row.MemberOf?.Value,
            row.Grant.ExpiresAt,
            isLimited = row.Grant.IsOwn || row.Grant.Condition is not null,
        }),
        told.State.Unreadable,
    };

    private static void Print(ReadState told)
    {
        var state = told.State;
        Terminal.Print($"{Quoted(state.Project.Name)} at {state.At:u}{(state.Project.Archived ? ", archived" : "")}{(state.Project.IsDeleted ? ", in the trash" : "")}");
        foreach (var form in state.Forms)
        {
            var version = form.Version is null ? "no version published" : $"version {Quoted(form.Version)}";
            Terminal.Print(string.Create(
                CultureInfo.InvariantCulture, $"form {form.Id} {Quoted(form.XmlFormId)}: {version}, {(form.IsDeleted ? "in the trash" : form.State)}{(form.Draft is null ? "" : ", a draft")}"));
        }

        foreach (var deployment in state.Deployments)
        {
            var stages = deployment.Stages is { ValueKind: JsonValueKind.Array } list
                ? string.Join(" → ", list.EnumerateArray().Select(stage => Quoted(Things.TextOf(stage, "name"))))
                : "";
            Terminal.Print(string.Create(
                CultureInfo.InvariantCulture,
                $"deployment {deployment.Id} {Quoted(deployment.Name)} of form {deployment.Form}: {(deployment.IsActive ? "open" : "closed")}, stages {(stages.Length == 0 ? "none" : stages)}"));
        }

        foreach (var condition in state.Conditions)
        {
            Terminal.Print(string.Create(CultureInfo.InvariantCulture, $"condition {condition.Id} {Quoted(condition.Name)} of form {condition.Form}"));
        }

        foreach (var row in state.People)
        {
            Terminal.Print(string.Create(
                CultureInfo.InvariantCulture,
                $"person {row.Actor.Value} {Quoted(NameOf(row, told))}: {row.RoleName ?? row.Grant.Role} at {PlaceOf(row)}{(row.MemberOf is { } unit ? $" through unit {unit.Value}" : "")}"));
        }
    }

    private static string PlaceOf(ReachRow row) =>
        string.Create(CultureInfo.InvariantCulture, $"{ScopeNames.Of(row.Grant.Scope.Kind)}:{row.Grant.Scope.Id}");

    private static string NameOf(ReachRow row, ReadState told) => row.Actor.Value == 0 ? "everyone" : told.Names.GetValueOrDefault(row.Actor.Value, "");

    // A name is somebody's text: it may not begin a line of its own, nor steer the terminal.
    private static string Quoted(string name) => $"“{string.Concat(name.Select(letter => char.IsControl(letter) ? ' ' : letter))}”";
}
