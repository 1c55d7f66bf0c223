using System.Net;
using System.Net.Http.Headers;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts;

/// <summary>Whoever begins a request and is slow to end it makes nothing lasting with what ended meanwhile.</summary>
public sealed class LiveCredentialsTests(TestServer server) : IClassFixture<TestServer>
{
    private const string EndSessions = "update accounts.sessions set ended_at = now() where actor_id = @id and ended_at is null";
    private const string EndTokens = "update accounts.access_tokens set ended_at = now(), ended_by = @id where actor_id = @id and ended_at is null";
    private const string Made = """
        select (
            (select count(*) from accounts.access_tokens where actor_id = @id and ended_at is null)
            + (select count(*) from accounts.app_users where created_by = @id)
            + (select count(*) from accounts.public_links where created_by = @id)
            + (select count(*) from exports.links where created_by = @id))::int
        """;

    private static readonly string[] Read = ["read"];
    private static readonly string[] Manage = ["manage"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("token")]
    [InlineData("app password")]
    [InlineData("export link")]
    [InlineData("app user")]
    [InlineData("public link")]
    [InlineData("authenticator app")]
    public async Task A_session_that_a_new_password_ended_meanwhile_makes_nothing(string what)
    {
        var (owner, project) = await ManagerAsync();
        var (path, body) = await WantedAsync(what, owner, project);

        using var answer = await server.WhileSendingAsync(
            new ActorId(owner.AccountId), () => owner.SendAsync(HttpMethod.Post, path, body), tx => SetPasswordAsync(tx, owner));

        await answer.ShouldBeProblemAsync(401, "session.none");
        Assert.Equal(0, await MadeAsync(owner));
    }

    [Theory]
    [InlineData("token")]
    [InlineData("export link")]
    public async Task A_session_that_was_ended_by_itself_meanwhile_makes_nothing(string what)
    {
        var (owner, project) = await ManagerAsync();
        var (path, body) = await WantedAsync(what, owner, project);

        using var answer = await server.WhileSendingAsync(
            new ActorId(owner.AccountId),
            () => owner.SendAsync(HttpMethod.Post, path, body),
            tx => tx.ExecuteAsync(EndSessions, new { id = owner.AccountId }, Token));

        await answer.ShouldBeProblemAsync(401, "session.none");
        Assert.Equal(0, await MadeAsync(owner));
    }

    [Fact]
    public async Task A_password_in_the_request_that_is_another_meanwhile_makes_nothing()
    {
        var (owner, project) = await ManagerAsync();
        var (path, body) = await WantedAsync("export link", owner, project);
        var email = (await owner.GetAsync("/api/session"))["account"].Text("email");
        var script = Script.WithPassword(server.CreateClient("127.0.33.1"), email, Some.Password);
        await script.GetAsync($"/v1/projects/{project}");

        using var answer = await server.WhileSendingAsync(
            new ActorId(owner.AccountId), () => script.SendAsync(HttpMethod.Post, path, body), tx => SetPasswordAsync(tx, owner));

        await answer.ShouldBeProblemAsync(401, "session.none");
        Assert.Equal(0, await MadeAsync(owner));
    }

    [Fact]
    public async Task A_token_that_was_revoked_meanwhile_makes_no_app_user()
    {
        var (owner, project) = await ManagerAsync();
        var secret = (await owner.PostAsync("/api/account/tokens", new { name = "phones", scopes = Manage })).Text("secret");
        var script = new Script(server.CreateClient("127.0.33.2"), new AuthenticationHeaderValue("Bearer", secret));

        using var answer = await server.WhileSendingAsync(
            new ActorId(owner.AccountId),
            () => script.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/app-users", new { displayName = "late" }),
            tx => tx.ExecuteAsync(EndTokens, new { id = owner.AccountId }, Token));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(0, await MadeAsync(owner));
    }

    private async Task<(Browser Owner, long Project)> ManagerAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        return (await server.SignedInAsync("manager", project), project);
    }

    private static async Task<(string Path, object Body)> WantedAsync(string what, Browser owner, long project)
    {
        var form = $"/api/projects/{project}/forms/village";
        return what switch
        {
            "token" => ("/api/account/tokens", new { name = "late", scopes = Read }),
            "app password" => ("/api/account/app-passwords", new { name = "late", project }),
            "export link" => ($"{form}/saved-exports/{await SavedAsync()}/links", new { days = 366 }),
            "app user" => ($"/api/projects/{project}/app-users", new { displayName = "late" }),
            "public link" => ($"{form}/public-links", new { displayName = "late" }),
            _ => ("/api/account/factors/totp", new { }),
        };

        async Task<string> SavedAsync() =>
            (await owner.PostAsync($"{form}/saved-exports", new { name = "All", export = new { format = "csv" } })).Text("id");
    }

    private Task SetPasswordAsync(Tx tx, Browser owner) => server.Services.GetRequiredService<PasswordRows>()
        .SetAsync(tx, Actor.System(Door.CommandLine), new ActorId(owner.AccountId), hash: null, keptSession: null, Token);

    private Task<int> MadeAsync(Browser owner) => server.QueryAsync<int>(Made, new { id = owner.AccountId });
}
