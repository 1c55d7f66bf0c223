namespace Fieldkeep.Vault;

/// <summary>Names why the vault refused: stable, for callers that turn it into a problem or an exit code.</summary>
public enum VaultFailure
{
    /// <summary>The sealed bytes end too early.</summary>
    Truncated = 1,

    /// <summary>The key, or the row, column, project, version or purpose given, is not the one it was sealed for.</summary>
    WrongKeyOrContext,

    /// <summary>A byte was changed since sealing.</summary>
    Corrupted,

    /// <summary>These bytes are no envelope, keyring or key file.</summary>
    UnknownFormat,

    /// <summary>The suite or a flag is not known to this version.</summary>
    UnknownSuite,

    /// <summary>No key with this id, or no keys for this project.</summary>
    KeyMissing,

    /// <summary>The content is larger than the stated limit.</summary>
    TooLarge,

    /// <summary>No keyring file was found.</summary>
    KeyringMissing,

    /// <summary>The keyring has fewer copies than two.</summary>
    TooFewCopies,

    /// <summary>Another process held the keyring's lock for too long.</summary>
    KeyringBusy,

    /// <summary>No root key file was found.</summary>
    RootKeyMissing,

    /// <summary>The root key file may be read by others.</summary>
    RootKeyExposed,

    /// <summary>The root key does not fit this keyring.</summary>
    RootKeyMismatch,

    /// <summary>The recovery key was mistyped.</summary>
    RecoveryKeyMistyped,

    /// <summary>The recovery key is well-formed but not this keyring's, or the keyring has none.</summary>
    RecoveryKeyWrong,

    /// <summary>The shares of a recovery key are too few, or do not belong together.</summary>
    RecoverySharesUnfit,

    /// <summary>What was to be created is there already.</summary>
    AlreadyExists,

    /// <summary>A place for copies holds a newer keyring, or another installation's.</summary>
    CopyIsNewer,

    /// <summary>A copy of the keyring in a backup directory cannot be replaced.</summary>
    CopyUnreachable,

    /// <summary>The disk cannot read the sealed bytes.</summary>
    Unreadable,

    /// <summary>Whoever holds the root key cannot be asked at this moment.</summary>
    ProviderUnreachable,

    /// <summary>Whoever holds the root key does not give it, or something else.</summary>
    ProviderRefused,

    /// <summary>The passphrase of the root key was not given, or is too short for a new one.</summary>
    PassphraseMissing,

    /// <summary>The passphrase is another one.</summary>
    PassphraseWrong,

    /// <summary>The root key file, or what says who holds the root key, is damaged.</summary>
    RootKeyDamaged,

    /// <summary>Two copies of one generation of the keyring have different keys.</summary>
    KeyringForked,
}

/// <summary>Tells that keys or sealed bytes could not be used, why, and what to do. Carries no secret.</summary>
public sealed class VaultException(VaultFailure reason, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Why; stable across versions.</summary>
    public VaultFailure Reason { get; } = reason;
}
