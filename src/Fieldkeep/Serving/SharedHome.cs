using Fieldkeep.Backup.Clusters;
using Fieldkeep.Cli;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Serving;

/// <summary>
/// The folder that several servers on one database have in common: its <c>keys</c> and <c>blobs</c>. In the data directory of each, which has all else, these are links
/// to it, so that commands find them there.
/// </summary>
internal static class SharedHome
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly string[] Folders = ["keys", "blobs"];

    /// <summary>Links the data directory to the folder, making what is missing of one that nobody had before.</summary>
    /// <param name="own">The data directory, locked by this process.</param>
    /// <param name="shared">The folder, absolute; null for a server that is alone.</param>
    /// <param name="provider">Who is to hold the root key of a new installation; null for its file.</param>
    /// <exception cref="CommandException">The data directory has keys or files of its own, or is linked to another folder; or a part of the folder is not mounted.</exception>
    public static void Enter(ClusterFolders own, string? shared, string? provider)
    {
        var links = Folders.Select(name => (Path: Path.Combine(own.Root, name), Name: name)).ToList();
        if (shared is null)
        {
            // Whoever put keys or files on another disk by a link of their own is alone all the same.
            foreach (var (path, name) in links)
            {
                if (new DirectoryInfo(path).LinkTarget is not { } linked)
                {
                    continue;
                }

                if (!Directory.Exists(path))
                {
                    // A disk may come later than the server: that is no reason never to be started again.
                    throw new CommandException(
                        ExitCodes.FolderClosed, $"{path} leads to {linked}, which is not there", "mount it; one of several servers wants the --shared of the others, too");
                }

                if (ServerMarks.AreIn(path, name))
                {
                    throw new CommandException(
                        ExitCodes.Refused, $"{path} leads to {linked}: this data directory is one of several servers", "start it with the --shared of the others");
                }
            }

            return;
        }

        RequireMounted(shared);
        foreach (var (path, name) in links)
        {
            RequireFree(own, path, Path.Combine(shared, name));
        }

        // A key service that fails after the keys were made would leave them behind, in the folder that others begin with.
        var keys = KeyringFiles.Below(shared);
        if (provider is not (null or RootKeyProviders.File) && !keys.KeyringPaths.Any(File.Exists))
        {
            throw new CommandException(
                ExitCodes.Refused, $"{shared} has no keys yet: with --shared they are made with the root key in its file",
                $"start the first server without --root-key, then move the root key: “fieldkeep keys move --to {provider}”");
        }

        foreach (var (path, name) in links)
        {
            // Only who has it may enter: keys lie in it.
            Directory.CreateDirectory(Path.Combine(shared, name), OwnerOnly);
            if (new DirectoryInfo(path).LinkTarget is null)
            {
                Directory.CreateSymbolicLink(path, Path.Combine(shared, name));
            }
        }
    }

    // Nothing is made in a mount point: keys made there would be found by whoever mounts nothing again.
    private static void RequireMounted(string shared)
    {
        if (ServerMarks.FindMissing(shared) is { } missing)
        {
            throw new CommandException(
                ExitCodes.FolderClosed, $"{missing} is not there, and servers had {shared} before: a part of it is not mounted, or is another", "mount it");
        }
    }

    private static void RequireFree(ClusterFolders own, string path, string target)
    {
        var linked = new DirectoryInfo(path).LinkTarget;
        if (linked is not null && Path.GetFullPath(linked, own.Root) != target)
        {
            throw new CommandException(
                ExitCodes.Refused,
                $"{path} leads to {linked}, not to {target}",
                $"give the --shared of before; if that folder has moved, remove the links keys and blobs in {own.Root}, and nothing else: the intake journal there may hold what was acknowledged");
        }

        if (linked is not null && !Directory.Exists(target))
        {
            throw new CommandException(ExitCodes.FolderClosed, $"{target} is not there, and this server had it before", "mount it");
        }

        if (linked is null && Directory.Exists(path))
        {
            throw new CommandException(
                ExitCodes.Refused,
                $"{path} is a folder of this server alone",
                $"docs/operations/failover.md says how to move it to {target}, which makes it what all servers have; a server that joins others begins with an empty data directory");
        }
    }
}
