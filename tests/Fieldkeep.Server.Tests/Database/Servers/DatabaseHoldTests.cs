using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fieldkeep.Server.Tests.Database.Servers;

/// <summary>One process serves a database.</summary>
public sealed class DatabaseHoldTests(TestCluster cluster)
{
    private const string RunOut = "update database.leases set until = now() - interval '1 second'";

    // Only holds have connections that are no pool's and ask nothing else.
    private const string EndLocks = "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and objid = 2929042794 and database = (select oid from pg_database where datname = current_database())";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_process_is_refused_by_the_lock_before_anything_is_migrated_and_by_the_row_when_the_lock_is_gone()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        var first = Hold(db, "first");
        await first.TakeAsync(isPrivate: false, Token);
        await RefusedAsync(db, "second");
        await first.EnterAsync(Token);
        await RefusedAsync(db, "second", by: "first");

        // Killed, or in a copy of the database that took over.
        await first.DisposeAsync();
        await RefusedAsync(db, "second", by: "first");
        await using var again = Hold(db, "first");
        await again.TakeAsync(isPrivate: false, Token);
        await again.EnterAsync(Token);
        await again.LetGoAsync(Token);

        await using var second = Hold(db, "second");
        await second.TakeAsync(isPrivate: false, Token);
        await second.EnterAsync(Token);
        Assert.False(second.IsLost);
    }

    [Fact]
    public async Task A_row_that_a_cut_off_renewal_keeps_locked_is_waited_for()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        await using var first = Hold(db, "first");
        await first.TakeAsync(isPrivate: false, Token);
        await first.EnterAsync(Token);
        await first.DisposeAsync();
        await using var again = Hold(db, "first");
        await again.TakeAsync(isPrivate: false, Token);
        var left = await db.BeginAsync(Token);
        await left.ExecuteAsync("update database.leases set until = until where name = 'serving'", null, Token);

        var entering = again.EnterAsync(Token);
        await Task.WhenAny(entering, Task.Delay(300, Token));
        Assert.False(entering.IsCompleted);
        await left.DisposeAsync();

        await entering;
        Assert.True(again.IsHeld);
    }

    [Fact]
    public async Task What_begins_a_transaction_of_leases_ends_it_when_nobody_goes_on()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        await using var tx = await db.BeginAsync(Token);
        await tx.ExecuteAsync(LeaseRows.Lightly, null, Token);
        Assert.Equal(("off", "10s"), (await tx.GetAsync<string>("show synchronous_commit", null, Token), await tx.GetAsync<string>("show idle_in_transaction_session_timeout", null, Token)));
    }

    [Fact]
    public async Task In_a_private_cluster_no_row_of_another_ends_a_server_and_a_row_of_this_run_that_is_locked_ends_none()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        await using var first = Hold(db, "first");
        await first.TakeAsync(isPrivate: true, Token);
        await first.EnterAsync(Token);
        await db.ExecuteAsync("update database.leases set server = 'second', run = gen_random_uuid(), until = now() + interval '10 seconds' where name = 'serving'", null, Token);
        await first.LookAsync(Token);
        Assert.Equal((true, false), (first.IsHeld, first.IsLost));
        await first.LetGoAsync(Token);

        await using var given = Hold(db, "first");
        await given.TakeAsync(isPrivate: false, Token);
        await given.EnterAsync(Token);
        foreach (var moves in (string[])["epoch = epoch + 1", "until = until + interval '1 second'"])
        {
            await db.ExecuteAsync($"update database.leases set {moves} where name = 'serving'", null, Token);
            await using var holds = await db.BeginAsync(Token);
            await holds.ExecuteAsync("select 1 from database.leases where name = 'serving' for key share", null, Token);
            await given.LookAsync(Token);
            Assert.False(given.IsLost);
        }
    }

    [Fact]
    public async Task Who_was_away_for_so_long_that_another_took_over_knows_it_and_who_only_lost_the_connection_goes_on()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        await using var first = Hold(db, "first");
        await first.TakeAsync(isPrivate: false, Token);
        await first.EnterAsync(Token);
        await first.LookAsync(Token);
        Assert.Equal((true, false), (await first.KeepLockAsync(Token), first.IsLost));

        await EndLocksAsync(db);
        await Sealing.UntilAsync(async () =>
        {
            await first.KeepLockAsync(Token);
            return await db.GetAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())", null, Token) == 1;
        });
        await first.LookAsync(Token);
        Assert.False(first.IsLost);
        await RefusedAsync(db, "second", by: "first");

        await EndLocksAsync(db);
        await db.ExecuteAsync(RunOut, null, Token);
        await using var second = Hold(db, "second");
        await second.TakeAsync(isPrivate: false, Token);
        await second.EnterAsync(Token);
        await first.LookAsync(Token);
        await second.LookAsync(Token);
        Assert.Equal((true, false), (first.IsLost, second.IsLost));
    }

    [Fact]
    public async Task A_connection_that_outlives_its_process_is_ended_once_the_lease_ran_out_and_the_lock_of_a_later_command_is_not()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        await using var former = Hold(db, "first");
        await former.TakeAsync(isPrivate: false, Token);
        await former.EnterAsync(Token);
        await RefusedAsync(db, "first");

        await db.ExecuteAsync("update database.leases set until = clock_timestamp() where name = 'serving'", null, Token);
        await RefusedAsync(db, "second");
        await using var command = Hold(db, "first");
        await command.TakeAsync(isPrivate: false, Token);

        await RefusedAsync(db, "first");
    }

    [Fact]
    public async Task A_private_cluster_that_was_restored_is_served_at_once_whatever_its_rows_say()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        await using (var before = Hold(db, "before"))
        {
            await before.TakeAsync(isPrivate: true, Token);
            await before.EnterAsync(Token);
        }

        await using var restored = Hold(db, "restored");
        await restored.TakeAsync(isPrivate: true, Token);
        await restored.EnterAsync(Token);
        Assert.False(restored.IsLost);
    }

    [Fact]
    public async Task A_server_says_that_it_is_there_and_one_that_was_replaced_stops()
    {
        await using var server = new TestServer(cluster);
        await server.InitializeAsync();
        await using var beside = server.Beside();
        await beside.InitializeAsync();
        var rows = server.Services.GetRequiredService<ServerRows>();
        var all = await rows.ListAsync(Token);
        Assert.Equal(2, all.Count(one => one.IsHeard));
        Assert.Equal(1, new[] { server, beside }.Count(one => one.Services.GetRequiredService<LeaderLease>().IsHeld));

        await beside.DisposeAsync();
        Assert.Single(await rows.ListAsync(Token), one => one is { IsHeard: false, HasLeft: true });
        await server.Services.GetRequiredService<LeaderLease>().RenewAsync(Token);

        // What may lie in a journal of which nobody knows keeps files and older keys from their end, until somebody says that it is gone.
        var others = server.Services.GetRequiredService<OtherJournals>();
        Assert.True(await others.AreEmptyAsync(Token));
        foreach (var trouble in new[] { "journal_waiting = 1", "journal_waiting = 0, journal_set_aside = 1", "journal_set_aside = 0, is_journal_known = false", "is_journal_known = true, left_at = null, seen_at = now() - interval '1 hour'" })
        {
            await server.QueryAsync<long>($"update database.servers set {trouble} where name like 'beside-%' returning 1::bigint");
            Assert.False(await others.AreEmptyAsync(Token));
        }

        var blobs = await BlobsMeantElsewhere.ListAllAsync(server.Services.GetServices<BlobsMeantElsewhere>(), Token);
        Assert.Null(blobs);
        var silent = await server.Services.GetServices<ICheck>().Single(one => one.Name == "servers").LookAsync(Token);
        Assert.Equal((CheckState.Warning, "servers.silent"), (silent.State, silent.Code));
        var forget = server.Services.GetRequiredService<ForgetServer>();
        var atMachine = Actor.System(Door.CommandLine);
        var own = server.Services.GetRequiredService<OwnServer>().Name;
        Assert.Equal("server.heard", (await Assert.ThrowsAsync<ProblemException>(() => forget.RunAsync(atMachine, own, Token))).Code);
        Assert.Equal("server.unknown", (await Assert.ThrowsAsync<ProblemException>(() => forget.RunAsync(atMachine, "nobody", Token))).Code);
        await forget.RunAsync(atMachine, all.Single(one => one.Name != own).Name, Token);
        Assert.True(await others.AreEmptyAsync(Token));
        var (listed, leader) = await server.Services.GetRequiredService<ListServers>().RunAsync(atMachine, Token);
        Assert.Equal([own], listed.Select(one => one.Name));
        Assert.Equal(own, leader);

        var keep = server.Services.GetRequiredService<KeepServers>();
        await keep.RunAsync(Token);
        Assert.False(keep.IsReplaced);
        Assert.All(await rows.ListAsync(Token), one => Assert.StartsWith("https://", one.Address, StringComparison.Ordinal));
        await server.QueryAsync<long>("update database.servers set run = gen_random_uuid() returning 1::bigint");
        await keep.RunAsync(Token);
        Assert.True(keep.IsReplaced);
        Assert.False(server.Services.GetRequiredService<LeaderLease>().IsHeld);
        Assert.True(server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Several_that_share_have_a_database_together_and_whoever_wants_it_alone_is_refused_until_the_last_is_gone()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        await using var first = Hold(db, "first", isOneOfSeveral: true);
        await using var second = Hold(db, "second", isOneOfSeveral: true);
        foreach (var one in new[] { first, second })
        {
            await one.TakeAsync(isPrivate: false, Token);
            await one.EnterAsync(Token);
        }

        // Each renews what both have, whoever did last.
        for (var round = 0; round < 2; round++)
        {
            await first.LookAsync(Token);
            await second.LookAsync(Token);
            Assert.Equal((true, true), (first.IsHeld, second.IsHeld));
        }

        await RefusedAsync(db, "third", by: "one of several");
        await first.LetGoAsync(Token);
        await second.LookAsync(Token);
        Assert.True(second.IsHeld);
        await RefusedAsync(db, "third", by: "one of several");

        // Killed: the lock is free, the lease is not.
        await second.DisposeAsync();
        await RefusedAsync(db, "third", by: "one of several");
        await db.ExecuteAsync(RunOut, null, Token);
        await using var third = Hold(db, "third");
        await third.TakeAsync(isPrivate: false, Token);
        await third.EnterAsync(Token);
        await second.LookAsync(Token);
        Assert.Equal((true, false), (second.IsLost, third.IsLost));
        await RefusedAsync(db, "fourth", by: "third", isOneOfSeveral: true);
    }

    [Fact]
    public async Task A_server_with_a_copy_of_the_folder_is_refused_and_so_is_a_second_of_the_same_name()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        using var keyring = Keyring.Create(KeyringFiles.Below(Folder()), TimeProvider.System);
        var (folder, copy) = (Folder(), Folder());
        using var first = Shared("first", folder);
        using var second = Shared("second", folder);
        await EnterAsync(first);
        await EnterAsync(second);
        await first.Folder.RequireSharedAsync(Token);

        Assert.Contains("first", (await Assert.ThrowsAsync<ServedElsewhereException>(() => EnterAsync(Shared("third", copy)))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ServedElsewhereException>(() => Shared("first", folder).Folder.SignAsync(Token));

        // Of what the first has written a copy says the same, and nobody holds a lock there.
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(copy, Path.GetRelativePath(folder, file)), overwrite: true);
        }

        await Assert.ThrowsAsync<ServedElsewhereException>(() => EnterAsync(Shared("fourth", copy)));

        async Task EnterAsync(SharedServer server)
        {
            await server.Folder.SignAsync(Token);
            await server.Rows.EnterAsync(Token);
            await server.Folder.RequireSharedAsync(Token);
        }

        SharedServer Shared(string name, string at)
        {
            var own = new OwnServer(name, isOneOfSeveral: true);
            var rows = new ServerRows(db, own, [], keyring);
            return new SharedServer(rows, new SharedFolder(at, own, rows, keyring) { Patience = TimeSpan.FromMilliseconds(100) });
        }

        string Folder() => Directory.CreateDirectory(Path.Combine(cluster.Folder, Guid.CreateVersion7().ToString("n"))).FullName;
    }

    private static DatabaseHold Hold(Db db, string name, bool isOneOfSeveral = false)
    {
        var own = new OwnServer(name, isOneOfSeveral);
        return new DatabaseHold(db, new LeaseRows(db, own), own, NullLogger<DatabaseHold>.Instance) { ForOwn = TimeSpan.FromSeconds(1) };
    }

    private static async Task RefusedAsync(Db db, string name, string? by = null, bool isOneOfSeveral = false)
    {
        await using var hold = Hold(db, name, isOneOfSeveral);
        var refused = await Assert.ThrowsAsync<ServedElsewhereException>(() => hold.TakeAsync(isPrivate: false, Token));
        Assert.Contains(by ?? "another server", refused.Message, StringComparison.Ordinal);
    }

    private static async Task EndLocksAsync(Db db) => Assert.Equal(1, await db.GetAsync<long>(EndLocks, null, Token));

    private sealed record SharedServer(ServerRows Rows, SharedFolder Folder) : IDisposable
    {
        public void Dispose() => Folder.Dispose();
    }
}
