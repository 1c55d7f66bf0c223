using System.Collections.Concurrent;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Restoring;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Npgsql;
using Xunit;

namespace Fieldkeep.Backup.Tests;

public sealed class RehearsalTests(SampleTemplate template) : IClassFixture<SampleTemplate>, IAsyncLifetime
{
    private SampleInstallation _sample = null!; // set by InitializeAsync before every test

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Scratch => Path.Combine(_sample.Data, RehearseRestore.Folder);

    private string Staging => Path.Combine(Scratch, ".restoring", "postgres");

    public async ValueTask InitializeAsync() => _sample = await template.Installation.CopyAsync();

    public ValueTask DisposeAsync()
    {
        _sample.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_restore_is_tried_out_while_the_server_runs_and_again_when_asked_and_whatever_fails_in_it_ends_nothing_else()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var running = await _sample.StartAsync(_sample.Data);
        // What a killed one left.
        Directory.CreateDirectory(Path.Combine(Scratch, ".restoring", "blobs"));
        var looked = 0;
        var options = new FollowOptions(new BackupOptions(_sample.Data, Path.Combine(_sample.Data, "backups")))
        {
            RehearseAfter = TimeSpan.Zero,
            RehearsalLookEvery = TimeSpan.FromMilliseconds(200),
            LeastFreeBytes = 1 << 20,
            Check = async (restored, _) =>
            {
                if (++looked == 2)
                {
                    throw new InvalidOperationException("nobody expected this");
                }

                var rows = await SampleInstallation.DigestAsync(restored.ConnectionString);
                return new RestoreVerdict(rows == await SampleInstallation.DigestAsync(running.Address.ConnectionString), 0, $"rows: {rows}", []) { MissingFiles = looked - 1 };
            },
        };
        var following = new FollowBackup(options, running.Address, keyring, Follower.Quiet, TimeProvider.System);
        Assert.Equal(RehearsalAnswer.NothingYet, following.Rehearse());
        var run = following.RunAsync(ending.Token);
        await Follower.UntilAsync(() => following.State.Rehearsals is { Last: not null, BegunAt: null }, run, () => following.State.ToString());

        var report = following.State.Rehearsals.Last!; // it was waited for
        Assert.Equal((1, null, 2L, following.State.LastBase?.Name), (looked, report.Problem, report.BlobCount, report.Backup));
        Assert.StartsWith("rows: 2000 ", report.Words, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Scratch));
        Assert.Equal(report, Assert.Single(RehearsalReport.List(new BackupStore(following.State.Directory), 10)));
        Assert.Empty(following.State.Troubles);

        var beginning = following.State.LastBase?.Beginning;
        Assert.Equal(RehearsalAnswer.Begins, following.Rehearse());
        Assert.Equal(RehearsalAnswer.Runs, following.Rehearse());
        await Follower.UntilAsync(() => following.State.Rehearsals is { Recent.Count: 2, BegunAt: null }, run, () => following.State.ToString());
        Assert.Contains("nobody expected this", following.State.Rehearsals.Last?.Problem, StringComparison.Ordinal);
        Assert.Equal((beginning, false), (following.State.LastBase?.Beginning, Directory.Exists(Scratch)));
        Assert.NotNull(following.State.Log.ConnectedSince);

        Assert.Equal(RehearsalAnswer.Begins, following.Rehearse());
        await Follower.UntilAsync(() => following.State.Rehearsals is { Recent.Count: 3, BegunAt: null }, run, () => following.State.ToString());
        Assert.Contains("lacks 2 photos", following.State.Rehearsals.Last?.Problem, StringComparison.Ordinal);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task What_is_damaged_or_has_no_room_is_found_and_noted()
    {
        await _sample.BackUpAsync();
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        var store = new BackupStore(_sample.Target);
        var blob = Directory.GetFiles(Path.Combine(_sample.Target, "blobs"), "*", SearchOption.AllDirectories)[0];
        await File.AppendAllTextAsync(blob, "x", Token);
        var failed = await new RehearseRestore(store, keyring, null, _sample.Progress, TimeProvider.System) { LeastFreeBytes = 1 << 20 }.RunAsync(Scratch, Token);
        Assert.Contains(blob, failed.Problem, StringComparison.Ordinal);
        Assert.Equal((failed, false), (RehearsalReport.List(store, 10)[0], failed.HadNoRoom));

        var full = await new RehearseRestore(store, keyring, null, _sample.Progress, TimeProvider.System) { LeastFreeBytes = 1L << 60 }.TryOutAsync(Scratch, Token);
        Assert.StartsWith("no room to try out a restore", full.Problem, StringComparison.Ordinal);
        Assert.Equal((true, false), (full.HadNoRoom, Directory.Exists(Scratch)));

        // While it is written, too: asked before each blob, each 16 MiB of the database, each segment.
        var asked = 0;
        var options = new RestoreOptions(_sample.Target, Scratch)
        {
            IsRehearsal = true,
            RequireRoom = _ => _ = ++asked < 20 ? asked : throw new BackupException(BackupTrouble.WrongFolder, "no room any more", "make room"),
        };
        var refused = await Assert.ThrowsAsync<BackupException>(() => RestoreBackup.TryAsync(options, store, keyring, _sample.Progress, TimeProvider.System, Token));
        Assert.Equal(("no room any more", false), (refused.Message, Directory.Exists(Path.Combine(Scratch, ".restoring"))));
    }

