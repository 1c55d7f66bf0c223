using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Backup;

/// <summary>Says which backup to verify, and where its root key may be.</summary>
/// <param name="From">The backup directory, or one backup in it.</param>
/// <param name="RootKeyPath">A root key file; null to look elsewhere.</param>
/// <param name="RecoveryKeyFile">A file with the recovery key's text; null to look elsewhere.</param>
public sealed record VerifyOptions(string From, string? RootKeyPath = null, string? RecoveryKeyFile = null)
{
    /// <summary>Opens the root key at its provider; null to look for files only.</summary>
    public OpenRoot? OpenRoot { get; init; }
}

/// <summary>Reads every byte of a backup again: hashes it, opens it, walks the database copy to its end.</summary>
public static class VerifyBackup
{
    // A line for each list of blobs that was begun in all its time.
    private const int MaxManifestBytes = 16 << 20;

    /// <summary>
    /// Verifies one backup, or the newest of a backup directory, both keyring copies, and the log of changes that carries it on.
    /// </summary>
    /// <exception cref="BackupException">Damaged, NoBackup, NoKey.</exception>
    /// <exception cref="VaultException">The keys cannot be used.</exception>
    public static async Task<BackupManifest> RunAsync(
        VerifyOptions options, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (store, given) = BackupStore.Find(options.From);
        var folder = store.FolderOf(given ?? Newest(store));
        RequireKeyringCopies(store);
        var root = await RootKeySource.FindAsync(
            options.RecoveryKeyFile, options.RootKeyPath, options.OpenRoot, store, ReadClearManifest(folder), progress, cancellationToken);
        using var keyring = Keyring.OpenReadOnly(root, store.KeyringPaths, clock);
        progress.Report($"verifying every byte of {folder}");
        var manifest = await RunAsync(store, folder, keyring, answer: null, cancellationToken);
        if (manifest.PgBackRest is { } driven)
        {
            Chain.RequireMark(store, keyring, driven.Chain);
        }

        if (manifest.Log is { Past: not null })
        {
            await VerifyLogAsync(store, Path.GetFileName(folder), keyring, progress, cancellationToken);
        }

        return manifest;
    }

    // Older backups may have a gap after them that newer ones have not; the newest must reach to the end.
    private static async Task VerifyLogAsync(
        BackupStore store, string name, Keyring keyring, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var shelf = new WalShelf(store, keyring.InstallationId, keyring.BackupKey);
        var choice = RestoreChoice.Make(store, shelf, name, RestoreOptions.Latest, keyring, progress);
        var reach = new WalReach(shelf, choice);
        var run = reach.Read(isAll: true, cancellationToken);
        if (run.Break is { } broken && name == Newest(store))
        {
            throw BackupException.Damaged(broken.Words);
        }

        progress.Report(
            (run.Until is { } until ? $"the log after it is whole until {until:yyyy-MM-dd HH:mm:ss.ffffff}Z ({run.SegmentCount} segments)" : "there is no log after it")
            + (run.Break is { } gap ? $"; then {gap.Words}" : ""));
        var trouble = new List<string>();
        foreach (var blob in await LaterBlobs.FindAsync(store, shelf, choice, keyring, trouble.Add, cancellationToken))
        {
            try
            {
                await BlobCopy.VerifyAsync(store, blob, cancellationToken);
            }
            catch (BackupException damaged)
            {
                trouble.Add(damaged.Message);
            }
        }

        if (trouble is [var first, ..])
        {
            trouble.ForEach(progress.Report);
            throw BackupException.Damaged($"of the blobs that came after the backup {name}: {first}");
        }
    }

    /// <summary>Verifies one backup and both keyring copies, with keys that are open.</summary>
    /// <param name="answer">Receives each blob that is damaged, and what is wrong; null to stop at the first.</param>
    /// <exception cref="BackupException">Damaged.</exception>
    internal static Task<BackupManifest> RunAsync(
        BackupStore store, string folder, Keyring keyring, Func<BlobEntry, BackupException, Task>? answer, CancellationToken cancellationToken)
    {
        RequireKeyringCopies(store);
        return VerifyContentAsync(store, folder, keyring, answer, cancellationToken);
    }

