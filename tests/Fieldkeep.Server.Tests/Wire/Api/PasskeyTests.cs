using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>Passkeys: registered, alone, as a second step, to confirm; and everything that is not quite one.</summary>
public sealed class PasskeyTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_passkey_signs_in_alone_without_a_name()
    {
        var (owner, _, passkey, codes) = await PersonWithPasskeyAsync();
        var browser = BrowserFrom("127.0.50.1");

        browser.Keep(await browser.PostAsync("/api/session/passkey", new { passkey = passkey.Answer(await AskAsync(browser)) }));

        Assert.Equal(owner.AccountId, browser.AccountId);
        Assert.Equal(10, codes.Count);
        var known = (await browser.GetAsync("/api/account/factors"))["passkeys"]?[0];
        Assert.Equal("My phone", known?["name"]?.GetValue<string>());
        Assert.NotNull(known?["lastUsedAt"]);
    }

    [Fact]
    public async Task A_passkey_is_the_second_step_of_its_own_account_only()
    {
        var (owner, email, passkey, _) = await PersonWithPasskeyAsync();
        var (_, _, strangers, _) = await PersonWithPasskeyAsync();
        var browser = BrowserFrom("127.0.50.2");
        var challenge = await browser.PostAsync("/api/session", new { email, password = Some.Password });
        var ticket = challenge["ticket"]!.GetValue<string>(); // a challenge has one

        Assert.True(challenge["passkey"]?.GetValue<bool>());
        Assert.False(challenge["totp"]?.GetValue<bool>());
        using var strange = await browser.SendAsync(
            HttpMethod.Post, "/api/session/factor", new { ticket, passkey = strangers.Answer(await AskAsync(browser, ticket)) });
        using var alone = await browser.SendAsync(
            HttpMethod.Post, "/api/session/factor", new { ticket, passkey = passkey.Answer(await AskAsync(browser)) });
        browser.Keep(await browser.PostAsync(
            "/api/session/factor", new { ticket, passkey = passkey.Answer(await AskAsync(browser, ticket)) }));

        await strange.ShouldBeProblemAsync(401, "factor.passkey_refused");
        await alone.ShouldBeProblemAsync(401, "factor.ticket_refused");
        Assert.Equal(owner.AccountId, browser.AccountId);
    }

    [Fact]
    public async Task An_answer_counts_once_for_five_minutes_and_for_its_own_question()
    {
        var (_, _, passkey, _) = await PersonWithPasskeyAsync();
        var browser = BrowserFrom("127.0.50.3");
        var answer = passkey.Answer(await AskAsync(browser));
        var late = passkey.Answer(await AskAsync(browser));

        browser.Keep(await browser.PostAsync("/api/session/passkey", new { passkey = answer }));
        await RefusedAsync(answer, "factor.ticket_refused");
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        await RefusedAsync(late, "factor.ticket_refused");
        var (question, other) = (await AskAsync(browser), await AskAsync(browser));
        var mixed = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(passkey.Answer(question)))!; // it was just written
        mixed["ticket"] = other["ticket"]!.GetValue<string>(); // every question has one
        await RefusedAsync(mixed, "factor.passkey_refused");

        async Task RefusedAsync(object sent, string code)
        {
            using var refused = await BrowserFrom("127.0.50.4").SendAsync(HttpMethod.Post, "/api/session/passkey", new { passkey = sent });
            await refused.ShouldBeProblemAsync(401, code);
        }
    }

    [Fact]
    public async Task A_page_of_another_origin_gets_nothing_from_it()
    {
        var (_, _, passkey, _) = await PersonWithPasskeyAsync();
        var browser = BrowserFrom("127.0.50.5");
        passkey.Origin = "https://fieldkeep.example.net";

        using var forged = await browser.SendAsync(
            HttpMethod.Post, "/api/session/passkey", new { passkey = passkey.Answer(await AskAsync(browser)) });
        using var withHeader = await browser.SendAsync(
            HttpMethod.Post,
            "/api/session/passkey",
            System.Net.Http.Json.JsonContent.Create(new { passkey = passkey.Answer(await AskAsync(browser)) }),
            ("Origin", passkey.Origin));

        await forged.ShouldBeProblemAsync(401, "factor.passkey_refused");
        await withHeader.ShouldBeProblemAsync(401, "factor.passkey_refused");
    }

    [Fact]
    public async Task A_removed_passkey_and_one_of_a_removed_account_sign_nobody_in()
    {
        var (owner, _, passkey, _) = await PersonWithPasskeyAsync();
        var browser = BrowserFrom("127.0.50.6");
        var id = (await owner.GetAsync("/api/account/factors"))["passkeys"]?[0]?["id"]?.GetValue<long>();
        await SignInAgainAsync(owner, passkey);
        var waiting = passkey.Answer(await AskAsync(browser));
        using var removed = await owner.SendAsync(HttpMethod.Delete, $"/api/account/factors/passkeys/{id}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);

        using var refused = await browser.SendAsync(HttpMethod.Post, "/api/session/passkey", new { passkey = waiting });
        var (ended, _, second, _) = await PersonWithPasskeyAsync();
        var admin = await server.OrganisationAdminAsync();
        using var gone = await admin.SendAsync(HttpMethod.Delete, $"/v1/users/{ended.AccountId}");
        Assert.Equal(HttpStatusCode.OK, gone.StatusCode);
        using var nobody = await browser.SendAsync(
            HttpMethod.Post, "/api/session/passkey", new { passkey = second.Answer(await AskAsync(browser)) });

        await refused.ShouldBeProblemAsync(401, "factor.passkey_refused");
        await nobody.ShouldBeProblemAsync(401, "factor.passkey_refused");
        Assert.Equal(0, await server.QueryAsync<int>(
            "select count(*)::int from accounts.passkeys where actor_id = @id", new { id = ended.AccountId }));
    }

    [Fact]
    public async Task A_copied_passkey_whose_count_goes_back_is_refused()
    {
        var (_, _, passkey, _) = await PersonWithPasskeyAsync();
        var browser = BrowserFrom("127.0.50.7");
        browser.Keep(await browser.PostAsync("/api/session/passkey", new { passkey = passkey.Answer(await AskAsync(browser)) }));
        browser.Keep(await browser.PostAsync("/api/session/passkey", new { passkey = passkey.Answer(await AskAsync(browser)) }));

        passkey.Count = 0;
        using var copy = await BrowserFrom("127.0.50.7").SendAsync(
            HttpMethod.Post, "/api/session/passkey", new { passkey = passkey.Answer(await AskAsync(browser)) });

        await copy.ShouldBeProblemAsync(401, "factor.passkey_refused");
    }

    [Fact]
    public async Task An_authenticator_that_asks_nobody_for_a_finger_or_pin_is_not_enough()
    {
        var (email, _) = await server.PersonAsync();
        var browser = BrowserFrom("127.0.50.8");
        await browser.SignInAsync(email, Some.Password);
        using var passkey = new SoftPasskey(server.Address) { VerifiesUser = false };

        using var refused = await browser.SendAsync(HttpMethod.Post, "/api/account/factors/passkeys", new
        {
            name = "A key",
            passkey = passkey.Register(await browser.PostAsync("/api/account/factors/passkeys/question", new { })),
        });

        await refused.ShouldBeProblemAsync(422, "factor.passkey_unfit");
    }

    [Fact]
    public async Task Registering_twice_without_a_name_or_with_nonsense_is_told_in_words()
    {
        var (owner, _, passkey, _) = await PersonWithPasskeyAsync();
        using var second = new SoftPasskey(server.Address);
        await SignInAgainAsync(owner, passkey);

        await RefusedAsync(new { name = "Twice", passkey = passkey.Register(await QuestionAsync()) }, "factor.passkey_unfit");
        await RefusedAsync(new { name = " ", passkey = second.Register(await QuestionAsync()) }, "factor.name_invalid");
        await RefusedAsync(new { name = new string('x', 101), passkey = second.Register(await QuestionAsync()) }, "factor.name_invalid");
        await RefusedAsync(
            new { name = "Nonsense", passkey = new { ticket = (await QuestionAsync())["ticket"]!.GetValue<string>(), credential = new { id = 1 } } },
            "factor.passkey_unfit");
        await RefusedAsync(new { name = "Nothing" }, "factor.ticket_refused", 401);

        Task<JsonNode> QuestionAsync() => owner.PostAsync("/api/account/factors/passkeys/question", new { });

        async Task RefusedAsync(object body, string code, int status = 422)
        {
            using var refused = await owner.SendAsync(HttpMethod.Post, "/api/account/factors/passkeys", body);
            await refused.ShouldBeProblemAsync(status, code);
        }
    }

    [Fact]
    public async Task Nonsense_in_place_of_an_answer_is_refused_in_words()
    {
        await PersonWithPasskeyAsync();
        var browser = BrowserFrom("127.0.50.9");
        foreach (var credential in (object[])[new { }, new { id = "AA", type = "public-key", response = new { } }, "text", 7, new[] { 1 }])
        {
            var ticket = (await AskAsync(browser))["ticket"]!.GetValue<string>(); // every question has one
            using var refused = await browser.SendAsync(HttpMethod.Post, "/api/session/passkey", new { passkey = new { ticket, credential } });
            await refused.ShouldBeProblemAsync(401, "factor.passkey_refused");
        }
    }

    [Fact]
    public async Task A_passkey_is_renamed_by_its_owner_only()
    {
        var (owner, _, _, _) = await PersonWithPasskeyAsync();
        var (other, _, _, _) = await PersonWithPasskeyAsync();
        var id = (await owner.GetAsync("/api/account/factors"))["passkeys"]?[0]?["id"]?.GetValue<long>();

        using var renamed = await owner.SendAsync(HttpMethod.Patch, $"/api/account/factors/passkeys/{id}", new { name = "Old phone" });
        using var stolen = await other.SendAsync(HttpMethod.Patch, $"/api/account/factors/passkeys/{id}", new { name = "Mine" });

        Assert.Equal(HttpStatusCode.NoContent, renamed.StatusCode);
        await stolen.ShouldBeProblemAsync(404, "factor.not_found");
        Assert.Equal("Old phone", (await owner.GetAsync("/api/account/factors"))["passkeys"]?[0]?["name"]?.GetValue<string>());
    }

    [Fact]
    public async Task A_passkey_made_in_a_session_does_not_confirm_that_session_and_does_the_next()
    {
        var (owner, _, passkey, codes) = await PersonWithPasskeyAsync();
        var question = await owner.PostAsync("/api/session/confirmation-question", new { });
        using var refused = await owner.SendAsync(
            HttpMethod.Post, "/api/session/confirmation", new { passkey = passkey.Answer(question) });
        using var another = await owner.SendAsync(HttpMethod.Post, "/api/account/factors/totp", new { });

        await refused.ShouldBeProblemAsync(401, "factor.passkey_new");
        await another.ShouldBeProblemAsync(403, "session.confirmation_needed");
        await owner.PostAsync("/api/session/confirmation", new { password = Some.Password, recoveryCode = codes[0] });
        await SignInAgainAsync(owner, passkey);
    }

    // A passkey confirms sessions that are younger than itself.
    private static async Task SignInAgainAsync(Browser owner, SoftPasskey passkey)
    {
        owner.Keep(await owner.PostAsync("/api/session/passkey", new { passkey = passkey.Answer(await AskAsync(owner)) }));
        await ConfirmAsync(owner, passkey);
    }

    private static async Task ConfirmAsync(Browser owner, SoftPasskey passkey)
    {
        var question = await owner.PostAsync("/api/session/confirmation-question", new { });
        await owner.PostAsync("/api/session/confirmation", new { passkey = passkey.Answer(question) });
    }

    private static Task<JsonNode> AskAsync(Browser browser, string? ticket = null) =>
        browser.PostAsync("/api/session/passkey-question", new { ticket });

    private Browser BrowserFrom(string address) => new(server.CreateClient(address));

    private async Task<(Browser Browser, string Email, SoftPasskey Passkey, IReadOnlyList<string> Codes)> PersonWithPasskeyAsync()
    {
        var (email, _) = await server.PersonAsync();
        var browser = new Browser(server.CreateClient());
        await browser.SignInAsync(email, Some.Password);
        var passkey = new SoftPasskey(server.Address);
        var question = await browser.PostAsync("/api/account/factors/passkeys/question", new { });
        var made = await browser.PostAsync("/api/account/factors/passkeys", new { name = "My phone", passkey = passkey.Register(question) });
        Token.ThrowIfCancellationRequested();
        return (browser, email, passkey, [.. ((JsonArray)made["recoveryCodes"]!).Select(code => code!.GetValue<string>())]); // it is what was asked for
    }
}
