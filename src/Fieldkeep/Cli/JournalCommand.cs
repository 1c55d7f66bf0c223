using System.CommandLine;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Serving;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep journal</c>: shows how the intake journal of a running server stands, and lets what it set aside be tried again.</summary>
internal static class JournalCommand
{
    private static readonly Argument<string?> Name = new("NAME")
    {
        Description = "Which, as “fieldkeep journal” names it",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Accept = new("--accept")
    {
        Description = "It counts, though its sender may have lost the right before it came (sender.ended, form.closed, deployment.closed, access.denied); this stands in the ledger",
    };

    private static readonly Option<bool> All = new("--all") { Description = "All that is set aside" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "journal",
            "Show how the intake journal of a running server stands, and which submissions it set aside because the database cannot take them: when they came, and why. "
            + "No answers are shown.")
        {
            Settings.Data, CreateRetry(), CreateAgain(),
        };
        HelpWithExitCodes.Note(command, ExitCodes.DataDirectoryInUse, ExitCodes.Refused);
        command.SetAction((parsed, cancellationToken) => AskAsync(parsed, new ControlRequest("journal"), cancellationToken));
        return command;
    }

    private static Command CreateRetry()
    {
        var command = new Command("retry", "Give back what was set aside, once its cause is mended: it is tried again at once.") { Name, All, Accept, Settings.Data };
        HelpWithExitCodes.Note(command, ExitCodes.DataDirectoryInUse, ExitCodes.Refused);
        command.SetAction((parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(Name);
            if (name is null && parsed.GetValue(Accept))
            {
                throw new CommandException(ExitCodes.Usage, "it is not said what to accept", "give one NAME: each is a decision of its own");
            }

            return name is null == parsed.GetValue(All)
                ? AskAsync(parsed, new ControlRequest("journal-retry", Record: name, IsAccepted: parsed.GetValue(Accept)), cancellationToken)
                : throw new CommandException(ExitCodes.Usage, "it is not said what to give back", "give one NAME, or --all");
        });
        return command;
    }

    private static Command CreateAgain()
    {
        var command = new Command(
            "again", "After a database of your own was restored: store what the journal of the last seven days holds and the database lacks. “fieldkeep restore” needs none of this.")
        {
            Settings.Data,
        };
        HelpWithExitCodes.Note(command, ExitCodes.DataDirectoryInUse, ExitCodes.Refused);
        command.SetAction((parsed, cancellationToken) => AskAsync(parsed, new ControlRequest("journal-again"), cancellationToken));
        return command;
    }

    private static async Task<int> AskAsync(ParseResult parsed, ControlRequest request, CancellationToken cancellationToken)
    {
        var data = Settings.DataDirectoryOf(parsed);
        var answer = await ControlSocket.AskAsync(new ClusterFolders(data), request, cancellationToken)
            ?? throw new CommandException(ExitCodes.DataDirectoryInUse, $"no server answers for {data}", "is it running, with this --data, and are you the user who runs it?");
        if (!answer.IsDone)
        {
            throw new CommandException(ExitCodes.Refused, answer.Message, "the server is " + answer.State);
        }

        Terminal.Print(answer.Message);
        return ExitCodes.Success;
    }
}
