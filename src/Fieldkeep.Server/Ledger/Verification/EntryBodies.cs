using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Ledger.Verification;

/// <summary>Opens the sealed bodies of entries: only this installation's keys can have made what opens.</summary>
/// <param name="keyring">The keys.</param>
/// <param name="keyOfProject">The keyring's entry of each project that the database knows.</param>
internal sealed class EntryBodies(Keyring keyring, IReadOnlyDictionary<long, Guid> keyOfProject)
{
    private readonly HashSet<Guid> _erased = [.. keyring.ErasedProjects.Select(project => project.Project)];

    /// <summary>Says whether a project's keys were destroyed, so that nobody can open what was sealed for it: the keyring knows.</summary>
    public bool IsErased(long project) => keyOfProject.TryGetValue(project, out var key) && _erased.Contains(key);

    /// <summary>Opens a body.</summary>
    /// <param name="plain">UTF-8 JSON; null unless it opened.</param>
    public BodyState Open(long? project, Guid row, ReadOnlySpan<byte> body, out byte[]? plain)
    {
        plain = null;
        if (project is { } of && IsErased(of))
        {
            return BodyState.Erased;
        }

        var key = project is { } known ? keyOfProject.GetValueOrDefault(known) : Guid.Empty;
        var context = new EnvelopeContext(keyring.InstallationId, key, ChangeLog.BodyColumn, row, 1);
        try
        {
            plain = project is null
                ? Envelope.Open(keyring.InstallationKey, EnvelopePurpose.LedgerEntry, context, body)
                : Envelope.Open(keyring.GetProjectKeys(key), EnvelopePurpose.LedgerEntry, context, body);
            return BodyState.Opened;
        }
        catch (VaultException)
        {
            return BodyState.Refused;
        }
    }
}

/// <summary>Says what came of opening a body.</summary>
internal enum BodyState
{
    /// <summary>It opened.</summary>
    Opened,

    /// <summary>Its project's keys were destroyed.</summary>
    Erased,

    /// <summary>No key of this installation made it for this entry.</summary>
    Refused,
}
