using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Backup.Driven;

/// <summary>Lets pgBackRest copy a running cluster, all of it or what changed since the last, and lists what it wrote.</summary>
internal sealed class DrivenCopy(
    DrivenWish wish, ClusterFolders data, BackupStore store, Keyring keyring, IProgress<string> progress, TimeProvider clock)
{
    /// <summary>So many backups are in a chain at most: at one a day, a full one each week.</summary>
    internal const int MostInChain = 7;

    private const string Ask = """
        select system_identifier, current_setting('data_directory'), (select count(*) from pg_catalog.pg_tablespace) from pg_catalog.pg_control_system()
        """;

    private const int OwnTablespaces = 2;

    private static readonly TimeSpan RoomLook = TimeSpan.FromSeconds(1);

    private readonly Chains _chains = new(store, keyring, progress);
    private Chain? _begun;

    /// <summary>Takes one and seals what leads to it. Returns the sealed file, where in the log it lies, and where its files are.</summary>
    /// <exception cref="BackupException">Why not; what pgBackRest left counts as no backup, and goes with <see cref="UndoAsync"/>.</exception>
    public async Task<(BackupFile File, BackupLog Log, DrivenPlace Place)> WriteAsync(
        ClusterAddress address, Guid backup, SealedFile sealedFile, string folder, CancellationToken cancellationToken)
    {
        await _chains.RemoveLeftAsync(cancellationToken);
        var work = DrivenFolder.Make(data.Root);
        await using var keeper = await DatabaseCopy.KeepLogAsync(address, backup, cancellationToken);
        await using var ask = new NpgsqlCommand(Ask, keeper);
        string directory;
        ulong system;
        await using (var row = await ask.ExecuteReaderAsync(cancellationToken))
        {
            await row.ReadAsync(cancellationToken);
            (system, directory) = (unchecked((ulong)row.GetInt64(0)), row.GetString(1));
            if (row.GetInt64(2) > OwnTablespaces)
            {
                throw new BackupException(BackupTrouble.ToolFailed, "the database has tablespaces, and what lies in them is not backed up", "move their tables back, and drop them");
            }
        }

        DrivenFolder.RequirePlain(directory);
        var prior = await FindPriorAsync(work, cancellationToken);
        var chain = prior?.Chain ?? Begin();
        string[] cluster = [$"--pg1-path={directory}", $"--pg1-socket-path={address.SocketFolder}", $"--pg1-user={ClusterAddress.Superuser}"];
        if (prior is null)
        {
            await wish.Program.RunAsync("stanza-create", work, chain.Repository, chain.Pass, cluster, cancellationToken);
        }

        progress.Report(prior is null ? "pgBackRest copies all of the database" : "pgBackRest copies what changed in the database");
        await WithRoomAsync(
            token => wish.Program.RunAsync(
                "backup", work, chain.Repository, chain.Pass,
                [
                    .. cluster, $"--type={(prior is null ? "full" : "incr")}", "--no-archive-check", "--start-fast", "--no-resume", "--no-expire-auto",
                    "--repo1-retention-full=9999999", "--compress-type=gz", "--compress-level=3", "--process-max=1",
                ],
                token),
            cancellationToken);
        var taken = await wish.Program.FindLastAsync(work, chain.Repository, chain.Pass, clock, cancellationToken);
        var log = new BackupLog(
            system.ToString(CultureInfo.InvariantCulture), TimelineOf(taken), taken.Start, taken.Stop, DatabaseCopy.RoundedUp(clock.GetUtcNow()));
        var list = await ListAsync(chain, prior?.List, taken, cancellationToken);
        // What is listed from now on is what pgBackRest wrote, then: no file that was lost or hit before it was listed.
        await wish.Program.RequireValidAsync(work, chain.Repository, chain.Pass, list.Label, cancellationToken);
        var file = await sealedFile.WriteAsync(
            folder, BackupStore.DrivenName, DrivenContent.Column,
            stream => DrivenContent.WriteAsync(stream, list, chain.Backups, log, directory, cancellationToken), cancellationToken);
        var place = new DrivenPlace(
            chain.Id, list.Label, list.Files.Sum(one => one.Bytes), taken.DatabaseBytes, list.BytesOf(list.Labels[0]), list.BytesOf(list.Label), list.Labels.Count);
        return (file, log, place);
    }

    /// <summary>Removes at once what a base backup wrote that failed: it may be as large as the database, and take the room of the next.</summary>
    public async Task UndoAsync()
    {
        try
        {
            // Another disk may be at its place by now.
            store.Require();
            await DrivenFolder.EndLeftAsync(Chain.FolderOf(store), CancellationToken.None);
            _begun?.Remove();
            if (_begun is null)
            {
                await _chains.RemoveLeftAsync(CancellationToken.None);
            }
        }
        catch (Exception left) when (left is BackupException or IOException or UnauthorizedAccessException)
        {
            progress.Report($"what pgBackRest left unfinished stays for now: {left.Message}");
        }
    }

    // Those of before as they were listed then, not as they are now: what rotted since must be found.
    private static async Task<DrivenList> ListAsync(Chain chain, DrivenList? prior, DrivenBackup taken, CancellationToken cancellationToken)
    {
        var before = prior?.Labels ?? [];
        if (taken.HasDamagedPages)
        {
            throw new BackupException(
                BackupTrouble.ToolFailed, "pgBackRest could not copy the database: it has damaged pages", "see PostgreSQL's log; a damaged page needs a restore from an earlier backup");
        }

        if (before.Contains(taken.Label, StringComparer.Ordinal) || taken.References.Except(before, StringComparer.Ordinal).Any())
        {
            throw new BackupException(BackupTrouble.ToolFailed, "pgBackRest took another backup than it was told to", "it is taken again");
        }

        var files = await DrivenList.FindAsync(chain.Backups, taken.Label, cancellationToken);
        return DrivenList.Read(new DrivenList(chain.Id, [.. before, taken.Label], chain.Pass, [.. prior?.Files ?? [], .. files]).Write());
    }

    // Null to begin a chain: there is none that the log carries on, it is long enough, or something is not as it was left.
    private async Task<(Chain Chain, DrivenList List)?> FindPriorAsync(DrivenFolder work, CancellationToken cancellationToken)
    {
        if (wish.Prior is not { } name)
        {
            return null;
        }

        try
        {
            var (manifest, files) = VerifyBackup.OpenManifest(store.FolderOf(name), keyring);
            if (manifest.PgBackRest is not { } place || Chain.TryOpen(store, keyring, place.Chain) is not { } chain
                || !chain.HasNoLinks())
            {
                return null;
            }

            var list = await new DrivenFiles(store, store.FolderOf(name), manifest, files).ReadListAsync(cancellationToken);
            return list.Labels.Count < MostInChain && list.Pass == chain.Pass
                && (await wish.Program.FindLastAsync(work, chain.Repository, chain.Pass, clock, cancellationToken)).Label == list.Label
                    ? (chain, list)
                    : null;
        }
        catch (Exception unusable) when (unusable is BackupException or IOException or UnauthorizedAccessException)
        {
            progress.Report($"pgBackRest begins anew with all of the database: {unusable.Message}");
            return null;
        }
    }

    private Chain Begin()
    {
        _chains.RequireOwn();
        return _begun = Chain.Begin(store, keyring);
    }

    // PostgreSQL, and the log of changes, come first on that disk.
    private async Task WithRoomAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = work(ending.Token);
        try
        {
            while (await Task.WhenAny(working, Task.Delay(RoomLook, clock, ending.Token)) != working)
            {
                ending.Token.ThrowIfCancellationRequested();
                store.Require();
                store.RequireRoom(0);
            }
        }
        finally
        {
            await ending.CancelAsync();
            await ((Task)working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await working;
    }

    private static uint TimelineOf(DrivenBackup taken) =>
        taken.FirstSegment.Length == 24 && uint.TryParse(taken.FirstSegment.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var timeline)
            ? timeline
            : throw new BackupException(BackupTrouble.ToolFailed, "pgBackRest does not say of which timeline its backup is", "it is taken again");
}

/// <summary>Asks for a base backup by pgBackRest.</summary>
/// <param name="Program">It.</param>
/// <param name="Prior">The base backup that the log carries on, to copy only what changed since; null to copy all.</param>
internal sealed record DrivenWish(PgBackRest Program, string? Prior);
