using System.Collections.Frozen;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Vault.Keys;

/// <summary>One project's opened keys. Safe to use from many threads; reads take no lock.</summary>
public sealed class ProjectKeys
{
    private readonly FrozenDictionary<KeyId, DataKey> _dataKeys;
    private readonly Func<Guid, ProjectKeys?> _reload;

    internal ProjectKeys(
        Guid project, IReadOnlyCollection<DataKey> dataKeys, DataKey? ledger, MacKey blindIndex, Func<Guid, ProjectKeys?> reload)
    {
        Project = project;
        Primary = dataKeys.Single(key => !key.OpensOnly);
        Ledger = ledger ?? Primary;
        BlindIndex = blindIndex;
        DataKeys = dataKeys;
        _dataKeys = (ledger is null ? dataKeys : dataKeys.Append(ledger)).ToFrozenDictionary(key => key.Id);
        _reload = reload;
    }

    /// <summary>The project.</summary>
    public Guid Project { get; }

    /// <summary>The key that seals.</summary>
    public DataKey Primary { get; }

    /// <summary>Seals the project's entries in the ledger, which are never sealed again; projects of before it was there use the primary.</summary>
    public DataKey Ledger { get; }

    /// <summary>All data keys: the primary one, and older ones that open only.</summary>
    public IReadOnlyCollection<DataKey> DataKeys { get; }

    /// <summary>The keys that seal confidential answers: the primary one, and older ones that open only; empty until the project needs them.</summary>
    public IReadOnlyCollection<DataKey> ConfidentialKeys { get; internal init; } = [];

    /// <summary>Says where places are moved to when they are shown displaced; never replaced, so that a place is always moved the same way. Null until the project needs it.</summary>
    public MacKey? Mask { get; internal init; }

    /// <summary>All keys that envelopes name, but the ledger's.</summary>
    public IEnumerable<DataKey> SealingKeys => DataKeys.Concat(ConfidentialKeys);

    /// <summary>Finds equal content and names without storing them in the clear.</summary>
    public MacKey BlindIndex { get; }

    /// <summary>Finds a data key, reading the keyring file again if it is not known yet; null if there is none.</summary>
    public DataKey? Find(KeyId id) =>
        FindHere(id) ?? _reload(Project)?.FindHere(id);

    /// <summary>Gives the key that seals for a purpose: confidential answers have keys of their own.</summary>
    /// <exception cref="VaultException">KeyMissing.</exception>
    public DataKey SealingFor(EnvelopePurpose purpose) =>
        purpose is not (EnvelopePurpose.Confidential or EnvelopePurpose.ConfidentialFile)
            ? Primary
            : ConfidentialKeys.SingleOrDefault(key => !key.OpensOnly) ?? throw new VaultException(
                VaultFailure.KeyMissing, $"The project {Project} has no key for confidential answers yet.");

    /// <summary>Finds a data key or throws.</summary>
    /// <exception cref="VaultException">KeyMissing.</exception>
    public DataKey Get(KeyId id) => Find(id) ?? throw new VaultException(
        VaultFailure.KeyMissing,
        $"The project {Project} has no data key {id}: it was destroyed, or the value belongs to another project.");

    // A project has one or two of the second kind.
    private DataKey? FindHere(KeyId id) => _dataKeys.GetValueOrDefault(id) ?? ConfidentialKeys.FirstOrDefault(key => key.Id == id);
}
