using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Vault.Keys;

/// <summary>A backup directory that holds a copy of the keyring.</summary>
/// <param name="Id">32 hex digits that lie in it, so that disks which take turns at one path are told apart; null for one of before they were given.</param>
/// <param name="Directory">Its absolute path when it was last seen.</param>
public sealed record KeyringTarget(string? Id, string Directory)
{
    /// <summary>The keyring's copies in it.</summary>
    public IReadOnlyList<string> KeyringPaths => KeyringTargets.KeyringPathsIn(Directory);

    internal string Line => Id is null ? Directory : $"{Id} {Directory}";
}

/// <summary>Remembers which backup directories hold a copy of the keyring, so that an erasure reaches them: docs/formats/keyring.md.</summary>
public static class KeyringTargets
{
    /// <summary>The file's place in a data directory, and in the sealed copy of it that every backup holds.</summary>
    public const string RelativePath = "keys/targets";

    private const int IdLength = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Lists the directories.</summary>
    public static IReadOnlyList<KeyringTarget> List(IReadOnlyList<string> keyringPaths)
    {
        var path = PathBeside(keyringPaths);
        return File.Exists(path) ? [.. File.ReadAllLines(path).Select(Parse).OfType<KeyringTarget>()] : [];
    }

    /// <summary>Adds a directory, durably, giving it an id if it has none; one that is known stays, under its newest path.</summary>
    public static void Add(IReadOnlyList<string> keyringPaths, string directory)
    {
        var full = Path.GetFullPath(directory);
        var id = Identify(full);
        Put(keyringPaths, new KeyringTarget(id, full));
    }

    /// <summary>Adds a directory as it is, writing nothing into it: one that is restored from.</summary>
    public static void AddUnwritten(IReadOnlyList<string> keyringPaths, string directory)
    {
        var full = Path.GetFullPath(directory);
        Put(keyringPaths, new KeyringTarget(FindId(full), full));
    }

    /// <summary>Strikes directories off by their id or path, because they were destroyed: nothing waits for them any more.</summary>
    /// <returns>Those that were struck off.</returns>
    public static IReadOnlyList<KeyringTarget> Forget(IReadOnlyList<string> keyringPaths, string idOrDirectory)
    {
        using var held = KeyringCopies.Lock(keyringPaths);
        var known = List(keyringPaths);
        var gone = known.Where(target => target.Id == idOrDirectory || target.Directory == idOrDirectory).ToList();
        if (gone.Count > 0)
        {
            Write(keyringPaths, known.Except(gone));
        }

        return gone;
    }

    /// <summary>The keyring's copies in a backup directory.</summary>
    public static IReadOnlyList<string> KeyringPathsIn(string directory) =>
        [Path.Combine(directory, "keys", "keyring"), Path.Combine(directory, "keys", "copy", "keyring")];

    /// <summary>The id that lies in a backup directory; null when there is none.</summary>
    public static string? FindId(string directory)
    {
        var path = IdPathIn(directory);
        if (!File.Exists(path))
        {
            return null;
        }

        Span<byte> text = stackalloc byte[IdLength + 2];
        using var file = PlainFile.OpenRead(path, 0);
        var id = Encoding.ASCII.GetString(text[..file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)]).Trim();
        return id.Length == IdLength && id.All(char.IsAsciiHexDigitLower) ? id : null;
    }

    /// <summary>The id that lies in a directory; one is given to it, durably, if it has none.</summary>
    public static string Identify(string directory) => FindId(directory) ?? GiveId(Path.GetFullPath(directory));

    internal static string PathBeside(IReadOnlyList<string> keyringPaths) =>
        Path.Combine(DurableFile.DirectoryOf(keyringPaths[0]), "targets");

    private static string IdPathIn(string directory) => Path.Combine(directory, "keys", "id");

    private static string GiveId(string directory)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));
        DurableFile.CreatePrivateDirectory(DurableFile.DirectoryOf(IdPathIn(directory)));
        DurableFile.Replace(IdPathIn(directory), Encoding.UTF8.GetBytes(id + "\n"), OwnerOnly);
        return id;
    }

    private static void Put(IReadOnlyList<string> keyringPaths, KeyringTarget added)
    {
        using var held = KeyringCopies.Lock(keyringPaths);
        var known = List(keyringPaths);
        // The same disk elsewhere, and what was known by its path alone.
        IReadOnlyList<KeyringTarget> next =
        [
            .. known.Where(target => target.Id is null ? target.Directory != added.Directory : target.Id != added.Id),
            added,
        ];
        if (!known.Contains(added) || next.Count != known.Count)
        {
            Write(keyringPaths, next);
        }
    }

    private static void Write(IReadOnlyList<string> keyringPaths, IEnumerable<KeyringTarget> targets) => DurableFile.Replace(
        PathBeside(keyringPaths), Encoding.UTF8.GetBytes(string.Concat(targets.Select(target => target.Line + "\n"))), OwnerOnly);

    private static KeyringTarget? Parse(string line) =>
        line.Length > IdLength + 1 && line[IdLength] == ' ' && line.AsSpan(0, IdLength).IndexOfAnyExceptInRange('0', 'f') < 0
            ? new KeyringTarget(line[..IdLength], line[(IdLength + 1)..])
            : line.Length > 0 ? new KeyringTarget(null, line) : null;
}
