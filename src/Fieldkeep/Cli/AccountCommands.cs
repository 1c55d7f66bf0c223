using System.CommandLine;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Limits;
using Fieldkeep.Serving;

namespace Fieldkeep.Cli;

/// <summary>Declares those of <c>fieldkeep admin …</c> that help people who cannot sign in, and end sessions.</summary>
internal static class AccountCommands
{
    private static readonly Option<string> Email = new("--email") { HelpName = "ADDRESS", Description = "The account's e-mail address", Required = true };

    /// <summary>The command that lifts the wait of a locked account.</summary>
    public static Command CreateUnlock()
    {
        var command = Create(
            "unlock",
            "Lift the wait of an account that wrong passwords or codes have locked. The server may run or not; a running one knows it within ten seconds.",
            Email);
        command.SetAction((parsed, cancellationToken) => OfAccountAsync(
            parsed,
            "can be signed in to again",
            (server, account) => server.Get<UnlockAccount>().RunAsync(Actor.System(Door.CommandLine), account, cancellationToken),
            cancellationToken));
        return command;
    }

    /// <summary>The command that lifts the suspension of an account.</summary>
    public static Command CreateLiftSuspension()
    {
        var command = Create(
            "lift-suspension",
            "Lift the suspension of an account, such as that of an operator whom no other operator can help. The server may run or not; a running one knows it within two seconds.",
            Email);
        command.SetAction((parsed, cancellationToken) => OfAccountAsync(
            parsed,
            "is suspended no more",
            (server, account) => server.Get<ChangeSuspension>().LiftAsync(Actor.System(Door.CommandLine), Scope.OfAccount(account), cancellationToken),
            cancellationToken));
        return command;
    }

    /// <summary>The command that takes all second factors off an account.</summary>
    public static Command CreateResetFactor()
    {
        var command = Create(
            "reset-factor",
            "Take all second factors off the account of someone who lost them, at once; its sessions end and its owner gets a letter. "
            + "Make sure who asks: the web interface gives the owner a day to object. The server may run or not.",
            Email);
        command.SetAction((parsed, cancellationToken) => OfAccountAsync(
            parsed,
            "has no second factor any more; all sessions of the account ended",
            (server, account) => server.Get<RemoveLostFactors>().RunAsync(Actor.System(Door.CommandLine), account, cancellationToken),
            cancellationToken));
        return command;
    }

    /// <summary>The command that ends every session.</summary>
    public static Command CreateEndSessions()
    {
        var command = Create(
            "end-sessions",
            "End every session of everyone, stop resets of second factors that wait, and end links to set a password: after a database of your own "
            + "was restored from a backup, or when sessions may be in wrong hands. Phones and tokens go on. The server may run or not.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var server = await OpenAsync(parsed, cancellationToken);
            var ended = await server.Get<EndAfterRestore>().RunAsync(Actor.System(Door.CommandLine), cancellationToken);
            Terminal.Tell($"ended sessions: {ended.Sessions}; stopped resets of second factors: {ended.Resets}");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Create(string name, string description, params Option[] options)
    {
        var command = new Command(name, description) { Settings.Data, Settings.Database };
        foreach (var option in options)
        {
            command.Add(option);
        }

        HelpWithExitCodes.Note(
            command,
            ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed, ExitCodes.Refused,
            ExitCodes.KeyUnusable, ExitCodes.ServedElsewhere, ExitCodes.OtherVersion);
        return command;
    }

    private static async Task<int> OfAccountAsync(
        ParseResult parsed, string done, Func<OfflineServer, ActorId, Task> act, CancellationToken cancellationToken)
    {
        await using var server = await OpenAsync(parsed, cancellationToken);
        var account = await server.Get<AccountQueries>().FindByEmailAsync(parsed.GetRequiredValue(Email), cancellationToken)
            ?? throw AccountProblems.AccountUnknown();
        await act(server, account.Id);
        Terminal.Tell($"{account.Email} {done}");
        return ExitCodes.Success;
    }

    private static Task<OfflineServer> OpenAsync(ParseResult parsed, CancellationToken cancellationToken) => OfflineServer.OpenAsync(
        Settings.DataDirectoryOf(parsed), Settings.TextOf(parsed, Settings.Database), TimeProvider.System, cancellationToken);
}
