using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Roots;

/// <summary>The root key in its file beside the keyring: mode 0400, in no backup.</summary>
internal sealed class FileRoot(string path) : IRootKeyProvider
{
    /// <inheritdoc/>
    public string Name => RootKeyProviders.File;

    /// <inheritdoc/>
    public Task<RootSlip> WrapAsync(RootKey root, Guid installation, CancellationToken cancellationToken)
    {
        if (File.Exists(path))
        {
            using var there = RootKey.Read(path);
            if (there.Fingerprint != root.Fingerprint)
            {
                throw new VaultException(VaultFailure.AlreadyExists, $"There is another root key at {path}; it is never overwritten. Move it away.");
            }
        }
        else
        {
            root.Write(path);
        }

        return Task.FromResult(new RootSlip(Name, root.Fingerprint));
    }

    /// <inheritdoc/>
    public Task<RootKey> OpenAsync(RootSlip slip, Guid installation, CancellationToken cancellationToken) => Task.FromResult(RootKey.Read(path));
}
