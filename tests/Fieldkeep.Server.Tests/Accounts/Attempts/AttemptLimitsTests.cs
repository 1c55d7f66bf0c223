using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts.Attempts;

public sealed class AttemptLimitsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_attempts_at_once_get_no_more_than_the_budget()
    {
        var limits = LimitsOf(server);
        var passed = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => TryAsync(limits, "flood@example.org", "203.0.113.1")));

        Assert.Equal(5, passed.Count(wait => wait is null));
    }

    [Fact]
    public async Task Two_processes_share_one_budget()
    {
        await using var beside = server.Beside();
        await beside.InitializeAsync();
        AttemptLimits[] both = [LimitsOf(server), LimitsOf(beside)];
        var passed = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(number => TryAsync(both[number % 2], "both@example.org", "203.0.113.2")));

        Assert.Equal(5, passed.Count(wait => wait is null));
        Assert.NotNull(await TryAsync(both[0], "both@example.org", "203.0.113.2"));
        Assert.NotNull(await TryAsync(both[1], "both@example.org", "203.0.113.2"));
    }

    [Fact]
    public async Task A_process_that_starts_anew_knows_what_was_counted()
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Null(await TryAsync(LimitsOf(server), "anew@example.org", "203.0.113.3"));
        }

        await using var beside = server.Beside();
        await beside.InitializeAsync();
        var wait = await TryAsync(LimitsOf(beside), "anew@example.org", "203.0.113.3");

        Assert.InRange(wait ?? TimeSpan.Zero, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
    }

    [Fact]
    public async Task Attempts_that_succeed_leave_nothing_behind()
    {
        var limits = LimitsOf(server);
        for (var attempt = 0; attempt < 20; attempt++)
        {
            await using var begun = await limits.BeginAsync("right@example.org", "203.0.113.4", null, Token);
            begun.Succeeded();
        }

        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Null(await TryAsync(limits, "right@example.org", "203.0.113.4"));
        }

        Assert.NotNull(await TryAsync(limits, "right@example.org", "203.0.113.4"));
    }

    [Fact]
    public async Task What_is_counted_holds_no_names_and_no_addresses()
    {
        await TryAsync(LimitsOf(server), "secret-name@example.org", "203.0.113.5");

        var text = await server.QueryAsync<string>("select string_agg(encode(key, 'escape') || encode(account, 'escape'), ' ') from accounts.attempts");
        Assert.NotNull(text);
        Assert.DoesNotContain("secret-name", text, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.5", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unlocking_reaches_the_other_process()
    {
        var (email, id) = await server.PersonAsync();
        await using var beside = server.Beside();
        await beside.InitializeAsync();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Null(await TryAsync(LimitsOf(beside), email, "203.0.113.6"));
        }

        await server.Services.GetRequiredService<UnlockAccount>().RunAsync(Actor.System(Door.CommandLine), id, Token);
        Assert.Null(await TryAsync(LimitsOf(server), email, "203.0.113.6"));
        await beside.Services.GetRequiredService<SweepAttempts>().ForgetAsync(Token);

        Assert.Null(await TryAsync(LimitsOf(beside), email, "203.0.113.6"));
    }

    [Fact]
    public async Task What_no_longer_counts_is_deleted()
    {
        await TryAsync(LimitsOf(server), "old@example.org", "203.0.113.7");
        var store = server.Services.GetRequiredService<AttemptStore>();
        var db = server.Services.GetRequiredService<Db>();
        await db.ExecuteAsync("update accounts.attempts set until = @until", new { until = server.Clock.GetUtcNow().AddSeconds(-1) }, Token);
        await store.SweepAsync(Token);

        Assert.Equal(0, await server.QueryAsync<int>("select count(*)::integer from accounts.attempts where until < now()"));
    }

    private static AttemptLimits LimitsOf(TestServer server) => server.Services.GetRequiredService<AttemptLimits>();

    // Null when it passed; it fails.
    private static async Task<TimeSpan?> TryAsync(AttemptLimits limits, string account, string address)
    {
        try
        {
            await using (await limits.BeginAsync(account, address, null, Token))
            {
                return null;
            }
        }
        catch (ProblemException problem) when (problem.Code == "session.too_many_attempts")
        {
            return problem.RetryAfter;
        }
    }
}
