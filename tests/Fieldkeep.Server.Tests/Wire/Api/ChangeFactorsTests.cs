using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>Setting factors up, taking them off, proving oneself again, and the doors that have no second step.</summary>
public sealed class ChangeFactorsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Beginning_twice_leaves_only_the_second_secret_and_a_wrong_code_takes_none_into_use()
    {
        var (browser, _) = await PersonAsync();
        using var nothing = await browser.SendAsync(HttpMethod.Post, "/api/account/factors/totp/activation", new { code = "123456" });
        var first = await BeginAsync(browser);
        var second = await BeginAsync(browser);

        using var old = await ActivateAsync(browser, first.FreshCode());
        using var wrong = await ActivateAsync(browser, second.WrongCode());
        var before = await browser.GetAsync("/api/account/factors");
        using var right = await ActivateAsync(browser, second.FreshCode());
        using var again = await ActivateAsync(browser, second.FreshCode());

        await nothing.ShouldBeProblemAsync(409, "factor.not_begun");
        await old.ShouldBeProblemAsync(401, "factor.refused");
        await wrong.ShouldBeProblemAsync(401, "factor.refused");
        Assert.Null(before["totpSince"]);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        await again.ShouldBeProblemAsync(403, "session.confirmation_needed");
    }

    [Fact]
    public async Task A_secret_that_waited_half_an_hour_is_not_taken_into_use()
    {
        var (browser, email) = await PersonAsync();
        var app = await BeginAsync(browser);
        server.Clock.Advance(TimeSpan.FromMinutes(31));
        await browser.PostAsync("/api/session/confirmation", new { password = Some.Password });

        using var late = await ActivateAsync(browser, app.FreshCode());

        await late.ShouldBeProblemAsync(409, "factor.not_begun");
        await new Browser(server.CreateClient("127.0.60.1")).SignInAsync(email, Some.Password);
    }

    [Fact]
    public async Task The_code_to_scan_names_the_account_and_holds_the_secret_that_is_written_beside_it()
    {
        var (browser, email) = await PersonAsync();

        var begun = await browser.PostAsync("/api/account/factors/totp", new { });

        var secret = begun["secret"]?.GetValue<string>() ?? "";
        Assert.Matches("^[A-Z2-7]{32}$", secret);
        Assert.Equal(
            $"otpauth://totp/Fieldkeep%20127.0.0.1:{Uri.EscapeDataString(email)}?secret={secret}&issuer=Fieldkeep%20127.0.0.1&algorithm=SHA1&digits=6&period=30",
            begun["address"]?.GetValue<string>());
        Assert.StartsWith("<svg", begun["svg"]?.GetValue<string>());
    }

    [Fact]
    public async Task Changing_the_app_ends_the_one_before_and_other_sessions_and_renews_the_codes()
    {
        var (browser, email) = await PersonAsync();
        var (old, oldCodes) = await AuthenticatorApp.SetUpAsync(browser, server.Clock);
        var elsewhere = await SignInAsync(email, "127.0.60.2", new { totp = old.FreshCode() });
        await browser.PostAsync("/api/session/confirmation", new { password = Some.Password, totp = old.FreshCode() });
        var (app, codes) = await AuthenticatorApp.SetUpAsync(browser, server.Clock);

        using var ended = await elsewhere.SendAsync(HttpMethod.Get, "/api/session");
        using var byOld = await FinishAsync(email, "127.0.60.2", new { totp = old.FreshCode() });
        using var byOldCode = await FinishAsync(email, "127.0.60.2", new { recoveryCode = oldCodes[0] });

        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        await byOld.ShouldBeProblemAsync(401, "factor.refused");
        await byOldCode.ShouldBeProblemAsync(401, "factor.refused");
        await SignInAsync(email, "127.0.60.2", new { totp = app.FreshCode() });
        await SignInAsync(email, "127.0.60.2", new { recoveryCode = codes[9] });
    }

    [Fact]
    public async Task Taking_the_app_off_asks_for_password_and_code_once_more_and_ends_other_sessions()
    {
        var (browser, email) = await PersonAsync();
        var (app, _) = await AuthenticatorApp.SetUpAsync(browser, server.Clock);
        var elsewhere = await SignInAsync(email, "127.0.60.3", new { totp = app.FreshCode() });

        using var unproven = await browser.SendAsync(HttpMethod.Delete, "/api/account/factors/totp");
        using var half = await browser.SendAsync(HttpMethod.Post, "/api/session/confirmation", new { password = Some.Password });
        using var wrong = await browser.SendAsync(
            HttpMethod.Post, "/api/session/confirmation", new { password = Some.Password, totp = app.WrongCode() });
        using var wrongPassword = await browser.SendAsync(
            HttpMethod.Post, "/api/session/confirmation", new { password = "not-the-password", totp = app.FreshCode() });
        await browser.PostAsync("/api/session/confirmation", new { password = Some.Password, totp = app.FreshCode() });
        using var off = await browser.SendAsync(HttpMethod.Delete, "/api/account/factors/totp");
        using var twice = await browser.SendAsync(HttpMethod.Delete, "/api/account/factors/totp");
        using var ended = await elsewhere.SendAsync(HttpMethod.Get, "/api/session");

        await unproven.ShouldBeProblemAsync(403, "session.confirmation_needed");
        await half.ShouldBeProblemAsync(422, "factor.proof_incomplete");
        await wrong.ShouldBeProblemAsync(401, "factor.refused");
        await wrongPassword.ShouldBeProblemAsync(401, "session.refused");
        Assert.Equal(HttpStatusCode.NoContent, off.StatusCode);
        await twice.ShouldBeProblemAsync(404, "factor.not_found");
        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        var state = await browser.GetAsync("/api/account/factors");
        Assert.Null(state["recoveryCodesLeft"]);
        Assert.Equal(0, await server.QueryAsync<int>(
            "select count(*)::int from accounts.recovery_codes where actor_id = @id", new { id = browser.AccountId }));
        await new Browser(server.CreateClient("127.0.60.4")).SignInAsync(email, Some.Password);
    }

    [Fact]
    public async Task Who_has_a_factor_shows_it_once_more_before_another_is_added()
    {
        var (owner, email) = await PersonAsync();
        var (app, _) = await AuthenticatorApp.SetUpAsync(owner, server.Clock);
        var browser = await SignInAsync(email, "127.0.60.11", new { totp = app.FreshCode() });
        browser.Keep(await browser.GetAsync("/api/session"));

        string[] paths = ["/totp", "/totp/activation", "/passkeys/question", "/passkeys"];
        foreach (var path in paths)
        {
            using var refused = await browser.SendAsync(HttpMethod.Post, $"/api/account/factors{path}", new { code = "123456", name = "Mine" });
            await refused.ShouldBeProblemAsync(403, "session.confirmation_needed");
        }

        await browser.PostAsync("/api/session/confirmation", new { password = Some.Password, totp = app.FreshCode() });
        await browser.PostAsync("/api/account/factors/totp", new { });
        await browser.PostAsync("/api/account/factors/passkeys/question", new { });
    }

    [Fact]
    public async Task A_session_counts_as_proven_for_ten_minutes()
    {
        var (browser, _) = await PersonAsync();
        using var fresh = await browser.SendAsync(HttpMethod.Post, "/api/account/factors/totp", new { });
        server.Clock.Advance(TimeSpan.FromMinutes(10));
        using var stale = await browser.SendAsync(HttpMethod.Post, "/api/account/factors/totp", new { });
        var confirmed = await browser.PostAsync("/api/session/confirmation", new { password = Some.Password });
        using var again = await browser.SendAsync(HttpMethod.Post, "/api/account/factors/totp", new { });

        Assert.Equal(HttpStatusCode.OK, fresh.StatusCode);
        await stale.ShouldBeProblemAsync(403, "session.confirmation_needed");
        Assert.InRange(
            confirmed["until"]!.GetValue<DateTimeOffset>() - server.Clock.GetUtcNow(), // the answer has it
            TimeSpan.FromMinutes(9),
            TimeSpan.FromMinutes(10));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Deleting_asks_a_page_who_it_is_at_every_door_and_scripts_at_none()
    {
        var admin = await server.OrganisationAdminAsync();
        var (first, second) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        server.Clock.Advance(TimeSpan.FromMinutes(10));

        using var unproven = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{first}");
        using var otherDoor = await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{second}");
        using var script = await (await server.ScriptAsync(new ActorId(admin.AccountId))).SendAsync(HttpMethod.Delete, $"/v1/projects/{second}");
        await admin.PostAsync("/api/session/confirmation", new { password = Some.Password });
        using var proven = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{first}");

        await unproven.ShouldBeProblemAsync(403, "session.confirmation_needed");
        Assert.Equal(HttpStatusCode.Forbidden, otherDoor.StatusCode);
        Assert.Equal(HttpStatusCode.OK, script.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, proven.StatusCode);
    }

    [Fact]
    public async Task New_recovery_codes_end_the_old_ones()
    {
        var (browser, email) = await PersonAsync();
        using var none = await RenewAsync(browser, null);
        var (app, codes) = await AuthenticatorApp.SetUpAsync(browser, server.Clock);
        using var renewed = await RenewAsync(browser, app);
        var fresh = (await renewed.Content.ReadFromJsonAsync<JsonNode>(Token))?["codes"]?[0]?.GetValue<string>();

        using var old = await FinishAsync(email, "127.0.60.5", new { recoveryCode = codes[0] });

        await none.ShouldBeProblemAsync(409, "factor.none");
        Assert.Single(await server.LettersToAsync(email), letter => letter.Subject == "New recovery codes");
        await old.ShouldBeProblemAsync(401, "factor.refused");
        await SignInAsync(email, "127.0.60.5", new { recoveryCode = fresh });
        Assert.Equal(9, await server.QueryAsync<int>(
            "select count(*)::int from accounts.recovery_codes where actor_id = @id and used_at is null", new { id = browser.AccountId }));

        async Task<HttpResponseMessage> RenewAsync(Browser who, AuthenticatorApp? by)
        {
            await who.PostAsync("/api/session/confirmation", new { password = Some.Password, totp = by?.FreshCode() });
            return await who.SendAsync(HttpMethod.Post, "/api/account/factors/recovery-codes", new { });
        }
    }

    [Fact]
    public async Task A_script_sends_the_code_beside_the_password_and_is_told_so()
    {
        var (browser, email) = await PersonAsync();
        var (app, _) = await AuthenticatorApp.SetUpAsync(browser, server.Clock);
        var client = server.CreateClient("127.0.60.6");

        using var without = await client.PostAsJsonAsync("/v1/sessions", new { email, password = Some.Password }, Token);
        using var wrong = await client.PostAsJsonAsync("/v1/sessions", new { email, password = Some.Password, totp = app.WrongCode() }, Token);
        using var right = await client.PostAsJsonAsync("/v1/sessions", new { email, password = Some.Password, totp = app.FreshCode() }, Token);

        await without.ShouldBeCentralProblemAsync(401, 401.2m);
        Assert.Contains("totp", await without.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        await wrong.ShouldBeCentralProblemAsync(401, 401.2m);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Fact]
    public async Task Basic_is_refused_with_the_remedy_from_the_very_next_request_and_phones_go_on()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (_, phone) = await admin.AppUserAsync(project);
        var (browser, email) = await PersonAsync();
        var client = server.CreateClient("127.0.60.7");
        client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{email}:{Some.Password}")));
        using var before = await client.GetAsync("/v1/users/current", Token);

        await AuthenticatorApp.SetUpAsync(browser, server.Clock);
        using var central = await client.GetAsync("/v1/users/current", Token);
        using var openRosa = await client.GetAsync($"/v1/projects/{project}/formList", Token);
        using var collecting = await server.CreateClient("127.0.60.8").GetAsync($"/v1/key/{phone}/projects/{project}/formList", Token);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await central.ShouldBeCentralProblemAsync(401, 401.2m);
        Assert.Equal(HttpStatusCode.Unauthorized, openRosa.StatusCode);
        Assert.Contains("app password", await openRosa.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, collecting.StatusCode);
    }

    [Fact]
    public async Task The_owner_is_written_to_when_a_factor_changes_a_recovery_code_is_used_and_codes_are_guessed()
    {
        var (browser, email) = await PersonAsync();
        var (app, codes) = await AuthenticatorApp.SetUpAsync(browser, server.Clock);
        await SignInAsync(email, "127.0.60.9", new { recoveryCode = codes[0] });
        for (var guess = 0; guess < 20; guess++)
        {
            using var wrong = await FinishAsync(email, $"127.0.61.{guess + 1}", new { totp = app.WrongCode() });
        }

        var letters = await server.LettersToAsync(email);
        Assert.Equal(
            ["A recovery code was used", "New sign-in to your account", "Too many wrong codes", "Your second factor was changed"],
            letters.Select(letter => letter.Subject).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(letters, letter => letter.Body.Contains(app.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nobody_asks_for_a_reset_of_which_its_owner_could_not_be_told()
    {
        var admin = await server.OrganisationAdminAsync();
        var (browser, _) = await PersonAsync();
        await AuthenticatorApp.SetUpAsync(browser, server.Clock);

        using var refused = await admin.SendAsync(HttpMethod.Post, $"/api/accounts/{browser.AccountId}/factor-reset", new { });

        await refused.ShouldBeProblemAsync(409, "factor.owner_out_of_reach");
        Assert.Null((await browser.GetAsync("/api/account/factors"))["resetDueAt"]);
    }

    private async Task<AuthenticatorApp> BeginAsync(Browser browser)
    {
        var begun = await browser.PostAsync("/api/account/factors/totp", new { });
        return new AuthenticatorApp(server.Clock, begun["secret"]!.GetValue<string>()); // it is what was asked for
    }

    private static Task<HttpResponseMessage> ActivateAsync(Browser browser, string code) =>
        browser.SendAsync(HttpMethod.Post, "/api/account/factors/totp/activation", new { code });

    private async Task<(Browser Browser, string Email)> PersonAsync()
    {
        var (email, _) = await server.PersonAsync();
        var browser = new Browser(server.CreateClient());
        await browser.SignInAsync(email, Some.Password);
        return (browser, email);
    }

    private async Task<Browser> SignInAsync(string email, string from, object factor)
    {
        using var answer = await FinishAsync(email, from, factor);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(one => one.StartsWith("__Host-session=", StringComparison.Ordinal))
            .Split(';')[0]["__Host-session=".Length..];
        return new Browser(server.CreateClient(from)) { Cookie = cookie };
    }

    private async Task<HttpResponseMessage> FinishAsync(string email, string from, object factor)
    {
        var browser = new Browser(server.CreateClient(from));
        var challenge = await browser.PostAsync("/api/session", new { email, password = Some.Password });
        var body = System.Text.Json.JsonSerializer.SerializeToNode(factor)!; // it is an object
        body["ticket"] = challenge["ticket"]!.GetValue<string>(); // a challenge has one
        return await browser.SendAsync(HttpMethod.Post, "/api/session/factor", body);
    }
}
