using Fieldkeep.Backup.Store;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Backup;

/// <summary>Finds the root key for a backup: what was given, then the environment, then where it lay when the backup was taken.</summary>
internal static class RootKeySource
{
    /// <summary>Names a file with the recovery key's text.</summary>
    public const string RecoveryKeyFileSetting = "FIELDKEEP_RECOVERY_KEY_FILE";

    /// <summary>Finds the key.</summary>
    /// <exception cref="BackupException">NoKey, with what to give.</exception>
    /// <exception cref="VaultException">A key was given and is unusable or another one.</exception>
    public static async Task<RootKey> FindAsync(
        string? recoveryKeyFile,
        string? rootKeyPath,
        OpenRoot? open,
        BackupStore store,
        BackupManifest manifest,
        IProgress<string> progress,
        CancellationToken cancellationToken)
    {
        if (recoveryKeyFile is not null)
        {
            return Recover(recoveryKeyFile, store);
        }

        if (rootKeyPath is not null)
        {
            return RootKey.Read(rootKeyPath);
        }

        if (Environment.GetEnvironmentVariable(RecoveryKeyFileSetting) is { Length: > 0 } named)
        {
            return Recover(named, store);
        }

        if (open is not null && RootSlips.Read(store.KeyringPaths) is [{ Provider: var provider }, ..] slips)
        {
            RequireNamed(slips);
            progress.Report($"the root key is held by {provider}");
            return await open(new KeyringFiles(manifest.RootKeyPath, store.KeyringPaths, AllowSingleCopy: true), cancellationToken);
        }

        return FindWhereItLay(store, manifest, progress) ?? throw new BackupException(
            BackupTrouble.NoKey,
            $"the backup of {manifest.TakenAt:u} needs the root key {Keyring.ReadRootFingerprint(store.KeyringPaths)}, which is in no backup "
            + $"and no longer at {manifest.RootKeyPath}",
            "give --recovery-key-file with the recovery key from paper, or --root-key with a copy of the root key file");
    }

    // Who writes into a backup directory could name a machine of their own, and be shown the token.
    private static void RequireNamed(IReadOnlyList<RootSlip> slips)
    {
        var pinned = Environment.GetEnvironmentVariable(RootKeyProviders.PinSetting);
        if (slips.FirstOrDefault(slip => RootKeyProviders.IsRemote(slip.Provider) && slip.Provider != pinned) is { Provider: var strange })
        {
            throw new BackupException(
                BackupTrouble.NoKey,
                $"the backup says that {strange} holds the root key, and whoever can write there could say so; nobody was asked",
                $"if that is your key service, set {RootKeyProviders.PinSetting}={strange}; or give --recovery-key-file or --root-key");
        }
    }

    private static RootKey Recover(string path, BackupStore store)
    {
        if (!File.Exists(path))
        {
            throw new BackupException(
                BackupTrouble.NoKey, $"there is no recovery key file {path}", "write the recovery key from paper into a file and give its path");
        }

        return RootKey.Recover(store.KeyringPaths, File.ReadAllText(path));
    }

    private static RootKey? FindWhereItLay(BackupStore store, BackupManifest manifest, IProgress<string> progress)
    {
        try
        {
            if (!File.Exists(manifest.RootKeyPath))
            {
                return null;
            }

            var root = RootKey.Read(manifest.RootKeyPath);
            // Not the manifest's: the root key may have been replaced since, and the keyring with it.
            if (root.Fingerprint == Keyring.ReadRootFingerprint(store.KeyringPaths))
            {
                progress.Report($"using the root key at {manifest.RootKeyPath}");
                return root;
            }

            root.Dispose();
            return null;
        }
        catch (Exception unusable) when (unusable is VaultException or UnauthorizedAccessException)
        {
            progress.Report($"the root key at {manifest.RootKeyPath} is not used: {unusable.Message}");
            return null;
        }
    }
}
