using System.CommandLine;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Serving;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep keys provider</c> and <c>fieldkeep keys move</c>: who holds the root key.</summary>
internal static class MoveRootCommand
{
    private static readonly Option<string> To = new("--to")
    {
        HelpName = "PROVIDER",
        Description = "file, env:NAME, mount:PATH, passphrase, aws-kms:ARN of the key, or vault:https://HOST:8200/MOUNT/KEY",
        Required = true,
    };

    private static readonly Option<string> RecoveryKeyFile = new("--recovery-key-file")
    {
        HelpName = "FILE",
        Description = "A file with the recovery key from paper, or with shares of it, one on each line",
        Required = true,
    };

    /// <summary>The command that tells who holds it.</summary>
    public static Command CreateShow()
    {
        var command = new Command("provider", "Tell who holds the root key. Asks nobody for it.") { Settings.Data, Settings.Json };
        HelpWithExitCodes.Note(command, ExitCodes.KeyUnusable);
        command.SetAction(Show);
        return command;
    }

    /// <summary>The command that moves it.</summary>
    public static Command Create()
    {
        var command = new Command(
            "move",
            "Move the root key to another provider. The new one is asked to give it back before the old form goes; killed at any point, one of them opens. "
            + $"A passphrase is read from the file {Passphrase.FileVariable} names, or asked for. The server may run or not.")
        {
            Settings.Data, To, Settings.Database,
        };
        HelpWithExitCodes.Note(
            command,
            ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed, ExitCodes.Refused, ExitCodes.KeyUnusable, ExitCodes.ServedElsewhere, ExitCodes.OtherVersion);
        command.SetAction(MoveAsync);
        return command;
    }

    /// <summary>The command that writes it from the recovery key.</summary>
    public static Command CreateRecover()
    {
        var command = new Command(
            "recover",
            "Write the root key file from the recovery key or enough shares of it, when whoever held the root key is gone. From then on the file holds it; move it where it belongs.")
        {
            Settings.Data, RecoveryKeyFile,
        };
        HelpWithExitCodes.Note(command, ExitCodes.FileTrouble, ExitCodes.FolderClosed, ExitCodes.KeyUnusable);
        command.SetAction(RecoverAsync);
        return command;
    }

    /// <summary>The command that tries it.</summary>
    public static Command CreateRehearse()
    {
        var command = new Command("rehearse", "Try the recovery key, or enough shares of it, without changing anything, and note in the ledger that it opens.")
        {
            Settings.Data, RecoveryKeyFile, Settings.Database,
        };
        HelpWithExitCodes.Note(
            command, ExitCodes.FileTrouble, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed, ExitCodes.KeyUnusable, ExitCodes.ServedElsewhere, ExitCodes.OtherVersion);
        command.SetAction(RehearseAsync);
        return command;
    }

    private static async Task<int> RehearseAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var text = await File.ReadAllTextAsync(parsed.GetRequiredValue(RecoveryKeyFile), cancellationToken);
        await using var server = await OfflineServer.OpenAsync(
            Settings.DataDirectoryOf(parsed), Settings.TextOf(parsed, Settings.Database), TimeProvider.System, cancellationToken);
        await server.Get<RehearseRecovery>().RunAsync(Actor.System(Door.CommandLine), text, cancellationToken);
        Terminal.Print("the recovery key opens this installation; delete the file");
        return ExitCodes.Success;
    }

    private static async Task<int> RecoverAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var data = Settings.DataDirectoryOf(parsed);
        await DataOwner.RequireAsync(data, cancellationToken);
        var files = KeyringFiles.Below(data);
        var text = await File.ReadAllTextAsync(parsed.GetRequiredValue(RecoveryKeyFile), cancellationToken);
        using var root = RootKey.Recover(files.KeyringPaths, text);
        root.Write(files.RootKeyPath);
        RootSlips.Write(files.KeyringPaths, []);
        Terminal.Print($"the root key {root.Fingerprint} lies in {files.RootKeyPath}");
        return ExitCodes.Success;
    }

    private static int Show(ParseResult parsed)
    {
        var files = KeyringFiles.Below(Settings.DataDirectoryOf(parsed));
        var home = KeyringHome.HomeOf(files);
        var fingerprint = Keyring.ReadRootFingerprint(files.KeyringPaths);
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(new { home.Providers, rootKeyFingerprint = fingerprint, home.HasLeftover });
            return ExitCodes.Success;
        }

        Terminal.Print($"{string.Join(" and ", home.Providers)}, root key {fingerprint}");
        TellLeftover(home.HasLeftover, files);
        return ExitCodes.Success;
    }

    private static async Task<int> MoveAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var data = Settings.DataDirectoryOf(parsed);
        var files = KeyringFiles.Below(data);
        await using var server = await OfflineServer.OpenAsync(
            data, Settings.TextOf(parsed, Settings.Database), TimeProvider.System, cancellationToken);
        var copies = await server.Get<MoveRootKey>().RunAsync(
            Actor.System(Door.CommandLine), KeyringHome.HomeOf(files), parsed.GetRequiredValue(To), cancellationToken);
        foreach (var open in copies.Where(copy => copy.Problem is not null))
        {
            Terminal.Tell($"does not know of it yet: {open.Path}: {open.Problem}");
        }

        Terminal.Print($"the root key is held by {string.Join(" and ", KeyringHome.HomeOf(files).Providers)}");
        TellLeftover(KeyringHome.HomeOf(files).HasLeftover, files);
        return ExitCodes.Success;
    }

    private static void TellLeftover(bool hasLeftover, KeyringFiles files)
    {
        if (hasLeftover)
        {
            Terminal.Tell($"{files.RootKeyPath} is left of a move that was not finished: move to the same provider once more, and it goes");
        }
    }
}