    /// <summary>Verifies all but the keyring copies: one of them is enough for a restore.</summary>
    /// <param name="answer">Receives each blob that is damaged, and what is wrong; null to stop at the first.</param>
    /// <exception cref="BackupException">Damaged.</exception>
    internal static async Task<BackupManifest> VerifyContentAsync(
        BackupStore store, string folder, Keyring keyring, Func<BlobEntry, BackupException, Task>? answer, CancellationToken cancellationToken)
    {
        var (manifest, sealedFile) = OpenManifest(folder, keyring);
        if (manifest.Checkpoint is { } note && SignedCheckpoint.Read(note)?.IsSignedBy(keyring.LedgerSigningKey.PublicKey) != true)
        {
            throw BackupException.Damaged($"the checkpoint in the manifest of {folder} is not signed by this installation's key");
        }

        if (manifest.PgBackRest is not null)
        {
            await new DrivenFiles(store, folder, manifest, sealedFile).VerifyAsync(cancellationToken);
        }
        else
        {
            await sealedFile.ReadAsync(
                folder, manifest.File(BackupStore.DatabaseName), DatabaseCopy.Column,
                stream => DatabaseCopy.VerifyAsync(stream, manifest.Log, cancellationToken), cancellationToken);
        }

        await sealedFile.ReadAsync(
            folder, manifest.File(BackupStore.BlobListName), BlobCopy.Column,
            stream => VerifyBlobsAsync(store, manifest, stream, answer, cancellationToken), cancellationToken);
        await sealedFile.ReadAsync(
            folder, manifest.File(BackupStore.OtherFilesName), OtherFiles.Column,
            stream => OtherFiles.ReadAsync(stream, null, cancellationToken), cancellationToken);
        return manifest;
    }

    /// <summary>The newest whole backup's name.</summary>
    /// <exception cref="BackupException">NoBackup.</exception>
    internal static string Newest(BackupStore store) => store.List() is [.., var newest]
        ? newest
        : throw new BackupException(
            BackupTrouble.NoBackup, $"there is no complete backup in {store.Root}", "give another directory, or take a backup first");

    /// <summary>Reads the clear manifest: good for finding the key, not to be believed before <see cref="OpenManifest"/>.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal static BackupManifest ReadClearManifest(string folder) =>
        BackupManifest.Read(ReadFile(folder, BackupStore.ManifestName), Path.Combine(folder, BackupStore.ManifestName));

    /// <summary>The clear manifest of the newest backup that has one which can be read: any of them leads to the key.</summary>
    /// <exception cref="BackupException">NoBackup; Damaged: none can be read.</exception>
    internal static BackupManifest ReadNewestClearManifest(BackupStore store)
    {
        Newest(store);
        BackupException? first = null;
        foreach (var name in store.List().Reverse())
        {
            try
            {
                return ReadClearManifest(store.FolderOf(name));
            }
            catch (BackupException damaged)
            {
                first ??= damaged;
            }
        }

        throw first ?? BackupException.Damaged($"no manifest in {store.Root} can be read");
    }

    /// <summary>Reads the clear manifest and requires that it equals the sealed one.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal static (BackupManifest Manifest, SealedFile Files) OpenManifest(string folder, Keyring keyring)
    {
        var manifest = ReadClearManifest(folder);
        var files = new SealedFile(keyring.BackupKey, keyring.InstallationId, manifest.Id);
        try
        {
            var opened = files.OpenManifest(ReadFile(folder, BackupStore.SealedManifestName));
            return opened.AsSpan().SequenceEqual(ReadFile(folder, BackupStore.ManifestName))
                && manifest.Installation == keyring.InstallationId
                    ? (manifest, files)
                    : throw BackupException.Damaged($"the manifest in {folder} was changed: it differs from its sealed copy");
        }
        catch (VaultException refused)
        {
            throw BackupException.Damaged($"the manifest in {folder} is damaged or another installation's: {refused.Message}", refused);
        }
    }

    // Others may write there: no link is followed, no pipe waited for, and no more read than a manifest can have.
    private static byte[] ReadFile(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            using var file = PlainFile.OpenRead(path, 0);
            if (file.Length > MaxManifestBytes)
            {
                throw BackupException.Damaged($"{path} has {file.Length} bytes; a manifest has {MaxManifestBytes} at most");
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (FileNotFoundException missing)
        {
            throw BackupException.Damaged($"{path} is missing", missing);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw BackupException.Damaged($"{path} cannot be read: {failed.Message}", failed);
        }
    }

    private static void RequireKeyringCopies(BackupStore store)
    {
        if (Keyring.FindLaggingCopies(store.KeyringPaths) is [var lagging, ..])
        {
            throw BackupException.Damaged($"the keyring copy {lagging} is missing, damaged or older than the other");
        }
    }

    private static async Task VerifyBlobsAsync(
        BackupStore store, BackupManifest manifest, Stream list, Func<BlobEntry, BackupException, Task>? answer, CancellationToken cancellationToken)
    {
        long count = 0, bytes = 0;
        await foreach (var blob in BlobList.ReadAsync(list, cancellationToken))
        {
            try
            {
                await BlobCopy.VerifyAsync(store, blob, cancellationToken);
            }
            catch (BackupException damaged) when (answer is not null)
            {
                await answer(blob, damaged);
            }

            count++;
            bytes += blob.Bytes;
        }

        if (count != manifest.BlobCount || bytes != manifest.BlobBytes)
        {
            throw BackupException.Damaged($"the list of blobs has {count} lines; the manifest says {manifest.BlobCount}");
        }
    }
}
