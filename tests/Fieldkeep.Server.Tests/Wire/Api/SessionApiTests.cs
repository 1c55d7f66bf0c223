using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class SessionApiTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Signing_in_tells_who_one_is_and_sets_a_cookie_that_only_this_host_gets_over_tls()
    {
        await server.OrganisationAdminAsync();
        using var response = await server.CreateClient().PostAsJsonAsync(
            "/api/session", new { email = Actors.AdminEmail, password = Some.Password }, Token);

        var session = await response.Content.ReadFromJsonAsync<JsonNode>(Token);
        Assert.Equal("organisationadmin@example.org", session?["account"]?["email"]?.GetValue<string>());
        Assert.Equal("""["admin","operator"]""", session?["account"]?["roles"]?.ToJsonString());
        Assert.Equal("Plum Relief", session?["organisation"]?["name"]?.GetValue<string>());
        var cookie = Assert.Single(
            response.Headers.GetValues("Set-Cookie"), one => one.StartsWith("__Host-session=", StringComparison.Ordinal));
        Assert.Contains("; path=/; secure; samesite=lax; httponly", cookie);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task Nobody_signed_in_is_told_so()
    {
        using var response = await server.CreateClient().GetAsync("/api/session", Token);

        await response.ShouldBeProblemAsync(401, "session.none");
    }

    [Fact]
    public async Task An_unknown_account_and_a_wrong_password_get_the_same_answer()
    {
        var (email, _) = await server.PersonAsync();
        var client = server.CreateClient("127.0.1.1");

        using var wrong = await client.PostAsJsonAsync("/api/session", new { email, password = "not-the-password" }, Token);
        using var unknown = await client.PostAsJsonAsync(
            "/api/session", new { email = "nobody@example.org", password = "not-the-password" }, Token);

        await wrong.ShouldBeProblemAsync(401, "session.refused");
        Assert.Equal(await wrong.Content.ReadAsStringAsync(Token), await unknown.Content.ReadAsStringAsync(Token));
        Assert.Equal(wrong.StatusCode, unknown.StatusCode);
        Assert.Equal(HeadersOf(wrong), HeadersOf(unknown));
    }

    [Fact]
    public async Task A_change_under_a_cookie_needs_the_csrf_token()
    {
        var admin = await server.OrganisationAdminAsync();
        var csrf = admin.Csrf;

        admin.Csrf = "";
        using var without = await admin.SendAsync(HttpMethod.Post, "/api/projects", new { name = "x" });
        admin.Csrf = "wrong";
        using var wrong = await admin.SendAsync(HttpMethod.Post, "/v1/projects", new { name = "x" });
        admin.Csrf = csrf;
        using var right = await admin.SendAsync(HttpMethod.Post, "/api/projects", new { name = "x" });

        await without.ShouldBeProblemAsync(403, "session.csrf");
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.Created, right.StatusCode);
    }

    [Fact]
    public async Task A_form_of_another_site_cannot_sign_anyone_in()
    {
        using var body = new StringContent("""{"email":"a@example.org","password":"x"}""", null, "text/plain");
        using var response = await server.CreateClient().PostAsync("/api/session", body, Token);

        await response.ShouldBeProblemAsync(415, "body.media_type");
    }

    [Fact]
    public async Task Signing_out_ends_the_session_for_whoever_holds_its_cookie()
    {
        var admin = await server.OrganisationAdminAsync();
        var (cookie, csrf) = (admin.Cookie, admin.Csrf);

        using var signOut = await admin.SendAsync(HttpMethod.Delete, "/api/session");
        var thief = new Browser(server.CreateClient()) { Cookie = cookie, Csrf = csrf };
        using var response = await thief.SendAsync(HttpMethod.Get, "/api/session");

        Assert.Equal(HttpStatusCode.NoContent, signOut.StatusCode);
        Assert.Equal("", admin.Cookie);
        await response.ShouldBeProblemAsync(401, "session.none");
    }

    [Fact]
    public async Task A_password_of_a_megabyte_is_refused_before_it_is_read()
    {
        using var response = await server.CreateClient("127.0.1.2").PostAsJsonAsync(
            "/api/session", new { email = Some.Email(), password = new string('x', 1_000_000) }, Token);

        await response.ShouldBeProblemAsync(413, "body.too_large");
    }

    [Fact]
    public async Task A_byte_order_mark_before_a_body_is_passed_over()
    {
        byte[] body = [.. "\uFEFF"u8, .. "{\"email\":\"nobody@example.org\",\"password\":\"wrong\"}"u8];
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        using var response = await server.CreateClient("127.0.1.9").PostAsync(new Uri("/api/session", UriKind.Relative), content, Token);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task A_password_that_is_too_long_is_refused_in_words()
    {
        using var response = await server.CreateClient("127.0.1.3").PostAsJsonAsync(
            "/api/session", new { email = Some.Email(), password = new string('x', 257) }, Token);

        await response.ShouldBeProblemAsync(422, "password.too_long");
    }

    [Theory]
    [InlineData("ＬＯＯＫＡＬＩＫＥ@example.org")]
    [InlineData("loo\u212Aalike@Example.ORG")]
    [InlineData("  lookalike@example.org ")]
    public async Task An_address_that_looks_alike_is_the_same_account(string written)
    {
        if (await server.QueryAsync<bool>("select not exists (select 1 from accounts.accounts where email_key = 'lookalike@example.org')"))
        {
            await server.PersonAsync(email: "lookalike@example.org");
        }

        var browser = new Browser(server.CreateClient());
        await browser.SignInAsync(written, Some.Password);
        var refused = await Assert.ThrowsAsync<Kernel.ProblemException>(() => server.PersonAsync(email: written));

        Assert.NotEqual(0, browser.AccountId);
        Assert.Equal("account.email_taken", refused.Code);
    }

    [Fact]
    public async Task Text_that_cannot_be_kept_is_refused_and_breaks_nothing()
    {
        var client = server.CreateClient("127.0.1.4");

        using var nul = await client.PostAsJsonAsync("/api/session", new { email = "a\0b@example.org", password = "p\0p" }, Token);
        using var noText = await client.PostAsync(
            "/api/session", new StringContent("""{"email":"\ud800@x","password":1}""", null, "application/json"), Token);

        await nul.ShouldBeProblemAsync(401, "session.refused");
        await noText.ShouldBeProblemAsync(400, "body.wrong_type");
    }

    [Fact]
    public async Task Answers_carry_the_security_headers()
    {
        using var response = await server.CreateClient().GetAsync("/api/setup", Token);

        Assert.Equal("max-age=63072000; includeSubDomains", Assert.Single(response.Headers.GetValues("Strict-Transport-Security")));
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.StartsWith("default-src 'none'; sandbox", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
    }

    [Fact]
    public async Task Pages_run_only_scripts_of_this_server()
    {
        using var response = await server.CreateClient().GetAsync("/", Token);

        Assert.StartsWith("default-src 'none'; script-src 'self'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
    }

    [Fact]
    public async Task An_address_that_does_not_exist_is_answered_in_the_dialect_of_its_door()
    {
        var client = server.CreateClient();

        using var api = await client.GetAsync("/api/nothing", Token);
        using var v1 = await client.GetAsync("/v1/nothing", Token);

        await api.ShouldBeProblemAsync(404, "request.not_found");
        await v1.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    private static string HeadersOf(HttpResponseMessage response) =>
        string.Join('\n', response.Headers.Concat(response.Content.Headers)
            .Where(header => header.Key != "Date")
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}"));
}
