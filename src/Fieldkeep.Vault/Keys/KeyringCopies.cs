using System.Buffers.Binary;
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
    /// <exception cref="VaultException">KeyringMissing, KeyringForked, or what is wrong with the only copies there are.</exception>
    public static Reading ReadBest(IReadOnlyList<string> paths)
    {
        var read = new List<(string Path, KeyringContent? Content)>();
        VaultException? problem = null;
        foreach (var path in paths)
        {
            try
            {
                read.Add((path, File.Exists(path) ? KeyringContent.Read(ReadBytes(path), path) : null));
            }
            catch (VaultException damaged)
            {
                problem ??= damaged;
                read.Add((path, null));
            }
        }

        var best = read.Max(copy => copy.Content?.Generation ?? -1);
        var content = read.Find(copy => copy.Content is not null && copy.Content.Generation == best).Content;
        if (read.Find(copy => copy.Content is { } other && content is not null && other.IsForkOf(content)) is { Content: not null } fork)
        {
            throw new VaultException(
                VaultFailure.KeyringForked,
                $"{fork.Path} and the other copy of the keyring are of one generation ({best}), and each has keys that the other lacks: two processes wrote at once, where "
                + "locks do not hold. Keep both files, and take the one that opens the newest data.");
        }

        return content is null
            ? throw problem ?? Missing(paths)
            : new(content, [.. read.Where(copy => copy.Content?.Generation != best).Select(copy => copy.Path)]);
    }

    /// <summary>Tells the bytes of one copy from any others, by its checksum: what a file on another machine says of its time may be a minute old. Nothing when it cannot be read.</summary>
    public static (long Mark, long Length) FindMark(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            Span<byte> end = stackalloc byte[sizeof(long)];
            return length < end.Length || RandomAccess.Read(file, end, length - end.Length) < end.Length
                ? default
                : (BinaryPrimitives.ReadInt64LittleEndian(end), length);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return default;
        }
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

            if (there.Generation > by.Generation || there.IsForkOf(by))
            {
                throw new VaultException(
                    VaultFailure.CopyIsNewer,
                    $"{path} is newer, or went another way (generation {there.Generation}) than this installation's keyring ({by.Generation}) and may hold keys "
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

    // Once more: on another machine's disk a file that is replaced while it is read is gone for whoever reads it (ESTALE).
    private static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (IOException)
        {
            return File.ReadAllBytes(path);
        }
    }

    private static VaultException Missing(IReadOnlyList<string> paths) => new(
        VaultFailure.KeyringMissing,
        $"There is no keyring at {string.Join(" or ", paths)}. Give the right data directory, or restore from a backup.");
}
