using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Npgsql;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

public sealed class FollowBackupTests(SampleTemplate template) : IClassFixture<SampleTemplate>, IAsyncLifetime
{
    private SampleInstallation _sample = null!; // set by InitializeAsync before every test

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _sample = await template.Installation.CopyAsync();

    public ValueTask DisposeAsync()
    {
        _sample.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_server_that_follows_takes_a_base_backup_by_itself_and_all_that_came_after_it_is_restored_with_its_blobs()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        IReadOnlyList<string> blobs;
        await using (var running = await _sample.StartAsync(_sample.Data))
        {
            var following = new FollowBackup(
                new FollowOptions(new BackupOptions(_sample.Data, _sample.Target)), running.Address, keyring, new Quiet(), TimeProvider.System);
            var run = following.RunAsync(ending.Token);
            await UntilAsync(() => following.State is { LastBase: not null, BaseTrouble: null }, run, () => following.State.ToString());

            var late = _sample.AddBlob("photo of after the backup", 900);
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            await new CommitLog().WriteAsync(running.Address, 7, 10, Token);
            var end = Lsn.TryParse(await RunningReceiver.ScalarAsync(running.Address, "select pg_current_wal_flush_lsn()::text")) ?? default;
            var kept = Path.Combine(_sample.Target, "blobs", Path.GetFileName(late)[..2], Path.GetFileName(late));
            await UntilAsync(() => following.State.Log.Durable >= end && following.State.Blobs.CopiedCount > 0 && File.Exists(kept), run, () => following.State.ToString());
            blobs = SampleInstallation.Blobs(_sample.Data);
            await ending.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        Directory.Delete(Path.Combine(_sample.Data, "blobs"), recursive: true);
        var restored = await _sample.RestoreAsync(to: RestoreOptions.Latest);

        Assert.Equal((2, 1, 0), (restored.BlobCount, restored.LaterBlobCount, restored.Missing.Count));
        Assert.Equal(blobs, SampleInstallation.Blobs(_sample.Restored));
        await using var again = await _sample.StartAsync(_sample.Restored);
        Assert.Equal(CommitLog.Exactly(7), await CommitLog.CountAsync(again.Address));
    }

    [Fact]
    public async Task A_blob_that_is_missing_in_the_backup_directory_is_told_and_the_rest_restored()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        await using (var running = await _sample.StartAsync(_sample.Data))
        await using (var receiving = new RunningReceiver(_sample, running.Address))
        {
            await receiving.CatchUpAsync();
            await _sample.BackUpAsync();
        }

        var late = _sample.AddBlob("photo of after the backup", 900);
        var follower = new BlobFollower(_sample.Data, new BackupStore(_sample.Target), keyring, _sample.Told.Add, TimeProvider.System);
        await follower.LookAsync(Token);
        var kept = Path.Combine(_sample.Target, "blobs", Path.GetFileName(late)[..2], Path.GetFileName(late));
        await _sample.VerifyAsync();
        File.Delete(kept);
        Assert.Contains(kept, (await Assert.ThrowsAsync<BackupException>(_sample.VerifyAsync)).Message, StringComparison.Ordinal);

        var restored = await _sample.RestoreAsync(to: RestoreOptions.Latest);

        Assert.Equal($"the blob {kept} is missing", Assert.Single(restored.Missing));
        Assert.Equal(2, SampleInstallation.Blobs(_sample.Restored).Count);
    }

    [Fact]
    public async Task Two_receivers_never_write_into_one_directory()
    {
        await using var running = await _sample.StartAsync(_sample.Data);
        await using var first = new RunningReceiver(_sample, running.Address);
        await first.CatchUpAsync();
        await using var second = new RunningReceiver(_sample, running.Address);

        var refused = await Assert.ThrowsAsync<BackupException>(() => second.UntilAsync(() => false));

        Assert.Equal(BackupTrouble.InUse, refused.Reason);
    }

    [Fact]
    public async Task A_server_that_follows_gives_up_its_own_slot_when_it_stays_behind_and_no_other()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var running = await _sample.StartAsync(_sample.Data);
        await using (var receiving = new RunningReceiver(_sample, running.Address))
        {
            await receiving.CatchUpAsync();
        }

        await RunningReceiver.ScalarAsync(running.Address, "select pg_create_physical_replication_slot('of_a_base_backup', true)");
        await RunningReceiver.ScalarAsync(running.Address, "select pg_switch_wal()");
        await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
        // Nobody can reach the directory, which is known by its id.
        KeyringTargets.Add(KeyringFiles.Below(_sample.Data).KeyringPaths, _sample.Target);
        Directory.Move(_sample.Target, _sample.Target + ".unmounted");
        var following = new FollowBackup(
            new FollowOptions(new BackupOptions(_sample.Data, _sample.Target)) { MaxKeptBytes = 1 << 20 }, running.Address, keyring, new Quiet(), TimeProvider.System);
        var run = following.RunAsync(ending.Token);
        await UntilAsync(() => following.State.Trouble is not null, run, () => following.State.ToString());
        await RunningReceiver.UntilScalarAsync(running.Address, "select string_agg(slot_name, ' ') from pg_replication_slots", "of_a_base_backup");
        // One limit for all would take a base backup's own beginning from it.
        Assert.Equal("-1", await RunningReceiver.ScalarAsync(running.Address, "show max_slot_wal_keep_size"));
        await using var hanging = new NpgsqlConnection(running.Address.ForMaintenance() + ";Pooling=false");
        await hanging.OpenAsync(Token);
        await using var keep = new NpgsqlCommand("select pg_create_physical_replication_slot('fieldkeep_backup_1', true, true)", hanging);
        await keep.ExecuteScalarAsync(Token);
        Assert.Equal(0, await WalSlot.EndBackupsAsync(running.Address, 1L << 40, Token));
        Assert.Equal(1, await WalSlot.EndBackupsAsync(running.Address, -1, Token));
        await RunningReceiver.UntilScalarAsync(running.Address, "select string_agg(slot_name, ' ') from pg_replication_slots", "of_a_base_backup");

