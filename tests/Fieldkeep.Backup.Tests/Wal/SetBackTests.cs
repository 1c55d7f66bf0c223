using System.Diagnostics;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

public sealed class SetBackTests(SampleTemplate template) : SampleTests(template)
{
    private string Cluster => Path.Combine(Sample.Data, "postgres");

    [Fact]
    public async Task A_database_that_was_set_back_and_grew_past_what_is_kept_begins_another_past_and_joins_nothing()
    {
        var log = new CommitLog();
        DateTimeOffset first;
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            await receiving.CatchUpAsync();
            await Sample.BackUpAsync();
        }

        await CopyAsync(Cluster, Cluster + ".snapshot");
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await log.WriteAsync(running.Address, 10, 4000, Token);
            first = await receiving.NowAsync();
            await receiving.UntilAsync(() => receiving.State.Until >= first);
            Assert.Equal(1U, receiving.State.Past);
        }

        // Somebody puts the snapshot of the machine back, and the server works on without its backup directory.
        Directory.Delete(Cluster, recursive: true);
        Directory.Move(Cluster + ".snapshot", Cluster);
        await using (var running = await Sample.StartAsync(Sample.Data))
        {
            var second = new CommitLog();
            await second.WriteAsync(running.Address, 40, 4000, Token);
            await using var receiving = new RunningReceiver(Sample, running.Address);
            await receiving.CatchUpAsync();
            Assert.Equal(2U, receiving.State.Past);
            Assert.Contains("another than the one that is kept", Assert.Single(receiving.Told), StringComparison.Ordinal);
            await Sample.BackUpAsync();
            await second.WriteAsync(running.Address, 5, 10, Token);
            await receiving.CatchUpAsync();
        }

        await Sample.VerifyAsync();
        await Sample.RestoreAsync(to: RestoreOptions.Latest);
        await using (var running = await Sample.StartAsync(Sample.Restored))
        {
            Assert.Equal(CommitLog.Exactly(45), await CommitLog.CountAsync(running.Address));
        }

        Directory.Delete(Sample.Restored, recursive: true);
        await Sample.RestoreAsync(to: first);
        await using var old = await Sample.StartAsync(Sample.Restored);
        Assert.Equal(CommitLog.Exactly(10), await CommitLog.CountAsync(old.Address));
    }

    [Fact]
    public async Task All_there_is_is_not_said_when_PostgreSQL_stopped_before_the_end_of_the_log()
    {
        await using (var running = await Sample.StartAsync(Sample.Data))
        await using (var receiving = new RunningReceiver(Sample, running.Address))
        {
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            await receiving.CatchUpAsync();
            await Sample.BackUpAsync();
            await new CommitLog().WriteAsync(running.Address, 3, 10, Token);
            await receiving.CatchUpAsync();
            var past = new WalPast(await SampleInstallation.SystemAsync(running.Address), 1);
            await receiving.DisposeAsync();

            // More of the log, rightly sealed, in which PostgreSQL sees no record of its own.
            var shelf = Sample.OpenShelf();
            using var more = shelf.Begin(past, 1, WalRunReader.FindEnd(shelf, past, 1) ?? default);
            more.Append(0, [64, 0, 0, 0, .. Enumerable.Repeat((byte)7, 252)]);
            more.Sync();
        }

        var stopped = await Assert.ThrowsAsync<BackupException>(() => Sample.RestoreAsync(to: RestoreOptions.Latest));

        Assert.Equal(BackupTrouble.Damaged, stopped.Reason);
        Assert.Contains("PostgreSQL replayed the log to 0/", stopped.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Sample.Restored, "postgres")));
    }

    private static async Task CopyAsync(string from, string to)
    {
        using var cp = Process.Start("cp", ["--archive", from, to]);
        await cp.WaitForExitAsync(Token);
        Assert.Equal(0, cp.ExitCode);
    }
}
