namespace Fieldkeep.Vault.Keys;

/// <summary>Says where the keys of an installation lie.</summary>
/// <param name="RootKeyPath">The root key file.</param>
/// <param name="KeyringPaths">The keyring's copies, the first beside its lock file; at least two unless allowed.</param>
/// <param name="AllowSingleCopy">Accept one copy only: losing it loses all data.</param>
public sealed record KeyringFiles(string RootKeyPath, IReadOnlyList<string> KeyringPaths, bool AllowSingleCopy = false)
{
    /// <summary>The usual places below a data directory: <c>keys/root.key</c>, <c>keys/keyring</c>, <c>keys/copy/keyring</c>.</summary>
    public static KeyringFiles Below(string dataDirectory) => new(
        Path.Combine(dataDirectory, "keys", "root.key"),
        [Path.Combine(dataDirectory, "keys", "keyring"), Path.Combine(dataDirectory, "keys", "copy", "keyring")]);
}
