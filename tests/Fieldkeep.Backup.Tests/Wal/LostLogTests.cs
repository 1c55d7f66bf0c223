using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

public sealed class LostLogTests(SampleTemplate template) : SampleTests(template)
{
    [Fact]
    public async Task A_log_that_PostgreSQL_no_longer_has_is_told_and_a_new_base_backup_begins_another_past()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
        var log = new CommitLog();
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await receiving.CatchUpAsync();
            await Sample.BackUpAsync();
            await log.WriteAsync(running.Address, 5, 10, Token);
            await receiving.CatchUpAsync();
        }

        var gapAt = await NowAsync(running.Address);
        // Somebody dropped the slot, and PostgreSQL did away with what nobody asked for any more.
        await RunningReceiver.ScalarAsync(running.Address, $"select pg_drop_replication_slot('{WalReceiver.SlotName}')");
        for (var step = 0; step < 3; step++)
        {
            await RunningReceiver.ScalarAsync(running.Address, "select pg_switch_wal()");
            await log.WriteAsync(running.Address, 1, 10, Token);
            await SampleInstallation.ExecuteAsync(running.Address, "checkpoint");
        }

        await using var again = new RunningReceiver(Sample, running.Address);
        await log.WriteAsync(running.Address, 1, 10, Token);
        await again.CatchUpAsync();
        Assert.Equal(2U, again.State.Past);
        Assert.Contains("PostgreSQL no longer has its log before", Assert.Single(again.Told), StringComparison.Ordinal);
        Assert.True((await PlanRestore.RunAsync(Options(RestoreOptions.Latest), Sample.Progress, TimeProvider.System, Token)).Until is not { } until || until < gapAt);
        Assert.Contains(Sample.Told, words => words.Contains("begins anew without a base backup", StringComparison.Ordinal));

        var taken = await Sample.BackUpAsync();
        await log.WriteAsync(running.Address, 4, 10, Token);
        await again.CatchUpAsync();
        await Sample.VerifyAsync();
        Assert.Equal(taken.Name, (await Sample.RestoreAsync(to: RestoreOptions.Latest)).Backup);
        await using var restored = await Sample.StartAsync(Sample.Restored);
        Assert.Equal(CommitLog.Exactly(log.Acknowledged), await CommitLog.CountAsync(restored.Address));
    }

    [Fact]
    public async Task A_restored_database_goes_on_in_the_same_directory_on_a_timeline_of_its_own()
    {
        var log = new CommitLog();
        DateTimeOffset before, after;
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            await receiving.CatchUpAsync();
            await Sample.BackUpAsync();
            await log.WriteAsync(running.Address, 10, 10, Token);
            before = await NowAsync(running.Address);
            await log.WriteAsync(running.Address, 10, 10, Token);
            after = await NowAsync(running.Address);
            await receiving.UntilAsync(() => receiving.State.Until >= after);
        }

        await Sample.RestoreAsync(to: before);
        Directory.Delete(Path.Combine(Sample.Data, "postgres"), recursive: true);
        await using (var running = await Sample.StartAsync(Sample.Restored))
        await using (var receiving = new RunningReceiver(Sample, running.Address, Sample.Restored))
        {
            await receiving.CatchUpAsync();
            Assert.Equal(2U, receiving.State.Timeline);
            Assert.Null(receiving.State.Trouble);
            await SampleInstallation.ExecuteAsync(running.Address, "create table field.second (id int)");
            await SampleInstallation.ExecuteAsync(running.Address, "insert into field.marks values (11, 'of the second life')");
            await receiving.CatchUpAsync();
        }

        Directory.Move(Sample.Restored, Sample.Restored + ".first");
        // All there is: the second life, over the base backup of the first.
        await Sample.RestoreAsync(to: RestoreOptions.Latest);
        await using (var running = await Sample.StartAsync(Sample.Restored))
        {
            Assert.Equal(CommitLog.Exactly(11), await CommitLog.CountAsync(running.Address));
            Assert.Equal("0", await RunningReceiver.ScalarAsync(running.Address, "select count(*) from field.second"));
            Assert.Equal("3", await RunningReceiver.ScalarAsync(running.Address, "select timeline_id from pg_control_checkpoint()"));
        }

        // The first life, of before anybody restored anything, is not lost; but without the history nobody knows which life is which.
        Directory.Move(Sample.Restored, Sample.Restored + ".second");
        var first = await PlanRestore.RunAsync(Options(after), Sample.Progress, TimeProvider.System, Token);
        Assert.Equal((1U, true), (first.Timeline, first.Until >= after));
        File.Delete(Assert.Single(Directory.GetFiles(Sample.Target, "00000002.history.fkw", SearchOption.AllDirectories)));
        var lost = await Assert.ThrowsAsync<BackupException>(
            () => PlanRestore.RunAsync(Options(RestoreOptions.Latest), Sample.Progress, TimeProvider.System, Token));
        Assert.Equal(BackupTrouble.Damaged, lost.Reason);
        Assert.Contains("the history of timeline 2", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restored_database_whose_first_segment_is_gone_already_begins_another_past()
    {
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            await receiving.CatchUpAsync();
            await Sample.BackUpAsync();
        }

        await Sample.RestoreAsync();
        Directory.Delete(Path.Combine(Sample.Data, "postgres"), recursive: true);
        await using var again = await Sample.StartAsync(Sample.Restored);
        for (var step = 1; step <= 3; step++)
        {
            // The backup directory is away meanwhile.
            await SampleInstallation.ExecuteAsync(again.Address, $"insert into field.marks values ({step}, '')");
            await RunningReceiver.ScalarAsync(again.Address, "select pg_switch_wal()");
            await SampleInstallation.ExecuteAsync(again.Address, "checkpoint");
        }

        await using var following = new RunningReceiver(Sample, again.Address, Sample.Restored);
        await following.CatchUpAsync();

        Assert.Equal((2U, 2U, null), (following.State.Past, following.State.Timeline, following.State.Trouble));
        Assert.Contains("no longer has the beginning of timeline 2", Assert.Single(following.Told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instant_outside_what_is_kept_is_refused_with_the_instants_there_are_and_a_dry_run_writes_nothing()
    {
        DateTimeOffset early, middle;
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            early = await NowAsync(running.Address);
            await receiving.CatchUpAsync();
            await Sample.BackUpAsync();
            await new CommitLog().WriteAsync(running.Address, 5, 10, Token);
            middle = await NowAsync(running.Address);
            // Nothing is committed after it: frames without bytes tell that the time went on.
            await receiving.UntilAsync(() => receiving.State.Until > middle);
        }

        var aside = Path.Combine(Sample.Target, "wal.aside");
        Directory.Move(Path.Combine(Sample.Target, "wal"), aside);
        foreach (var without in new Func<Task>[] { () => Sample.RestoreAsync(to: RestoreOptions.Latest), () => Sample.VerifyAsync() })
        {
            Assert.Equal(BackupTrouble.Damaged, (await Assert.ThrowsAsync<BackupException>(without)).Reason);
        }

        Directory.Move(aside, Path.Combine(Sample.Target, "wal"));
        RequireThatTheSecondReadingGivesAsMuchAsTheFirst();

        var plan = await PlanRestore.RunAsync(Options(middle), Sample.Progress, TimeProvider.System, Token);
        Assert.True(plan.Until > middle, $"{plan.Until:O} {middle:O}");
        Assert.Equal((1U, 2L, true), (plan.Timeline, plan.BlobCount, plan.SegmentCount >= 1 && plan.LogBytes > 0));
        Assert.False(Directory.Exists(Sample.Restored));

        var tooEarly = await Assert.ThrowsAsync<BackupException>(() => Sample.RestoreAsync(to: early));
        Assert.Equal(BackupTrouble.NoBackup, tooEarly.Reason);
        Assert.Contains("the first base backup", tooEarly.Message, StringComparison.Ordinal);
        var tooLate = await Assert.ThrowsAsync<BackupException>(() => Sample.RestoreAsync(to: plan.Until?.AddSeconds(1)));
        Assert.Equal(BackupTrouble.NoBackup, tooLate.Reason);
        Assert.Contains(
            plan.Until!.Value.UtcDateTime.ToString( // compared above
               "yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture), tooLate.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BackupException>(() => Sample.RestoreAsync(to: RestoreOptions.Latest.AddTicks(-1)));
        Assert.False(Directory.Exists(Sample.Restored));

        Assert.Equal(middle, (await Sample.RestoreAsync(to: middle)).To);
        await using var restored = await Sample.StartAsync(Sample.Restored);
        Assert.Equal(CommitLog.Exactly(5), await CommitLog.CountAsync(restored.Address));
    }

    [Fact]
    public async Task A_restore_whose_log_could_not_be_brought_at_first_and_then_went_past_the_instant_is_refused()
    {
        DateTimeOffset middle;
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            await receiving.CatchUpAsync();
            await Sample.BackUpAsync();
            var log = new CommitLog();
            await log.WriteAsync(running.Address, 5, 10, Token);
            middle = await NowAsync(running.Address);
            await log.WriteAsync(running.Address, 5, 10, Token);
            var end = await NowAsync(running.Address);
            await receiving.UntilAsync(() => receiving.State.Until > end);
        }

        // PostgreSQL takes a full disk for the end of the log; here it is full as long as there is an instant to stop at.
        var programs = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(Sample.Data)!, "programs")).FullName; // it lies in a scratch folder
        var cp = Path.Combine(programs, "cp");
        await File.WriteAllTextAsync(cp, "#!/bin/sh\ngrep -q 'recovery_target_time =' fieldkeep.conf && exit 1\nexec /bin/cp \"$@\"\n", Token);
        File.SetUnixFileMode(cp, File.GetUnixFileMode("/bin/sh"));

        var said = await RestoreProcess.RunAsync(Sample.Target, Sample.Restored, middle, programs, Token);

        Assert.StartsWith("Damaged: PostgreSQL stopped before the instant twice, and then went past it", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Sample.Restored, "postgres")));
    }

    // A disk may fail between the two.
    private void RequireThatTheSecondReadingGivesAsMuchAsTheFirst()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        var shelf = Sample.OpenShelf();
        var choice = RestoreChoice.Make(new BackupStore(Sample.Target), shelf, null, RestoreOptions.Latest, keyring, Sample.Progress);
        var reach = new WalReach(shelf, choice);
        var verified = reach.Read(isAll: true, Token);
        var last = shelf.Files(choice.Past!.Value, 1)[^1].Path; // it was received
        File.Move(last, last + ".aside");
        var staging = new ClusterFolders(Path.Combine(Sample.Data, "staging"));
        Directory.CreateDirectory(staging.Cluster);
        var shorter = Assert.Throws<BackupException>(() => new Recovery(staging, choice, reach, verified, _ => { }, Sample.Progress).Prepare(Token));
        Assert.Equal(BackupTrouble.Damaged, shorter.Reason);
        Assert.Contains("when it is read again", shorter.Message, StringComparison.Ordinal);
        File.Move(last + ".aside", last);
        Directory.Delete(staging.Root, recursive: true);
    }

    private static async Task<DateTimeOffset> NowAsync(ClusterAddress address) => DateTimeOffset.Parse(
        await RunningReceiver.ScalarAsync(address, "select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')") ?? "",
        CultureInfo.InvariantCulture);

    private RestoreOptions Options(DateTimeOffset to) => new(Sample.Target, Sample.Restored) { To = to };
}
