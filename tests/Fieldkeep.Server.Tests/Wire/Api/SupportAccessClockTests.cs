using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.SupportAccess;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>Support access ends by itself. Each test has a server whose days pass.</summary>
public sealed class SupportAccessClockTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestServer _server = new(cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => _server.InitializeAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_request_after_the_end_is_refused_and_the_owner_is_told_once()
    {
        var stage = await SupportStage.BuildAsync(_server);
        var given = await stage.GiveAsync(hours: 2);
        _server.Clock.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(200, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[3]));
        _server.Clock.Advance(TimeSpan.FromMinutes(1.1));
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[3]));
        Assert.Equal("ended", (await stage.Admin.GetAsync($"/api/support-access/{given["id"]}"))["state"]?.GetValue<string>());

        // The server's own round may have been there a moment ago; together they tell once.
        var tell = _server.Services.GetRequiredService<TellEnds>();
        await tell.TellAsync(Token);
        await tell.TellAsync(Token);

        var letter = Assert.Single(await _server.LettersToAsync(Actors.AdminEmail), letter => letter.Subject == "Support access is over");
        Assert.Contains("Submissions opened: 1", letter.Body, StringComparison.Ordinal);
        using var ended = await stage.Admin.SendAsync(HttpMethod.Delete, $"/api/support-access/{given["id"]}");
        await ended.ShouldBeProblemAsync(409, "support.over");
    }

    [Fact]
    public async Task Giving_access_asks_who_it_is_once_more()
    {
        var stage = await SupportStage.BuildAsync(_server);
        _server.Clock.Advance(TimeSpan.FromMinutes(11));
        using var refused = await stage.Admin.SendAsync(HttpMethod.Post, "/api/support-access", stage.Wish());
        await refused.ShouldBeProblemAsync(403, "session.confirmation_needed");
    }

    [Fact]
    public async Task A_question_that_nobody_answers_lapses()
    {
        var stage = await SupportStage.BuildAsync(_server);
        await AuthenticatorApp.SetUpAsync(stage.Admin, _server.Clock);
        var asked = await stage.Operator.PostAsync("/api/support-access/requests", stage.Wish());
        _server.Clock.Advance(TimeSpan.FromDays(6.9));
        var admin = await _server.OrganisationAdminAsync();
        Assert.Equal("asked", (await admin.GetAsync($"/api/support-access/{asked["id"]}"))["state"]?.GetValue<string>());
        _server.Clock.Advance(TimeSpan.FromDays(0.2));
        using var late = await admin.SendAsync(HttpMethod.Post, $"/api/support-access/{asked["id"]}/refusal");
        await late.ShouldBeProblemAsync(409, "support.decided");
    }

    [Fact]
    public async Task Access_ends_with_the_second_factor()
    {
        var stage = await SupportStage.BuildAsync(_server);
        var given = await stage.GiveAsync();
        await using (var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            await _server.Services.GetRequiredService<AccountFactors>().RemoveAllAsync(tx, new ActorId(stage.Operator.AccountId), Token);
            await tx.CommitAsync(Token);
        }

        _server.Services.GetRequiredService<Policy>().Forget();
        await ShouldBeOverAsync(stage, given["id"]?.ToString());
    }

    [Fact]
    public async Task Access_ends_with_being_an_operator()
    {
        var stage = await SupportStage.BuildAsync(_server);
        await stage.GiveAsync();
        await using (var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            var running = new Grant(new ActorId(stage.Operator.AccountId), RolePermissions.Operator, Scope.Installation);
            await _server.Services.GetRequiredService<GrantRows>().EndAsync(tx, Actor.System(Door.CommandLine), running, Token);
            await tx.CommitAsync(Token);
        }

        _server.Services.GetRequiredService<Policy>().Forget();
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));
    }

    private static async Task ShouldBeOverAsync(SupportStage stage, string? id)
    {
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));
        Assert.Equal("ended", (await stage.Admin.GetAsync($"/api/support-access/{id}"))["state"]?.GetValue<string>());
    }
}
