using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class SessionsV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_script_signs_in_works_and_signs_out_as_with_central()
    {
        await server.OrganisationAdminAsync();
        var client = server.CreateClient();
        using var signIn = await client.PostAsJsonAsync(
            "/v1/sessions", new { email = Actors.AdminEmail, password = Some.Password }, Token);
        var session = await signIn.Content.ReadFromJsonAsync<JsonNode>(Token);
        var token = session?["token"]?.GetValue<string>();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        var current = await client.GetFromJsonAsync<JsonNode>("/v1/sessions/current", Token);
        var user = await client.GetFromJsonAsync<JsonNode>("/v1/users/current", Token);
        using var made = await client.PostAsJsonAsync("/v1/projects", new { name = "By script" }, Token);
        using var signOut = await client.DeleteAsync("/v1/sessions/current", Token);
        using var after = await client.GetAsync("/v1/users/current", Token);

        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", session?["expiresAt"]?.GetValue<string>());
        Assert.Equal(["token", "csrf", "expiresAt", "createdAt"], (session?.AsObject() ?? []).Select(member => member.Key));
        Assert.Equal(session?["expiresAt"]?.GetValue<string>(), current?["expiresAt"]?.GetValue<string>());
        Assert.Equal("user", user?["type"]?.GetValue<string>());
        Assert.Equal(Actors.AdminEmail, user?["email"]?.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        Assert.Equal("""{"success":true}""", await signOut.Content.ReadAsStringAsync(Token));
        await after.ShouldBeCentralProblemAsync(401, 401.2m);
        Assert.False(signIn.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task An_unknown_account_and_a_wrong_password_get_the_same_answer()
    {
        await server.OrganisationAdminAsync();
        var client = server.CreateClient("127.0.5.1");
        using var wrong = await client.PostAsJsonAsync("/v1/sessions", new { email = Actors.AdminEmail, password = "wrong" }, Token);
        using var unknown = await client.PostAsJsonAsync("/v1/sessions", new { email = "x@example.org", password = "wrong" }, Token);

        await wrong.ShouldBeCentralProblemAsync(401, 401.2m);
        Assert.Equal(await wrong.Content.ReadAsStringAsync(Token), await unknown.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task What_is_missing_is_said()
    {
        using var response = await server.CreateClient().PostAsJsonAsync("/v1/sessions", new { email = "a@example.org" }, Token);

        await response.ShouldBeCentralProblemAsync(400, 400.3m);
    }

    [Fact]
    public async Task A_session_of_someone_else_and_one_that_does_not_exist_are_refused_alike()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var (_, token) = await admin.AppUserAsync(project);

        using var another = await viewer.SendAsync(HttpMethod.Delete, $"/v1/sessions/{admin.Cookie}");
        using var nobodys = await viewer.SendAsync(HttpMethod.Delete, "/v1/sessions/nothing");
        using var phones = await viewer.SendAsync(HttpMethod.Delete, $"/v1/sessions/{token}");

        await another.ShouldBeCentralProblemAsync(403, 403.1m);
        await nobodys.ShouldBeCentralProblemAsync(403, 403.1m);
        await phones.ShouldBeCentralProblemAsync(403, 403.1m);
        Assert.DoesNotContain(admin.Cookie, server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_user_is_revoked_by_its_token_as_in_central()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (_, token) = await admin.AppUserAsync(project);

        using var revoked = await admin.SendAsync(HttpMethod.Delete, $"/v1/sessions/{token}");
        using var phone = await server.CreateClient().GetAsync($"/v1/key/{token}/projects/{project}/formList", Token);

        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, phone.StatusCode);
    }

    [Fact]
    public async Task Nobody_has_no_user()
    {
        using var response = await server.CreateClient().GetAsync("/v1/users/current", Token);

        await response.ShouldBeCentralProblemAsync(404, 404.1m);
    }
}
