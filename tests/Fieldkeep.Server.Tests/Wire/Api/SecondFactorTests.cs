using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>Signing in with a password and a code.</summary>
public sealed class SecondFactorTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_password_alone_signs_in_no_more_and_a_code_of_the_app_does()
    {
        var (browser, email, app, _) = await PersonWithAppAsync();
        var other = new Browser(server.CreateClient("127.0.40.1"));

        var ticket = await TicketAsync(other, email);
        Assert.Equal("", other.Cookie);
        other.Keep(await other.PostAsync("/api/session/factor", new { ticket, totp = app.FreshCode() }));

        Assert.Equal(browser.AccountId, other.AccountId);
        var session = await other.GetAsync("/api/session");
        Assert.True(session["secondFactor"]?["isOn"]?.GetValue<bool>());
        Assert.Equal(10, session["secondFactor"]?["recoveryCodesLeft"]?.GetValue<int>());
    }

    [Fact]
    public async Task A_code_is_taken_once()
    {
        var (_, email, app, _) = await PersonWithAppAsync();
        var browser = new Browser(server.CreateClient("127.0.40.2"));
        var code = app.FreshCode();

        browser.Keep(await browser.PostAsync("/api/session/factor", new { ticket = await TicketAsync(browser, email), totp = code }));
        using var again = await new Browser(server.CreateClient("127.0.40.2")).SendAsync(
            HttpMethod.Post, "/api/session/factor", new { ticket = await TicketAsync(browser, email), totp = code });

        await again.ShouldBeProblemAsync(401, "factor.refused");
    }

    [Fact]
    public async Task Of_many_who_send_the_same_code_at_once_one_is_let_in()
    {
        var (_, email, app, _) = await PersonWithAppAsync();
        var tickets = new List<string>();
        for (var number = 0; number < 8; number++)
        {
            tickets.Add(await TicketAsync(new Browser(server.CreateClient($"127.0.41.{number + 1}")), email));
        }

        var code = app.FreshCode();
        var answers = await Task.WhenAll(tickets.Select(async (ticket, number) =>
        {
            using var answer = await new Browser(server.CreateClient($"127.0.41.{number + 1}"))
                .SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp = code });
            return answer.StatusCode;
        }));

        Assert.Single(answers, status => status == HttpStatusCode.OK);
        Assert.Equal(7, answers.Count(status => status == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_phone_may_be_half_a_minute_off_and_no_more()
    {
        var (_, email, app, _) = await PersonWithAppAsync();
        var browser = new Browser(server.CreateClient("127.0.40.3"));
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        server.Clock.StartStep();

        Assert.Equal(HttpStatusCode.Unauthorized, await FinishAsync(browser, email, app.Code(-2)));
        Assert.Equal(HttpStatusCode.Unauthorized, await FinishAsync(browser, email, app.Code(2)));
        Assert.Equal(HttpStatusCode.OK, await FinishAsync(browser, email, app.Code(-1)));
        Assert.Equal(HttpStatusCode.OK, await FinishAsync(browser, email, app.Code()));
        Assert.Equal(HttpStatusCode.OK, await FinishAsync(browser, email, app.Code(1)));
        Assert.Equal(HttpStatusCode.Unauthorized, await FinishAsync(browser, email, app.Code()));
    }

    [Fact]
    public async Task A_recovery_code_is_taken_once_however_it_is_typed_and_at_once()
    {
        var (_, email, _, codes) = await PersonWithAppAsync();
        var typed = " " + codes[0].Replace("-", " ", StringComparison.Ordinal).ToLowerInvariant();
        var tickets = new List<string>();
        for (var number = 0; number < 4; number++)
        {
            tickets.Add(await TicketAsync(new Browser(server.CreateClient($"127.0.42.{number + 1}")), email));
        }

        var answers = await Task.WhenAll(tickets.Select(async (ticket, number) =>
        {
            using var answer = await new Browser(server.CreateClient($"127.0.42.{number + 1}"))
                .SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, recoveryCode = typed });
            return answer.StatusCode;
        }));

        Assert.Single(answers, status => status == HttpStatusCode.OK);
        var browser = new Browser(server.CreateClient("127.0.42.9"));
        var ninth = await TicketAsync(browser, email);
        browser.Keep(await browser.PostAsync("/api/session/factor", new { ticket = ninth, recoveryCode = codes[1] }));
        Assert.Equal(8, (await browser.GetAsync("/api/session"))["secondFactor"]?["recoveryCodesLeft"]?.GetValue<int>());
    }

    [Fact]
    public async Task A_ticket_takes_five_wrong_codes_and_then_not_even_the_right_one()
    {
        var (_, email, app, _) = await PersonWithAppAsync();
        var browser = new Browser(server.CreateClient("127.0.40.4"));
        var ticket = await TicketAsync(browser, email);
        for (var attempt = 0; attempt < Tickets.MostTries; attempt++)
        {
            using var wrong = await browser.SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp = app.WrongCode() });
            await wrong.ShouldBeProblemAsync(401, "factor.refused");
        }

        using var right = await browser.SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp = app.FreshCode() });

        await right.ShouldBeProblemAsync(401, "factor.ticket_refused");
        Assert.Equal(HttpStatusCode.OK, await FinishAsync(browser, email, app.FreshCode()));
    }

    [Fact]
    public async Task After_twenty_wrong_codes_in_a_day_no_code_is_looked_at_until_the_next()
    {
        var (_, email, app, codes) = await PersonWithAppAsync();
        for (var attempt = 0; attempt < FactorTries.MostInADay; attempt++)
        {
            var guesser = new Browser(server.CreateClient($"127.0.43.{attempt + 1}"));
            Assert.Equal(HttpStatusCode.Unauthorized, await FinishAsync(guesser, email, app.WrongCode()));
        }

        var owner = new Browser(server.CreateClient("127.0.44.1"));
        using var right = await owner.SendAsync(
            HttpMethod.Post, "/api/session/factor", new { ticket = await TicketAsync(owner, email), totp = app.FreshCode() });
        using var recovery = await owner.SendAsync(
            HttpMethod.Post, "/api/session/factor", new { ticket = await TicketAsync(owner, email), recoveryCode = codes[0] });

        await right.ShouldBeProblemAsync(429, "factor.locked");
        await recovery.ShouldBeProblemAsync(429, "factor.locked");
        Assert.InRange(right.Headers.RetryAfter?.Delta ?? TimeSpan.Zero, TimeSpan.FromHours(22), TimeSpan.FromHours(24));
        Assert.Equal("locked", await server.QueryAsync<string>(
            "select detail from audit.events where action = 'factor.refused' and detail is not null and subject_id = @id",
            new { id = (await IdOfAsync(email)).ToString() }));
        server.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.OK, await FinishAsync(owner, email, app.FreshCode()));
    }

    [Fact]
    public async Task A_thousand_guesses_at_once_are_no_more_than_the_budget()
    {
        var (_, email, app, _) = await PersonWithAppAsync();
        var ticket = await TicketAsync(new Browser(server.CreateClient("127.0.45.1")), email);
        var client = server.CreateClient("127.0.45.2");
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            using var answer = await new Browser(client).SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp = app.WrongCode() });
            return await answer.Content.ReadAsStringAsync(Token);
        }));

        Assert.InRange(answers.Count(text => text.Contains("factor.refused", StringComparison.Ordinal)), 1, Tickets.MostTries);
    }

    [Fact]
    public async Task A_ticket_is_good_once_for_five_minutes_for_this_server_and_with_this_password()
    {
        var (owner, email, app, _) = await PersonWithAppAsync();
        var browser = new Browser(server.CreateClient("127.0.40.6"));
        var used = await TicketAsync(browser, email);
        browser.Keep(await browser.PostAsync("/api/session/factor", new { ticket = used, totp = app.FreshCode() }));
        var old = await TicketAsync(browser, email);
        await RefusedAsync(used);
        await RefusedAsync(old[..^2] + (old[^2] == 'A' ? "B" : "A") + old[^1]);
        await RefusedAsync("");
        await RefusedAsync(new string('A', 40_000));
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        await RefusedAsync(old);

        var before = await TicketAsync(browser, email);
        using var replaced = await owner.SendAsync(
            HttpMethod.Put, "/api/account/password", new { old = Some.Password, @new = Some.OtherPassword });
        Assert.Equal(HttpStatusCode.NoContent, replaced.StatusCode);
        await RefusedAsync(before);

        async Task RefusedAsync(string ticket)
        {
            using var answer = await new Browser(server.CreateClient("127.0.40.7"))
                .SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp = app.FreshCode() });
            await answer.ShouldBeProblemAsync(401, "factor.ticket_refused");
        }
    }

    [Fact]
    public async Task Forged_tickets_and_passkeys_shut_nobody_out_behind_the_same_address()
    {
        var (owner, email, app, _) = await PersonWithAppAsync();
        await owner.PostAsync("/api/session/confirmation", new { password = Some.Password, totp = app.FreshCode() });
        using var passkey = new SoftPasskey(server.Address);
        var question = await owner.PostAsync("/api/account/factors/passkeys/question", new { });
        await owner.PostAsync("/api/account/factors/passkeys", new { name = "Mine", passkey = passkey.Register(question) });
        var browser = new Browser(server.CreateClient("127.0.40.12"));
        var stranger = new Browser(server.CreateClient("127.0.40.12"));
        for (var forged = 0; forged < 50; forged++)
        {
            using var step = await stranger.SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket = "forged", totp = "123456" });
            using var alone = await stranger.SendAsync(
                HttpMethod.Post, "/api/session/passkey", new { passkey = new { ticket = "forged", credential = new { } } });
            await step.ShouldBeProblemAsync(401, "factor.ticket_refused");
            await alone.ShouldBeProblemAsync(401, "factor.ticket_refused");
        }

        using var stopped = await stranger.SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket = "forged", totp = "123456" });
        await stopped.ShouldBeProblemAsync(429, "session.too_many_attempts");
        browser.Keep(await browser.PostAsync("/api/session/factor", new { ticket = await TicketAsync(browser, email), totp = app.FreshCode() }));
        var asked = await browser.PostAsync("/api/session/passkey-question", new { });
        browser.Keep(await browser.PostAsync("/api/session/passkey", new { passkey = passkey.Answer(asked) }));
    }

    [Fact]
    public async Task What_is_too_large_or_not_there_is_told_in_words()
    {
        var (_, email, _, _) = await PersonWithAppAsync();
        var browser = new Browser(server.CreateClient("127.0.40.8"));
        var ticket = await TicketAsync(browser, email);

        // With its length said beforehand, so that the server can take it off the wire and answer.
        using var megabyte = new StringContent($$"""{"totp":"{{new string('1', 1_000_000)}}"}""", null, "application/json");
        using var large = await browser.SendAsync(HttpMethod.Post, "/api/session/factor", megabyte);
        using var longer = await browser.SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp = new string('1', 10_000) });
        using var nothing = await browser.SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket });
        using var nul = await browser.SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, recoveryCode = "\0" });

        await large.ShouldBeProblemAsync(413, "body.too_large");
        await longer.ShouldBeProblemAsync(401, "factor.refused");
        await nothing.ShouldBeProblemAsync(422, "factor.proof_incomplete");
        await nul.ShouldBeProblemAsync(401, "factor.refused");
    }

    [Fact]
    public async Task Neither_secrets_nor_codes_lie_in_the_database_in_clear()
    {
        var (_, email, app, codes) = await PersonWithAppAsync();
        var ticket = await TicketAsync(new Browser(server.CreateClient("127.0.40.9")), email);
        using var wrong = await new Browser(server.CreateClient("127.0.40.9"))
            .SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp = app.WrongCode() });

        string[] tables =
        [
            "accounts.totp_secrets", "accounts.recovery_codes", "accounts.tickets", "accounts.sessions", "accounts.accounts",
            "audit.events", "ledger.entries",
        ];
        foreach (var table in tables)
        {
            // Every column as text; bytes as hexadecimal digits.
            var rows = await server.QueryAsync<string>($"select coalesce(string_agg(row::text, ' '), '') from {table} as row");
            Assert.NotNull(rows);
            foreach (var secret in (IEnumerable<string>)[app.Secret, codes[0], codes[0].Replace("-", "", StringComparison.Ordinal), ticket])
            {
                Assert.DoesNotContain(secret, rows, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(secret)), rows, StringComparison.OrdinalIgnoreCase);
            }

            Assert.DoesNotContain(HexOf(app), rows, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static string HexOf(AuthenticatorApp app)
    {
        var bits = string.Concat(app.Secret.Select(letter =>
            Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return string.Concat(Enumerable.Range(0, bits.Length / 8).Select(at => Convert.ToByte(bits.Substring(at * 8, 8), 2).ToString("x2")));
    }

    private async Task<long> IdOfAsync(string email) =>
        await server.QueryAsync<long>("select actor_id from accounts.accounts where email = @email", new { email });

    private async Task<(Browser Browser, string Email, AuthenticatorApp App, IReadOnlyList<string> Codes)> PersonWithAppAsync()
    {
        var (email, _) = await server.PersonAsync();
        var browser = new Browser(server.CreateClient());
        await browser.SignInAsync(email, Some.Password);
        var (app, codes) = await AuthenticatorApp.SetUpAsync(browser, server.Clock);
        return (browser, email, app, codes);
    }

    private static async Task<string> TicketAsync(Browser browser, string email)
    {
        using var answer = await browser.SendAsync(HttpMethod.Post, "/api/session", new { email, password = Some.Password });
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, text);
        return JsonNode.Parse(text)?["ticket"]?.GetValue<string>() ?? "";
    }

    private static async Task<HttpStatusCode> FinishAsync(Browser browser, string email, string totp)
    {
        var ticket = await TicketAsync(browser, email);
        using var answer = await browser.SendAsync(HttpMethod.Post, "/api/session/factor", new { ticket, totp });
        return answer.StatusCode;
    }
}
