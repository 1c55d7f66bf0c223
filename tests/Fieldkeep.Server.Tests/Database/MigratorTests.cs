using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Database;

public sealed class MigratorTests(TestCluster cluster)
{
    private const string Newer = """
        insert into database.migrations (name, sha256, applied_at) values ('9999_of_a_later_release.sql', '\x00', now())
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_a_later_release_has_changed_is_refused()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        Assert.Empty(await new Migrator(db, TimeProvider.System).RunAsync(Token));
        await db.ExecuteAsync(Newer, null, Token);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => new Migrator(db, TimeProvider.System).RunAsync(Token));

        Assert.Contains("9999_of_a_later_release.sql", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposing_a_transaction_twice_touches_nobody_elses()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync() + ";Maximum Pool Size=1");
        await db.ExecuteAsync("create table public.kept (id integer)", null, Token);
        var first = await db.BeginAsync(Token);
        await first.DisposeAsync();
        await using (var second = await db.BeginAsync(Token))
        {
            await second.ExecuteAsync("insert into public.kept values (1)", null, Token);
            await first.DisposeAsync();
            await second.ExecuteAsync("insert into public.kept values (2)", null, Token);
            await second.CommitAsync(Token);
        }

        Assert.Equal(2, await db.GetAsync<long>("select count(*) from public.kept", null, Token));
    }
}
