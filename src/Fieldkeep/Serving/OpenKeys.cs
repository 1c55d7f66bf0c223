using Fieldkeep.Backup.Clusters;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Serving;

/// <summary>Opens the keyring of a data directory: at its provider, with a passphrase, or with the recovery key.</summary>
internal sealed class OpenKeys(ClusterFolders folders, string? provider, TimeProvider clock)
{
    // With anything else that is wrong, nothing that somebody could give would help.
    private static readonly VaultFailure[] WantRoot =
    [
        VaultFailure.RootKeyMissing, VaultFailure.RootKeyExposed, VaultFailure.RootKeyMismatch, VaultFailure.PassphraseMissing,
        VaultFailure.PassphraseWrong, VaultFailure.ProviderUnreachable, VaultFailure.ProviderRefused, VaultFailure.UnknownFormat, VaultFailure.Truncated,
        VaultFailure.RootKeyDamaged,
    ];

    private readonly KeyringFiles _files = KeyringFiles.Below(folders.Root);

    /// <summary>True if a new try might succeed with nobody there: the root key is not under a passphrase, or it cannot be told who holds it.</summary>
    public bool MayOpenByItself => _files.KeyringPaths.Any(File.Exists) && !NeedsPassphrase;

    /// <summary>Opens it as at every start; null and why, when the root key is not to be had.</summary>
    /// <exception cref="VaultException">The keyring itself is missing or damaged.</exception>
    public async Task<(Keyring? Keyring, string? Why)> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await KeyringHome.OpenAsync(folders, provider, clock, cancellationToken), null);
        }
        catch (VaultException problem) when (_files.KeyringPaths.Any(File.Exists) && IsAboutRoot(problem))
        {
            return (null, problem.Message);
        }
    }

    /// <summary>Opens it with what somebody gives.</summary>
    /// <exception cref="VaultException">It does not open it.</exception>
    public async Task<Keyring> WithAsync(ControlRequest given, CancellationToken cancellationToken) => given switch
    {
        { RecoveryKey: { Length: > 0 } text } => KeyringHome.Take(folders, Keyring.Open(RootKey.Recover(_files.KeyringPaths, text), _files, clock)),
        { Passphrase: { Length: > 0 } passphrase } => KeyringHome.Take(
            folders, Keyring.Open(await KeyringHome.HomeOf(_files, () => passphrase).OpenAsync(cancellationToken), _files, clock)),
        _ => await KeyringHome.OpenAsync(folders, provider, clock, cancellationToken),
    };

    /// <summary>Tells whether what was given was wrong, as a guess would be.</summary>
    public static bool IsWrong(VaultException problem) => problem.Reason is VaultFailure.PassphraseWrong or VaultFailure.RecoveryKeyWrong
        or VaultFailure.RecoveryKeyMistyped or VaultFailure.RecoverySharesUnfit or VaultFailure.RootKeyMismatch;

    // Damaged slips are told by the try, and may be mended while the sealed server goes on.
    private bool NeedsPassphrase
    {
        get
        {
            try
            {
                return KeyringHome.HomeOf(_files).NeedsPassphrase;
            }
            catch (VaultException)
            {
                return false;
            }
        }
    }

    private static bool IsAboutRoot(VaultException problem) => Array.IndexOf(WantRoot, problem.Reason) >= 0;
}
