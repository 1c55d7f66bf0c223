using System.Security.Cryptography;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Roots;

/// <summary>Finds an installation's root key at its provider, and moves it to another.</summary>
public sealed class RootKeyHome(KeyringFiles files, ProviderSurroundings surroundings)
{
    /// <summary>The names of the providers that hold it; two while it is moved.</summary>
    /// <exception cref="VaultException">KeyringMissing, Corrupted.</exception>
    public IReadOnlyList<string> Providers => [.. SlipsOf(ReadContent()).Select(slip => slip.Provider)];

    /// <summary>True if somebody has to be asked for it.</summary>
    public bool NeedsPassphrase => Providers.Contains(PassphraseRoot.ProviderName, StringComparer.Ordinal);

    /// <summary>True if the root key file is there though another provider holds the key: a move was not finished.</summary>
    public bool HasLeftover => !Providers.Contains(RootKeyProviders.File, StringComparer.Ordinal) && File.Exists(files.RootKeyPath);

    /// <summary>Opens it.</summary>
    /// <exception cref="VaultException">Why it is not to be had, of the first provider that was asked.</exception>
    public async Task<RootKey> OpenAsync(CancellationToken cancellationToken)
    {
        var content = ReadContent();
        VaultException? problem = null;
        foreach (var slip in SlipsOf(content))
        {
            if (surroundings.Variable(RootKeyProviders.PinSetting) is { Length: > 0 } pinned && slip.Provider != pinned)
            {
                problem ??= new VaultException(
                    VaultFailure.ProviderRefused, $"{RootSlips.FileName} names {slip.Provider}, and {RootKeyProviders.PinSetting} allows {pinned} alone. Nobody was asked.");
                surroundings.Tell(problem.Message);
                continue;
            }

            try
            {
                return await OpenAsync(slip, content, cancellationToken);
            }
            catch (VaultException refused)
            {
                surroundings.Tell($"{slip.Provider} does not open the root key: {refused.Message}");
                problem ??= refused;
            }
        }

        throw problem ?? new VaultException(
            VaultFailure.RootKeyMismatch,
            $"{RootSlips.FileName} leads to no root key with the fingerprint {Convert.ToHexStringLower(content.RootFingerprint)}, which the keyring wants. Take the file from another copy.");
    }

    /// <summary>
    /// Moves the root key to another provider. Killed at any point, the old one opens, or the new one, or both: the new form is written and opened before the
    /// old one goes.
    /// </summary>
    /// <exception cref="VaultException">
    /// What one of them refuses; RootKeyMismatch when the root key was replaced meanwhile, KeyringBusy when somebody else moved it; then nothing is changed.
    /// </exception>
    public async Task MoveAsync(string to, CancellationToken cancellationToken)
    {
        var provider = RootKeyProviders.Of(to, surroundings);
        var content = ReadContent();
        var before = SlipsOf(content);
        using var root = await OpenAsync(cancellationToken);
        var wasThere = File.Exists(files.RootKeyPath);
        var fresh = await provider.WrapAsync(root, content.Installation, cancellationToken);
        using (await OpenAsync(fresh, content, cancellationToken))
        {
            // It opens: from here on nobody is asked whether to go on.
        }

        // Only now: a server that changes its keyring waits for whoever holds this, and a provider or a person may take minutes.
        using var held = KeyringCopies.Lock(files.KeyringPaths);
        var now = ReadContent();
        try
        {
            RequireStill(root, now, before, fresh);
        }
        catch (VaultException) when (fresh.Provider == RootKeyProviders.File && !wasThere && SlipsOf(now).TrueForAll(slip => slip.Provider != RootKeyProviders.File))
        {
            // Nobody was to have it in clear beside the keyring.
            DeleteFile();
            throw;
        }

        RootSlips.Write(files.KeyringPaths, [.. SlipsOf(now), fresh]);
        RootSlips.Write(files.KeyringPaths, fresh.Provider == RootKeyProviders.File ? [] : [fresh]);
        if (fresh.Provider != RootKeyProviders.File)
        {
            DeleteFile();
        }
    }

    private void RequireStill(RootKey root, KeyringContent now, IReadOnlyList<RootSlip> before, RootSlip fresh)
    {
        now.RequireRoot(root);
        if (!RootSlips.AreSame(SlipsOf(now), before))
        {
            throw new VaultException(VaultFailure.KeyringBusy, "Somebody else moved the root key meanwhile. Nothing was changed; look who holds it now, and try again.");
        }

        if (fresh.Provider == RootKeyProviders.File)
        {
            // The file that the slip means must be there still: soon nothing else is.
            using var there = RootKeyTurn.ReadFitting(files.RootKeyPath, now);
            now.RequireRoot(there);
        }
    }

    private void DeleteFile()
    {
        if (File.Exists(files.RootKeyPath))
        {
            File.Delete(files.RootKeyPath);
            DurableFile.SyncDirectory(DurableFile.DirectoryOf(files.RootKeyPath));
        }
    }

    private async Task<RootKey> OpenAsync(RootSlip slip, KeyringContent content, CancellationToken cancellationToken)
    {
        var root = slip.Provider == RootKeyProviders.File
            ? RootKeyTurn.ReadFitting(files.RootKeyPath, content)
            : await RootKeyProviders.Of(slip.Provider, surroundings).OpenAsync(slip, content.Installation, cancellationToken);
        try
        {
            content.RequireRoot(root);
            return root;
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    // Without slips the root key is in its file; of another root key's slips none is used.
    private List<RootSlip> SlipsOf(KeyringContent content)
    {
        var fingerprint = Convert.ToHexStringLower(content.RootFingerprint);
        var slips = RootSlips.Read(files.KeyringPaths);
        return slips.Count == 0
            ? [new RootSlip(RootKeyProviders.File, fingerprint)]
            : [.. slips.Where(slip => CryptographicOperations.FixedTimeEquals(
                System.Text.Encoding.ASCII.GetBytes(slip.Fingerprint), System.Text.Encoding.ASCII.GetBytes(fingerprint)))];
    }

    private KeyringContent ReadContent() => KeyringCopies.ReadBest(files.KeyringPaths).Content;
}
