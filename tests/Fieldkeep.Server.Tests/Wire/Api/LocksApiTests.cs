using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class LocksApiTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task This_was_not_me_ends_everything_else_and_the_old_password_opens_nothing()
    {
        var (email, id) = await server.PersonAsync();
        var here = await BrowserAsync(email, "127.0.21.1");
        var elsewhere = await BrowserAsync(email, "127.0.21.2");
        var script = await server.ScriptAsync(id);
        using var disowned = await here.SendAsync(HttpMethod.Post, "/api/account/disown");
        Assert.Equal(HttpStatusCode.NoContent, disowned.StatusCode);

        using var ended = await elsewhere.SendAsync(HttpMethod.Get, "/api/session");
        using var bearer = await script.SendAsync(HttpMethod.Get, "/v1/users/current");
        using var again = await SignInAsync(email, Some.Password, "127.0.21.2");
        using var basic = await Script.WithPassword(server.CreateClient("127.0.21.2"), email, Some.Password)
            .SendAsync(HttpMethod.Get, "/v1/users/current");
        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, bearer.StatusCode);
        await again.ShouldBeProblemAsync(401, "session.password_disowned");
        await basic.ShouldBeCentralProblemAsync(401, 401.2m);

        using var changed = await here.SendAsync(
            HttpMethod.Put, $"/v1/users/{id}/password", new { old = Some.Password, @new = Some.OtherPassword });
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var anew = await SignInAsync(email, Some.OtherPassword, "127.0.21.2");
        Assert.Equal(HttpStatusCode.OK, anew.StatusCode);
    }

    [Fact]
    public async Task This_was_not_me_ends_sign_ins_half_done_and_devices_that_were_known()
    {
        var (email, id) = await server.PersonAsync();
        var owner = await BrowserAsync(email, "127.0.21.21");
        var (app, _) = await AuthenticatorApp.SetUpAsync(owner, server.Clock);
        using var begun = await SignInAsync(email, Some.Password, "127.0.21.22");
        var ticket = (await begun.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("ticket").GetString();
        var devices = server.Services.GetRequiredService<KnownDevices>();
        var device = await devices.VouchAsync(null, id, Token);

        using var disowned = await owner.SendAsync(HttpMethod.Post, "/api/account/disown");
        using var finished = await new Browser(server.CreateClient("127.0.21.22"))
            .SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp = app.FreshCode() });

        Assert.Equal(HttpStatusCode.NoContent, disowned.StatusCode);
        await finished.ShouldBeProblemAsync(401, "factor.ticket_refused");
        Assert.Null(await devices.FindAsync(device, email, Token));
    }

    [Fact]
    public async Task A_remembered_basic_client_ends_with_this_was_not_me()
    {
        var (email, _) = await server.PersonAsync();
        var owner = await BrowserAsync(email, "127.0.21.23");
        var client = Script.WithPassword(server.CreateClient("127.0.21.24"), email, Some.Password);
        await client.GetAsync("/v1/users/current");

        using var disowned = await owner.SendAsync(HttpMethod.Post, "/api/account/disown");
        using var refused = await client.SendAsync(HttpMethod.Get, "/v1/users/current");

        Assert.Equal(HttpStatusCode.NoContent, disowned.StatusCode);
        await refused.ShouldBeCentralProblemAsync(401, 401.2m);
    }

    [Fact]
    public async Task The_browser_that_replaces_the_password_stays_known_and_no_other_does()
    {
        var (email, id) = await server.PersonAsync();
        using var signedIn = await SignInAsync(email, Some.Password, "127.0.21.25");
        using var elsewhere = await SignInAsync(email, Some.Password, "127.0.21.26");
        var (device, other) = (DeviceOf(signedIn), DeviceOf(elsewhere));
        var csrf = (await signedIn.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("csrf").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/account/password")
        {
            Content = JsonContent.Create(new { old = Some.Password, @new = Some.OtherPassword }),
        };
        request.Headers.Add("Cookie", $"{device}; {CookieOf(signedIn, "__Host-session=")}");
        request.Headers.Add("X-CSRF-Token", csrf);
        using var replaced = await server.CreateClient("127.0.21.25").SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.NoContent, replaced.StatusCode);
        var devices = server.Services.GetRequiredService<KnownDevices>();
        Assert.True(await devices.IsKnownAsync(ValueOf(DeviceOf(replaced)), id, Token));
        Assert.False(await devices.IsKnownAsync(ValueOf(other), id, Token));
        Assert.False(await devices.IsKnownAsync(ValueOf(device), id, Token));

        static string ValueOf(string cookie) => cookie.Split('=', 2)[1];
    }

    [Fact]
    public async Task This_was_not_me_is_for_pages_with_their_csrf_token_only()
    {
        var (email, id) = await server.PersonAsync();
        var browser = await BrowserAsync(email, "127.0.21.3");
        var csrf = browser.Csrf;
        browser.Csrf = "";
        using var without = await browser.SendAsync(HttpMethod.Post, "/api/account/disown");
        using var bearer = await (await server.ScriptAsync(id)).SendAsync(HttpMethod.Post, "/api/account/disown");
        using var nobody = await server.CreateClient().PostAsync("/api/account/disown", null, Token);
        browser.Csrf = csrf;

        await without.ShouldBeProblemAsync(403, "session.csrf");
        await bearer.ShouldBeProblemAsync(403, "session.page_only");
        await nobody.ShouldBeProblemAsync(401, "session.none");
        using var still = await SignInAsync(email, Some.Password, "127.0.21.3");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task Nobody_lifts_their_own_lock_but_who_runs_the_server()
    {
        var admin = await server.OrganisationAdminAsync();
        var person = await server.SignedInAsync("", 0);
        var branchAdmin = await server.JoinedAsync(admin, await admin.UnitAsync(await admin.HomeAsync()), "admin");

        using var byPerson = await person.SendAsync(HttpMethod.Post, $"/api/accounts/{person.AccountId}/unlock");
        using var byBranchAdmin = await branchAdmin.SendAsync(HttpMethod.Post, $"/api/accounts/{branchAdmin.AccountId}/unlock");
        using var byOperator = await admin.SendAsync(HttpMethod.Post, $"/api/accounts/{admin.AccountId}/unlock");

        await byPerson.ShouldBeProblemAsync(403, "access.denied");
        await byBranchAdmin.ShouldBeProblemAsync(403, "access.denied");
        Assert.Equal(HttpStatusCode.NoContent, byOperator.StatusCode);
    }

    [Fact]
    public async Task An_administrator_lifts_a_lock_and_nobody_else_does()
    {
        var (email, id) = await server.PersonAsync();
        await FailAsync(email, 5, "127.0.21.4");
        using var locked = await SignInAsync(email, Some.Password, "127.0.21.4");
        Assert.Equal(HttpStatusCode.TooManyRequests, locked.StatusCode);
        var admin = await server.OrganisationAdminAsync();
        var manager = await server.SignedInAsync("manager", await admin.ProjectAsync());

        using var refused = await manager.SendAsync(HttpMethod.Post, $"/api/accounts/{id}/unlock");
        using var unlocked = await admin.SendAsync(HttpMethod.Post, $"/api/accounts/{id}/unlock");
        using var unknown = await admin.SendAsync(HttpMethod.Post, "/api/accounts/999999/unlock");
        using var open = await SignInAsync(email, Some.Password, "127.0.21.4");

        await refused.ShouldBeProblemAsync(404, "account.not_found");
        Assert.Equal(HttpStatusCode.NoContent, unlocked.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
    }

    [Fact]
    public async Task The_owner_of_a_locked_account_gets_one_letter_a_day_whose_link_lifts_the_lock_once()
    {
        var (email, _) = await server.PersonAsync();
        await FailAsync(email, 5, "127.0.21.5");
        await FailAsync(email, 5, "127.0.21.6");
        using var locked = await SignInAsync(email, Some.Password, "127.0.21.5");
        var letter = Assert.Single(await server.LettersToAsync(email));
        var secret = letter.Link.Fragment.TrimStart('#');
        var client = server.CreateClient("127.0.21.8");

        using var wrong = await client.PostAsJsonAsync("/api/unlock", new { secret = secret[..^1] + "!" }, Token);
        using var unlocked = await client.PostAsJsonAsync("/api/unlock", new { secret }, Token);
        using var open = await SignInAsync(email, Some.Password, "127.0.21.5");
        using var twice = await client.PostAsJsonAsync("/api/unlock", new { secret }, Token);
        await FailAsync(email, 5, "127.0.21.5");
        await FailAsync(email, 5, "127.0.21.6");

        Assert.Equal(HttpStatusCode.TooManyRequests, locked.StatusCode);
        Assert.EndsWith("/unlock", letter.Link.AbsolutePath, StringComparison.Ordinal);
        await wrong.ShouldBeProblemAsync(403, "session.unlock_refused");
        Assert.Equal(HttpStatusCode.NoContent, unlocked.StatusCode);
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        await twice.ShouldBeProblemAsync(403, "session.unlock_refused");
        Assert.Single(await server.LettersToAsync(email));
    }

    [Fact]
    public async Task Locks_at_the_same_moment_bring_one_letter()
    {
        var (email, id) = await server.PersonAsync();
        var caller = Actor.Anonymous(Door.Web, "127.0.21.30");
        var tell = server.Services.GetRequiredService<TellOfLock>();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => tell.TellAsync(caller, id, email, Token)));

        Assert.Single(await server.LettersToAsync(email));
        server.Clock.Advance(TimeSpan.FromDays(1));
        await tell.TellAsync(caller, id, email, Token);
        Assert.Equal(2, (await server.LettersToAsync(email)).Count);
    }

    [Fact]
    public async Task A_device_that_signed_in_before_is_not_shut_out_by_strangers_and_guesses_no_more_than_five_times_itself()
    {
        var (email, _) = await server.PersonAsync();
        var (another, _) = await server.PersonAsync();
        using var first = await SignInAsync(email, Some.Password, "127.0.21.9");
        var device = DeviceOf(first);
        await FailAsync(email, 5, "127.0.21.10");
        await FailAsync(email, 5, "127.0.21.9");

        using var stranger = await SignInAsync(email, Some.Password, "127.0.21.9");
        using var known = await SignInAsync(email, Some.Password, "127.0.21.9", device);
        await FailAsync(another, 5, "127.0.21.9");
        using var other = await SignInAsync(another, Some.Password, "127.0.21.9", device);
        await FailAsync(email, 5, "127.0.21.9", device);
        using var guessed = await SignInAsync(email, Some.Password, "127.0.21.9", device);

        Assert.Equal(HttpStatusCode.TooManyRequests, stranger.StatusCode);
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, other.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, guessed.StatusCode);
    }

    [Fact]
    public async Task During_a_lock_the_right_password_is_refused_like_a_wrong_one_and_changes_nothing()
    {
        var (email, _) = await server.PersonAsync();
        await FailAsync(email, 5, "127.0.21.11");
        using var wrong = await SignInAsync(email, "wrong", "127.0.21.11");
        using var right = await SignInAsync(email, Some.Password, "127.0.21.11");
        using var after = await SignInAsync(email, "wrong", "127.0.21.11");

        Assert.Equal(HttpStatusCode.TooManyRequests, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, after.StatusCode);
        Assert.Equal(await wrong.Content.ReadAsStringAsync(Token), await right.Content.ReadAsStringAsync(Token));
        Assert.Equal(HeadersOf(wrong), HeadersOf(right));
        Assert.True(after.Headers.RetryAfter?.Delta <= wrong.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Twenty_accounts_of_which_one_address_fails_are_enough()
    {
        for (var account = 0; account < 20; account++)
        {
            await FailAsync($"sprayed{account}@example.org", 1, "127.0.21.12");
        }

        using var next = await SignInAsync("sprayed20@example.org", "wrong", "127.0.21.12");
        using var elsewhere = await SignInAsync("sprayed20@example.org", "wrong", "127.0.21.13");

        Assert.Equal(HttpStatusCode.TooManyRequests, next.StatusCode);
        Assert.InRange(next.Headers.RetryAfter?.Delta ?? TimeSpan.Zero, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(60));
        Assert.Equal(HttpStatusCode.Unauthorized, elsewhere.StatusCode);
    }

    [Theory]
    [InlineData("/api/session")]
    [InlineData("/v1/sessions")]
    public async Task A_password_of_a_megabyte_is_refused_unread_and_counts_as_no_attempt(string path)
    {
        var (email, _) = await server.PersonAsync();
        var client = server.CreateClient(path == "/api/session" ? "127.0.21.14" : "127.0.21.15", isHeld: false);
        for (var sent = 0; sent < 6; sent++)
        {
            // With its length said beforehand, it is refused before it is sent.
            using var body = new StringContent(
                JsonSerializer.Serialize(new { email, password = new string('x', 1 << 20) }), Encoding.UTF8, "application/json");
            using var huge = await client.PostAsync(path, body, Token);
            using var longer = await client.PostAsJsonAsync(path, new { email, password = new string('x', 300) }, Token);
            Assert.InRange((int)huge.StatusCode, 400, 422);
            Assert.InRange((int)longer.StatusCode, 400, 422);
        }

        using var right = await client.PostAsJsonAsync(path, new { email, password = Some.Password }, Token);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    private static string HeadersOf(HttpResponseMessage response) => string.Join(
        '\n',
        response.Headers.Concat(response.Content.Headers)
            .Where(header => header.Key is not ("Date" or "Retry-After"))
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}")
            .Order(StringComparer.Ordinal));

    private static string DeviceOf(HttpResponseMessage response) => CookieOf(response, "__Host-device=");

    private static string CookieOf(HttpResponseMessage response, string name) =>
        response.Headers.GetValues("Set-Cookie").Single(cookie => cookie.StartsWith(name, StringComparison.Ordinal)).Split(';')[0];

    private async Task FailAsync(string email, int times, string from, string? device = null)
    {
        for (var attempt = 0; attempt < times; attempt++)
        {
            using var refused = await SignInAsync(email, "wrong", from, device);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }
    }

    private async Task<Browser> BrowserAsync(string email, string from)
    {
        var browser = new Browser(server.CreateClient(from));
        await browser.SignInAsync(email, Some.Password);
        return browser;
    }

    private async Task<HttpResponseMessage> SignInAsync(string email, string password, string from, string? device = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/session") { Content = JsonContent.Create(new { email, password }) };
        if (device is not null)
        {
            request.Headers.Add("Cookie", device);
        }

        return await server.CreateClient(from).SendAsync(request, Token);
    }
}