        Assert.Contains("is not there", following.State.Trouble, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_sample.Target));
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Commits_wait_for_another_disk_and_go_on_without_it_when_it_does_not_answer_and_wait_again()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var running = await _sample.StartAsync(_sample.Data);
        await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
        var options = new FollowOptions(new BackupOptions(_sample.Data, _sample.Target))
        {
            IsOnDataDisk = false,
            LetCommitsWait = running.Cluster.WaitForBackupAsync,
            Patience = TimeSpan.FromSeconds(2),
        };
        var following = new FollowBackup(options, running.Address, keyring, new Quiet(), TimeProvider.System);
        var run = following.RunAsync(ending.Token);
        await UntilAsync(() => following.State.CommitsWait, run, () => following.State.ToString());
        var log = new CommitLog();
        await log.WriteAsync(running.Address, 3, 10, Token);
        Assert.Null(following.State.StoppedWaitingAt);

        // The disk is taken out: what is connected ends, and nothing has the directory's id.
        var id = Path.Combine(_sample.Target, "keys", "id");
        File.Move(id, id + ".aside");
        await RunningReceiver.ScalarAsync(running.Address, "select count(pg_terminate_backend(pid)) from pg_stat_replication where application_name = 'fieldkeep-backup'");
        await log.WriteAsync(running.Address, 3, 10, Token);
        Assert.Equal(6, log.Acknowledged);
        Assert.False(following.State.CommitsWait);
        Assert.NotNull(following.State.StoppedWaitingAt);

        File.Move(id + ".aside", id);
        await UntilAsync(() => following.State.CommitsWait, run, () => following.State.ToString());
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        // Whoever ends it lets nobody wait.
        await log.WriteAsync(running.Address, 3, 10, Token);
        Assert.Equal(9, log.Acknowledged);
    }

    [Fact]
    public async Task A_restore_is_tried_out_while_the_server_runs_and_how_it_went_is_noted()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var running = await _sample.StartAsync(_sample.Data);
        var looked = 0;
        var options = new FollowOptions(new BackupOptions(_sample.Data, Path.Combine(_sample.Data, "backups")))
        {
            RehearseAfter = TimeSpan.Zero,
            RehearsalLookEvery = TimeSpan.FromMilliseconds(200),
            Check = async (restored, _) =>
            {
                looked++;
                var rows = await SampleInstallation.DigestAsync(restored.ConnectionString);
                return new RestoreVerdict(rows == await SampleInstallation.DigestAsync(running.Address.ConnectionString), 0, $"rows: {rows}", []);
            },
        };
        var following = new FollowBackup(options, running.Address, keyring, new Quiet(), TimeProvider.System);
        var run = following.RunAsync(ending.Token);
        await UntilAsync(() => following.State.LastRehearsal is not null, run, () => following.State.ToString());
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        var report = following.State.LastRehearsal!; // it was waited for
        Assert.Equal((1, null, 2L, following.State.LastBase?.Name), (looked, report.Problem, report.BlobCount, report.Backup));
        Assert.StartsWith("rows: 2000 ", report.Words, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_sample.Data, RehearseRestore.Folder)));
        Assert.Equal(report, RehearsalReport.FindLast(new BackupStore(following.State.Directory)));

        // What was damaged since is found, noted, and told.
        var blob = Directory.GetFiles(Path.Combine(following.State.Directory, "blobs"), "*", SearchOption.AllDirectories)[0];
        await File.AppendAllTextAsync(blob, "x", Token);
        var failed = await new RehearseRestore(new BackupStore(following.State.Directory), keyring, null, new Quiet(), TimeProvider.System)
            .RunAsync(Path.Combine(_sample.Data, RehearseRestore.Folder), Token);
        Assert.Contains(blob, failed.Problem, StringComparison.Ordinal);
        Assert.Equal(failed, RehearsalReport.FindLast(new BackupStore(following.State.Directory)));
    }

    private static async Task UntilAsync(Func<bool> isTrue, Task run, Func<string> what)
    {
        for (var look = 0; look < 3000 && !isTrue(); look++)
        {
            if (run.IsCompleted)
            {
                await run;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), Token);
        }

        Assert.True(isTrue(), $"It did not happen within 60 s: {what()}");
    }

    private sealed class Quiet : IProgress<string>
    {
        public void Report(string value)
        {
            // What it tells is in its state.
        }
    }
}
