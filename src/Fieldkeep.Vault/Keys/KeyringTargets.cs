using System.Text;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Vault.Keys;

/// <summary>Remembers which backup directories hold a copy of the keyring, so that an erasure reaches them: docs/formats/keyring.md.</summary>
public static class KeyringTargets
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Lists the directories.</summary>
    public static IReadOnlyList<string> List(IReadOnlyList<string> keyringPaths)
    {
        var path = PathBeside(keyringPaths);
        return File.Exists(path) ? [.. File.ReadAllLines(path).Where(line => line.Length > 0)] : [];
    }

    /// <summary>Adds a directory, durably; one that is there already stays.</summary>
    public static void Add(IReadOnlyList<string> keyringPaths, string directory)
    {
        using var held = KeyringCopies.Lock(keyringPaths);
        var known = List(keyringPaths);
        var full = Path.GetFullPath(directory);
        if (!known.Contains(full, StringComparer.Ordinal))
        {
            DurableFile.Replace(
                PathBeside(keyringPaths), Encoding.UTF8.GetBytes(string.Concat(known.Append(full).Select(line => line + "\n"))), OwnerOnly);
        }
    }

    /// <summary>The keyring's copies in a backup directory.</summary>
    public static IReadOnlyList<string> KeyringPathsIn(string directory) =>
        [Path.Combine(directory, "keys", "keyring"), Path.Combine(directory, "keys", "copy", "keyring")];

    internal static string PathBeside(IReadOnlyList<string> keyringPaths) =>
        Path.Combine(DurableFile.DirectoryOf(keyringPaths[0]), "targets");
}
