using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class UsersV1Tests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_user_has_centrals_shape_and_its_address_as_a_name_when_none_is_given()
    {
        var admin = await server.AdminScriptAsync();
        var email = Some.Email();
        var made = await admin.CallAsync(HttpMethod.Post, "/v1/users", new { email, password = Some.OtherPassword });
        var read = await admin.GetAsync($"/v1/users/{made["id"]}");

        Assert.Equal(
            ["id", "type", "displayName", "email", "createdAt", "updatedAt", "deletedAt", "lastLoginAt"],
            made.AsObject().Select(member => member.Key));
        Assert.Equal("user", (string?)made["type"]);
        Assert.Equal(email, (string?)made["displayName"]);
        Assert.Null(made["lastLoginAt"]);
        Assert.True(JsonNode.DeepEquals(made, read));
    }

    [Fact]
    public async Task A_new_user_signs_in_with_the_password_it_was_given_and_may_nothing_else()
    {
        var admin = await server.AdminScriptAsync();
        var email = Some.Email();
        await admin.CallAsync(HttpMethod.Post, "/v1/users", new { email, password = Some.OtherPassword });
        var person = Script.WithPassword(server.CreateClient("127.0.0.11"), email, Some.OtherPassword);

        var current = await person.GetAsync("/v1/users/current", isExtended: true);

        Assert.Equal(email, (string?)current["email"]);
        Assert.Empty(current["verbs"]!.AsArray()); // extended metadata has it
        Assert.Equal("""{"site":{},"projects":{}}""", current["preferences"]?.ToJsonString());
        Assert.Equal("[]", (await person.GetAsync("/v1/projects")).ToJsonString());
        Assert.Equal("[]", (await person.GetAsync("/v1/users")).ToJsonString());
    }

    [Fact]
    public async Task A_user_without_a_password_cannot_sign_in()
    {
        var admin = await server.AdminScriptAsync();
        var email = Some.Email();
        var made = await admin.CallAsync(HttpMethod.Post, "/v1/users", new { email, password = "" });
        using var refused = await Script.WithPassword(server.CreateClient("127.0.0.12"), email, "").SendAsync(HttpMethod.Get, "/v1/users/current");

        Assert.Equal(email, (string?)made["email"]);
        await refused.ShouldBeCentralProblemAsync(401, 401.2m);
    }

    [Theory]
    [InlineData("""{}""", 400.2)]
    [InlineData("""{"email":""}""", 400.2)]
    [InlineData("""{"email":"no address"}""", 400.8)]
    [InlineData("""{"email":"a,b@example.org"}""", 400.8)]
    [InlineData("""{"email":"\u0022a\u0022@example.org"}""", 400.8)]
    [InlineData("""{"email":"a@exa(mple.org"}""", 400.8)]
    [InlineData("""{"email":"a\u0000b@example.org"}""", 400.8)]
    [InlineData("""{"email":"\ud800@example.org"}""", 400.11)]
    [InlineData("""{"email":7}""", 400.11)]
    [InlineData("""[]""", 400.11)]
    [InlineData("""{"email":"a@example.org" """, 400.1)]
    [InlineData("""null""", 400.1)]
    [InlineData("""{"email":"weak@example.org","password":"short"}""", 400.21)]
    [InlineData("""{"email":"weak@example.org","password":"password1234"}""", 400.44)]
    [InlineData("""{"email":"weak@example.org","displayName":"a\u0000b"}""", 400.8)]
    public async Task What_cannot_be_a_user_is_refused_with_centrals_code(string body, double code)
    {
        var admin = await server.AdminScriptAsync();
        using var response = await admin.SendAsync(HttpMethod.Post, "/v1/users", body);

        await response.ShouldBeCentralProblemAsync(400, (decimal)code);
    }

    [Fact]
    public async Task A_password_longer_than_can_be_hashed_and_a_body_of_a_megabyte_are_refused()
    {
        var admin = await server.AdminScriptAsync();
        var passphrase = new { email = Some.Email(), password = new string('x', 300) };
        var huge = $$"""{"email":"{{Some.Email()}}","displayName":"{{new string('x', 1024 * 1024)}}"}""";
        using var tooLong = await admin.SendAsync(HttpMethod.Post, "/v1/users", passphrase);
        using var tooLarge = await admin.SendAsync(HttpMethod.Post, "/v1/users", huge);

        await tooLong.ShouldBeCentralProblemAsync(400, 400.38m);
        await tooLarge.ShouldBeCentralProblemAsync(400, 400.36m);
    }

    [Theory]
    [InlineData("Same@Example.org", "sAME@example.ORG")]
    [InlineData("wide@example.net", "ｗide@example.net")]
    [InlineData("stra\u00dfe@example.com", "STRA\u00dfE@example.com")]
    public async Task The_same_address_written_otherwise_is_taken(string first, string second)
    {
        var admin = await server.AdminScriptAsync();
        await admin.CallAsync(HttpMethod.Post, "/v1/users", new { email = first });
        using var again = await admin.SendAsync(HttpMethod.Post, "/v1/users", new { email = second });
        var other = await admin.CallAsync(HttpMethod.Post, "/v1/users", new { email = Some.Email() });
        using var moved = await admin.SendAsync(HttpMethod.Patch, $"/v1/users/{other["id"]}", new { email = second });

        await again.ShouldBeCentralProblemAsync(409, 409.3m);
        await moved.ShouldBeCentralProblemAsync(409, 409.3m);
    }

    [Fact]
    public async Task A_search_finds_words_in_names_and_addresses()
    {
        var admin = await server.AdminScriptAsync();
        var email = Some.Email("quince");
        await admin.CallAsync(HttpMethod.Post, "/v1/users", new { email, displayName = "Mirabelle 100%_Orchard" });

        Assert.Equal(email, Emails(await admin.GetAsync("/v1/users?q=orchard+QUINCE")).Single());
        Assert.Equal(email, Emails(await admin.GetAsync("/v1/users?q=100%25_")).Single());
        Assert.Empty(Emails(await admin.GetAsync("/v1/users?q=quince+medlar")));
        Assert.Contains(email, Emails(await admin.GetAsync("/v1/users")));
        Assert.Single(Emails(await admin.GetAsync("/v1/users?limit=1&offset=1")));
    }

    [Fact]
    public async Task Who_hands_out_roles_finds_a_user_by_the_whole_address_only_and_others_find_nobody()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (manager, _) = await server.ScriptOfAsync("manager", project);
        var (viewer, _) = await server.ScriptOfAsync("viewer", project);
        var (email, person) = await server.PersonAsync();
        await server.JoinAsync(person, await admin.HomeAsync());

        Assert.Equal(email, Emails(await manager.GetAsync($"/v1/users?q={email.ToUpperInvariant()}")).Single());
        Assert.Empty(Emails(await manager.GetAsync("/v1/users?q=person")));
        Assert.Empty(Emails(await manager.GetAsync("/v1/users")));
        Assert.Empty(Emails(await viewer.GetAsync($"/v1/users?q={email}")));
    }

    [Fact]
    public async Task Others_accounts_look_as_if_they_did_not_exist_to_who_may_not_see_them()
    {
        var (other, otherId) = (await server.PersonAsync(), 0L);
        otherId = other.Id.Value;
        var person = await server.ScriptAsync((await server.PersonAsync()).Id);
        foreach (var id in (long[])[otherId, 99_999_999, long.MaxValue])
        {
            foreach (var (method, path, body) in (IEnumerable<(HttpMethod, string, object?)>)
                [
                    (HttpMethod.Get, $"/v1/users/{id}", null),
                    (HttpMethod.Patch, $"/v1/users/{id}", new { displayName = "x" }),
                    (HttpMethod.Delete, $"/v1/users/{id}", null),
                    (HttpMethod.Put, $"/v1/users/{id}/password", new { old = Some.Password, @new = Some.OtherPassword }),
                ])
            {
                using var response = await person.SendAsync(method, path, body);
                await response.ShouldBeCentralProblemAsync(404, 404.1m);
            }
        }
    }

    [Fact]
    public async Task Everyone_changes_their_own_name_and_address_but_cannot_end_their_account()
    {
        var (email, id) = await server.PersonAsync();
        var person = await server.ScriptAsync(id);
        var renamed = Some.Email("renamed");
        var changed = await person.CallAsync(HttpMethod.Patch, $"/v1/users/{id}", new { displayName = "Ada", email = renamed, password = Some.Password, id = 1, type = "x" });
        using var ended = await person.SendAsync(HttpMethod.Delete, $"/v1/users/{id}");

        Assert.NotEqual(email, renamed);
        Assert.Equal(("Ada", renamed, id.Value), ((string?)changed["displayName"], (string?)changed["email"], (long?)changed["id"] ?? 0));
        Assert.NotNull(changed["updatedAt"]);
        await ended.ShouldBeCentralProblemAsync(403, 403.1m);
    }

    [Fact]
    public async Task An_ended_account_loses_sessions_roles_and_its_address_at_once()
    {
        var browser = await server.OrganisationAdminAsync();
        var admin = await server.AdminScriptAsync();
        var project = await browser.ProjectAsync();
        var (email, id) = await server.PersonAsync("manager", project);
        var person = await server.ScriptAsync(id);
        await person.GetAsync($"/v1/projects/{project}");

        await admin.ShouldSucceedAsync(HttpMethod.Delete, $"/v1/users/{id}");

        using var after = await person.SendAsync(HttpMethod.Get, $"/v1/projects/{project}");
        using var signIn = await Script.WithPassword(server.CreateClient("127.0.0.13"), email, Some.Password).SendAsync(HttpMethod.Get, "/v1/users/current");
        using var gone = await admin.SendAsync(HttpMethod.Get, $"/v1/users/{id}");
        using var twice = await admin.SendAsync(HttpMethod.Delete, $"/v1/users/{id}");
        await after.ShouldBeCentralProblemAsync(401, 401.2m);
        await signIn.ShouldBeCentralProblemAsync(401, 401.2m);
        await gone.ShouldBeCentralProblemAsync(404, 404.1m);
        await twice.ShouldBeCentralProblemAsync(404, 404.1m);
        Assert.DoesNotContain((await admin.GetAsync($"/v1/projects/{project}/assignments")).AsArray(), one => (long?)one?["actorId"] == id.Value);
        using var again = await admin.SendAsync(HttpMethod.Post, "/v1/users", new { email });
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    private static List<string> Emails(JsonNode users) => [.. users.AsArray().Select(user => (string?)user?["email"] ?? "")];
}
