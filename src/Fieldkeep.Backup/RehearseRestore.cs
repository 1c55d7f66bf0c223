using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Restoring;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Backup;

/// <summary>
/// Restores what lies in a backup directory, all there is, into a scratch folder; starts it, has it looked at, checks every page and index, notes how it
/// went in the backup directory, and removes it. The living server is not touched, and its root key not needed.
/// </summary>
public sealed class RehearseRestore
{
    /// <summary>The name of the scratch folder below a data directory.</summary>
    public const string Folder = "rehearsal";

    // What the scratch PostgreSQL writes into its own log while it is looked at; its start makes a few segments, too.
    private const long OwnLogBytes = 1L << 30;

    // The log lies beside the cluster, once more within it as it is replayed, and what it says is written into tables.
    private const int LogCopies = 3;

    // A server that lives copies blobs within half a minute of the log.
    private static readonly TimeSpan BlobsWithin = TimeSpan.FromMinutes(1);

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

    /// <summary>So many bytes stay free on the disk of the scratch folder: a server may live there, which gives up following below half of it.</summary>
    internal long LeastFreeBytes { get; init; } = 4L << 30;

    /// <summary>Waits until the backup directory has the blobs of what the log has, given until when that tells. Returns why it has not; null when it has.</summary>
    internal Func<DateTimeOffset?, CancellationToken, Task<string?>>? UntilBlobsFollowed { get; init; }

    /// <summary>Does it with keys that are looked for as for a restore.</summary>
    /// <param name="options">From where; the data directory is the scratch folder, absent or empty, and removed afterwards.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <param name="clock">Measures how long it takes.</param>
    /// <returns>How it went; whatever fails is in it.</returns>
    /// <exception cref="BackupException">WrongFolder: there is no backup directory, or the scratch folder is not empty or not this user's alone. NoBackup, NoKey.</exception>
    /// <exception cref="ClusterException">Somebody else restores into the scratch folder, or it cannot be made.</exception>
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

    /// <summary>Does it and notes how it went.</summary>
    internal async Task<RehearsalReport> RunAsync(string scratch, CancellationToken cancellationToken)
    {
        var report = await TryOutAsync(scratch, cancellationToken);
        report.Write(_store);
        return report;
    }

    /// <summary>Does it.</summary>
    internal async Task<RehearsalReport> TryOutAsync(string scratch, CancellationToken cancellationToken)
    {
        var begun = _clock.GetUtcNow();
        await RehearsalFolder.PrepareAsync(scratch, cancellationToken);
        var room = new ScratchRoom(scratch, LeastFreeBytes, _clock);
        using var trying = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = room.WatchAsync(trying);
        RehearsalReport report;
        string? early = null;
        string? left;
        try
        {
            room.Require(Reckon(trying.Token));
            var options = new RestoreOptions(_store.Root, scratch)
            {
                Check = LookAsync,
                To = Carried() ? RestoreOptions.Latest : null,
                IsRehearsal = true,
                RequireRoom = room.Require,
                UntilBlobsFollowed = async (until, token) =>
                {
                    early = await (UntilBlobsFollowed ?? WaitForBlobsAsync)(until, token);
                    if (early is not null)
                    {
                        throw new BackupException(BackupTrouble.ToolFailed, early, "it is tried out again");
                    }
                },
            };
            report = ReportOf(begun, await RestoreBackup.TryAsync(options, _store, _keyring, _progress, _clock, trying.Token));
        }
#pragma warning disable CA1031 // What is cut off fails in whatever way; why it was cut off is known.
        catch (Exception) when (room.Shortage is not null && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            report = new RehearsalReport(begun, SecondsSince(begun), room.Shortage) { HadNoRoom = true };
        }
        catch (BackupException) when (early is not null)
        {
            report = new RehearsalReport(begun, SecondsSince(begun), $"a restore was tried out and could not be judged, for files are missing yet: {early}") { WasTooEarly = true };
        }
        catch (Exception failed) when (BaseBackups.IsAnswerable(failed))
        {
            report = new RehearsalReport(begun, SecondsSince(begun), $"a restore was tried out and failed: {failed.Message}");
        }
        finally
        {
            await trying.CancelAsync();
            await watch;
            left = await RehearsalFolder.TryRemoveAsync(scratch);
            if (left is not null)
            {
                _progress.Report(left);
            }
        }

        report = report with { Problem = report.Problem ?? left };
        _progress.Report(report.Problem ?? $"a restore was tried out and went well, in {report.Seconds:0} s");
        return report;
    }

    /// <summary>The scratch folder below a data directory.</summary>
    internal static string ScratchOf(string dataDirectory) => Path.Combine(new ClusterFolders(dataDirectory).Root, Folder);

    private RehearsalReport ReportOf(DateTimeOffset begun, RestoreReport restored)
    {
        var files = restored.Past?.MissingFiles ?? 0;
        var problem = restored.Past is { Holds: false } past ? $"what was restored to try it out does not hold: {past.Words}"
            : restored.Missing is [var first, ..] ? $"what was restored to try it out lacks {restored.Missing.Count} files or lists: {first}"
            : files > 0 ? $"what was restored to try it out lacks {files} photos or other files that its database names"
            : null;
        return new RehearsalReport(begun, SecondsSince(begun), problem)
        {
            Backup = restored.Backup,
            LastCommitAt = restored.LastCommitAt,
            TableCount = restored.TableCount,
            BlobCount = restored.BlobCount + restored.LaterBlobCount,
            MissingFiles = files,
            Words = restored.Past?.Words,
        };
    }

    private double SecondsSince(DateTimeOffset begun) => Math.Round((_clock.GetUtcNow() - begun).TotalSeconds, 1);

    private bool Carried() =>
        VerifyBackup.OpenManifest(_store.FolderOf(VerifyBackup.Newest(_store)), _keyring).Manifest.Log is { Past: not null };

    private long Reckon(CancellationToken cancellationToken)
    {
        var manifest = VerifyBackup.OpenManifest(_store.FolderOf(VerifyBackup.Newest(_store)), _keyring).Manifest;
        var needed = manifest.BlobBytes + manifest.RestoredBytes + OwnLogBytes;
        if (manifest.Log is not { Past: not null })
        {
            return needed;
        }

        var shelf = new WalShelf(_store, _keyring.InstallationId, _keyring.BackupKey);
        var choice = RestoreChoice.Make(_store, shelf, given: null, RestoreOptions.Latest, _keyring, _progress);
        return needed + ((long)LogCopies * new WalReach(shelf, choice).Read(isAll: true, cancellationToken).SegmentCount * WalSegment.Bytes);
    }

    // Beside a server that lives: its log says each second what time it is.
    private async Task<string?> WaitForBlobsAsync(DateTimeOffset? until, CancellationToken cancellationToken)
    {
        var left = until is { } told ? BlobsWithin - (_clock.GetUtcNow() - told) : TimeSpan.Zero;
        if (left > TimeSpan.Zero)
        {
            _progress.Report("waiting for the files of what was done last");
            await Task.Delay(left < BlobsWithin ? left : BlobsWithin, _clock, cancellationToken);
        }

        return null;
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
