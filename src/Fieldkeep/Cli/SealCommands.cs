using System.CommandLine;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Serving;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep unseal</c> and <c>fieldkeep seal</c>: they speak to the server that runs, through a socket that only the owner of its keys reaches.</summary>
internal static class SealCommands
{
    private static readonly Option<string?> RecoveryKeyFile = new("--recovery-key-file")
    {
        HelpName = "FILE",
        Description = "A file with the recovery key from paper, or with shares of it, one on each line; - asks for them one by one",
    };

    private static readonly Option<bool> AskProvider = new("--provider") { Description = "Let the server ask the provider of the root key once more; nothing is given" };

    /// <summary>The command that unseals.</summary>
    public static Command CreateUnseal()
    {
        var command = new Command(
            "unseal",
            $"Give a sealed server what opens its keys: the passphrase, from the file {Passphrase.FileVariable} names or asked for, or the recovery key. "
            + "It stays in the server's memory until it is sealed or stopped.")
        {
            Settings.Data, RecoveryKeyFile, AskProvider,
        };
        HelpWithExitCodes.Note(command, ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.KeyUnusable);
        command.SetAction(UnsealAsync);
        return command;
    }

    /// <summary>The command that seals.</summary>
    public static Command CreateSeal()
    {
        var command = new Command("seal", "Make a running server drop all keys from its memory, and serve nothing until it is unsealed.") { Settings.Data };
        HelpWithExitCodes.Note(command, ExitCodes.DataDirectoryInUse, ExitCodes.KeyUnusable);
        command.SetAction((parsed, cancellationToken) => AskAsync(parsed, new ControlRequest("seal"), cancellationToken));
        return command;
    }

    private static async Task<int> UnsealAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(AskProvider))
        {
            return await AskAsync(parsed, new ControlRequest("unseal"), cancellationToken);
        }

        var recoveryKey = parsed.GetValue(RecoveryKeyFile) switch
        {
            null => null,
            "-" => AskShares(),
            var file => await File.ReadAllTextAsync(file, cancellationToken),
        };
        if (recoveryKey is not null)
        {
            return await AskAsync(parsed, new ControlRequest("unseal", RecoveryKey: recoveryKey), cancellationToken);
        }

        return await AskAsync(parsed, new ControlRequest("unseal", Passphrase: Passphrase.Ask()), cancellationToken);
    }

    private static string AskShares()
    {
        var lines = new List<string>();
        while (Passphrase.AskTerminal(lines.Count == 0 ? "Recovery key, or a share of it: " : "The next share, or nothing when these are all: ") is { Length: > 0 } line)
        {
            lines.Add(line);
        }

        return string.Join('\n', lines);
    }

    private static async Task<int> AskAsync(ParseResult parsed, ControlRequest request, CancellationToken cancellationToken)
    {
        var data = Settings.DataDirectoryOf(parsed);
        var answer = await ControlSocket.AskAsync(new ClusterFolders(data), request, cancellationToken)
            ?? throw new CommandException(ExitCodes.DataDirectoryInUse, $"no server answers for {data}", "is it running, with this --data, and are you the user who runs it?");
        if (!answer.IsDone)
        {
            throw new CommandException(ExitCodes.KeyUnusable, answer.Message, "the server is " + answer.State);
        }

        Terminal.Print(answer.Message);
        return ExitCodes.Success;
    }
}
