using System.Diagnostics;
using System.Globalization;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fieldkeep.Server.Tests.Database.Servers;

/// <summary>What a server that runs makes of what it finds in its database about itself, and of the connection that holds its lock.</summary>
public sealed class KeepServersTests(TestCluster cluster)
{
    private const string EarlierRun = "update database.servers set run = gen_random_uuid()";
    private const string EarlierLeases = "update database.leases set run = gen_random_uuid(), until = now() - interval '1 hour'";

    private const string HoldersOfLock = """
        select pid from pg_locks
        where locktype = 'advisory' and objid = 2929042794 and granted and database = (select oid from pg_database where datname = current_database())
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_was_set_back_to_an_earlier_run_of_this_server_is_served_on()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        using var keyring = MakeKeyring();
        await using var server = await StartAsync(db, keyring);
        await db.ExecuteAsync(EarlierRun, null, Token);
        await db.ExecuteAsync(EarlierLeases, null, Token);

        await server.Keep.RunAsync(Token);

        Assert.Equal((false, true, true), (server.Keep.IsReplaced, server.Hold.IsHeld, server.Leader.IsHeld));
        Assert.False(server.Life.ApplicationStopping.IsCancellationRequested);
        Assert.Equal(2, await db.GetAsync<long>(
            "select count(*) from database.servers s join database.leases l on l.run = s.run where s.run = @run", new { run = server.Own.Run }, Token));
    }

    [Fact]
    public async Task One_of_several_takes_its_row_back_from_an_earlier_run_that_does_not_move_and_gives_way_to_one_that_does()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        using var keyring = MakeKeyring();
        await using var server = await StartAsync(db, keyring, isOneOfSeveral: true);
        await db.ExecuteAsync(EarlierRun, null, Token);

        // As after a failover to a copy that lacks its last row.
        await server.Keep.RunAsync(Token);
        await server.Keep.RunAsync(Token);
        Assert.False(await IsOwnAsync(db, server));
        await server.Keep.RunAsync(Token);
        Assert.Equal((true, false), (await IsOwnAsync(db, server), server.Keep.IsReplaced));

        // A copy of its folder.
        await db.ExecuteAsync(EarlierRun, null, Token);
        await server.Keep.RunAsync(Token);
        await db.ExecuteAsync("update database.servers set seen_at = now()", null, Token);
        await server.Keep.RunAsync(Token);
        Assert.Equal((false, true), (await IsOwnAsync(db, server), server.Keep.IsReplaced));
        Assert.True(server.Life.ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public async Task A_lease_of_an_earlier_run_is_waited_for_until_it_runs_out_and_whoever_renews_it_is_another_process()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        using var keyring = MakeKeyring();
        await using var server = await StartAsync(db, keyring);
        await db.ExecuteAsync(EarlierRun, null, Token);
        await LeaveAsync(db, "run = gen_random_uuid(), until = now() + interval '10 seconds'");
        await server.Keep.RunAsync(Token);
        await server.Keep.RunAsync(Token);
        Assert.Equal((true, false, false), (server.Hold.IsInDoubt, server.Hold.IsHeld, server.Keep.IsReplaced));

        await LeaveAsync(db, "until = now() - interval '1 second'");
        await server.Keep.RunAsync(Token);
        Assert.Equal((false, true, false), (server.Hold.IsInDoubt, server.Hold.IsHeld, server.Keep.IsReplaced));

        // Of a copy of the folder.
        await LeaveAsync(db, "run = gen_random_uuid(), until = now() + interval '10 seconds'");
        await server.Keep.RunAsync(Token);
        await LeaveAsync(db, "until = until + interval '1 second'");
        await server.Keep.RunAsync(Token);
        Assert.Equal((true, true, false), (server.Hold.IsLost, server.Keep.IsReplaced, server.Leader.IsHeld));
        Assert.True(server.Life.ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public async Task A_lock_that_is_not_to_be_had_keeps_no_lease_from_being_renewed()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        using var keyring = MakeKeyring();
        await using var server = await StartAsync(db, keyring);
        await LimitAsync(db, "0");
        await db.ListAsync<bool>($"select pg_terminate_backend(pid, 5000) from ({HoldersOfLock}) holders", null, Token);
        await db.ExecuteAsync("update database.leases set until = now() + interval '1 second'", null, Token);

        await server.Keep.RunAsync(Token);

        Assert.True(await db.GetAsync<bool>("select bool_and(until > now() + interval '5 seconds') from database.leases", null, Token));
        Assert.True(server.Leader.IsHeld);
        await LimitAsync(db, "-1");
        await Sealing.UntilAsync(() => server.Hold.KeepLockAsync(Token));
        Assert.Single(await db.ListAsync<int>(HoldersOfLock, null, Token));
    }

    [Fact]
    public async Task A_connection_that_hangs_is_given_up_and_the_lock_taken_again_once_its_postgres_notices()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        using var keyring = MakeKeyring();
        await using var server = await StartAsync(db, keyring);
        var backend = Assert.Single(await db.ListAsync<int>(HoldersOfLock, null, Token));
        await SignalAsync(backend, "-STOP");
        try
        {
            // Far more than it takes, and less than a statement may.
            Assert.False(await server.Hold.KeepLockAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token));
            await server.Keep.RunAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
            Assert.Equal((true, true), (server.Hold.IsHeld, server.Leader.IsHeld));
        }
        finally
        {
            await SignalAsync(backend, "-CONT");
        }

        await Sealing.UntilAsync(() => server.Hold.KeepLockAsync(Token));
        Assert.NotEqual(backend, Assert.Single(await db.ListAsync<int>(HoldersOfLock, null, Token)));
    }

    private Keyring MakeKeyring() => Keyring.Create(
        KeyringFiles.Below(Directory.CreateDirectory(Path.Combine(cluster.Folder, Guid.CreateVersion7().ToString("n"))).FullName), TimeProvider.System);

    // Its rounds are the test's: nothing else asks the database meanwhile.
    private static async Task<KeptServer> StartAsync(Db db, Keyring keyring, bool isOneOfSeveral = false)
    {
        var own = new OwnServer("own", isOneOfSeveral);
        var leases = new LeaseRows(db, own);
        var hold = new DatabaseHold(db, leases, own, NullLogger<DatabaseHold>.Instance) { Patience = TimeSpan.FromMilliseconds(500) };
        var leader = new LeaderLease(leases, own);
        var life = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        var rows = new ServerRows(db, own, [], keyring);
        var keep = new KeepServers(rows, hold, leader, new HeardServers(), new SharedFolder(null, own, rows, keyring), own, life, NullLogger<KeepServers>.Instance);
        await hold.TakeAsync(isPrivate: false, Token);
        await hold.EnterAsync(Token);
        await keep.RunAsync(Token);
        return new KeptServer(own, hold, leader, life, keep);
    }

    private static Task<bool> IsOwnAsync(Db db, KeptServer server) =>
        db.GetAsync<bool>("select exists (select from database.servers where name = 'own' and run = @run)", new { run = server.Own.Run }, Token);

    private static async Task LeaveAsync(Db db, string what) => await db.ExecuteAsync($"update database.leases set {what} where name = 'serving'", null, Token);

    // The role is no superuser: the limit holds for it.
    private static async Task LimitAsync(Db db, string connections) => await db.ExecuteAsync(
        $"do $$ begin execute format('alter database %I connection limit {connections}', current_database()); end $$", null, Token);

    private static async Task SignalAsync(int process, string signal)
    {
        using var kill = Process.Start("kill", [signal, process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(CancellationToken.None);
        Assert.Equal(0, kill.ExitCode);
    }

    private sealed record KeptServer(OwnServer Own, DatabaseHold Hold, LeaderLease Leader, ApplicationLifetime Life, KeepServers Keep) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Keep.Dispose();
            Leader.Dispose();
            await Hold.DisposeAsync();
        }
    }
}
