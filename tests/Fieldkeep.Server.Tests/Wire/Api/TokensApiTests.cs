using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>API tokens and app passwords at every door that takes them.</summary>
public sealed class TokensApiTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Tokens = "/api/account/tokens";
    private const string AppPasswords = "/api/account/app-passwords";

    private static readonly string[] Read = ["read"];
    private static readonly string[] Most = ["read", "write", "manage", "delete"];
    private static readonly string[] All = ["read", "write", "manage", "delete", "export", "submit"];
    private static readonly string[] Networks = ["127.0.30.0/24", "127.0.31.7", "2001:db8::/32"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_secret_is_shown_once_and_stands_nowhere()
    {
        var (browser, _, project) = await ManagerAsync();
        var made = await browser.PostAsync(Tokens, new { name = "Power BI", scopes = Read, projects = new[] { project } });
        var secret = made.Text("secret");
        var listed = (await browser.GetAsync(Tokens)).ToJsonString();

        Assert.Matches("^fk_[A-Za-z0-9_-]{43}$", secret);
        Assert.DoesNotContain(secret, listed, StringComparison.Ordinal);
        Assert.False(await server.QueryAsync<bool>(
            "select exists (select 1 from accounts.access_tokens t where t::text like '%' || @secret || '%')", new { secret }));
        Assert.DoesNotContain(secret, server.Log.Text, StringComparison.Ordinal);
        Assert.Contains("Power BI", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_does_what_it_was_made_for_where_it_was_made_for_and_nothing_else()
    {
        var (browser, _, project) = await ManagerAsync();
        var other = await (await server.OrganisationAdminAsync()).ProjectAsync();
        await server.AssignAsync(new ActorId(browser.AccountId), "manager", other, isHeld: true);
        var script = await ScriptAsync(browser, new { name = "reader", scopes = Read, projects = new[] { project } });

        await script.GetAsync($"/v1/projects/{project}");
        await script.GetAsync($"/api/projects/{project}/forms");
        using var write = await script.SendAsync(HttpMethod.Patch, $"/v1/projects/{project}", new { name = "taken over" });
        using var people = await script.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/app-users");
        using var elsewhere = await script.SendAsync(HttpMethod.Get, $"/v1/projects/{other}");
        var projects = (await script.GetAsync("/v1/projects")).AsArray();

        await write.ShouldBeCentralProblemAsync(403, 403.1m);
        await people.ShouldBeCentralProblemAsync(403, 403.1m);
        await elsewhere.ShouldBeCentralProblemAsync(404, 404.1m);
        Assert.Equal(project, Assert.Single(projects)?["id"]?.GetValue<long>());
    }

    [Fact]
    public async Task A_token_never_gives_more_than_its_owner_holds()
    {
        var project = await (await server.OrganisationAdminAsync()).ProjectAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var script = await ScriptAsync(viewer, new { name = "all", scopes = Most });
        await script.GetAsync($"/v1/projects/{project}");
        using var write = await script.SendAsync(HttpMethod.Patch, $"/v1/projects/{project}", new { name = "taken over" });
        await server.AssignAsync(new ActorId(viewer.AccountId), "viewer", project, isHeld: false);
        using var read = await script.SendAsync(HttpMethod.Get, $"/v1/projects/{project}");

        await write.ShouldBeCentralProblemAsync(403, 403.1m);
        await read.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    [Fact]
    public async Task A_token_manages_no_account_session_or_token()
    {
        var (browser, _, _) = await ManagerAsync();
        var script = await ScriptAsync(browser, new { name = "all", scopes = All });
        using var list = await script.SendAsync(HttpMethod.Get, Tokens);
        using var make = await script.SendAsync(HttpMethod.Post, Tokens, new { name = "more", scopes = Read });
        using var sessions = await script.SendAsync(HttpMethod.Get, "/api/account/sessions");
        foreach (var path in new[] { "/api/account/access-log", "/api/account/access-log/file", "/api/account/factors" })
        {
            using var own = await script.SendAsync(HttpMethod.Get, path);
            await own.ShouldBeProblemAsync(403, "session.needed");
        }

        using var log = await script.SendAsync(HttpMethod.Get, $"/api/accounts/{browser.AccountId}/access-log");
        await log.ShouldBeProblemAsync(403, "token.not_here");
        using var rename = await script.SendAsync(HttpMethod.Patch, $"/v1/users/{browser.AccountId}", new { email = "thief@example.org" });
        using var language = await script.SendAsync(HttpMethod.Put, "/api/account/language", new { language = "fr" });

        await list.ShouldBeProblemAsync(403, "session.needed");
        await make.ShouldBeProblemAsync(403, "token.not_here");
        await sessions.ShouldBeProblemAsync(403, "session.needed");
        Assert.Equal(HttpStatusCode.Forbidden, rename.StatusCode);
        await language.ShouldBeProblemAsync(403, "token.not_here");
        Assert.Equal(browser.AccountId, (await script.GetAsync("/v1/users/current"))["id"]?.GetValue<long>());
    }

    [Fact]
    public async Task An_expired_and_a_revoked_token_are_refused_on_the_next_request()
    {
        var (browser, _, project) = await ManagerAsync();
        var brief = await ScriptAsync(browser, new { name = "brief", scopes = Read, days = 1 });
        var made = await browser.PostAsync(Tokens, new { name = "revoked", scopes = Read });
        var revoked = With(made);
        await revoked.GetAsync($"/v1/projects/{project}");
        var path = $"{Tokens}/{made["token"]?["id"]}";
        using var first = await browser.SendAsync(HttpMethod.Delete, path);
        using var second = await browser.SendAsync(HttpMethod.Delete, path);
        using var others = await (await server.OrganisationAdminAsync()).SendAsync(HttpMethod.Delete, path);
        using var refused = await revoked.SendAsync(HttpMethod.Get, $"/v1/projects/{project}");

        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, second.StatusCode);
        await others.ShouldBeProblemAsync(404, "token.not_found");
        await refused.ShouldBeCentralProblemAsync(401, 401.2m);
        await brief.GetAsync($"/v1/projects/{project}");
        server.Clock.Advance(TimeSpan.FromHours(25));
        using var late = await brief.SendAsync(HttpMethod.Get, $"/v1/projects/{project}");
        await late.ShouldBeCentralProblemAsync(401, 401.2m);
    }

    [Fact]
    public async Task A_token_works_only_from_the_networks_it_was_made_for()
    {
        var (browser, _, project) = await ManagerAsync();
        var made = await browser.PostAsync(
            Tokens, new { name = "office", scopes = Read, networks = Networks });
        var path = $"/v1/projects/{project}";

        await With(made, "127.0.30.9").GetAsync(path);
        await With(made, "127.0.31.7").GetAsync(path);
        using var elsewhere = await With(made, "127.0.31.8").SendAsync(HttpMethod.Get, path, null, ("X-Forwarded-For", "127.0.30.9"));

        await elsewhere.ShouldBeCentralProblemAsync(403, 403.1m);
    }

    [Fact]
    public async Task A_session_that_a_token_opened_works_only_from_the_networks_of_the_token()
    {
        var (browser, email, project) = await ManagerAsync();
        var made = await browser.PostAsync(Tokens, new { name = "office", scopes = Read, networks = Networks });
        var session = await new Script(server.CreateClient("127.0.30.9"), new AuthenticationHeaderValue("None"))
            .CallAsync(HttpMethod.Post, "/v1/sessions", new { email, password = made.Text("secret") });
        var bearer = new AuthenticationHeaderValue("Bearer", session.Text("token"));

        await new Script(server.CreateClient("127.0.30.10"), bearer).GetAsync($"/v1/projects/{project}");
        using var elsewhere = await new Script(server.CreateClient("127.0.31.8"), bearer).SendAsync(HttpMethod.Get, $"/v1/projects/{project}");

        await elsewhere.ShouldBeCentralProblemAsync(403, 403.1m);
    }

    [Fact]
    public async Task A_token_that_signs_in_again_and_again_ends_its_own_sessions_and_not_its_owners()
    {
        var (browser, _, _) = await ManagerAsync();
        var made = await browser.PostAsync(Tokens, new { name = "eager", scopes = Read });
        var id = new ActorId(browser.AccountId);
        var owner = await server.Services.GetRequiredService<AccountQueries>().FindAsync(id, Token);
        Assert.NotNull(owner);
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            for (var time = 0; time <= Sessions.MostLive; time++)
            {
                var terms = new SessionTerms(false, false, null) { AccessToken = made["token"]?["id"]?.GetValue<long>() };
                await server.Services.GetRequiredService<Sessions>().BeginAsync(tx, owner, terms, null, Token);
            }

            await tx.CommitAsync(Token);
        }

        await browser.GetAsync("/api/session");
        Assert.Equal(Sessions.MostOfToken, await server.QueryAsync<int>(
            "select count(*)::int from accounts.sessions where actor_id = @id and access_token_id is not null and ended_at is null", new { id = id.Value }));
    }

    [Theory]
    [InlineData("""{"name":"","scopes":["read"]}""", "account.name_invalid")]
    [InlineData("""{"name":"x","scopes":[]}""", "token.scopes_invalid")]
    [InlineData("""{"name":"x","scopes":["root"]}""", "token.scopes_invalid")]
    [InlineData("""{"name":"x","scopes":["read"],"projects":[999999]}""", "token.projects_invalid")]
    [InlineData("""{"name":"x","scopes":["read"],"projects":[]}""", "token.projects_invalid")]
    [InlineData("""{"name":"x","scopes":["read"],"networks":["1"]}""", "token.networks_invalid")]
    [InlineData("""{"name":"x","scopes":["read"],"networks":["192.0.2.0/33"]}""", "token.networks_invalid")]
    [InlineData("""{"name":"x","scopes":["read"],"networks":["anywhere"]}""", "token.networks_invalid")]
    [InlineData("""{"name":"x","scopes":["read"],"days":366}""", "token.expiry_invalid")]
    [InlineData("""{"name":"x","scopes":["read"],"days":0}""", "token.expiry_invalid")]
    public async Task A_token_that_makes_no_sense_is_not_made(string body, string code)
    {
        var admin = await server.OrganisationAdminAsync();
        using var refused = await admin.SendAsync(HttpMethod.Post, Tokens, JsonNode.Parse(body) ?? new JsonObject());

        await refused.ShouldBeProblemAsync(422, code);
    }

    [Fact]
    public async Task A_session_that_did_not_prove_itself_again_makes_no_token()
    {
        var (browser, _, _) = await ManagerAsync();
        server.Clock.Advance(TimeSpan.FromMinutes(11));
        using var refused = await browser.SendAsync(HttpMethod.Post, Tokens, new { name = "late", scopes = Read });

        await refused.ShouldBeProblemAsync(403, "session.confirmation_needed");
    }

    [Fact]
    public async Task An_app_password_signs_a_phone_and_a_script_in_for_one_project()
    {
        var (browser, email, project) = await ManagerAsync();
        var made = await browser.PostAsync(AppPasswords, new { name = "phone", project });
        var secret = made.Text("secret");
        var phone = Script.WithPassword(server.CreateClient("127.0.32.1"), email, secret);
        var other = await (await server.OrganisationAdminAsync()).ProjectAsync();
        await server.AssignAsync(new ActorId(browser.AccountId), "manager", other, isHeld: true);

        Assert.Matches("^fkp_[a-z2-7]{26}$", secret);
        using var list = await phone.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/formList");
        Assert.Equal(HttpStatusCode.OK, list.StatusCode);
        await phone.GetAsync($"/v1/projects/{project}");
        using var elsewhere = await phone.SendAsync(HttpMethod.Get, $"/v1/projects/{other}");
        using var web = await phone.SendAsync(HttpMethod.Get, $"/api/projects/{project}/forms");
        using var bearer = await With(made).SendAsync(HttpMethod.Get, $"/v1/projects/{project}");
        using var stranger = await Script.WithPassword(server.CreateClient("127.0.32.2"), "stranger@example.org", secret)
            .SendAsync(HttpMethod.Get, $"/v1/projects/{project}");

        await elsewhere.ShouldBeCentralProblemAsync(404, 404.1m);
        await web.ShouldBeProblemAsync(401, "session.refused");
        await bearer.ShouldBeCentralProblemAsync(401, 401.2m);
        await stranger.ShouldBeCentralProblemAsync(401, 401.2m);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_script_signs_in_with_a_token_or_app_password_in_the_place_of_the_password(bool isAppPassword)
    {
        var (browser, email, project) = await ManagerAsync();
        var made = isAppPassword
            ? await browser.PostAsync(AppPasswords, new { name = "pyodk", project })
            : await browser.PostAsync(Tokens, new { name = "pyodk", scopes = Read, projects = new[] { project } });
        var anonymous = Script.WithPassword(server.CreateClient("127.0.32.3"), "", "");
        var session = await new Script(server.CreateClient("127.0.32.3"), new AuthenticationHeaderValue("None"))
            .CallAsync(HttpMethod.Post, "/v1/sessions", new { email, password = made.Text("secret") });
        var script = new Script(server.CreateClient("127.0.32.3"), new AuthenticationHeaderValue("Bearer", session.Text("token")));

        await script.GetAsync($"/v1/projects/{project}");
        await script.GetAsync("/v1/users/current");
        using var people = await script.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/app-users");
        using var revoke = await browser.SendAsync(HttpMethod.Delete, $"{Tokens}/{made["token"]?["id"]}");
        using var ended = await script.SendAsync(HttpMethod.Get, $"/v1/projects/{project}");
        using var again = await anonymous.SendAsync(HttpMethod.Post, "/v1/sessions", new { email, password = made.Text("secret") });

        await people.ShouldBeCentralProblemAsync(403, 403.1m);
        await ended.ShouldBeCentralProblemAsync(401, 401.2m);
        await again.ShouldBeCentralProblemAsync(401, 401.2m);
    }

    [Fact]
    public async Task A_new_password_and_the_end_of_the_account_end_its_tokens()
    {
        var (browser, _, project) = await ManagerAsync();
        var first = await ScriptAsync(browser, new { name = "first", scopes = Read });
        await first.GetAsync($"/v1/projects/{project}");
        await server.Services.GetRequiredService<ChangePassword>()
            .RunAsync(Actor.System(Door.CommandLine), new ActorId(browser.AccountId), Some.OtherPassword, Token);
        using var afterPassword = await first.SendAsync(HttpMethod.Get, $"/v1/projects/{project}");

        var (leaver, _, left) = await ManagerAsync();
        var last = await ScriptAsync(leaver, new { name = "last", scopes = Read });
        await last.GetAsync($"/v1/projects/{left}");
        await (await server.AdminScriptAsync()).ShouldSucceedAsync(HttpMethod.Delete, $"/v1/users/{leaver.AccountId}");
        using var afterEnd = await last.SendAsync(HttpMethod.Get, $"/v1/projects/{left}");

        await afterPassword.ShouldBeCentralProblemAsync(401, 401.2m);
        await afterEnd.ShouldBeCentralProblemAsync(401, 401.2m);
    }

    [Fact]
    public async Task Its_owner_is_told_of_a_new_token_by_letter_and_sees_when_it_was_used()
    {
        var (browser, email, project) = await ManagerAsync();
        var script = await ScriptAsync(browser, new { name = "Nightly {link} report", scopes = Read });
        await script.GetAsync($"/v1/projects/{project}");

        var letter = Assert.Single(await server.LettersToAsync(email));
        var listed = (await browser.GetAsync(Tokens))["items"]?[0];

        Assert.Contains("“Nightly {link} report”", letter.Body, StringComparison.Ordinal);
        Assert.NotNull(listed?["lastUsedAt"]);
    }

    private async Task<(Browser Browser, string Email, long Project)> ManagerAsync()
    {
        var project = await (await server.OrganisationAdminAsync()).ProjectAsync();
        var browser = await server.SignedInAsync("manager", project);
        var session = await browser.GetAsync("/api/session");
        return (browser, session["account"].Text("email"), project);
    }

    private async Task<Script> ScriptAsync(Browser browser, object wanted) => With(await browser.PostAsync(Tokens, wanted));

    private Script With(JsonNode made, string from = "127.0.32.9") =>
        new(server.CreateClient(from), new AuthenticationHeaderValue("Bearer", made.Text("secret")));
}
