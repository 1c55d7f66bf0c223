using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Database;

/// <summary>Many at once wait in a queue for connections, never for each other (decision 0056).</summary>
public sealed class ConnectionsTests(TestCluster cluster)
{
    private const string Few = ";Maximum Pool Size=2;Timeout=10";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_holds_a_transaction_gets_the_answer_of_a_single_statement_however_many_do()
    {
        await using var db = Db.Open(await cluster.CreateEmptyDatabaseAsync() + Few);

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(async number =>
        {
            await using var tx = await db.BeginAsync(Token);
            await tx.GetAsync<int>("select 1", null, Token);
            var answer = await db.GetAsync<int>("select @number", new { number }, Token);
            await tx.CommitAsync(Token);
            return answer;
        }));

        Assert.Equal(Enumerable.Range(0, 12), answers);
    }

    [Fact]
    public async Task A_commit_gives_its_connection_back_and_ends_the_transaction()
    {
        await using var db = Db.Open(await cluster.CreateEmptyDatabaseAsync() + Few);
        await using var first = await db.BeginAsync(Token);
        await first.CommitAsync(Token);

        await using var second = await db.BeginAsync(Token);

        Assert.Equal(1, await second.GetAsync<int>("select 1", null, Token));
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => first.GetAsync<int>("select 1", null, Token));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => db.BeginAsync(Token));
    }

    [Fact]
    public async Task Leases_wait_for_nobody()
    {
        await using var db = Db.Open(await cluster.CreateEmptyDatabaseAsync() + Few);
        await using var held = await db.BeginAsync(Token);

        await using var lease = await db.BeginLightlyAsync(Token);

        Assert.Equal("off", await lease.GetAsync<string>("show synchronous_commit", null, Token));
    }
}
