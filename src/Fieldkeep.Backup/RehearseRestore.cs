using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Backup;

/// <summary>
/// Restores what lies in a backup directory, all there is, into a scratch folder; starts it, has it looked at, checks every page and index, notes how it
/// went in the backup directory, and removes it. The living server is not touched, and its root key not needed.
/// </summary>
public sealed class RehearseRestore
{
    /// <summary>The scratch folder below a data directory.</summary>
    public const string Folder = "rehearsal";

    // Beside what is restored: the log a second time, and what PostgreSQL writes while it replays.
    private const long SpareBytes = 2L << 30;

    private readonly BackupStore _store;
    private readonly Keyring _keyring;
    private readonly CheckRestored? _check;
    private readonly IProgress<string> _progress;
    private readonly TimeProvider _clock;

    internal RehearseRestore(BackupStore store, Keyring keyring, CheckRestored? check, IProgress<string> progress, TimeProvider clock)
    {
        _store = store;
        _keyring = keyring;
        _check = check;
        _progress = progress;
        _clock = clock;
    }

    /// <summary>Does it with keys that are looked for as for a restore.</summary>
    /// <param name="options">From where; the data directory is the scratch folder, absent or empty, and removed afterwards.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <param name="clock">Measures how long it takes.</param>
    /// <returns>How it went; whatever fails is in it.</returns>
    /// <exception cref="BackupException">WrongFolder: there is no backup directory, or the scratch folder is not empty. NoBackup, NoKey.</exception>
    /// <exception cref="Vault.VaultException">The key given is unusable or another one.</exception>
    public static async Task<RehearsalReport> RunAsync(
        RestoreOptions options, IProgress<string> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (store, _) = BackupStore.Find(options.From);
        var root = await RootKeySource.FindAsync(
            options.RecoveryKeyFile, options.RootKeyPath, options.OpenRoot, store,
            VerifyBackup.ReadNewestClearManifest(store), progress, cancellationToken);
        using var keyring = Keyring.OpenReadOnly(root, store.KeyringPaths, clock);
        return await new RehearseRestore(store, keyring, options.Check, progress, clock).RunAsync(options.DataDirectory, cancellationToken);
    }

    /// <summary>Does it.</summary>
    internal async Task<RehearsalReport> RunAsync(string scratch, CancellationToken cancellationToken)
    {
        var begun = _clock.GetUtcNow();
        RestoreBackup.RequireEmpty(new ClusterFolders(scratch));
        RehearsalReport report;
        try
        {
            DurableFile.CreatePrivateDirectory(scratch);
            RequireRoom(scratch, cancellationToken);
            var restored = await RestoreBackup.TryAsync(
                new RestoreOptions(_store.Root, scratch) { Check = LookAsync, To = Carried() ? RestoreOptions.Latest : null, IsRehearsal = true },
                _store, _keyring, _progress, _clock, cancellationToken);
            report = ReportOf(begun, restored);
        }
        catch (Exception failed) when (BaseBackups.IsAnswerable(failed))
        {
            report = new RehearsalReport(begun, SecondsSince(begun), $"a restore was tried out and failed: {failed.Message}");
        }
        finally
        {
            Remove(scratch);
        }

        report.Write(_store);
        _progress.Report(report.Problem ?? $"a restore was tried out and went well, in {report.Seconds:0} s");
        return report;
    }

    /// <summary>Removes what a killed rehearsal left.</summary>
    internal static void Remove(string scratch)
    {
        if (Directory.Exists(scratch))
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private RehearsalReport ReportOf(DateTimeOffset begun, RestoreReport restored)
    {
        var problem = restored.Past is { Holds: false } past ? $"what was restored to try it out does not hold: {past.Words}"
            : restored.Missing is [var first, ..] ? $"what was restored to try it out lacks {restored.Missing.Count} files or lists: {first}"
            : null;
        return new RehearsalReport(begun, SecondsSince(begun), problem)
        {
            Backup = restored.Backup,
            LastCommitAt = restored.LastCommitAt,
            TableCount = restored.TableCount,
            BlobCount = restored.BlobCount + restored.LaterBlobCount,
            Words = restored.Past?.Words,
        };
    }

    private double SecondsSince(DateTimeOffset begun) => Math.Round((_clock.GetUtcNow() - begun).TotalSeconds, 1);

    private bool Carried() =>
        VerifyBackup.OpenManifest(_store.FolderOf(VerifyBackup.Newest(_store)), _keyring).Manifest.Log is { Past: not null };

    private void RequireRoom(string scratch, CancellationToken cancellationToken)
    {
        var manifest = VerifyBackup.OpenManifest(_store.FolderOf(VerifyBackup.Newest(_store)), _keyring).Manifest;
        // The copy of the database is compressed, to a fifth or so.
        var needed = manifest.BlobBytes + (manifest.File(BackupStore.DatabaseName).Bytes * 8) + SpareBytes;
        if (Carried())
        {
            // The log is put beside the cluster, and replaying it writes as much again.
            var shelf = new WalShelf(_store, _keyring.InstallationId, _keyring.BackupKey);
            var choice = RestoreChoice.Make(_store, shelf, given: null, RestoreOptions.Latest, _keyring, _progress);
            needed += 2L * new WalReach(shelf, choice).Read(isAll: true, cancellationToken).SegmentCount * WalSegment.Bytes;
        }

        if (Disks.FreeBytes(scratch) is { } free && free < needed)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder, $"{scratch} has room for {Disks.Words(free)}, and what is restored may need {Disks.Words(needed)}", "make room");
        }
    }

    private async Task<RestoreVerdict> LookAsync(RestoredInstallation restored, CancellationToken cancellationToken)
    {
        await CheckIndexesAsync(restored, cancellationToken);
        return _check is null ? new RestoreVerdict(true, 0, "the database answers", []) : await _check(restored, cancellationToken);
    }

    // Every index against its table. The program belongs to PostgreSQL's contributions, which Debian installs along.
    private async Task CheckIndexesAsync(RestoredInstallation restored, CancellationToken cancellationToken)
    {
        var binaries = await PostgresBinaries.FindAsync(new ClusterFolders(restored.DataDirectory).Cluster, cancellationToken);
        var program = binaries.PathOf("pg_amcheck");
        if (!File.Exists(program))
        {
            _progress.Report($"{program} is missing: indexes are not checked");
            return;
        }

        var socket = new NpgsqlConnectionStringBuilder(restored.ConnectionString).Host;
        var found = await ToolProcess.RunAsync(
            [program, $"--host={socket}", $"--username={ClusterAddress.Superuser}", "--no-password", "--install-missing", $"--database={ClusterAddress.DatabaseName}"],
            cancellationToken);
        if (!found.Succeeded)
        {
            throw BackupException.Damaged($"the restored database has damaged tables or indexes: {found.LastLine}");
        }
    }
}
