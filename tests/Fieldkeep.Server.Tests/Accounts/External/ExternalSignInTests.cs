using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.External;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts.External;

/// <summary>Sign-in with another provider, which runs on a port of its own.</summary>
public sealed class ExternalSignInTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Completion = "/api/session/external/completion";

    private LoginProvider _provider = null!; // set before each test
    private TestServer _server = null!; // as above

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _provider = await LoginProvider.StartAsync();
        _server = new TestServer(cluster)
        {
            Configure = settings => settings with
            {
                ExternalProvider = new ExternalProviderSettings
                {
                    Issuer = new Uri(_provider.Issuer),
                    ClientId = LoginProvider.ClientId,
                    Name = "Plum Login",
                },
            },
        };
        await _server.InitializeAsync();
        _provider.Clock = _server.Clock;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task The_first_time_the_password_joins_the_two_and_after_that_it_is_not_asked_for(string algorithm)
    {
        _provider.Algorithm = algorithm;
        (_provider.Email, _) = await _server.PersonAsync();
        var traveller = new Traveller(_server);
        Assert.Equal("/sign-in/external", await traveller.GoAsync());

        using var asked = await traveller.CompleteAsync(new { });
        using var wrong = await traveller.CompleteAsync(new { password = "not-the-password" });
        using var joined = await traveller.CompleteAsync(new { password = Some.Password });
        using var replayed = await traveller.CompleteAsync(new { password = Some.Password });
        var later = new Traveller(_server);
        await later.GoAsync();
        using var again = await later.CompleteAsync(new { });

        await asked.ShouldBeProblemAsync(409, "external.password_needed");
        await wrong.ShouldBeProblemAsync(401, "session.refused");
        Assert.Equal(HttpStatusCode.OK, joined.StatusCode);
        await replayed.ShouldBeProblemAsync(403, "external.attempt_refused");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        var session = await again.Content.ReadFromJsonAsync<JsonNode>(Token);
        Assert.Equal(_provider.Email, session?["account"].Text("email"));
        Assert.Single(await _server.LettersToAsync(_provider.Email), letter => letter.Subject == "Sign-in with Plum Login was added");
    }

    [Fact]
    public async Task An_account_that_was_made_for_an_address_and_never_used_is_joined_by_it()
    {
        _provider.Email = Some.Email("invited");
        await (await _server.AdminScriptAsync()).CallAsync(HttpMethod.Post, "/v1/users", new { email = _provider.Email });

        Assert.Equal(HttpStatusCode.OK, await StatusAsync());
    }

    [Fact]
    public async Task An_address_that_the_provider_did_not_verify_joins_nothing()
    {
        (_provider.Email, _) = await _server.PersonAsync();
        _provider.IsVerified = false;

        await ShouldCompleteWithAsync("external.no_account", new { password = Some.Password });
    }

    [Fact]
    public async Task Someone_without_an_account_gets_none()
    {
        _provider.Email = Some.Email("stranger");

        await ShouldCompleteWithAsync("external.no_account", new { });
        Assert.Equal(0, await _server.QueryAsync<int>("select count(*)::int from accounts.accounts where email = @email", new { email = _provider.Email }));
    }

    [Fact]
    public async Task A_changed_address_at_the_provider_does_not_reach_another_account()
    {
        (_provider.Email, _) = await _server.PersonAsync();
        var first = new Traveller(_server);
        await first.GoAsync();
        using var joined = await first.CompleteAsync(new { password = Some.Password });
        var own = _provider.Email;
        (_provider.Email, _) = await _server.PersonAsync();
        var second = new Traveller(_server);
        await second.GoAsync();
        using var signedIn = await second.CompleteAsync(new { });

        var session = await signedIn.Content.ReadFromJsonAsync<JsonNode>(Token);
        Assert.Equal(own, session?["account"].Text("email"));
    }

    [Fact]
    public async Task A_sign_in_that_began_before_a_new_password_opens_nothing()
    {
        (_provider.Email, var id) = await _server.PersonAsync();
        var first = new Traveller(_server);
        await first.GoAsync();
        using var joined = await first.CompleteAsync(new { password = Some.Password });
        var again = new Traveller(_server);
        await again.GoAsync();

        using var answer = await _server.WhileSendingAsync(
            id,
            () => again.CompleteAsync(new { }),
            tx => _server.Services.GetRequiredService<PasswordRows>()
                .SetAsync(tx, Actor.System(Door.CommandLine), id, hash: null, keptSession: null, Token));

        Assert.Equal(HttpStatusCode.OK, joined.StatusCode);
        await answer.ShouldBeProblemAsync(401, "session.refused");
        Assert.Equal(0, await _server.QueryAsync<int>(
            "select count(*)::int from accounts.sessions where actor_id = @id and ended_at is null", new { id = id.Value }));
    }

    [Fact]
    public async Task Who_has_a_second_factor_is_joined_when_it_was_shown()
    {
        var browser = await SignedInAsync();
        var (app, _) = await AuthenticatorApp.SetUpAsync(browser, _server.Clock);
        var traveller = new Traveller(_server);
        await traveller.GoAsync();
        using var challenged = await traveller.CompleteAsync(new { password = Some.Password });
        var ticket = (await challenged.Content.ReadFromJsonAsync<JsonNode>(Token)).Text("ticket");
        var joinedBefore = await JoinedAsync(browser);
        using var entered = await new Browser(_server.CreateClient("127.0.50.2"))
            .SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp = app.FreshCode() });

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.OK), (challenged.StatusCode, entered.StatusCode));
        Assert.Equal((0, 1), (joinedBefore, await JoinedAsync(browser)));
        Assert.Equal(HttpStatusCode.Accepted, await StatusAsync());
    }

    [Fact]
    public async Task Whoever_says_that_it_was_not_them_is_parted_from_the_provider_until_they_set_a_password()
    {
        var browser = await SignedInAsync();
        var traveller = new Traveller(_server);
        await traveller.GoAsync();
        using var joined = await traveller.CompleteAsync(new { password = Some.Password });
        using var disowned = await browser.SendAsync(HttpMethod.Post, "/api/account/disown");
        var later = new Traveller(_server);
        await later.GoAsync();
        using var refused = await later.CompleteAsync(new { });

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (joined.StatusCode, disowned.StatusCode));
        await refused.ShouldBeProblemAsync(401, "session.refused");
        Assert.Equal(0, await JoinedAsync(browser));
    }

    [Fact]
    public async Task A_new_password_by_letter_parts_the_account_from_the_provider()
    {
        var browser = await SignedInAsync();
        var traveller = new Traveller(_server);
        await traveller.GoAsync();
        using var joined = await traveller.CompleteAsync(new { password = Some.Password });
        var client = _server.CreateClient("127.0.50.3");
        using var asked = await client.PostAsJsonAsync("/api/password-resets", new { email = _provider.Email }, Token);
        var letter = Assert.Single(await _server.LettersToAsync(_provider.Email), letter => letter.Subject == "Set a new password");
        using var set = await client.PostAsJsonAsync(
            "/api/password-resets/completion", new { token = letter.Link.Fragment.TrimStart('#'), password = Some.OtherPassword }, Token);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (joined.StatusCode, set.StatusCode));
        Assert.Equal(0, await JoinedAsync(browser));
    }

    [Theory]
    [InlineData("nonce", "\"another\"")]
    [InlineData("aud", "\"another-client\"")]
    [InlineData("aud", """["fieldkeep","another-client"]""")]
    [InlineData("iss", "\"https://another.example.org\"")]
    [InlineData("exp", "1000000000")]
    [InlineData("iat", "1000000000")]
    [InlineData("iat", "99999999999")]
    [InlineData("azp", "\"another-client\"")]
    [InlineData("sub", "\"\"")]
    [InlineData("sub", "null")]
    [InlineData("exp", "\"soon\"")]
    public async Task A_token_with_a_claim_that_does_not_hold_is_refused(string claim, string value)
    {
        (_provider.Email, _) = await _server.PersonAsync();
        _provider.Forge = claims => claims[claim] = JsonNode.Parse(value);

        await ShouldBeRefusedAsync("external.answer_refused");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    public async Task A_token_that_is_not_signed_by_a_key_of_the_provider_is_refused(string algorithm)
    {
        (_provider.Email, _) = await _server.PersonAsync();
        _provider.Algorithm = algorithm;

        await ShouldBeRefusedAsync("external.answer_refused");
    }

    [Fact]
    public async Task A_changed_token_is_refused()
    {
        (_provider.Email, _) = await _server.PersonAsync();
        _provider.Tamper = token =>
        {
            var parts = token.Split('.');
            var flipped = parts[1][^1] == 'A' ? 'B' : 'A';
            return $"{parts[0]}.{parts[1][..^8]}{flipped}{parts[1][^7..]}.{parts[2]}";
        };

        await ShouldBeRefusedAsync("external.answer_refused");
    }

    [Fact]
    public async Task A_way_back_is_good_once_and_in_the_browser_that_set_out()
    {
        (_provider.Email, _) = await _server.PersonAsync();
        var traveller = new Traveller(_server);
        var back = await traveller.SetOutAsync();

        Assert.Equal("/sign-in?problem=external.attempt_refused", await new Traveller(_server).ComeBackAsync(back));
        Assert.Equal("/sign-in/external", await traveller.ComeBackAsync(back));
        Assert.Equal("/sign-in?problem=external.attempt_refused", await traveller.ComeBackAsync(back));
        using var elsewhere = await new Traveller(_server).CompleteAsync(new { password = Some.Password });
        await elsewhere.ShouldBeProblemAsync(403, "external.attempt_refused");
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_over()
    {
        (_provider.Email, _) = await _server.PersonAsync();
        var traveller = new Traveller(_server);
        var back = await traveller.SetOutAsync();
        _server.Clock.Advance(TimeSpan.FromMinutes(11));

        Assert.Equal("/sign-in?problem=external.attempt_refused", await traveller.ComeBackAsync(back));
    }

    [Fact]
    public async Task A_provider_that_is_away_is_told_as_such_and_shown_to_nobody_when_there_is_none()
    {
        await _provider.DisposeAsync();
        Assert.Equal("/sign-in?problem=external.unavailable", await new Traveller(_server).GoAsync());

        await using var without = new TestServer(cluster);
        await without.InitializeAsync();
        var none = await without.CreateClient().GetFromJsonAsync<JsonNode>("/api/session/external", Token);
        Assert.Null(none?["name"]);
        Assert.Equal("/sign-in?problem=external.none", await new Traveller(without).GoAsync());
        _provider = await LoginProvider.StartAsync();
    }

    // Somebody at the page, whose address the provider knows.
    private async Task<Browser> SignedInAsync()
    {
        var browser = await _server.SignedInAsync("", 0);
        _provider.Email = (await browser.GetAsync("/api/session"))["account"].Text("email");
        return browser;
    }

    private Task<int> JoinedAsync(Browser browser) => _server.QueryAsync<int>(
        "select count(*)::int from accounts.external_identities where actor_id = @id and ended_at is null", new { id = browser.AccountId });

    private async Task<HttpStatusCode> StatusAsync()
    {
        var traveller = new Traveller(_server);
        await traveller.GoAsync();
        using var answer = await traveller.CompleteAsync(new { });
        return answer.StatusCode;
    }

    private async Task ShouldCompleteWithAsync(string code, object body)
    {
        var traveller = new Traveller(_server);
        Assert.Equal("/sign-in/external", await traveller.GoAsync());
        using var answer = await traveller.CompleteAsync(body);
        await answer.ShouldBeProblemAsync(403, code);
    }

    private async Task ShouldBeRefusedAsync(string code)
    {
        var traveller = new Traveller(_server);
        Assert.Equal($"/sign-in?problem={code}", await traveller.GoAsync());
        using var answer = await traveller.CompleteAsync(new { password = Some.Password });
        await answer.ShouldBeProblemAsync(403, "external.attempt_refused");
    }

    /// <summary>A browser on its way to the provider and back.</summary>
    private sealed class Traveller(TestServer server)
    {
        private readonly HttpClient _client = server.CreateClient("127.0.50.1");
        private string _cookie = "";

        /// <summary>Goes there and back; gives the page it ends at.</summary>
        public async Task<string> GoAsync()
        {
            var there = await SetOutAsync();
            return there.StartsWith('/') ? there : await ComeBackAsync(there);
        }

        /// <summary>Goes to the provider; gives the address it sends back to, or the page that says why not.</summary>
        public async Task<string> SetOutAsync()
        {
            using var begun = await _client.GetAsync(new Uri("/api/session/external/begin", UriKind.Relative), Token);
            var to = LocationOf(begun);
            if (to.StartsWith('/'))
            {
                return to;
            }

            _cookie = begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
            using var plain = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
            using var there = await plain.GetAsync(new Uri(to), Token);
            return new Uri(LocationOf(there)).PathAndQuery is var back ? $"{server.Address.GetLeftPart(UriPartial.Authority)}{back}" : "";
        }

        /// <summary>Follows the way back; gives the page it ends at.</summary>
        public async Task<string> ComeBackAsync(string back)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(back).PathAndQuery);
            if (_cookie.Length > 0)
            {
                request.Headers.Add("Cookie", _cookie);
            }

            using var answer = await _client.SendAsync(request, Token);
            return LocationOf(answer);
        }

        /// <summary>Asks what comes of it, as the page does.</summary>
        public async Task<HttpResponseMessage> CompleteAsync(object body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Completion) { Content = JsonContent.Create(body) };
            if (_cookie.Length > 0)
            {
                request.Headers.Add("Cookie", _cookie);
            }

            return await _client.SendAsync(request, Token);
        }

        private static string LocationOf(HttpResponseMessage answer)
        {
            Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
            return answer.Headers.Location?.OriginalString ?? "";
        }
    }
}
