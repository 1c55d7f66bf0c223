using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Health.Checks;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fieldkeep.Server.Tests.Database.Servers;

/// <summary>Several servers have one folder for keys and files, and whoever has a copy of it, or one of before, ends.</summary>
public sealed class SharedFolderTests(TestCluster cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_that_began_while_the_other_was_cut_off_is_found_once_both_are_heard_and_the_later_one_stops()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        using var keyring = MakeKeyring(out _);
        var (folder, copy) = (Folder(), Folder());
        await using var first = await StartAsync(db, "first", folder, keyring);
        await using var beside = await StartAsync(db, "beside", folder, keyring);
        await RunAsync(first, beside);
        await Task.Delay(2 * Server.Patience, Token);
        await RunAsync(first, beside);
        Assert.Equal((false, false), (first.Keep.IsReplaced, beside.Keep.IsReplaced));

        await db.ExecuteAsync("update database.servers set seen_at = now() - interval '1 hour'", null, Token);
        await using var other = await StartAsync(db, "a copy", copy, keyring);
        await Sealing.UntilAsync(async () =>
        {
            await RunAsync(first, other);
            return other.Keep.IsReplaced;
        });
        Assert.Equal((true, false), (other.Life.ApplicationStopping.IsCancellationRequested, first.Keep.IsReplaced));
    }

    [Fact]
    public async Task A_clone_of_a_machine_is_refused_while_the_other_of_its_name_says_that_it_is_there()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        using var keyring = MakeKeyring(out _);
        await using var first = await StartAsync(db, "first", Folder(), keyring);
        await using var clone = Make(db, "first", Folder(), keyring);
        var starting = clone.Shared.SignAsync(Token);
        while (!starting.IsCompleted)
        {
            Assert.True(await first.Rows.SayAsync(Token));
            await Task.Delay(20, Token);
        }

        await Assert.ThrowsAsync<ServedElsewhereException>(() => starting);

        // A row that stands still is of a process that died.
        await db.ExecuteAsync("update database.servers set seen_at = now() - interval '11 seconds'", null, Token);
        await clone.Shared.SignAsync(Token);
    }

    [Fact]
    public async Task A_folder_that_lacks_what_any_server_of_this_database_has_seen_is_refused_until_that_one_is_forgotten()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        using var keyring = MakeKeyring(out var files);
        await using (var before = await StartAsync(db, "first", Folder(), keyring))
        {
            await db.ExecuteAsync("update database.servers set keyring_generation = 57, left_at = now()", null, Token);
        }

        await using var again = Make(db, "first", Folder(), keyring);
        Assert.Contains("57", (await Assert.ThrowsAsync<ServedElsewhereException>(() => again.Shared.RequireNewestAsync(Token))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ServedElsewhereException>(() => again.Shared.SignAsync(Token));

        // One that another changed since this process read it is no older one.
        using var writer = Keyring.Open(files, TimeProvider.System);
        writer.CreateProjectKeys(Guid.CreateVersion7());
        await db.ExecuteAsync("update database.servers set keyring_generation = @generation", new { generation = writer.Generation }, Token);
        await again.Shared.SignAsync(Token);
        Assert.Equal(writer.Generation, keyring.Generation);
    }

    [Fact]
    public async Task A_server_whose_keyring_was_set_back_below_it_stops()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        using var keyring = MakeKeyring(out var files);
        await using var first = await StartAsync(db, "first", Folder(), keyring);
        var before = await File.ReadAllBytesAsync(files.KeyringPaths[0], Token);
        keyring.CreateProjectKeys(Guid.CreateVersion7());
        foreach (var path in files.KeyringPaths)
        {
            await File.WriteAllBytesAsync(path, before, Token);
        }

        Assert.Equal(VaultFailure.KeyringForked, Assert.Throws<VaultException>(keyring.Reload).Reason);
        await first.Keep.RunAsync(Token);
        Assert.True(first.Keep.IsReplaced);

        // Started again it would go on by what was set back.
        using var there = Keyring.Open(files, TimeProvider.System);
        await using var again = Make(db, "first", Folder(), there);
        Assert.Equal(VaultFailure.KeyringForked, (await Assert.ThrowsAsync<VaultException>(() => again.Shared.RequireNewestAsync(Token))).Reason);
        Assert.Equal("keys.aside", (await new KeyCopiesCheck(there).LookAsync(Token)).Code);
    }

    [Fact]
    public async Task A_server_that_can_leave_what_it_had_nowhere_stays_lets_nobody_in_and_stops_once_it_can()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        var files = KeyringFiles.Below(Folder());
        files = files with { KeyringPaths = [Path.Combine(Path.GetDirectoryName(files.KeyringPaths[0]) ?? "", new string('k', 240)), files.KeyringPaths[1]] };
        using var keyring = Keyring.Create(files, TimeProvider.System);
        await using var first = await StartAsync(db, "first", Folder(), keyring);
        var doors = new ForkedDoors(_ => Task.CompletedTask, keyring);
        await doors.InvokeAsync(new DefaultHttpContext());
        var before = await File.ReadAllBytesAsync(files.KeyringPaths[0], Token);
        keyring.CreateProjectKeys(Guid.CreateVersion7());
        foreach (var path in files.KeyringPaths)
        {
            await File.WriteAllBytesAsync(path, before, Token);
        }

        Assert.Throws<VaultException>(keyring.Reload);
        await RunAsync(first, first);
        Assert.Equal((false, false), (first.Keep.IsReplaced, first.Life.ApplicationStopping.IsCancellationRequested));
        Assert.Equal("keys.forked", (await new KeyCopiesCheck(keyring).LookAsync(Token)).Code);
        Assert.Equal(503, (await Assert.ThrowsAsync<ProblemException>(() => doors.InvokeAsync(new DefaultHttpContext()))).Status);
        Assert.Equal((200, 503), (await HealthAsync(doors, "/health/live"), await HealthAsync(doors, "/health/ready")));

        keyring.AsideDirectory = Folder();
        await RunAsync(first);
        Assert.Equal((true, true), (first.Keep.IsReplaced, first.Life.ApplicationStopping.IsCancellationRequested));
    }

    private static async Task<int> HealthAsync(ForkedDoors doors, string path)
    {
        var http = new DefaultHttpContext { Request = { Path = path } };
        await doors.InvokeAsync(http);
        return http.Response.StatusCode;
    }

    private static async Task RunAsync(params Server[] servers)
    {
        foreach (var one in servers)
        {
            await one.Keep.RunAsync(Token);
        }
    }

    private static async Task<Server> StartAsync(Db db, string name, string folder, Keyring keyring)
    {
        var server = Make(db, name, folder, keyring);
        await server.Hold.TakeAsync(isPrivate: false, Token);
        await server.Keep.EnterAsync(Token);
        return server;
    }

    private static Server Make(Db db, string name, string folder, Keyring keyring)
    {
        var own = new OwnServer(name, isOneOfSeveral: true);
        var rows = new ServerRows(db, own, [], keyring);
        var leases = new LeaseRows(db, own);
        var hold = new DatabaseHold(db, leases, own, NullLogger<DatabaseHold>.Instance);
        var leader = new LeaderLease(leases, own);
        var shared = new SharedFolder(folder, own, rows, keyring) { Patience = Server.Patience, Moves = TimeSpan.FromSeconds(10) };
        var life = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        return new Server(rows, hold, leader, shared, life, new KeepServers(rows, hold, leader, new HeardServers(), shared, own, life, NullLogger<KeepServers>.Instance));
    }

    private Keyring MakeKeyring(out KeyringFiles files)
    {
        files = KeyringFiles.Below(Folder());
        return Keyring.Create(files, TimeProvider.System);
    }

    private string Folder() => Directory.CreateDirectory(Path.Combine(cluster.Folder, Guid.CreateVersion7().ToString("n"))).FullName;

    private sealed record Server(ServerRows Rows, DatabaseHold Hold, LeaderLease Leader, SharedFolder Shared, ApplicationLifetime Life, KeepServers Keep) : IAsyncDisposable
    {
        public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);

        public async ValueTask DisposeAsync()
        {
            Keep.Dispose();
            Leader.Dispose();
            Shared.Dispose();
            await Hold.DisposeAsync();
        }
    }
}
