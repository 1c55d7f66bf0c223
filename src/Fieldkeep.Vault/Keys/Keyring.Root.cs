using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Vault.Keys;

/// <content>What stands above all keys: the root key, the epoch under it, and the recovery key.</content>
public sealed partial class Keyring
{
    /// <summary>The epoch; random, may be shown.</summary>
    public Guid Epoch => Volatile.Read(ref _opened).Content.Epoch;

    /// <summary>Makes a new epoch key and wraps every key under it, in every copy.</summary>
    /// <exception cref="VaultException">KeyringBusy.</exception>
    public IReadOnlyList<ReplacedCopy> RotateEpoch()
    {
        Change(opened => KeyringChanges.NewEpoch(_root, opened));
        return ReplaceAll();
    }

    /// <summary>Makes a recovery key and returns its text, to be shown once; the one before stops working.</summary>
    public string CreateRecoveryKey()
    {
        using var key = SecretBytes.Random(32);
        PutIntoSlot(key);
        return RecoveryKey.Format(key);
    }

    /// <summary>Makes a recovery key in shares and returns a line for each, to be shown once; the one before stops working.</summary>
    public IReadOnlyList<string> CreateRecoveryShares(int needed, int shares)
    {
        using var key = SecretBytes.Random(32);
        var texts = RecoveryShares.Split(key, needed, shares);
        PutIntoSlot(key);
        return texts;
    }

    /// <summary>
    /// Makes a new root key, a new epoch and a new recovery key; the old ones of each open no copy of the keyring any more. Refuses while a backup
    /// directory cannot be reached: its copy would want a root key that is no more.
    /// </summary>
    /// <returns>The new recovery key's text, to be shown once; and every copy: one that was not replaced opens with the root key and recovery key of before still.</returns>
    /// <exception cref="VaultException">CopyUnreachable, KeyringBusy.</exception>
    public (string RecoveryKey, IReadOnlyList<ReplacedCopy> Copies) RotateRoot()
    {
        RequireInFile();
        RequireTargets();
        using var recovery = SecretBytes.Random(32);
        lock (_gate)
        {
            using (KeyringCopies.Lock(_files.KeyringPaths))
            {
                RequireInFile(); // Somebody may have moved it while the backup directories were waited for.
                var current = ReadSuccessor();
                Take(current);
                var fresh = RootKey.Create();
                using var wrapping = RecoveryKey.WrappingKey(recovery);
                var slot = new RecoverySlot(_clock.GetUtcNow(), KeyDerivation.Wrap(wrapping, fresh.Secret.Span));
                var next = KeyringChanges.NewEpoch(fresh, _opened) with
                {
                    Generation = _opened.Content.Generation + 1,
                    RootFingerprint = fresh.FingerprintBytes,
                    RecoverySlot = slot,
                };
                RequireUnchanged(current);
                RootKeyTurn.Prepare(fresh, _files.RootKeyPath);
                var isWhole = true;
                try
                {
                    KeyringCopies.Replace(_files.KeyringPaths, next.Write(fresh));
                }
                catch (Exception problem) when (IsOfDisk(problem) && NewestHas(slot))
                {
                    // The first copy has it, and counts: the key must be shown. What opens the other copy stays until that is replaced, too.
                    isWhole = false;
                }

                Take(KeyringCopies.ReadBest(_files.KeyringPaths).Content);
                if (isWhole)
                {
                    RootKeyTurn.Finish(_files.RootKeyPath);
                }

                fresh.Dispose();
                _seen = Look();
            }
        }

        return (RecoveryKey.Format(recovery), ReplaceAll());
    }

    private void RequireInFile()
    {
        if (RootSlips.Read(_files.KeyringPaths) is [{ Provider: var provider }, ..])
        {
            throw new VaultException(
                VaultFailure.AlreadyExists,
                $"The root key is held by {provider}. Move it into its file first (fieldkeep keys move --to file), replace it, and move the new one back.");
        }
    }

    private void RequireTargets()
    {
        if (ReplaceTargets().FirstOrDefault(copy => copy.Problem is not null) is { } open)
        {
            throw new VaultException(
                VaultFailure.CopyUnreachable,
                $"The copy of the keyring at {open.Path} cannot be replaced: {open.Problem}. Mount that backup directory, or destroy it and strike it off with: fieldkeep keys forget --target {open.Target ?? open.Path}");
        }
    }

    private void PutIntoSlot(SecretBytes recovery)
    {
        using var wrapping = RecoveryKey.WrappingKey(recovery);
        RecoverySlot? slot = null;
        try
        {
            // Inside: the root key may have been replaced by another process.
            Change(opened => opened.Content with
            {
                RecoverySlot = slot = new RecoverySlot(_clock.GetUtcNow(), KeyDerivation.Wrap(wrapping, _root.Secret.Span)),
            });
        }
        catch (Exception problem) when (IsOfDisk(problem) && slot is not null && NewestHas(slot))
        {
            // The first copy has it, and counts: the key must be shown. The other copy is replaced as soon as it can be.
            Reload();
        }
    }

    private static bool IsOfDisk(Exception problem) => problem is IOException or UnauthorizedAccessException;

    private bool NewestHas(RecoverySlot slot) =>
        KeyringCopies.ReadBest(_files.KeyringPaths).Content.RecoverySlot is { } there && there.Wrapped.AsSpan().SequenceEqual(slot.Wrapped);

    // Another process has replaced the root key.
    private void TakeRootOf(KeyringContent content)
    {
        if (_files.RootKeyPath.Length > 0 && !RootKeyTurn.Fits(_root, content))
        {
            var fresh = RootKeyTurn.ReadFitting(_files.RootKeyPath, content);
            content.RequireRoot(fresh);
            _root.Dispose();
            _root = fresh;
        }
    }
}
