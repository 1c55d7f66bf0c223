using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Database;

/// <summary>What a commit says, where it waits for a copy that does not come.</summary>
public sealed class CommitTests(TestCluster cluster)
{
    private const string Waiting = "select pid from pg_stat_activity where wait_event = 'SyncRep' and backend_type = 'client backend' and usename = current_user";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_whose_wait_for_a_copy_is_called_off_is_never_a_success()
    {
        using var held = DataLock.Take(Path.Combine(cluster.Folder, "commits"));
        await using var database = await PrivateCluster.StartAsync(held, ClusterMode.Durable, _ => { }, TimeProvider.System, Token);
        await using var db = Db.Open(database.Address.ConnectionString);
        await db.ExecuteAsync("create table written (id int)", null, Token);

        // For a receiver that does not run.
        await database.WaitForBackupAsync(true, Token);
        await Sealing.UntilAsync(async () => await db.GetAsync<string>("show synchronous_standby_names", null, Token) is not "");
        using var leaving = new CancellationTokenSource();
        await using var tx = await db.BeginAsync(Token);
        await tx.ExecuteAsync("insert into written values (1)", null, Token);

        var commit = tx.CommitAsync(leaving.Token);
        await Sealing.UntilAsync(async () => await db.FindAsync<int?>(Waiting, null, Token) is not null);
        await leaving.CancelAsync();

        // Whoever asked is gone: the commit goes on waiting.
        Assert.NotNull(await db.FindAsync<int?>(Waiting, null, Token));
        Assert.False(commit.IsCompleted);

        await db.GetAsync<bool>($"select pg_cancel_backend(pid) from ({Waiting}) as waiting", null, Token);
        var unsure = await Assert.ThrowsAsync<CommitUnsureException>(() => commit);

        Assert.True(DatabaseFailure.IsOutage(unsure));

        // Whoever is told that it is here waits for the copy as well, though nothing more is written.
        await using var after = await db.BeginAsync(Token);
        await after.FollowEarlierAsync(Token);
        var followed = after.CommitAsync(Token);
        await Sealing.UntilAsync(async () => await db.FindAsync<int?>(Waiting, null, Token) is not null);
        Assert.False(followed.IsCompleted);
        await database.WaitForBackupAsync(false, Token);
        await followed;
        Assert.Equal(1, await db.GetAsync<int>("select count(*)::integer from written", null, Token));
    }
}
