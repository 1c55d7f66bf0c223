using System.Net;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts;

/// <summary>What can open nothing any more does not stay in the database; how many sessions an account has.</summary>
public sealed class SweepEndedTests(TestServer server) : IClassFixture<TestServer>
{
    // One of each that is over, one of each that is good; @now is the server's clock.
    private const string Links = """
        insert into accounts.tickets (id, tries, expires_at)
        values (gen_random_uuid(), 1, @now - interval '1 second'), (gen_random_uuid(), 1, @now + interval '1 minute');
        insert into accounts.password_resets (actor_id, token_hash, created_at, expires_at)
        values (@id, sha256('a'), @now - interval '24 hours', @now - interval '1 second'),
            (@id, sha256('b'), @now, @now + interval '24 hours');
        insert into accounts.external_attempts (row_id, state_hash, browser_hash, secrets, created_at, expires_at)
        values (gen_random_uuid(), sha256('a'), sha256('a'), '', @now, @now - interval '1 second'),
            (gen_random_uuid(), sha256('b'), sha256('b'), '', @now, @now + interval '1 minute');
        insert into accounts.factor_resets (actor_id, asked_by, asked_at, due_at, cancel_hash, cancelled_at)
        values (@id, 1, @now, @now, sha256('a'), @now), (@id, 1, @now, @now + interval '24 hours', sha256('b'), null);
        insert into accounts.factor_tries (actor_id, since, failures)
        values (@id, @now, 1), (@other, @now - interval '24 hours', 20);
        insert into accounts.unlocks (actor_id, at) values (@id, @now), (@id, @now - interval '25 hours');
        """;

    private const string LinksLeft = """
        select concat_ws(' ',
            (select count(*) from accounts.tickets), (select count(*) from accounts.password_resets),
            (select count(*) from accounts.external_attempts), (select count(*) from accounts.factor_resets),
            (select count(*) from accounts.factor_tries), (select count(*) from accounts.unlocks))
        """;

    private const string ManySessions = """
        insert into accounts.sessions (actor_id, kind, token_hash, created_at, last_seen_at, expires_at, idle_seconds)
        select @id, 'bearer', sha256(number::text::bytea), @now - interval '1 hour',
            @now - make_interval(secs => number), @now + interval '1 day', 28800
        from generate_series(1, @count) as number
        """;

    private static readonly byte[] NoRecord = [0xFF, 0xFF, 0xFF, 0xFF];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sessions_that_ended_or_expired_go_with_their_addresses_and_the_account_is_remembered_as_seen()
    {
        var (email, id) = await server.PersonAsync();
        var idle = await SignInAsync(email, "127.0.70.1");
        var idleSeen = await server.QueryAsync<DateTimeOffset>("select max(last_seen_at) from accounts.sessions where actor_id = @id", new { id = id.Value });
        server.Clock.Advance(TimeSpan.FromHours(7));
        var good = await SignInAsync(email, "127.0.70.2");
        var ended = await SignInAsync(email, "127.0.70.3");
        using var signedOut = await ended.SendAsync(HttpMethod.Delete, "/api/session");
        await server.QueryAsync<int>("update accounts.accounts set last_login_at = null where actor_id = @id", new { id = id.Value });
        server.Clock.Advance(TimeSpan.FromHours(1));

        await SweepAsync();

        Assert.Equal(1, await CountAsync(id.Value, "true"));
        using var still = await good.SendAsync(HttpMethod.Get, "/api/session");
        using var over = await idle.SendAsync(HttpMethod.Get, "/api/session");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, over.StatusCode);
        await good.SendAsync(HttpMethod.Delete, "/api/session");
        await SweepAsync();
        Assert.Equal(0, await CountAsync(id.Value, "true"));
        var seen = await server.QueryAsync<DateTimeOffset?>("select last_seen_at from accounts.people_view where id = @id", new { id = id.Value });
        Assert.True(seen >= idleSeen + TimeSpan.FromHours(7), $"seen at {seen}");
    }

    [Fact]
    public async Task A_session_that_sent_what_still_waits_for_the_database_stays_until_that_is_stored()
    {
        var (email, id) = await server.PersonAsync();
        await SignInAsync(email, "127.0.70.5");
        var opened = server.Services.GetRequiredService<OpenedIntake>();
        var journal = opened.Journal ?? throw new InvalidOperationException("It is closed.");
        var record = Guid.CreateVersion7();

        // Nothing is set aside meanwhile.
        await opened.WithoutMovesAsync(
            async () =>
            {
                await journal.AppendAsync(record, NoRecord, Token);
                server.Clock.Advance(TimeSpan.FromHours(9));
                await SweepAsync();
                Assert.Equal(1, await CountAsync(id.Value, "true"));
                return journal.Done(record);
            },
            Token);

        await SweepAsync();
        Assert.Equal(0, await CountAsync(id.Value, "true"));
    }

    [Fact]
    public async Task Tickets_links_and_counts_that_are_over_go_and_the_others_stay()
    {
        var ((_, id), (_, other)) = (await server.PersonAsync(), await server.PersonAsync());
        await server.QueryAsync<int>(Links, new { id = id.Value, other = other.Value, now = server.Clock.GetUtcNow() });

        await SweepAsync();

        Assert.Equal("1 1 1 1 1 1", await server.QueryAsync<string>(LinksLeft));
    }

    [Fact]
    public async Task Of_more_than_a_hundred_sessions_the_one_not_used_for_longest_ends()
    {
        var (email, id) = await server.PersonAsync();
        var now = server.Clock.GetUtcNow();
        await server.QueryAsync<int>(ManySessions, new { id = id.Value, now, count = Sessions.MostLive });

        var browser = await SignInAsync(email, "127.0.70.4");

        Assert.Equal(Sessions.MostLive, await CountAsync(id.Value, "ended_at is null"));
        Assert.Equal(1, await CountAsync(id.Value, "ended_at is not null and token_hash = sha256('100')"));
        Assert.Equal(Sessions.MostLive, (await browser.GetAsync("/api/account/sessions"))["items"]!.AsArray().Count); // a list has items
    }

    private Task SweepAsync() => server.Services.GetRequiredService<SweepEnded>().RunAsync(Token);

    private Task<int> CountAsync(long id, string what) =>
        server.QueryAsync<int>($"select count(*)::int from accounts.sessions where actor_id = @id and {what}", new { id });

    private async Task<Browser> SignInAsync(string email, string from)
    {
        var browser = new Browser(server.CreateClient(from));
        await browser.SignInAsync(email, Some.Password);
        return browser;
    }
}
