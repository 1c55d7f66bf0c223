using System.CommandLine;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Setup;
using Fieldkeep.Serving;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep admin …</c>: what an operator does on the server itself.</summary>
internal static class AdminCommand
{
    private static readonly Option<string> Organisation = Required("--organisation", "NAME", "The name of the organisation");

    private static readonly Option<string> Name = Required("--name", "NAME", "The first administrator's name");

    private static readonly Option<string> Email = Required("--email", "ADDRESS", "The first administrator's e-mail address");

    private static readonly Option<string> AccountEmail = Required("--email", "ADDRESS", "The account's e-mail address");

    private static readonly Option<string> PasswordFile = Required(
        "--password-file", "FILE", "A file whose first line is the password; - reads it from stdin");

    /// <summary>The command with its sub-commands.</summary>
    public static Command Create() => new("admin", "Set up and look after this server, on the machine itself.")
    {
        CreateSetup(), CreatePassword(), AccountCommands.CreateUnlock(), AccountCommands.CreateLiftSuspension(), AccountCommands.CreateResetFactor(),
        AccountCommands.CreateEndSessions(),
    };

    private static Command CreateSetup()
    {
        var command = new Command(
            "setup",
            "Set a new server up: its organisation, its first administrator, its recovery key. The server may run or not. "
            + "Prints the recovery key, which opens the data if the root key is lost: it is shown this once.")
        {
            Settings.Data, Organisation, Name, Email, PasswordFile, Settings.Database, Settings.Json,
        };
        HelpWithExitCodes.Note(
            command,
            ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable,
            ExitCodes.FolderClosed, ExitCodes.Refused, ExitCodes.KeyUnusable, ExitCodes.ServedElsewhere, ExitCodes.OtherVersion);
        command.SetAction(SetUpAsync);
        return command;
    }

    private static async Task<int> SetUpAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var password = await ReadPasswordAsync(parsed.GetRequiredValue(PasswordFile), cancellationToken);
        await using var server = await OfflineServer.OpenAsync(
            Settings.DataDirectoryOf(parsed), Settings.TextOf(parsed, Settings.Database), TimeProvider.System, cancellationToken);
        var done = await server.Get<SetUpInstallation>().RunAsync(
            Actor.System(Door.CommandLine),
            new SetupAnswers(
                parsed.GetRequiredValue(Organisation), parsed.GetRequiredValue(Name), parsed.GetRequiredValue(Email), password, null),
            cancellationToken);
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(new { recoveryKey = done.RecoveryKey });
        }
        else
        {
            Terminal.Tell($"{done.Organisation.Name} is set up; {done.Admin.Email} can sign in");
            Terminal.Tell("write this recovery key on paper, twice, and keep it in two places; it is not shown again:");
            Terminal.Print(done.RecoveryKey);
        }

        return ExitCodes.Success;
    }

    private static Command CreatePassword()
    {
        var command = new Command(
            "password",
            "Set a new password for an account whose owner lost it, or that was made without one; all its sessions end. "
            + "The server may run or not. Who asked for a new password stands in the activity list as account.ask_reset.")
        {
            Settings.Data, AccountEmail, PasswordFile, Settings.Database,
        };
        HelpWithExitCodes.Note(
            command,
            ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable,
            ExitCodes.FolderClosed, ExitCodes.Refused, ExitCodes.KeyUnusable, ExitCodes.ServedElsewhere, ExitCodes.OtherVersion);
        command.SetAction(SetPasswordAsync);
        return command;
    }

    private static async Task<int> SetPasswordAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var password = await ReadPasswordAsync(parsed.GetRequiredValue(PasswordFile), cancellationToken);
        await using var server = await OfflineServer.OpenAsync(
            Settings.DataDirectoryOf(parsed), Settings.TextOf(parsed, Settings.Database), TimeProvider.System, cancellationToken);
        var account = await server.Get<AccountQueries>().FindByEmailAsync(parsed.GetRequiredValue(AccountEmail), cancellationToken)
            ?? throw AccountProblems.AccountUnknown();
        await server.Get<ChangePassword>().RunAsync(Actor.System(Door.CommandLine), account.Id, password, cancellationToken);
        Terminal.Tell($"{account.Email} has a new password; all sessions of the account ended");
        return ExitCodes.Success;
    }

    private static async Task<string> ReadPasswordAsync(string file, CancellationToken cancellationToken)
    {
        using var reader = file == "-" ? Console.In : new StreamReader(file);
        return await reader.ReadLineAsync(cancellationToken) is { Length: > 0 } password
            ? password
            : throw new CommandException(ExitCodes.FileTrouble, $"the first line of {file} is empty", "write the password into the file's first line");
    }

    private static Option<string> Required(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description, Required = true };
}
