using System.Diagnostics;
using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

public sealed class ContinuousBackupTests(SampleTemplate template) : IClassFixture<SampleTemplate>, IAsyncLifetime
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
        const int Commits = 600;
        var expected = new List<(DateTimeOffset At, int Count)>();
        await using (var running = await _sample.StartAsync(_sample.Data))
        await using (var receiving = new RunningReceiver(_sample, running.Address))
        {
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            await _sample.BackUpAsync();
            var log = new CommitLog();
            await log.WriteAsync(running.Address, Commits, 3000, Token);
            var seed = Random.Shared.Next();
            TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
            var random = new Random(seed);
            foreach (var id in new[] { 1, random.Next(2, Commits), random.Next(2, Commits) })
            {
                // To the microsecond: this commit and no later one.
                var at = await RunningReceiver.ScalarAsync(
                    running.Address, $"select to_char(pg_xact_commit_timestamp(xmin) at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from field.marks where id = {id}");
                var count = await RunningReceiver.ScalarAsync(
                    running.Address, $"select count(*) from field.marks where pg_xact_commit_timestamp(xmin) <= '{at}'");
                expected.Add((DateTimeOffset.Parse(at!, CultureInfo.InvariantCulture), int.Parse(count!, CultureInfo.InvariantCulture)));
            }

            await receiving.CatchUpAsync();
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
}
