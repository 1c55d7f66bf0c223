using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Odk;

namespace Fieldkeep.Server.Exports.Decryption;

/// <summary>The private keys an export may use, by the form versions whose answers they open. In memory only; disposing wipes them.</summary>
internal sealed class ExportKeys(OpenedFormKeys keys, IReadOnlyDictionary<FormVersionId, long> keyOfVersion) : IDisposable
{
    /// <summary>Whether there is none: the passphrases were for keys of which the project has none.</summary>
    public bool IsEmpty => keys.IsEmpty;

    /// <summary>Finds the key of a form version; null when no passphrase was given for it.</summary>
    public OdkPrivateKey? Find(FormVersionId version) =>
        keyOfVersion.TryGetValue(version, out var key) ? keys.Find(new FormKeyId(key)) : null;

    /// <summary>Whether they were wiped.</summary>
    public bool IsWiped { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        keys.Dispose();
        IsWiped = true;
    }

    /// <inheritdoc/>
    public override string ToString() => "[secret]";
}
