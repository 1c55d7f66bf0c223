using System.Collections.Frozen;

namespace Fieldkeep.Vault.Keys;

/// <summary>One project's opened keys. Safe to use from many threads; reads take no lock.</summary>
public sealed class ProjectKeys
{
    private readonly FrozenDictionary<KeyId, DataKey> _dataKeys;
    private readonly Func<Guid, ProjectKeys?> _reload;

    internal ProjectKeys(
        Guid project, IReadOnlyCollection<DataKey> dataKeys, MacKey blindIndex, Func<Guid, ProjectKeys?> reload)
    {
        Project = project;
        Primary = dataKeys.Single(key => !key.OpensOnly);
        BlindIndex = blindIndex;
        _dataKeys = dataKeys.ToFrozenDictionary(key => key.Id);
        _reload = reload;
    }

    /// <summary>The project.</summary>
    public Guid Project { get; }

    /// <summary>The key that seals.</summary>
    public DataKey Primary { get; }

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

    internal IEnumerable<DataKey> DataKeys => _dataKeys.Values;
}
