using System.Net;
using System.Net.Http.Json;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts;

/// <summary>What was right when a sign-in began and is not any more when its session would begin: comparing a password takes time.</summary>
public sealed class SignInRaceTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("password")]
    [InlineData("script")]
    [InlineData("second step")]
    [InlineData("passkey")]
    [InlineData("token")]
    public async Task A_sign_in_that_began_before_a_new_password_opens_nothing(string door)
    {
        var owner = await OwnerAsync();
        var send = await ArrangeAsync(door, owner);

        using var answer = await server.WhileSendingAsync(
            new ActorId(owner.AccountId),
            send,
            tx => server.Services.GetRequiredService<PasswordRows>()
                .SetAsync(tx, Actor.System(Door.CommandLine), new ActorId(owner.AccountId), hash: null, keptSession: null, Token));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(0, await LiveAsync(owner.AccountId));
    }

    [Theory]
    [InlineData("password")]
    [InlineData("script")]
    public async Task A_sign_in_with_the_password_alone_that_began_before_a_factor_opens_nothing(string door)
    {
        var owner = await OwnerAsync();
        var send = await ArrangeAsync(door, owner);

        using var answer = await server.WhileSendingAsync(new ActorId(owner.AccountId), send, tx => SetUpFactorAsync(tx, owner));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(0, await LiveAsync(owner.AccountId));
    }

    [Fact]
    public async Task A_factor_that_a_session_adds_while_a_new_password_ends_it_is_not_added()
    {
        var owner = await OwnerAsync();
        await owner.PostAsync("/api/account/factors/totp", new { });
        var secret = await owner.PostAsync("/api/account/factors/totp", new { });
        var app = new AuthenticatorApp(server.Clock, secret["secret"]!.GetValue<string>()); // it is what was asked for
        var code = app.FreshCode();

        using var answer = await server.WhileSendingAsync(
            new ActorId(owner.AccountId),
            () => owner.SendAsync(HttpMethod.Post, "/api/account/factors/totp/activation", new { code }),
            tx => server.Services.GetRequiredService<PasswordRows>()
                .SetAsync(tx, Actor.System(Door.CommandLine), new ActorId(owner.AccountId), hash: null, keptSession: null, Token));

        await answer.ShouldBeProblemAsync(401, "session.none");
        Assert.Equal(0, await server.QueryAsync<int>(
            "select count(*)::int from accounts.accounts where actor_id = @id and second_factor_since is not null", new { id = owner.AccountId }));
    }

    [Fact]
    public async Task A_password_replaced_by_who_knew_the_old_one_does_not_undo_the_owners_new_one()
    {
        var owner = await OwnerAsync();

        using var answer = await server.WhileSendingAsync(
            new ActorId(owner.AccountId),
            () => owner.SendAsync(HttpMethod.Put, "/api/account/password", new { old = Some.Password, @new = Some.OtherPassword }),
            tx => server.Services.GetRequiredService<PasswordRows>()
                .SetAsync(tx, Actor.System(Door.CommandLine), new ActorId(owner.AccountId), hash: "the owner's", keptSession: null, Token));

        await answer.ShouldBeProblemAsync(401, "session.refused");
        Assert.Equal("the owner's", await server.QueryAsync<string>(
            "select password_hash from accounts.accounts where actor_id = @id", new { id = owner.AccountId }));
    }

    private async Task<Browser> OwnerAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        return await server.SignedInAsync("viewer", await admin.ProjectAsync());
    }

    private async Task<Func<Task<HttpResponseMessage>>> ArrangeAsync(string door, Browser owner)
    {
        var email = await server.QueryAsync<string>("select email from accounts.accounts where actor_id = @id", new { id = owner.AccountId });
        var client = server.CreateClient();
        var browser = new Browser(client);
        switch (door)
        {
            case "password":
                return () => browser.SendAsync(HttpMethod.Post, "/api/session", new { email, password = Some.Password });
            case "script":
                return () => client.PostAsJsonAsync("/v1/sessions", new { email, password = Some.Password }, Token);
            case "token":
                var made = await owner.PostAsync("/api/account/tokens", new { name = "Nightly", kind = "token", scopes = (string[])["read"] });
                var secret = made["secret"]!.GetValue<string>(); // shown this once
                return () => client.PostAsJsonAsync("/v1/sessions", new { email, password = secret }, Token);
            case "passkey":
                var passkey = new SoftPasskey(server.Address);
                await RegisterAsync(owner, passkey);
                var answer = passkey.Answer(await browser.PostAsync("/api/session/passkey-question", new { }));
                return () => browser.SendAsync(HttpMethod.Post, "/api/session/passkey", new { passkey = answer });
            default:
                var (app, _) = await AuthenticatorApp.SetUpAsync(owner, server.Clock);
                var challenge = await browser.PostAsync("/api/session", new { email, password = Some.Password });
                var ticket = challenge["ticket"]!.GetValue<string>(); // a challenge has one
                var totp = app.FreshCode();
                return () => browser.SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp });
        }
    }

    private static async Task RegisterAsync(Browser owner, SoftPasskey passkey)
    {
        var question = await owner.PostAsync("/api/account/factors/passkeys/question", new { });
        await owner.PostAsync("/api/account/factors/passkeys", new { name = "My phone", passkey = passkey.Register(question) });
    }

    // As RegisterPasskey does, in the transaction that holds the account.
    private async Task SetUpFactorAsync(Tx tx, Browser owner)
    {
        var id = new ActorId(owner.AccountId);
        var passkey = new ProvenPasskey(id, [1, 2, 3, (byte)owner.AccountId], [1], 0, [], false, false);
        await server.Services.GetRequiredService<Passkeys>().AddAsync(tx, id, "My phone", passkey, Token);
        await server.Services.GetRequiredService<AccountFactors>().RefreshAsync(tx, id, Token);
        await server.Services.GetRequiredService<Sessions>().EndAllAsync(tx, id, null, Token);
    }

    private Task<int> LiveAsync(long account) => server.QueryAsync<int>(
        "select count(*)::int from accounts.sessions where actor_id = @account and ended_at is null", new { account });
}
