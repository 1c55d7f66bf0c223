using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>Forgotten passwords, by letter.</summary>
public sealed class PasswordResetsApiTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Reset = "/api/password-resets";
    private const string Completion = "/api/password-resets/completion";
    private const string CountBlanks = "select count(*)::int from mail.outbox where state = 'blank' and content is null";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_letter_brings_a_link_that_sets_the_password_once_and_ends_what_the_old_one_opened()
    {
        var (email, id) = await server.PersonAsync();
        var script = await server.ScriptAsync(id);
        var client = server.CreateClient("127.0.20.1");
        var token = await AskAsync(client, email);

        using var set = await client.PostAsJsonAsync(Completion, new { token, password = Some.OtherPassword }, Token);
        using var again = await client.PostAsJsonAsync(Completion, new { token, password = "four-slow-herons-watch-a-kettle" }, Token);
        using var old = await script.SendAsync(HttpMethod.Get, "/v1/users/current");

        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        await again.ShouldBeProblemAsync(410, "password_reset.refused");
        await old.ShouldBeCentralProblemAsync(401, 401.2m);
        await new Browser(server.CreateClient("127.0.20.2")).SignInAsync(email, Some.OtherPassword);
        Assert.Equal(["Set a new password", "Your password was changed"], (await server.LettersToAsync(email)).Select(letter => letter.Subject));
    }

    [Fact]
    public async Task An_account_made_without_a_password_gets_a_letter_that_sets_it_and_one_with_a_password_none()
    {
        var (admin, without, with) = (await server.AdminScriptAsync(), Some.Email("new"), Some.Email("new"));
        await admin.CallAsync(HttpMethod.Post, "/v1/users", new { email = without });
        await admin.CallAsync(HttpMethod.Post, "/v1/users", new { email = with, password = Some.Password });

        var letter = Assert.Single(await server.LettersToAsync(without));
        using var set = await server.CreateClient("127.0.20.30").PostAsJsonAsync(
            Completion, new { token = letter.Link.Fragment[1..], password = Some.OtherPassword }, Token);

        Assert.Equal("Your new account", letter.Subject);
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        await new Browser(server.CreateClient("127.0.20.30")).SignInAsync(without, Some.OtherPassword);
        Assert.Empty(await server.LettersToAsync(with));
    }

    [Fact]
    public async Task One_letter_is_sent_for_one_request_and_its_link_is_this_servers_whatever_host_was_asked()
    {
        var (email, _) = await server.PersonAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, Reset) { Content = JsonContent.Create(new { email = email.ToUpperInvariant() }) };
        request.Headers.Host = "evil.example.org";
        request.Headers.Add("X-Forwarded-Host", "evil.example.org");
        using var asked = await server.CreateClient("127.0.20.3").SendAsync(request, Token);

        var letter = Assert.Single(await server.LettersToAsync(email));

        Assert.Equal(HttpStatusCode.NoContent, asked.StatusCode);
        Assert.Equal(server.Address.Authority, letter.Link.Authority);
        Assert.Equal("/set-password", letter.Link.AbsolutePath);
        Assert.DoesNotContain("evil", letter.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_answer_tells_nobody_whether_the_account_exists()
    {
        var (email, _) = await server.PersonAsync();
        var client = server.CreateClient("127.0.20.4");
        var unknown = Some.Email("nobody");
        var blanks = await server.QueryAsync<int>(CountBlanks);
        using var there = await client.PostAsJsonAsync(Reset, new { email }, Token);
        using var absent = await client.PostAsJsonAsync(Reset, new { email = unknown }, Token);

        Assert.Equal(there.StatusCode, absent.StatusCode);
        Assert.Equal(there.Headers.Select(header => header.Key).Order(), absent.Headers.Select(header => header.Key).Order());
        Assert.Single(await server.LettersToAsync(email));
        Assert.Empty(await server.LettersToAsync(unknown));
        Assert.Equal(blanks + 1, await server.QueryAsync<int>(CountBlanks));
    }

    [Fact]
    public async Task A_link_is_good_for_a_day_and_its_token_is_not_in_the_database()
    {
        var (email, _) = await server.PersonAsync();
        var client = server.CreateClient("127.0.20.5");
        var token = await AskAsync(client, email);

        Assert.False(await server.QueryAsync<bool>(
            "select exists (select 1 from accounts.password_resets r where r::text like '%' || @token || '%')", new { token }));
        server.Clock.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1));
        using var late = await client.PostAsJsonAsync(Completion, new { token, password = Some.OtherPassword }, Token);

        await late.ShouldBeProblemAsync(410, "password_reset.refused");
    }

    [Fact]
    public async Task A_weak_password_does_not_use_the_link_up()
    {
        var (email, _) = await server.PersonAsync();
        var client = server.CreateClient("127.0.20.6");
        var token = await AskAsync(client, email);
        using var weak = await client.PostAsJsonAsync(Completion, new { token, password = "basketball1" }, Token);
        using var endless = await client.PostAsJsonAsync(Completion, new { token, password = new string('x', 1_000_000) }, Token);
        using var strong = await client.PostAsJsonAsync(Completion, new { token, password = Some.OtherPassword }, Token);

        await weak.ShouldBeProblemAsync(422, "password.weak");
        Assert.True((int)endless.StatusCode is 413 or 422, $"{endless.StatusCode}");
        Assert.Equal(HttpStatusCode.NoContent, strong.StatusCode);
    }

    [Fact]
    public async Task A_newer_password_ends_older_links()
    {
        var (email, id) = await server.PersonAsync();
        var client = server.CreateClient("127.0.20.7");
        var token = await AskAsync(client, email);
        var person = await server.ScriptAsync(id);
        await person.ShouldSucceedAsync(HttpMethod.Put, $"/v1/users/{id}/password", new { old = Some.Password, @new = Some.OtherPassword });

        using var late = await client.PostAsJsonAsync(Completion, new { token, password = "four-slow-herons-watch-a-kettle" }, Token);

        await late.ShouldBeProblemAsync(410, "password_reset.refused");
    }

    [Fact]
    public async Task Two_that_use_a_link_at_once_do_not_both_set_a_password()
    {
        var (email, _) = await server.PersonAsync();
        var client = server.CreateClient("127.0.20.8");
        var token = await AskAsync(client, email);
        var answers = await Task.WhenAll(
            client.PostAsJsonAsync(Completion, new { token, password = Some.OtherPassword }, Token),
            client.PostAsJsonAsync(Completion, new { token, password = "four-slow-herons-watch-a-kettle" }, Token));

        Assert.Equal([204, 410], answers.Select(answer => (int)answer.StatusCode).Order());
    }

    [Fact]
    public async Task Guessing_tokens_is_limited()
    {
        var client = server.CreateClient("127.0.20.9");
        for (var guess = 0; guess < 10; guess++)
        {
            using var wrong = await client.PostAsJsonAsync(Completion, new { token = $"guess-{guess}", password = Some.OtherPassword }, Token);
            await wrong.ShouldBeProblemAsync(410, "password_reset.refused");
        }

        using var eleventh = await client.PostAsJsonAsync(Completion, new { token = "guess", password = Some.OtherPassword }, Token);
        await eleventh.ShouldBeProblemAsync(429, "session.too_many_attempts");
    }

    [Fact]
    public async Task Nobody_gets_more_than_three_letters_an_hour()
    {
        var (email, _) = await server.PersonAsync();
        for (var asked = 0; asked < 5; asked++)
        {
            using var answer = await server.CreateClient($"127.0.21.{asked + 1}").PostAsJsonAsync(Reset, new { email }, Token);
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        }

        Assert.Equal(3, (await server.LettersToAsync(email)).Count);
    }

    [Fact]
    public async Task Centrals_scripts_set_the_password_with_the_token_as_a_bearer_token()
    {
        var (email, _) = await server.PersonAsync();
        var client = server.CreateClient("127.0.20.10");
        using var asked = await client.PostAsJsonAsync("/v1/users/reset/initiate", new { email }, Token);
        var token = Assert.Single(await server.LettersToAsync(email)).Link.Fragment[1..];
        var script = new Script(client, new AuthenticationHeaderValue("Bearer", token));

        await script.ShouldSucceedAsync(HttpMethod.Post, "/v1/users/reset/verify", new { @new = Some.OtherPassword });
        using var again = await script.SendAsync(HttpMethod.Post, "/v1/users/reset/verify", new { @new = Some.OtherPassword });
        using var without = await script.SendAsync(HttpMethod.Post, "/v1/users/reset/verify", new { });

        await again.ShouldBeCentralProblemAsync(401, 401.2m);
        await without.ShouldBeCentralProblemAsync(400, 400.2m);
    }

    [Fact]
    public async Task A_letter_is_in_the_language_its_reader_chose()
    {
        var (email, _) = await server.PersonAsync();
        var browser = new Browser(server.CreateClient("127.0.20.11"));
        await browser.SignInAsync(email, Some.Password);
        using var chosen = await browser.SendAsync(HttpMethod.Put, "/api/account/language", new { language = "es" });
        using var unknown = await browser.SendAsync(HttpMethod.Put, "/api/account/language", new { language = "tlh" });
        await AskAsync(server.CreateClient("127.0.20.12"), email, "Establecer una contraseña nueva");

        Assert.Equal(HttpStatusCode.NoContent, chosen.StatusCode);
        await unknown.ShouldBeProblemAsync(422, "account.language_unknown");
    }

    [Fact]
    public async Task A_name_with_a_line_break_is_refused()
    {
        var (_, id) = await server.PersonAsync();
        var person = await server.ScriptAsync(id);
        using var renamed = await person.SendAsync(HttpMethod.Patch, $"/v1/users/{id}", new { displayName = "A\r\nBcc: b@example.org" });

        await renamed.ShouldBeCentralProblemAsync(400, 400.8m);
    }

    private async Task<string> AskAsync(HttpClient client, string email, string subject = "Set a new password")
    {
        using var asked = await client.PostAsJsonAsync(Reset, new { email }, Token);
        Assert.Equal(HttpStatusCode.NoContent, asked.StatusCode);
        var letter = (await server.LettersToAsync(email))[^1];
        Assert.Equal(subject, letter.Subject);
        return letter.Link.Fragment[1..];
    }
}
