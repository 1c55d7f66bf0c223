using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Npgsql;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

public sealed class FollowBackupTests(SampleTemplate template) : SampleTests(template)
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task A_server_that_follows_takes_a_base_backup_by_itself_and_all_until_it_ends_is_restored_from_the_object_store_with_its_blobs()
    {
        await using var store = new StrangeStore();
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        IReadOnlyList<string> blobs;
        await using (var running = await Sample.StartAsync(Sample.Data))
        {
            // It does not look again before this has ended, mostly.
            var options = new FollowOptions(new BackupOptions(Sample.Data, Sample.Target)) { Store = store.Options with { LookEvery = TimeSpan.FromSeconds(5) } };
            var following = new FollowBackup(options, running.Address, keyring, Follower.Quiet, TimeProvider.System);
            var run = following.RunAsync(ending.Token);
            await Follower.UntilAsync(() => following.State is { LastBase: not null, BaseTrouble: null }, run, () => following.State.ToString());
            var based = TimeProvider.System.GetUtcNow();
            await Follower.UntilAsync(() => following.State.Store?.WholeAt > based, run, () => $"{following.State.Store}");

            Sample.AddBlob("photo of after the backup", 900);
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            await new CommitLog().WriteAsync(running.Address, 7, 10, Token);
            await following.CatchUpAsync();
            Assert.Empty(following.State.Store?.Alarms ?? []);
            blobs = SampleInstallation.Blobs(Sample.Data);
            await ending.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        Directory.Delete(Path.Combine(Sample.Data, "blobs"), recursive: true);
        Directory.Delete(Sample.Target, recursive: true);
        Assert.Empty((await Carrying.FetchAsync(store.Options, Sample.Target)).Alarms);
        var restored = await Sample.RestoreAsync(to: RestoreOptions.Latest);

        Assert.Equal((2, 1, 0), (restored.BlobCount, restored.LaterBlobCount, restored.Missing.Count));
        Assert.Equal(blobs, SampleInstallation.Blobs(Sample.Restored));
        await using var again = await Sample.StartAsync(Sample.Restored);
        Assert.Equal(CommitLog.Exactly(7), await CommitLog.CountAsync(again.Address));
    }

    [Fact]
    public async Task A_blob_that_is_missing_in_the_backup_directory_is_told_and_the_rest_restored()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await receiving.CatchUpAsync();
            await Sample.BackUpAsync();
        }

        var late = Sample.AddBlob("photo of after the backup", 900);
        var follower = new BlobFollower(Sample.Data, new BackupStore(Sample.Target), keyring, Sample.Told.Add, new DayBehind());
        // Noted by a clock that was set back: it came after the backup all the same.
        await follower.LookAsync(Token);
        var kept = Path.Combine(Sample.Target, "blobs", Path.GetFileName(late)[..2], Path.GetFileName(late));
        await Sample.VerifyAsync();
        File.Delete(kept);
        Assert.Contains(kept, (await Assert.ThrowsAsync<BackupException>(Sample.VerifyAsync)).Message, StringComparison.Ordinal);

        var restored = await Sample.RestoreAsync(to: RestoreOptions.Latest);

        Assert.Equal($"the blob {kept} is missing", Assert.Single(restored.Missing));
        Assert.Equal(2, SampleInstallation.Blobs(Sample.Restored).Count);
    }

    [Fact]
    public async Task What_was_committed_before_it_ends_is_waited_for_and_nothing_once_nothing_is_received()
    {
        var patient = TimeSpan.FromMinutes(3);
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var receiving = new RunningReceiver(Sample, running.Address);
        await receiving.CatchUpAsync();

        await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
        var end = Lsn.TryParse(await RunningReceiver.ScalarAsync(running.Address, "select pg_current_wal_flush_lsn()::text")) ?? default;
        Assert.True(await receiving.Receiver.CatchUpAsync(patient));
        Assert.True(receiving.State.Durable >= end);
        Assert.False(await receiving.Receiver.CatchUpAsync(TimeSpan.Zero));
        await receiving.DisposeAsync();
        Assert.False(await receiving.Receiver.CatchUpAsync(patient));
    }

    [Fact]
    public async Task Two_receivers_never_write_into_one_directory()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var first = new RunningReceiver(Sample, running.Address);
        await first.CatchUpAsync();
        await using var second = new RunningReceiver(Sample, running.Address);

        var refused = await Assert.ThrowsAsync<BackupException>(() => second.UntilAsync(() => false));

        Assert.Equal(BackupTrouble.InUse, refused.Reason);
    }

    [Fact]
    public async Task A_server_that_follows_gives_up_its_own_slot_when_it_stays_behind_and_no_other()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var running = await Sample.StartAsync(Sample.Data);
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await receiving.CatchUpAsync();
        }

        await RunningReceiver.ScalarAsync(running.Address, "select pg_create_physical_replication_slot('of_a_base_backup', true)");
        await RunningReceiver.ScalarAsync(running.Address, "select pg_switch_wal()");
        await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
        // Nobody can reach the directory, which is known by its id.
        KeyringTargets.Add(KeyringFiles.Below(Sample.Data).KeyringPaths, Sample.Target);
        Directory.Move(Sample.Target, Sample.Target + ".unmounted");
        var following = new FollowBackup(
            new FollowOptions(new BackupOptions(Sample.Data, Sample.Target)) { MaxKeptBytes = 1 << 20, WatchEvery = Often }, running.Address, keyring, Follower.Quiet, TimeProvider.System);
        var run = following.RunAsync(ending.Token);
        await Follower.UntilAsync(() => following.State.Trouble is not null, run, () => following.State.ToString());
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
        Assert.False(Directory.Exists(Sample.Target));
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Commits_wait_for_another_disk_and_go_on_without_it_when_it_does_not_answer_and_wait_again()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var running = await Sample.StartAsync(Sample.Data);
        await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
        var options = new FollowOptions(new BackupOptions(Sample.Data, Sample.Target))
        {
            IsOnDataDisk = false,
            LetCommitsWait = running.Cluster.WaitForBackupAsync,
            Patience = TimeSpan.FromSeconds(12),
            LeastFreeBytes = 1 << 20,
        };
        var following = new FollowBackup(options, running.Address, keyring, Follower.Quiet, TimeProvider.System);
        var run = following.RunAsync(ending.Token);
        await Follower.UntilAsync(() => following.State is { CommitsWait: true, LastBase: not null }, run, () => following.State.ToString());
        var log = new CommitLog();
        await log.WriteAsync(running.Address, 3, 10, Token);
        // A second without processor time turns it off and on again.
        await RunningReceiver.UntilScalarAsync(
            running.Address, "select case current_setting('synchronous_standby_names') when '' then 'nobody waits' else 'commits wait' end", "commits wait");

        // What a commit names lies there before it is committed.
        var photo = Sample.AddBlob("a photo of the last moment", 900);
        await following.WaitForBlobsAsync([Path.GetRelativePath(Path.Combine(Sample.Data, "blobs"), photo)], Token);
        Assert.True(File.Exists(Path.Combine(Sample.Target, "blobs", Path.GetFileName(photo)[..2], Path.GetFileName(photo))));
        var noted = new List<string>();
        Sample.OpenShelf().ReadBlobs(Sample.Told.Add, blob => noted.Add(blob.Entry.Sha256));
        Assert.Contains(Path.GetFileName(photo), noted);

        // The disk is taken out: what is connected ends, and nothing has the directory's id.
        var id = Path.Combine(Sample.Target, "keys", "id");
        File.Move(id, id + ".aside");
        await RunningReceiver.ScalarAsync(running.Address, "select count(pg_terminate_backend(pid)) from pg_stat_replication where application_name = 'fieldkeep-backup'");
        await following.WaitForBlobsAsync([Path.GetRelativePath(Path.Combine(Sample.Data, "blobs"), Sample.AddBlob("another", 900))], Token);
        // The first waits until nobody does.
        await log.WriteAsync(running.Address, 3, 10, Token);
        Assert.Equal(6, log.Acknowledged);
        await Follower.UntilAsync(() => following.State is { CommitsWait: false, StoppedWaitingAt: not null }, run, () => following.State.ToString());

        File.Move(id + ".aside", id);
        await Follower.UntilAsync(() => following.State.CommitsWait, run, () => following.State.ToString());
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        // Whoever ends it lets nobody wait.
        await log.WriteAsync(running.Address, 3, 10, Token);
        Assert.Equal(9, log.Acknowledged);
    }

    [Fact]
    public async Task Where_the_disk_of_the_data_has_too_little_room_nothing_is_kept_and_PostgreSQL_keeps_no_log_for_it()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var running = await Sample.StartAsync(Sample.Data);
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await receiving.CatchUpAsync();
        }

        for (var segment = 0; segment < 6; segment++)
        {
            await RunningReceiver.ScalarAsync(running.Address, "select pg_switch_wal() from (select pg_logical_emit_message(false, '', 'x')) as one");
        }

        var target = Path.Combine(Sample.Data, "backups");
        var options = new FollowOptions(new BackupOptions(Sample.Data, target)) { LeastFreeBytes = 1L << 58, WatchEvery = Often };
        var following = new FollowBackup(options, running.Address, keyring, Follower.Quiet, TimeProvider.System);
        var run = following.RunAsync(ending.Token);
        await Follower.UntilAsync(() => following.State.Trouble is not null, run, () => following.State.ToString());
        await RunningReceiver.UntilScalarAsync(running.Address, "select count(*) from pg_replication_slots", "0");
        Assert.Contains("PostgreSQL needs it", following.State.Trouble, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(target, "wal")));
        Assert.False(Directory.Exists(Path.Combine(target, "backups")));
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        // With a little more the log is kept, and neither a base backup nor a blob.
        var store = new BackupStore(target) { LeastFreeBytes = 1L << 58 };
        await Assert.ThrowsAsync<BackupException>(() => BlobCopy.StoreAsync(
            Path.Combine(Sample.Data, "blobs"), BlobCopy.Find(Path.Combine(Sample.Data, "blobs")).First(), store, "trying", Token));
        var refused = await Assert.ThrowsAsync<BackupException>(() => TakeBackup.RunAsync(options.Backup, store, keyring, Sample.Progress, TimeProvider.System, Token));
        Assert.Contains("are kept free", refused.Message, StringComparison.Ordinal);
        Assert.Empty(store.List());
        Assert.True(BlobCopy.CountMissing(Path.Combine(Sample.Data, "blobs"), store, Token) > 40_000);
    }

    [Fact]
    public async Task A_directory_below_the_data_that_was_removed_begins_anew_and_another_receiver_is_waited_for()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var running = await Sample.StartAsync(Sample.Data);
        var target = FollowBackup.DefaultDirectory(Sample.Data);
        var options = new FollowOptions(new BackupOptions(Sample.Data, target)) { WatchEvery = Often };
        Directory.CreateDirectory(Path.Combine(target, "wal"));
        var held = Vault.Files.FileLock.TryTake(Path.Combine(target, "wal", "lock"));
        var following = new FollowBackup(options, running.Address, keyring, Follower.Quiet, TimeProvider.System);
        var run = following.RunAsync(ending.Token);
        await Follower.UntilAsync(() => following.State.Trouble?.Contains("another process", StringComparison.Ordinal) == true, run, () => following.State.ToString());
        held!.Dispose(); // nobody else had it
        await Follower.UntilAsync(() => following.State.LastBase is not null, run, () => following.State.ToString());
        var first = following.State.LastBase!.Name; // it was waited for
        var keyringPaths = KeyringFiles.Below(Sample.Data).KeyringPaths;
        var id = Assert.Single(KeyringTargets.List(keyringPaths)).Id;

        Directory.Delete(target, recursive: true);

        await Follower.UntilAsync(() => following.State.LastBase is { } next && next.Name != first, run, () => following.State.ToString());
        Assert.NotEqual(id, Assert.Single(KeyringTargets.List(keyringPaths)).Id);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        // A restored one has none below its data directory, and knows none.
        await Sample.RestoreAsync(from: target);
        Assert.Equal(target, Assert.Single(KeyringTargets.List(KeyringFiles.Below(Sample.Restored).KeyringPaths)).Directory);
    }

    [Fact]
    public async Task A_directory_that_was_used_before_and_is_not_mounted_is_begun_anew_only_when_told()
    {
        await Sample.BackUpAsync();
        Directory.Move(Sample.Target, Sample.Target + ".unmounted");
        Directory.CreateDirectory(Sample.Target);

        var refused = await Assert.ThrowsAsync<BackupException>(Sample.BackUpAsync);
        Assert.Contains("--new", refused.Hint, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Sample.Target));
        // Known by its path alone, as of before ids: the same.
        var targets = Path.Combine(Sample.Data, KeyringTargets.RelativePath);
        await File.WriteAllTextAsync(targets, Sample.Target + "\n", Token);
        await Assert.ThrowsAsync<BackupException>(Sample.BackUpAsync);

        await TakeBackup.RunAsync(new BackupOptions(Sample.Data, Sample.Target) { IsNew = true }, Sample.Progress, TimeProvider.System, Token);
        Assert.Single(new BackupStore(Sample.Target).List());
    }

    private sealed class DayBehind : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(-1);
    }
}
