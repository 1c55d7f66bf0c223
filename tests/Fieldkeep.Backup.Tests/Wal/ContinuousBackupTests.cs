using System.Globalization;
using System.Security.Cryptography;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

public sealed class ContinuousBackupTests(SampleTemplate template) : IAsyncLifetime
{
    private SampleInstallation _sample = null!; // set by InitializeAsync before every test

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sample = await template.Installation.CopyAsync();
        await File.AppendAllTextAsync(Path.Combine(_sample.Data, "postgres", "postgresql.auto.conf"), "track_commit_timestamp = on\n", Token);
    }

    public ValueTask DisposeAsync()
    {
        _sample.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task At_any_instant_what_was_committed_until_then_is_there_and_nothing_else()
    {
        const int Commits = 30;
        var expected = new List<(DateTimeOffset At, int Count)>();
        await using (var running = await _sample.StartAsync(_sample.Data))
        await using (var receiving = new RunningReceiver(_sample, running.Address))
        {
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            await _sample.BackUpAsync();
            var log = new CommitLog();
            await log.WriteAsync(running.Address, Commits, 3000, Token);
            foreach (var id in new[] { RandomNumberGenerator.GetInt32(1, Commits) })
            {
                // To the microsecond: this commit and no later one.
                var at = await RunningReceiver.ScalarAsync(
                    running.Address, $"select to_char(pg_xact_commit_timestamp(xmin) at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from field.marks where id = {id}");
                var count = await RunningReceiver.ScalarAsync(
                    running.Address, $"select count(*) from field.marks where pg_xact_commit_timestamp(xmin) <= '{at}'");
                expected.Add((DateTimeOffset.Parse(at!, CultureInfo.InvariantCulture), int.Parse(count!, CultureInfo.InvariantCulture)));
            }

            var last = expected.Max(one => one.At);
            await receiving.UntilAsync(() => receiving.State.Until >= last);
        }

        foreach (var (at, count) in expected)
        {
            var restored = await _sample.RestoreAsync(to: at);
            Assert.Equal(at, restored.To);
            Assert.Equal(at, restored.LastCommitAt);
            await using (var again = await _sample.StartAsync(_sample.Restored))
            {
                Assert.Equal(CommitLog.Exactly(count), await CommitLog.CountAsync(again.Address));
            }

            Directory.Delete(_sample.Restored, recursive: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_database_is_destroyed_nothing_acknowledged_is_lost_if_commits_wait_and_something_if_nobody_received(bool isReceiving)
    {
        var log = new CommitLog();
        using (var holder = await HeldCluster.StartAsync(_sample.Data, Token))
        {
            var address = PrivateCluster.FindRunning(_sample.Data)!; // it has just said that it runs
            await SampleInstallation.ExecuteAsync(address, CommitLog.Make);
            await using var receiving = new RunningReceiver(_sample, address);
            await receiving.CatchUpAsync();
            await _sample.BackUpAsync();
            await log.WriteAsync(address, 20, 10, Token);
            await receiving.CatchUpAsync();
            if (isReceiving)
            {
                await holder.WaitForBackupAsync(Token);
                await RunningReceiver.UntilScalarAsync(address, "select sync_state from pg_stat_replication where application_name = 'fieldkeep-backup'", "sync");
            }
            else
            {
                // The control: what comes now is in the database alone.
                await receiving.DisposeAsync();
            }

            var writing = log.WriteAsync(address, int.MaxValue, 2000, Token);
            await receiving.UntilAsync(() => log.Acknowledged > 200);
            await holder.KillAsync(Token);
            foreach (var process in Postmaster.ProcessesOf(Path.Combine(_sample.Data, "postgres")))
            {
                Postmaster.Kill(process);
            }

            await writing;
        }

        Directory.Delete(Path.Combine(_sample.Data, "postgres"), recursive: true);
        await _sample.RestoreAsync(to: RestoreOptions.Latest);

        await using var again = await _sample.StartAsync(_sample.Restored);
        var found = int.Parse((await CommitLog.CountAsync(again.Address))!.Split(' ')[0], CultureInfo.InvariantCulture);
        // One more may be there that was on its way when the power went.
        if (isReceiving)
        {
            Assert.InRange(found, log.Acknowledged, log.Acknowledged + 1);
        }
        else
        {
            Assert.Equal(20, found);
        }
    }

    [Fact]
    public async Task A_receiver_killed_at_any_moment_goes_on_without_a_gap_and_what_it_keeps_are_the_bytes_of_PostgreSQL()
    {
        await using var running = await _sample.StartAsync(_sample.Data);
        await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
        await SampleInstallation.ExecuteAsync(running.Address, "create table field.bulk (filler text)");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writing = new CommitLog().WriteAsync(running.Address, int.MaxValue, 5000, enough.Token);
        for (var kill = 0; kill < 4; kill++)
        {
            using var receiver = await ReceiverProcess.StartAsync(_sample.Data, _sample.Target, Token);
            await SampleInstallation.ExecuteAsync(
                running.Address, "insert into field.bulk select repeat(md5(n::text), 30) from generate_series(1, 6000) n");
            await Task.Delay(RandomNumberGenerator.GetInt32(0, 60), Token);
            await receiver.KillAsync(Token);
        }

        await enough.CancelAsync();
        await writing;
        await using (var receiving = new RunningReceiver(_sample, running.Address))
        {
            await receiving.CatchUpAsync();
        }

        var folder = Path.Combine(_sample.Data, "postgres", "pg_wal");
        var equal = 0;
        var shelf = _sample.OpenShelf();
        var past = new WalPast(await SampleInstallation.SystemAsync(running.Address), 1);
        var first = shelf.Files(past, 1)[0].Start;
        var run = WalRunReader.Read(
            shelf, past, 1, first, null,
            (segment, log, end, _) =>
            {
                var own = File.ReadAllBytes(Path.Combine(folder, segment.ToString()));
                var length = end.Segment == segment.Number ? end.Offset : WalSegment.Bytes;
                Assert.True(log[..length].SequenceEqual(own.AsSpan(0, length)), $"{segment} differs from PostgreSQL's own");
                equal++;
                return true;
            },
            Token);
        Assert.Null(run.Break);
        Assert.True(equal >= 3, $"{equal} segments only");
        Assert.True(shelf.Files(past, 1).Count > equal, "no segment was received in parts");
    }

    [Fact]
    public async Task A_commit_that_is_to_wait_is_not_acknowledged_before_somebody_receives_it()
    {
        await using var running = await _sample.StartAsync(_sample.Data);
        await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
        await running.Cluster.WaitForBackupAsync(true, Token);
        var log = new CommitLog();
        var writing = log.WriteAsync(running.Address, 1, 10, Token);
        await RunningReceiver.UntilScalarAsync(running.Address, "select count(*) from pg_stat_activity where wait_event = 'SyncRep'", "1");
        Assert.False(writing.IsCompleted);

        await using (var receiving = new RunningReceiver(_sample, running.Address))
        {
            await writing;
            Assert.Equal(1, log.Acknowledged);
        }

        await running.Cluster.WaitForBackupAsync(false, Token);
        await log.WriteAsync(running.Address, 1, 10, Token);
        Assert.Equal(2, log.Acknowledged);
    }
}
