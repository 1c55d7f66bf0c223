using Fieldkeep.Backup.Clusters;
using Fieldkeep.Cli;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Serving;

/// <summary>Opens the keys of a data directory, making them on the first run.</summary>
internal static class KeyringHome
{
    /// <summary>Opens <c>DATA/keys</c>; creates root key and keyring when there is neither, and no data that lost them.</summary>
    /// <param name="folders">The data directory.</param>
    /// <param name="provider">Who is to hold the root key of a new installation; null for its file. Of an older one the slips tell.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">What is missing, damaged or does not fit.</exception>
    public static async Task<Keyring> OpenAsync(ClusterFolders folders, string? provider, TimeProvider clock, CancellationToken cancellationToken)
    {
        var files = KeyringFiles.Below(folders.Root);
        await UntilMadeAsync(folders, files, cancellationToken);
        if (files.KeyringPaths.Any(File.Exists))
        {
            var home = HomeOf(files);
            return Take(folders, home.Providers is [RootKeyProviders.File]
                ? Keyring.Open(files, clock)
                : Keyring.Open(await home.OpenAsync(cancellationToken), files, clock));
        }

        if (Directory.Exists(folders.Cluster) || File.Exists(files.RootKeyPath))
        {
            // Data sealed with new keys beside data sealed with lost ones would make a repair impossible.
            throw new VaultException(
                VaultFailure.KeyringMissing,
                $"{folders.Root} has a database and no keys: {files.KeyringPaths[0]} and its copy are gone. "
                + "Put the folder “keys” back, or restore the newest backup into a new directory.");
        }

        var keyring = Take(folders, Keyring.Create(files, clock));
        if (provider is null or RootKeyProviders.File)
        {
            Terminal.Tell($"made the root key {files.RootKeyPath}; the recovery key is shown once, when the server is set up");
            return keyring;
        }

        try
        {
            await HomeOf(files).MoveAsync(provider, cancellationToken);
            Terminal.Tell($"made a root key, held by {provider}; the recovery key is shown once, when the server is set up");
            return keyring;
        }
        catch
        {
            // Nothing is sealed with these keys yet; the next start makes others.
            keyring.Dispose();
            Directory.Delete(Path.Combine(folders.Root, "keys"), recursive: true);
            throw;
        }
    }

    // Of several servers that share a folder another may be making the keys at this moment: the root key is there first.
    private static async Task UntilMadeAsync(ClusterFolders folders, KeyringFiles files, CancellationToken cancellationToken)
    {
        if (new DirectoryInfo(Path.Combine(folders.Root, "keys")).LinkTarget is null)
        {
            return;
        }

        for (var looks = 0; looks < 25 && File.Exists(files.RootKeyPath) && !files.KeyringPaths.Any(File.Exists); looks++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }
    }

    /// <summary>Tells a person about copies that were mended while the keyring was opened, and the keyring whether others write it, too: then none writes over what it did not read.</summary>
    public static Keyring Take(ClusterFolders folders, Keyring keyring)
    {
        var keys = Path.Combine(folders.Root, "keys");
        keyring.AsideDirectory = folders.Root;
        keyring.IsShared = new DirectoryInfo(keys).LinkTarget is not null && ServerMarks.AreIn(keys, "keys");
        try
        {
            if (keyring.IsShared)
            {
                keyring.RequireDecided();
            }
        }
        catch
        {
            keyring.Dispose();
            throw;
        }

        foreach (var copy in keyring.LaggingCopies)
        {
            Terminal.Tell($"the keyring copy {copy} was missing or out of date and has been written anew");
        }

        return keyring;
    }

    /// <summary>Finds the root key of a keyring at its provider, asking for a passphrase at the terminal.</summary>
    public static RootKeyHome HomeOf(KeyringFiles files, Func<string?>? askPassphrase = null) => new(
        files,
        new ProviderSurroundings(files.RootKeyPath, Environment.GetEnvironmentVariable, askPassphrase ?? Passphrase.Ask, TimeProvider.System) { Tell = Terminal.Tell });

    /// <summary>Opens the root key of a data directory.</summary>
    /// <exception cref="VaultException">It is not to be had.</exception>
    public static Task<RootKey> OpenRootAsync(KeyringFiles files, CancellationToken cancellationToken) => HomeOf(files).OpenAsync(cancellationToken);
}
