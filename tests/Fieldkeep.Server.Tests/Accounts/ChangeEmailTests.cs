using System.Net;
using System.Net.Http.Json;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts;

/// <summary>Whoever changes an account's address gets the letters that give the account away: it takes proof, and the owner is told.</summary>
public sealed class ChangeEmailTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ones_own_address_takes_the_password_whose_guesses_are_counted()
    {
        var (email, id) = await server.PersonAsync();
        var person = await server.ScriptAsync(id);
        using var without = await person.SendAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email = Some.Email() });
        for (var guess = 0; guess < 5; guess++)
        {
            using var wrong = await person.SendAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email = Some.Email(), password = "wrong" });
            await wrong.ShouldBeCentralProblemAsync(401, 401.2m);
        }

        using var right = await person.SendAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email = Some.Email(), password = Some.Password });
        var renamed = await person.CallAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email, displayName = "Ada" });

        await without.ShouldBeCentralProblemAsync(400, 400.2m);
        await right.ShouldBeCentralProblemAsync(429, 429.1m);
        Assert.Equal((email, "Ada"), ((string?)renamed["email"], (string?)renamed["displayName"]));
    }

    [Fact]
    public async Task Nobody_finds_out_by_trying_addresses_who_has_an_account()
    {
        var (taken, _) = await server.PersonAsync();
        var (_, id) = await server.PersonAsync();
        var person = await server.ScriptAsync(id);
        for (var guess = 0; guess < 10; guess++)
        {
            using var refused = await person.SendAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email = taken, password = Some.Password });
            await refused.ShouldBeCentralProblemAsync(409, 409.3m);
        }

        using var stopped = await person.SendAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email = taken, password = Some.Password });
        await stopped.ShouldBeCentralProblemAsync(429, 429.1m);
    }

    [Fact]
    public async Task The_address_before_gets_a_letter_and_for_a_week_those_about_passwords_and_factors()
    {
        var (first, id) = await server.PersonAsync();
        var person = await server.ScriptAsync(id);
        var (second, third) = (Some.Email("second"), Some.Email("third"));
        await MoveAsync(second);
        await MoveAsync(third);
        var client = server.CreateClient("127.0.70.1");
        using var byFirst = await client.PostAsJsonAsync("/api/password-resets", new { email = first }, Token);
        using var bySecond = await client.PostAsJsonAsync("/api/password-resets", new { email = second }, Token);

        // Two changes do not make the owner deaf: letters go to the address that was theirs at first.
        var letters = await server.LettersToAsync(first);
        Assert.Equal(
            ["Set a new password", "The e-mail address of your account was changed", "The e-mail address of your account was changed"],
            letters.Select(letter => letter.Subject).Order(StringComparer.Ordinal));
        Assert.Contains(letters, letter => letter.Body.Contains(second, StringComparison.Ordinal));
        Assert.Single(await server.LettersToAsync(third), letter => letter.Subject == "Set a new password");
        Assert.DoesNotContain(await server.LettersToAsync(second), letter => letter.Subject == "Set a new password");
        var link = letters.Single(letter => letter.Subject == "Set a new password").Link;

        using var set = await client.PostAsJsonAsync(
            "/api/password-resets/completion", new { token = link.Fragment.TrimStart('#'), password = Some.OtherPassword }, Token);
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        Assert.Equal(4, (await server.LettersToAsync(first)).Count);

        // The week passes for this account alone: others here have days that count.
        await server.QueryAsync<int>(
            "update accounts.accounts set former_email_until = former_email_until - @week where actor_id = @id returning 1",
            new { week = UpdateAccount.FormerAddressLasts + TimeSpan.FromMinutes(1), id = id.Value });
        using var late = await client.PostAsJsonAsync("/api/password-resets", new { email = first }, Token);
        Assert.Equal(4, (await server.LettersToAsync(first)).Count);
        await server.Services.GetRequiredService<SweepEnded>().RunAsync(Token);
        Assert.Null(await server.QueryAsync<string>("select former_email from accounts.accounts where actor_id = @id", new { id = id.Value }));

        async Task MoveAsync(string to) => await person.CallAsync(
            HttpMethod.Patch, $"/v1/users/{id}", new { email = to, password = Some.Password });
    }

    [Fact]
    public async Task Who_runs_the_server_changes_an_address_and_its_owner_is_told_and_keeps_the_letters()
    {
        var (email, id) = await server.PersonAsync();
        var admin = await server.AdminScriptAsync();
        var taken = Some.Email("taken");
        await admin.CallAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email = taken });
        await admin.ShouldSucceedAsync(HttpMethod.Post, "/v1/users/reset/initiate", new { email = taken });

        Assert.Equal(
            ["Set a new password", "The e-mail address of your account was changed"],
            (await server.LettersToAsync(email)).Select(letter => letter.Subject).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Going_back_to_the_address_before_ends_the_letters_to_two_places()
    {
        var (email, id) = await server.PersonAsync();
        var admin = await server.AdminScriptAsync();
        await admin.CallAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email = Some.Email("mistyped") });
        await admin.CallAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email });

        Assert.Null(await server.QueryAsync<string>("select former_email from accounts.accounts where actor_id = @id", new { id = id.Value }));
    }

    [Fact]
    public async Task A_link_to_a_new_password_that_went_to_the_address_before_is_over_with_it()
    {
        var (email, id) = await server.PersonAsync();
        var client = server.CreateClient("127.0.70.3");
        using var asked = await client.PostAsJsonAsync("/api/password-resets", new { email }, Token);
        var link = Assert.Single(await server.LettersToAsync(email)).Link;
        await (await server.AdminScriptAsync()).CallAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email = Some.Email("moved") });

        using var late = await client.PostAsJsonAsync(
            "/api/password-resets/completion", new { token = link.Fragment.TrimStart('#'), password = Some.OtherPassword }, Token);

        await late.ShouldBeProblemAsync(410, "password_reset.refused");
    }

    [Theory]
    [InlineData("a,b@example.org")]
    [InlineData("a<b@example.org")]
    [InlineData("\"a\"@example.org")]
    public async Task An_address_that_no_letter_reaches_is_refused_and_one_of_old_stops_no_sign_in(string unreachable)
    {
        var (email, id) = await server.PersonAsync();
        var admin = await server.AdminScriptAsync();
        using var refused = await admin.SendAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email = unreachable });
        await server.QueryAsync<int>(
            "update accounts.accounts set email = @unreachable, email_key = @unreachable, last_login_at = now() where actor_id = @id returning 1",
            new { unreachable, id = id.Value });
        var browser = new Browser(server.CreateClient("127.0.70.2"));

        await browser.SignInAsync(unreachable, Some.Password);
        var (app, codes) = await AuthenticatorApp.SetUpAsync(browser, server.Clock);

        await refused.ShouldBeCentralProblemAsync(400, 400.8m);
        Assert.NotEqual(email, unreachable);
        Assert.NotEmpty(app.Secret);
        Assert.Equal(10, codes.Count);
        await server.QueryAsync<int>("update accounts.accounts set deleted_at = now() where actor_id = @id returning 1", new { id = id.Value });
    }

    [Fact]
    public async Task At_the_web_interface_it_takes_a_sign_in_of_the_last_ten_minutes_too()
    {
        var admin = await server.OrganisationAdminAsync();
        var browser = await server.SignedInAsync("viewer", await admin.ProjectAsync());
        server.Clock.Advance(TimeSpan.FromMinutes(10));

        using var refused = await browser.SendAsync(
            HttpMethod.Patch, $"/v1/users/{browser.AccountId}", new { email = Some.Email(), password = Some.Password });

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }
}
