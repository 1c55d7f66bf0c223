using Fieldkeep.Backup.Clusters;
using Fieldkeep.Cli;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Serving;

/// <summary>Opens the keys of a data directory, making them on the first run.</summary>
internal static class KeyringHome
{
    /// <summary>Opens <c>DATA/keys</c>; creates root key and keyring when there is neither, and no data that lost them.</summary>
    /// <exception cref="Vault.VaultException">What is missing, damaged or does not fit.</exception>
    public static Keyring Open(ClusterFolders folders, TimeProvider clock)
    {
        var files = KeyringFiles.Below(folders.Root);
        if (File.Exists(files.RootKeyPath) || files.KeyringPaths.Any(File.Exists))
        {
            var keyring = Keyring.Open(files, clock);
            foreach (var copy in keyring.LaggingCopies)
            {
                Terminal.Tell($"the keyring copy {copy} was missing or out of date and has been written anew");
            }

            return keyring;
        }

        if (Directory.Exists(folders.Cluster))
        {
            // Data sealed with new keys beside data sealed with lost ones would make a repair impossible.
            throw new VaultException(
                VaultFailure.KeyringMissing,
                $"{folders.Root} has a database and no keys: {files.KeyringPaths[0]} and its copy are gone. "
                + "Put the folder “keys” back, or restore the newest backup into a new directory.");
        }

        Terminal.Tell($"made the root key {files.RootKeyPath}; the recovery key is shown once, when the server is set up");
        return Keyring.Create(files, clock);
    }
}