    [Fact]
    public async Task What_runs_out_of_room_is_ended_and_says_why_once()
    {
        using var trying = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var enough = new ScratchRoom(_sample.Data, 1, TimeProvider.System);
        enough.Require(1);
        Assert.Null(enough.Shortage);
        var low = new ScratchRoom(_sample.Data, 1L << 60, TimeProvider.System);
        await low.WatchAsync(trying);
        Assert.True(trying.IsCancellationRequested);
        var words = low.Shortage;
        Assert.Throws<BackupException>(() => low.Require(1 << 30));
        Assert.Equal(words, low.Shortage);
    }

    [Fact]
    public async Task One_that_is_called_off_while_it_replays_leaves_no_PostgreSQL_and_no_folder()
    {
        await _sample.BackUpAsync();
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        using var calling = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seen = new ConcurrentBag<int>();
        var replaying = new CallBack("replaying the log", () =>
        {
            // In the middle of pg_ctl's wait: as soon as its PostgreSQL works in the folder.
            SpinWait.SpinUntil(() => (Directory.Exists(Staging) ? Postmaster.ProcessesOf(Staging) : []) is [var one, ..] && Add(seen, one), TimeSpan.FromSeconds(30));
            calling.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new RehearseRestore(new BackupStore(_sample.Target), keyring, null, replaying, TimeProvider.System) { LeastFreeBytes = 1 << 20 }.RunAsync(Scratch, calling.Token));
        await replaying.Called;

        Assert.NotEmpty(seen);
        // Dead at once, though whoever inherits it may not have noticed yet.
        Assert.All(seen, one => Assert.Equal("", ReadCommand(one)));
        Assert.False(Directory.Exists(Scratch));
    }

    [Fact]
    public async Task Files_are_listed_after_the_log_was_read_and_those_that_came_meanwhile_are_brought_back_and_nothing_reaches_an_operators_archive()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        // Where PostgreSQL's user may write, too.
        var archived = Path.Combine(Path.GetTempPath(), "archived-" + Path.GetRandomFileName());
        var isLate = false;
        await using var running = await _sample.StartAsync(_sample.Data);
        await AlterAsync(running.Address, "alter system set archive_mode = 'on'");
        await AlterAsync(running.Address, $"alter system set archive_command = 'touch {archived}'");
        await using (var receiving = new RunningReceiver(_sample, running.Address))
        {
            await receiving.CatchUpAsync();
            await _sample.BackUpAsync();
        }

        var store = new BackupStore(_sample.Target);
        var follower = new BlobFollower(_sample.Data, store, keyring, _sample.Told.Add, TimeProvider.System);
        var rehearse = new RehearseRestore(store, keyring, null, _sample.Progress, TimeProvider.System)
        {
            LeastFreeBytes = 1 << 20,
            UntilBlobsFollowed = async (until, token) =>
            {
                Assert.NotNull(until);
                if (isLate)
                {
                    return "a disk is slow";
                }

                _sample.AddBlob("photo of while it was replayed", 900);
                await follower.LookAsync(token);
                return null;
            },
        };

        var report = await rehearse.TryOutAsync(Scratch, Token);

        Assert.Equal((null, 3L, true), (report.Problem, report.BlobCount, report.IsJudged));
        Assert.False(File.Exists(archived));

        // While they are still copied nothing can be said of the backup.
        isLate = true;
        var early = await rehearse.RunAsync(Scratch, Token);
        Assert.Equal((true, false), (early.WasTooEarly, early.IsJudged));
        Assert.Contains("a disk is slow", early.Problem, StringComparison.Ordinal);
        Assert.Null(RehearsalReport.FindJudged(store));
        report.Write(store);
        Assert.Equal(report, RehearsalReport.FindJudged(store));
    }

