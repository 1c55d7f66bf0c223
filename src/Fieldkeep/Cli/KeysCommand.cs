using System.CommandLine;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Serving;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep keys …</c>: what an operator does with the installation's keys.</summary>
internal static class KeysCommand
{
    private static readonly Option<string> Project = Required("--project", "N", "The project's number, as in its address");

    private static readonly Option<string> Name = Required("--name", "NAME", "The project's name, typed out: what is erased comes back in no way");

    private static readonly Option<string> Reason = Required("--reason", "TEXT", "Why; it stands in the ledger, sealed, for good");

    private static readonly Option<string> Target = Required("--target", "ID", "The id or the path of a backup directory, as “keys list” and certificates of erasures name it");

    private static readonly Option<long[]> DespiteHold = new("--despite-hold")
    {
        HelpName = "N",
        Description = "The number of a legal hold that stands on the project, or on a submission of it; name each. Without, a hold refuses it",
    };

    private static readonly Option<bool> DespiteSuspension = new("--despite-suspension")
    {
        Description = "Erase it though operators have suspended it. Without, a suspension refuses it: nothing is lost while it lasts",
    };

    private static readonly Argument<string> File = new("FILE") { Description = "A certificate of an erasure" };

    /// <summary>The command with its sub-commands.</summary>
    public static Command Create() => new("keys", "Look after the installation's keys, on the machine itself.")
    {
        RotateKeysCommand.CreateList(), RotateKeysCommand.Create(), RotateKeysCommand.CreateSplit(), CreateShred(), CreateCertificate(), CreateForget(), MoveRootCommand.CreateShow(), MoveRootCommand.Create(), MoveRootCommand.CreateRecover(), MoveRootCommand.CreateRehearse(),
    };

    private static Command CreateForget()
    {
        var command = new Command(
            "forget",
            "Strike a backup directory off that was destroyed, or that you will never see again: erasures and a new root key wait for it no more. "
            + "If it exists after all, its copy of the keyring goes on opening what was erased since.")
        {
            Settings.Data, Target, Settings.Database,
        };
        HelpWithExitCodes.Note(
            command, ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed, ExitCodes.Refused, ExitCodes.KeyUnusable, ExitCodes.ServedElsewhere, ExitCodes.OtherVersion);
        command.SetAction(ForgetAsync);
        return command;
    }

    private static async Task<int> ForgetAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var server = await OfflineServer.OpenAsync(
            Settings.DataDirectoryOf(parsed), Settings.TextOf(parsed, Settings.Database), TimeProvider.System, cancellationToken);
        foreach (var gone in await server.Get<ForgetTarget>().RunAsync(Actor.System(Door.CommandLine), parsed.GetRequiredValue(Target), cancellationToken))
        {
            Terminal.Print($"{gone.Id} {gone.Directory}".TrimStart());
        }

        return ExitCodes.Success;
    }

    private static Command CreateShred()
    {
        var command = new Command(
            "shred",
            "Erase a project for good: destroy its keys in every copy of the keyring, those in backup directories too, then its rows and files. "
            + "The server may run or not; a running one has dropped the keys within seconds. Prints the signed certificate.")
        {
            Settings.Data, Project, Name, Reason, DespiteHold, DespiteSuspension, Settings.Database,
        };
        HelpWithExitCodes.Note(
            command,
            ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed, ExitCodes.Refused,
            ExitCodes.KeyUnusable, ExitCodes.ServedElsewhere, ExitCodes.OtherVersion);
        command.SetAction(ShredAsync);
        return command;
    }

    private static async Task<int> ShredAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (!long.TryParse(parsed.GetRequiredValue(Project), out var project))
        {
            throw new CommandException(ExitCodes.Usage, $"“{parsed.GetRequiredValue(Project)}” is no number", "give the number in the project's address");
        }

        await using var server = await OfflineServer.OpenAsync(
            Settings.DataDirectoryOf(parsed), Settings.TextOf(parsed, Settings.Database), TimeProvider.System, cancellationToken);
        var erased = await server.Get<EraseProject>().RunAsync(
            Actor.System(Door.CommandLine), new ProjectId(project), parsed.GetRequiredValue(Name), parsed.GetRequiredValue(Reason),
            new ErasureDespite(parsed.GetValue(DespiteHold) ?? [], parsed.GetValue(DespiteSuspension)), cancellationToken);
        Terminal.Tell($"the keys of project {project} are destroyed; deleting its rows and files");
        if (erased.CopiesOpen)
        {
            Terminal.Tell("a backup directory could not be reached and still holds the keys; the server tries it again every half minute, see the certificate");
        }

        await server.Get<FinishErasures>().RunAsync(cancellationToken);
        Terminal.Print((erased.Certificate ?? "").TrimEnd());
        return ExitCodes.Success;
    }

    private static Command CreateCertificate()
    {
        var command = new Command(
            "certificate",
            "Check the certificate of an erasure: its signature, whether the key that signed is this installation's, and whether the keyring here "
            + "holds keys of that project. Without a keyring in --data the signature alone is checked, and whose key it is stays open.")
        {
            File, Settings.Data, Settings.Json,
        };
        HelpWithExitCodes.Note(command, ExitCodes.FileTrouble, ExitCodes.Refused, ExitCodes.KeyUnusable);
        command.SetAction(CheckAsync);
        return command;
    }

    private static async Task<int> CheckAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var file = parsed.GetRequiredValue(File);
        var verified = ErasureCertificate.Verify(await System.IO.File.ReadAllTextAsync(file, cancellationToken)) ?? throw new CommandException(
            ExitCodes.Refused, $"{file} is no certificate, or was changed: its signature does not hold", "ask for the file anew where it came from");
        var (certificate, by) = (verified.Certificate, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(verified.SigningKey))[..32]);
        var known = await LookAsync(parsed, verified, cancellationToken);
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(new
            {
                certificate.Installation,
                certificate.Project,
                certificate.DestroyedAt,
                signingKey = by,
                isOfThisInstallation = known?.IsSigner,
                isGoneHere = known?.IsGone,
            });
        }
        else
        {
            Terminal.Print($"the signature holds: project {certificate.Project} of installation {certificate.Installation}, {certificate.Keys.Count} keys destroyed at {certificate.DestroyedAt}");
            Terminal.Tell(known is null
                ? $"there is no keyring here to compare with: make sure that the signing key {by} is that installation's"
                : $"signed by this installation's ledger key: {(known.IsSigner ? "yes" : "no")}; keys of the project here: {(known.IsGone ? "none" : "there are some")}");
        }

        return known is { IsSigner: false } or { IsGone: false } ? ExitCodes.Refused : ExitCodes.Success;
    }

    private static async Task<Comparison?> LookAsync(ParseResult parsed, VerifiedCertificate verified, CancellationToken cancellationToken)
    {
        var files = KeyringFiles.Below(Settings.DataDirectoryOf(parsed));
        if (!files.KeyringPaths.Any(System.IO.File.Exists))
        {
            return null;
        }

        using var keyring = Keyring.OpenReadOnly(await KeyringHome.OpenRootAsync(files, cancellationToken), files.KeyringPaths, TimeProvider.System);
        return new Comparison(
            keyring.LedgerSigningKey.PublicKey.AsSpan().SequenceEqual(verified.SigningKey),
            keyring.FindProjectKeys(verified.Certificate.ProjectKey) is null);
    }

    private static Option<string> Required(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description, Required = true };

    private sealed record Comparison(bool IsSigner, bool IsGone);
}
