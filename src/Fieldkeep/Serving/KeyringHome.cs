using Fieldkeep.Cli;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Serving;

/// <summary>Opens the keys of a data directory, making them on the first run.</summary>
internal static class KeyringHome
{
    /// <summary>Opens <c>DATA/keys</c>; creates root key and keyring when there is neither.</summary>
    /// <exception cref="Vault.VaultException">What is missing, damaged or does not fit.</exception>
    public static Keyring Open(string dataDirectory, TimeProvider clock)
    {
        var files = KeyringFiles.Below(dataDirectory);
        if (File.Exists(files.RootKeyPath) || files.KeyringPaths.Any(File.Exists))
        {
            var keyring = Keyring.Open(files, clock);
            foreach (var copy in keyring.LaggingCopies)
            {
                Terminal.Tell($"the keyring copy {copy} was missing or out of date and has been written anew");
            }

            return keyring;
        }

        Terminal.Tell($"made the root key {files.RootKeyPath}; the recovery key is shown once, when the server is set up");
        return Keyring.Create(files, clock);
    }
}