    [Fact]
    public async Task A_base_backup_without_which_nothing_can_be_restored_ends_a_rehearsal_and_another_waits_for_it()
    {
        var turn = new DiskTurn(TimeProvider.System);
        var done = new TaskCompletionSource<RehearsalReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = turn.RehearseAsync(_ => done.Task, Token);
        var daily = turn.TakeForBaseAsync(() => false, Quiet, Token);
        Assert.False(daily.IsCompleted);
        done.SetResult(new RehearsalReport(DateTimeOffset.UnixEpoch, 1, null));
        await first;
        var held = await daily;
        var second = turn.RehearseAsync(
            async token =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                throw new InvalidOperationException("It was not ended.");
            },
            Token);
        held.Dispose();

        using var urgent = await turn.TakeForBaseAsync(() => true, Quiet, Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    [Fact]
    public async Task A_recovery_ends_a_rehearsal_and_no_base_backup_is_taken_or_removed_until_it_is_done()
    {
        var turn = new DiskTurn(TimeProvider.System);
        var rehearsal = turn.RehearseAsync(
            async token =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                throw new InvalidOperationException("It was not ended.");
            },
            Token);
        var (begun, done) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var recovery = turn.RecoverAsync(
            _ =>
            {
                begun.SetResult();
                return done.Task;
            },
            Token);
        await begun.Task.WaitAsync(TimeSpan.FromMinutes(1), Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rehearsal);
        Assert.True(turn.IsRecovering);
        var urgent = turn.TakeForBaseAsync(() => true, Quiet, Token);
        Assert.False(urgent.IsCompleted);

        done.SetResult();
        await recovery;
        (await urgent).Dispose();

        Assert.False(turn.IsRecovering);
        // What fails in it is told to whoever recovers, and the next has its turn.
        await Assert.ThrowsAsync<BackupException>(() => turn.RecoverAsync(_ => throw BackupException.Damaged("it is damaged"), Token));
        Assert.False(turn.IsRecovering);
    }

    private static void Quiet()
    {
        // It says that it waits.
    }

    [Fact]
    public async Task A_folder_into_which_somebody_else_restores_or_may_write_is_not_touched()
    {
        await _sample.BackUpAsync();
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        var rehearse = new RehearseRestore(new BackupStore(_sample.Target), keyring, null, _sample.Progress, TimeProvider.System) { LeastFreeBytes = 1 << 20 };
        var theirs = Path.Combine(Scratch, ".restoring", "blobs");
        Directory.CreateDirectory(theirs);
        using (DataLock.Take(Scratch))
        {
            await Assert.ThrowsAsync<ClusterException>(() => rehearse.TryOutAsync(Scratch, Token));
            Assert.Contains("another restore", await RehearsalFolder.TryRemoveAsync(Scratch), StringComparison.Ordinal);
            Assert.True(Directory.Exists(theirs));
        }

        File.SetUnixFileMode(Scratch, File.GetUnixFileMode(Scratch) | UnixFileMode.GroupWrite);
        var open = await Assert.ThrowsAsync<BackupException>(() => rehearse.TryOutAsync(Scratch, Token));
        Assert.Equal((BackupTrouble.WrongFolder, true), (open.Reason, Directory.Exists(theirs)));

        // A mount point cannot be removed, nor one with what makers of file systems put there.
        Directory.CreateDirectory(Path.Combine(Scratch, "lost+found"));
        await RehearsalFolder.RemoveAsync(Scratch);
        Assert.Equal(["lost+found"], Directory.EnumerateFileSystemEntries(Scratch).Select(Path.GetFileName));
    }

    private static async Task AlterAsync(ClusterAddress address, string sql)
    {
        await using var source = NpgsqlDataSource.Create(address.ForMaintenance() + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    private static bool Add(ConcurrentBag<int> seen, int process)
    {
        seen.Add(process);
        return true;
    }

    private static string ReadCommand(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private sealed class CallBack(string at, Action call) : IProgress<string>
    {
        public Task Called { get; private set; } = Task.CompletedTask;

        public void Report(string value)
        {
            if (value == at)
            {
                Called = Task.Run(call, Token);
            }
        }
    }
}
