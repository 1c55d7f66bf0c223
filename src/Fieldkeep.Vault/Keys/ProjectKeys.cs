using System.Collections.Frozen;

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

    /// <summary>Finds equal content and names without storing them in the clear.</summary>
    public MacKey BlindIndex { get; }

    /// <summary>Finds a data key, reading the keyring file again if it is not known yet; null if there is none.</summary>
    public DataKey? Find(KeyId id) =>
        _dataKeys.GetValueOrDefault(id) ?? _reload(Project)?._dataKeys.GetValueOrDefault(id);

    /// <summary>Finds a data key or throws.</summary>
    /// <exception cref="VaultException">KeyMissing.</exception>
    public DataKey Get(KeyId id) => Find(id) ?? throw new VaultException(
        VaultFailure.KeyMissing,
        $"The project {Project} has no data key {id}: it was destroyed, or the value belongs to another project.");
}
