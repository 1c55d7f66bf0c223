using System.CommandLine;
using System.Globalization;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Serving;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Cli;

/// <summary>Declares <c>fieldkeep keys list</c>, <c>fieldkeep keys rotate</c> and <c>fieldkeep keys split</c>.</summary>
internal static class RotateKeysCommand
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    // A rotation is taken up half a minute after it was begun: a minute without anything sealed anew is one in which nothing can be.
    private const int MostIdleLooks = 30;

    private static readonly Option<string?> Project = new("--project") { HelpName = "N", Description = "The project's number, as in its address" };

    private static readonly Option<bool> Epoch = new("--epoch") { Description = "A new key that wraps all others; nothing is sealed anew" };

    private static readonly Option<bool> Root = new("--root")
    {
        Description = "A new root key, a new epoch and a new recovery key, which is printed: it is shown this once",
    };

    private static readonly Option<int> Shares = new("--shares") { HelpName = "N", Description = "How many shares there are: 2 to 16", Required = true };

    private static readonly Option<int> Needed = new("--needed") { HelpName = "K", Description = "How many of them bring the recovery key back: 2 or more", Required = true };

    private static readonly Option<bool> Wait = new("--wait") { Description = "Seal anew here until nothing is left, instead of leaving it to the server; --old-key-days counts then, give it what the server was given" };

    /// <summary>The command that lists keys.</summary>
    public static Command CreateList()
    {
        var command = new Command("list", "Tell which keys there are, how old they are, how often they sealed, and which should be replaced. Never a key.")
        {
            Settings.Data, Project, Settings.Database, Settings.Json,
        };
        Note(command);
        command.SetAction(ListAsync);
        return command;
    }

    /// <summary>The command that replaces keys.</summary>
    public static Command Create()
    {
        var command = new Command(
            "rotate",
            "Replace the data key of a project, the key that wraps all others, or the root key. The server may run or not; a running one seals anew in the background.")
        {
            Settings.Data, Project, Epoch, Root, Wait, Settings.OldKeyDays, Settings.Database,
        };
        Note(command);
        command.SetAction(RotateAsync);
        return command;
    }

    /// <summary>The command that splits the recovery key.</summary>
    public static Command CreateSplit()
    {
        var command = new Command(
            "split",
            "Make a new recovery key in shares, for several people to keep: any --needed of them bring it back, fewer learn nothing. The recovery key of before "
            + "opens nothing any more, but copies of the keyring in backup directories that are away, which are named. Prints a line for each share; they are shown this once.")
        {
            Settings.Data, Shares, Needed, Settings.Database, Settings.Json,
        };
        Note(command);
        command.SetAction(SplitAsync);
        return command;
    }

    private static async Task<int> SplitAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var server = await OpenAsync(parsed, cancellationToken);
        var (shares, copies) = await server.Get<SplitRecoveryKey>().RunAsync(
            Actor.System(Door.CommandLine), parsed.GetRequiredValue(Needed), parsed.GetRequiredValue(Shares), cancellationToken);
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(new { shares, notReplaced = copies.Where(copy => copy.Problem is not null) });
            return CodeOf(copies);
        }

        TellOlder(copies, "the recovery key");
        Terminal.Tell("write each share on a paper of its own and give it to its keeper; they are not shown again:");
        foreach (var share in shares)
        {
            Terminal.Print(share);
        }

        return CodeOf(copies);
    }

    private static void TellOlder(IReadOnlyList<ReplacedCopy> copies, string keys)
    {
        var older = copies.Where(copy => copy.Problem is not null).ToList();
        foreach (var copy in older)
        {
            Terminal.Tell($"still opens with {keys} of before: {copy.Path}: {copy.Problem}");
        }

        Terminal.Tell(older.Count == 0
            ? $"{keys} of before opens nothing any more"
            : "keep the older keys from strangers until these copies can be written: the server then replaces them within a minute");
    }

    // Backup directories may be away for weeks; a disk of this machine that cannot be written wants somebody now.
    private static int CodeOf(IReadOnlyList<ReplacedCopy> copies) =>
        copies.Any(copy => copy is { Target: null, Problem: not null }) ? ExitCodes.FolderClosed : ExitCodes.Success;

    private static void Note(Command command) => HelpWithExitCodes.Note(
        command,
        ExitCodes.DataDirectoryInUse, ExitCodes.NoPostgres, ExitCodes.DatabaseUnreachable, ExitCodes.FolderClosed, ExitCodes.Refused,
        ExitCodes.KeyUnusable, ExitCodes.ServedElsewhere, ExitCodes.OtherVersion);

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var server = await OpenAsync(parsed, cancellationToken);
        var actor = Actor.System(Door.CommandLine);
        if (await FindProjectAsync(parsed, server, cancellationToken) is not { } project)
        {
            var state = await server.Get<KeyQueries>().GetKeyringAsync(actor, cancellationToken);
            foreach (var (target, look) in state.Targets)
            {
                Terminal.Tell($"backup directory {target.Id ?? "without id"} at {target.Directory}: {(look.IsReached ? look.IsNewest ? "up to date" : "older keys" : "not there")}");
            }

            var shown = new { state.Installation, state.Generation, state.Epoch, state.RootFingerprint, state.HasRecoveryKey, state.Projects, state.KeysDue, state.Providers };
            Print(parsed, shown, $"installation {state.Installation}, generation {state.Generation}, epoch {state.Epoch}, root key {state.RootFingerprint}; "
                + $"{state.Projects} projects have keys, {state.KeysDue} of them should be replaced");
            Terminal.Tell($"{state.Notes.ErasedRows} erased submissions and {state.Notes.Rewritings} rewritings are remembered, of at most {Keyring.MostNotes} each and {Keyring.MostNotesTogether} together with the holds");
            return ExitCodes.Success;
        }

        var list = await server.Get<KeyQueries>().ListAsync(actor, project, cancellationToken);
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(list.Keys.Select(key => new { id = key.Id.ToString(), key.CreatedAt, key.IsPrimary, key.Seals, key.IsDue }));
            return ExitCodes.Success;
        }

        foreach (var key in list.Keys)
        {
            Terminal.Print(string.Create(
                CultureInfo.InvariantCulture,
                $"{key.Id} {(key.IsPrimary ? "seals" : "opens")} since {key.CreatedAt:u}, {key.Seals} seals{(key.IsDue ? ", due" : "")}"));
        }

        if (list.Rotation is { DestroyedAt: null } rotation)
        {
            Terminal.Tell(rotation.FinishedAt is null
                ? $"{rotation.Resealed} values were sealed anew so far"
                : $"everything was sealed anew; the older keys are destroyed on {rotation.DestroyAt:u}");
        }

        return ExitCodes.Success;
    }

    private static async Task<int> RotateAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool[] wishes = [parsed.GetValue(Project) is not null, parsed.GetValue(Epoch), parsed.GetValue(Root)];
        if (wishes.Count(wish => wish) != 1)
        {
            throw new CommandException(ExitCodes.Usage, "it is not said what to replace, or too much", "give one of --project N, --epoch and --root");
        }

        await using var server = await OpenAsync(parsed, cancellationToken);
        var actor = Actor.System(Door.CommandLine);
        if (parsed.GetValue(Root))
        {
            var (recoveryKey, all) = await server.Get<RotateRoot>().RunAsync(actor, cancellationToken);
            Terminal.Tell("there is a new root key");
            TellOlder(all, "the root key and the recovery key");
            Terminal.Tell("write this new recovery key on paper, twice, and keep it in two places; it is not shown again:");
            Terminal.Print(recoveryKey);
            return CodeOf(all);
        }

        if (await FindProjectAsync(parsed, server, cancellationToken) is not { } project)
        {
            var copies = await server.Get<RotateEpoch>().RunAsync(actor, cancellationToken);
            foreach (var open in copies.Where(copy => copy.Problem is not null))
            {
                Terminal.Tell($"not replaced: {open.Path}: {open.Problem}");
            }

            Terminal.Tell("a new epoch has begun");
            return ExitCodes.Success;
        }

        await server.Get<RotateProjectKey>().RunAsync(actor, project, cancellationToken);
        Terminal.Tell($"project {project.Id} seals with a new key");
        return parsed.GetValue(Wait) ? await WaitAsync(server, project, cancellationToken) : ExitCodes.Success;
    }

    private static async Task<int> WaitAsync(OfflineServer server, ProjectRef project, CancellationToken cancellationToken)
    {
        var (resealed, idle) = (-1L, 0);
        while (true)
        {
            await server.Get<FinishRotations>().RunAsync(project.Id, cancellationToken);
            var rotation = await server.Get<RotationRows>().FindNewestAsync(project.Id, cancellationToken);
            if (rotation?.FinishedAt is not null)
            {
                Terminal.Tell($"{rotation.Resealed} values were sealed anew; the older keys are destroyed on {rotation.DestroyAt:u}");
                return ExitCodes.Success;
            }

            idle = rotation is { } open && open.Resealed > resealed ? 0 : idle + 1;
            resealed = rotation?.Resealed ?? resealed;
            if (idle > MostIdleLooks)
            {
                throw new CommandException(
                    ExitCodes.KeyUnusable,
                    $"{resealed} values of project {project.Id} were sealed anew, and what is left cannot be: it is damaged, or somebody holds it",
                    "the older keys stay until all is sealed anew, and the server tries again; “fieldkeep verify” says what is damaged");
            }

            await Task.Delay(LookAgain, cancellationToken);
        }
    }

    private static async Task<ProjectRef?> FindProjectAsync(ParseResult parsed, OfflineServer server, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Project) is not { } given)
        {
            return null;
        }

        return long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var project)
            ? await server.Get<ProjectQueries>().GetRefAsync(new ProjectId(project), cancellationToken)
            : throw new CommandException(ExitCodes.Usage, $"“{given}” is no number", "give the number in the project's address");
    }

    private static Task<OfflineServer> OpenAsync(ParseResult parsed, CancellationToken cancellationToken) => OfflineServer.OpenAsync(
        Settings.DataDirectoryOf(parsed), Settings.TextOf(parsed, Settings.Database), TimeProvider.System, cancellationToken, Settings.OldKeysForOf(parsed));

    private static void Print<T>(ParseResult parsed, T value, string line)
    {
        if (parsed.GetValue(Settings.Json))
        {
            Terminal.PrintJson(value);
        }
        else
        {
            Terminal.Print(line);
        }
    }
}
