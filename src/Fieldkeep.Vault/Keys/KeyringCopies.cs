using Fieldkeep.Vault.Files;

namespace Fieldkeep.Vault.Keys;

/// <summary>Reads the best of a keyring's copies, and replaces all of them under a lock between processes.</summary>
internal static class KeyringCopies
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(10);

    /// <summary>The best copy, and which of the others are missing, older or damaged.</summary>
    public sealed record Reading(KeyringContent Content, IReadOnlyList<string> Lagging);

    /// <summary>Reads every copy; takes the highest generation that is whole.</summary>
    /// <exception cref="VaultException">KeyringMissing, or what is wrong with the only copies there are.</exception>
    public static Reading ReadBest(IReadOnlyList<string> paths)
    {
        var read = new List<(string Path, KeyringContent? Content)>();
        VaultException? problem = null;
        foreach (var path in paths)
        {
            try
            {
                read.Add((path, File.Exists(path) ? KeyringContent.Read(File.ReadAllBytes(path), path) : null));
            }
            catch (VaultException damaged)
            {
                problem ??= damaged;
                read.Add((path, null));
            }
        }

        var best = read.Max(copy => copy.Content?.Generation ?? -1);
        var content = read.Find(copy => copy.Content is not null && copy.Content.Generation == best).Content;
        return content is null
            ? throw problem ?? Missing(paths)
            : new(content, [.. read.Where(copy => copy.Content?.Generation != best).Select(copy => copy.Path)]);
    }

    /// <summary>True if any copy is there, whole or not.</summary>
    public static bool Exist(IReadOnlyList<string> paths) => paths.Any(File.Exists);

    /// <summary>Replaces copy by copy; every one must succeed.</summary>
    public static void Replace(IReadOnlyList<string> paths, ReadOnlySpan<byte> bytes)
    {
        foreach (var path in paths)
        {
            DurableFile.CreatePrivateDirectory(DurableFile.DirectoryOf(path));
            DurableFile.Replace(path, bytes, OwnerOnly);
        }
    }

    /// <summary>Requires that what is at <paramref name="paths"/>, if anything readable, is the same installation's and not newer.</summary>
    /// <exception cref="VaultException">CopyIsNewer.</exception>
    public static void RequireReplaceable(IReadOnlyList<string> paths, KeyringContent by)
    {
        foreach (var path in paths.Where(File.Exists))
        {
            KeyringContent there;
            try
            {
                there = KeyringContent.Read(File.ReadAllBytes(path), path);
            }
            catch (VaultException damaged) when (damaged.Reason == VaultFailure.Corrupted)
            {
                continue;
            }

            if (there.Installation != by.Installation)
            {
                throw new VaultException(
                    VaultFailure.CopyIsNewer,
                    $"{path} is the keyring of installation {there.Installation}, not of {by.Installation}. "
                    + "Give every installation a backup directory of its own.");
            }

            if (there.Generation > by.Generation)
            {
                throw new VaultException(
                    VaultFailure.CopyIsNewer,
                    $"{path} is newer (generation {there.Generation}) than this installation's keyring ({by.Generation}) and may hold keys "
                    + "that this one lacks. Use a new backup directory, or restore from this one first.");
            }
        }
    }

    /// <summary>Takes the lock; the system releases it if this process dies.</summary>
    /// <exception cref="VaultException">KeyringBusy.</exception>
    public static FileStream Lock(IReadOnlyList<string> paths)
    {
        DurableFile.CreatePrivateDirectory(DurableFile.DirectoryOf(paths[0]));
        var path = paths[0] + ".lock";
        var deadline = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                // FileShare.None is flock(LOCK_EX) on Unix. The file stays: deleting it would let two writers lock two files.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException busy) when (busy is not (DirectoryNotFoundException or FileNotFoundException))
            {
                if (TimeProvider.System.GetElapsedTime(deadline) > LockPatience)
                {
                    throw new VaultException(
                        VaultFailure.KeyringBusy,
                        $"Another process has held {path} for {LockPatience.TotalSeconds:0} seconds. "
                        + "Wait for it to finish, or see which it is with: fuser " + path,
                        busy);
                }
            }

            Thread.Sleep(LockPause);
        }
    }

    private static VaultException Missing(IReadOnlyList<string> paths) => new(
        VaultFailure.KeyringMissing,
        $"There is no keyring at {string.Join(" or ", paths)}. Give the right data directory, or restore from a backup.");
}
