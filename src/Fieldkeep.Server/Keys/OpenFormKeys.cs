using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Odk;

namespace Fieldkeep.Server.Keys;

/// <summary>Opens the keys that passphrases were given for. Callers check access and count attempts.</summary>
internal sealed class OpenFormKeys(FormKeys keys) : IDisposable
{
    // Two at once would take both cores from the phones.
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Opens them; numbers that name no key of the project, or one that is not kept here, are passed over.</summary>
    /// <exception cref="ProblemException"><c>key.wrong_passphrase</c>.</exception>
    public async Task<OpenedFormKeys> OpenAsync(
        ProjectRef project, Passphrases passphrases, CancellationToken cancellationToken)
    {
        var opened = new Dictionary<FormKeyId, OdkPrivateKey>();
        try
        {
            foreach (var key in await keys.ListSealedAsync(project.Id, passphrases.Keys, cancellationToken))
            {
                var id = new FormKeyId(key.Id);
                await _turn.WaitAsync(cancellationToken);
                try
                {
                    opened[id] = keys.TryOpen(project, key, passphrases.Of(id)) ?? throw KeyProblems.WrongPassphrase(id);
                }
                finally
                {
                    _turn.Release();
                }
            }

            return new OpenedFormKeys(opened);
        }
        catch
        {
            new OpenedFormKeys(opened).Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();
}

/// <summary>Private keys in the clear, in memory only; disposing wipes them.</summary>
internal sealed class OpenedFormKeys(IReadOnlyDictionary<FormKeyId, OdkPrivateKey> keys) : IDisposable
{
    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => keys.Count == 0;

    /// <summary>Finds a key; null when no passphrase was given for it.</summary>
    public OdkPrivateKey? Find(FormKeyId key) => keys.GetValueOrDefault(key);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var key in keys.Values)
        {
            key.Dispose();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => "[secret]";
}
