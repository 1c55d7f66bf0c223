using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// Tells whether every other server has read the keyring of now: one that cannot read it again seals with the keys that it knows, and an older key that is destroyed
/// meanwhile takes along what that one seals.
/// </summary>
internal sealed class OtherKeyrings(ServerRows servers, OwnServer own, Keyring keyring)
{
    /// <summary>Whether all others have, or stopped in order: whoever starts reads it. Always true in one that is alone, which asks nobody.</summary>
    public async Task<bool> AreReadAsync(CancellationToken cancellationToken)
    {
        if (!own.IsOneOfSeveral)
        {
            return true;
        }

        // Before the rows: what is changed meanwhile nobody has to have read.
        var generation = keyring.Generation;
        return (await servers.ListAsync(cancellationToken)).All(one => one.Name == own.Name || one.HasLeft || (one.IsHeard && one.KeyringGeneration >= generation));
    }
}
