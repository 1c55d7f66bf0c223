using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Driven;

public sealed class DrivenBackupTests(SampleTemplate template) : DrivenTests(template)
{
    [Fact]
    public async Task A_full_one_and_what_changed_are_restored_to_any_instant_with_nothing_missing_and_nothing_more()
    {
        var instants = new List<(DateTimeOffset At, int Commits)>();
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var driven = await DrivenSample.OpenAsync(Sample, running.Address))
        {
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            var log = new CommitLog();
            for (var round = 0; round < 3; round++)
            {
                await driven.TakeAsync();
                await log.WriteAsync(running.Address, 5, 3000, Token);
                instants.Add((await driven.NowAsync(), log.Acknowledged));
                await log.WriteAsync(running.Address, 5, 3000, Token);
            }

            await driven.UntilAsync(instants[^1].At);
        }

        var bases = ListBackups.Run(Sample.Target);
        Assert.Equal(3, bases.Count);
        Assert.All(bases, one => Assert.True(one.DatabaseBytes > 0));
        Assert.Equal([1, 2, 3], await DrivenSample.ChainLengthsAsync(Sample));
        Assert.DoesNotContain(DrivenSample.FilesBelow(Sample.Target), path => File.ReadAllText(path).Contains(SampleInstallation.Planted, StringComparison.Ordinal));
        await Sample.VerifyAsync();
        foreach (var (at, commits) in instants)
        {
            var report = await Sample.RestoreAsync(to: at);
            Assert.Empty(report.Missing);
            await using (var again = await Sample.StartAsync(Sample.Restored))
            {
                Assert.Equal(CommitLog.Exactly(commits), await CommitLog.CountAsync(again.Address));
            }

            Directory.Delete(Sample.Restored, recursive: true);
        }
    }

    [Fact]
    public async Task One_alone_is_restored_without_any_log_and_rehearsed()
    {
        string? before;
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var driven = await DrivenSample.OpenAsync(Sample, running.Address))
        {
            before = await SampleInstallation.DigestAsync(running.Address);
            await driven.TakeAsync();
            await SampleInstallation.ExecuteAsync(running.Address, "delete from field.rows");
            await driven.CatchUpAsync();
        }

        await Sample.RestoreAsync();
        await using (var again = await Sample.StartAsync(Sample.Restored))
        {
            Assert.Equal(before, await SampleInstallation.DigestAsync(again.Address));
        }

        var rehearsed = await RehearseRestore.RunAsync(
            new RestoreOptions(Sample.Target, Path.Combine(Path.GetDirectoryName(Sample.Data)!, "scratch")), Sample.Progress, TimeProvider.System, Token);
        Assert.Null(rehearsed.Problem);
    }

    [Fact]
    public async Task A_bit_that_flips_in_any_file_of_pgBackRest_is_found_and_nothing_is_restored()
    {
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var driven = await DrivenSample.OpenAsync(Sample, running.Address))
        {
            await driven.TakeAsync();
            await SampleInstallation.ExecuteAsync(running.Address, "insert into field.rows values (0, 'one more')");
            await driven.TakeAsync();
            await driven.CatchUpAsync();
        }

        var files = DrivenSample.FilesBelow(Chains).Where(path => path.Contains("/pg_data/", StringComparison.Ordinal)).ToList();
        // Some of each: the full one's and those of what changed.
        foreach (var path in files.Where((_, at) => at % (files.Count / 4) == 0).Append(files[^1]).Append(Path.Combine(Sample.Target, "backups", new BackupStore(Sample.Target).List()[^1], BackupStore.DrivenName)))
        {
            var good = await File.ReadAllBytesAsync(path, Token);
            var at = good.Length / 2;
            await File.WriteAllBytesAsync(path, [.. good[..at], (byte)(good[at] ^ 1), .. good[(at + 1)..]], Token);
            await RefusesAsync(path);
            File.Delete(path);
            await Assert.ThrowsAsync<BackupException>(Sample.VerifyAsync);
            await File.WriteAllBytesAsync(path, good, Token);
        }

        await Sample.VerifyAsync();
    }

    [Fact]
    public async Task What_rotted_in_an_earlier_one_is_no_part_of_the_next_which_copies_all()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        await driven.TakeAsync();
        var rotten = DrivenSample.FilesBelow(Chains).First(path => path.Contains("/pg_data/base/", StringComparison.Ordinal));
        await File.AppendAllTextAsync(rotten, "x", Token);
        var refused = await Assert.ThrowsAsync<BackupException>(driven.TakeAsync);
        Assert.Equal(BackupTrouble.Damaged, refused.Reason);
        await driven.TakeAsync(all: true);
        await driven.CatchUpAsync();

        Assert.Equal([1, 1], await DrivenSample.ChainLengthsAsync(Sample));
        await Sample.VerifyAsync();
    }

    private async Task RefusesAsync(string path)
    {
        Assert.Equal(BackupTrouble.Damaged, (await Assert.ThrowsAsync<BackupException>(Sample.VerifyAsync)).Reason);
        Assert.Equal(BackupTrouble.Damaged, (await Assert.ThrowsAsync<BackupException>(() => Sample.RestoreAsync())).Reason);
        Assert.False(Directory.Exists(Path.Combine(Sample.Restored, "postgres")), path);
    }
}
