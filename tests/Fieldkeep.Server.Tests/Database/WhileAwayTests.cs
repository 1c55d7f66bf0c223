using System.Net;
using System.Net.Sockets;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Database;

/// <summary>A database that hangs is away, one that is busy is not; what is read out of kept rows is known of the request alone.</summary>
public sealed class WhileAwayTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_hangs_is_asked_by_one_and_the_others_take_kept_rows()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var db = Db.Open($"Host=127.0.0.1;Port={((IPEndPoint)listener.LocalEndpoint).Port};Username=nobody;Timeout=60");
        var away = new WhileAway(db, server.Clock);
        away.Renew(server.Clock.GetUtcNow(), isHeard: false);
        var asked = 0;

        Assert.Equal("kept", await AskAsync(isAtDoor: true));
        var before = asked;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => AskAsync(isAtDoor: true)));

        Assert.Equal(before, asked);
        Assert.Null(WhileAway.UsedAt);
        Assert.True(await away.IsAwayAsync());

        async Task<string> AskAsync(bool isAtDoor)
        {
            if (isAtDoor)
            {
                WhileAway.Enter();
            }

            var found = await away.AskAsync(
                async () =>
                {
                    Interlocked.Increment(ref asked);
                    return await db.GetAsync<string>("select 'database'", null, Token);
                },
                () => "kept");
            Assert.Equal(found == "kept", WhileAway.IsUsed);
            return found;
        }
    }

    [Fact]
    public async Task A_database_whose_name_does_not_resolve_is_away_each_time_it_is_asked()
    {
        await using var db = Db.Open("Host=no.such.host.invalid;Username=nobody;Timeout=60");
        var away = new WhileAway(db, server.Clock);
        away.Renew(server.Clock.GetUtcNow(), isHeard: false);
        WhileAway.Enter();

        for (var time = 0; time < 2; time++)
        {
            Assert.Equal("kept", await away.AskAsync(() => db.GetAsync<string>("select 'database'", null, Token), () => "kept"));
        }

        Assert.False(await db.IsThereAsync(TimeSpan.FromSeconds(5)));
        Assert.True(DatabaseFailure.IsOutage(new SocketException((int)SocketError.HostNotFound)));
    }

    [Fact]
    public async Task A_database_without_a_connection_to_spare_is_busy_and_not_away()
    {
        await using var db = Db.Open(server.ConnectionString + ";Maximum Pool Size=1;Timeout=1");
        var away = new WhileAway(db, server.Clock);
        away.Renew(server.Clock.GetUtcNow(), isHeard: true);
        WhileAway.Enter();
        await using (var tx = await db.BeginAsync(Token))
        {
            await tx.GetAsync<string>("select pg_advisory_xact_lock(7)::text", null, Token);
            var busy = db.GetAsync<string>("select pg_advisory_xact_lock(7)::text", null, Token);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => away.AskAsync(() => db.GetAsync<int>("select 1", null, Token), () => 2).AsTask());
            await tx.CommitAsync(Token);
            await busy;
        }

        Assert.False(await away.IsAwayAsync());
        Assert.Equal(1, await away.AskAsync(() => db.GetAsync<int>("select 1", null, Token), () => 2));
        Assert.False(WhileAway.IsUsed);
    }
}
