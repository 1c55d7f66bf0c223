using System.Security.Cryptography;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Vault.Keys;

/// <summary>
/// Replaces a root key file in three steps, any of which may be the last of a killed process: the new key beside the old one (<c>root.key.next</c>), the
/// keyring under the new key, the new key in the old one's place. docs/formats/root-key.md.
/// </summary>
internal static class RootKeyTurn
{
    /// <summary>Writes the new key beside the old one; what a killed turn left there opens nothing and goes. Callers hold the keyring's lock.</summary>
    public static void Prepare(RootKey fresh, string path)
    {
        File.Delete(NextTo(path));
        fresh.Write(NextTo(path));
    }

    /// <summary>Whether a turn was begun and not finished, with a keyring's own root key path; a keyring that is only read has none.</summary>
    public static bool IsBegun(string path) => path.Length > 0 && File.Exists(NextTo(path));

    /// <summary>Puts the new key in the old one's place.</summary>
    public static void Finish(string path)
    {
        File.Move(NextTo(path), path, overwrite: true);
        DurableFile.SyncDirectory(DurableFile.DirectoryOf(path));
    }

    /// <summary>Reads the root key that fits a keyring: the file, or the one beside it if a turn was not finished.</summary>
    /// <exception cref="VaultException">RootKeyMissing, RootKeyExposed, RootKeyMismatch, RootKeyDamaged.</exception>
    public static RootKey ReadFitting(string path, KeyringContent content)
    {
        if (File.Exists(NextTo(path)))
        {
            var next = RootKey.Read(NextTo(path));
            if (Fits(next, content))
            {
                return next;
            }

            next.Dispose();
        }

        return RootKey.Read(path);
    }

    /// <summary>Finishes the turn of a process that was killed after it had written the keyring. Callers hold the keyring's lock.</summary>
    public static void FinishIfBegun(string path, KeyringContent content)
    {
        if (!IsBegun(path))
        {
            return;
        }

        using var next = RootKey.Read(NextTo(path));
        if (Fits(next, content))
        {
            Finish(path);
        }
    }

    /// <summary>Tells whether a root key is a keyring's.</summary>
    public static bool Fits(RootKey root, KeyringContent content) =>
        CryptographicOperations.FixedTimeEquals(root.FingerprintBytes, content.RootFingerprint);

    private static string NextTo(string path) => path + ".next";
}
