using System.CommandLine;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Serving;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep servers …</c>: which servers were ever on a database, and striking off one that is gone for good.</summary>
internal static class ServersCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "Its name, as “servers list” tells it" };

    /// <summary>The command with its sub-commands.</summary>
    public static Command Create() => new("servers", "Look after the servers of a database, on the machine itself.") { CreateList(), CreateForget() };

    private static Command CreateList()
    {
        var command = new Command(
            "list",
            "List the servers that ever served this database: name, whether it is heard, how long ago it was last, submissions that wait in its intake journal and lie set aside there, "
            + "its version, where it listens. “leads” marks the one that does the work only one may do.")
        {
            Settings.Data, Settings.Database,
        };
        Note(command);
        command.SetAction(ListAsync);
        return command;
    }

    private static Command CreateForget()
    {
        var command = new Command(
            "forget",
            "Strike a server off that will never come back. Files and older keys wait no more for what may lie in its intake journal: if that exists after all, what it holds may open never again.")
        {
            Name, Settings.Data, Settings.Database,
        };
        Note(command);
        command.SetAction(ForgetAsync);
        return command;
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var server = await OpenAsync(parsed, cancellationToken);
        var (servers, leader) = await server.Get<ListServers>().RunAsync(Actor.System(Door.CommandLine), cancellationToken);
        foreach (var one in servers)
        {
            Terminal.Print(LineOf(one, leader));
        }

        return ExitCodes.Success;
    }

    private static async Task<int> ForgetAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var server = await OpenAsync(parsed, cancellationToken);
        var gone = await server.Get<ForgetServer>().RunAsync(Actor.System(Door.CommandLine), parsed.GetRequiredValue(Name), cancellationToken);
        Terminal.Print(LineOf(gone, leader: null));
        return ExitCodes.Success;
    }

    private static string LineOf(ServerRow server, string? leader) => string.Join(
        ' ',
        new[]
        {
            server.Name,
            server.IsHeard ? "heard" : server.HasLeft ? "stopped" : "silent",
            $"{server.SecondsAgo} s ago",
            server.IsJournalKnown ? $"waiting={server.JournalWaiting} set-aside={server.JournalSetAside}" : "journal=unknown",
            server.Version,
            server.Address,
            server.Name == leader ? "leads" : "",
        }.Where(part => part.Length > 0));

    private static Task<OfflineServer> OpenAsync(ParseResult parsed, CancellationToken cancellationToken) => OfflineServer.OpenAsync(
        Settings.DataDirectoryOf(parsed), Settings.TextOf(parsed, Settings.Database), TimeProvider.System, cancellationToken);

    private static void Note(Command command) => HelpWithExitCodes.Note(
        command,
        ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed, ExitCodes.Refused, ExitCodes.ServedElsewhere, ExitCodes.KeyUnusable, ExitCodes.OtherVersion);
}
