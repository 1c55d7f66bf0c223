using System.Net.Http.Json;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class PasswordsV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replaced_password_ends_all_sessions_but_the_one_that_asked()
    {
        var (email, id) = await server.PersonAsync();
        var (asking, other) = (await server.ScriptAsync(id), await server.ScriptAsync(id));
        await asking.ShouldSucceedAsync(HttpMethod.Put, $"/v1/users/{id}/password", new { old = Some.Password, @new = Some.OtherPassword });

        using var ended = await other.SendAsync(HttpMethod.Get, "/v1/users/current");
        using var old = await Script.WithPassword(server.CreateClient("127.0.1.1"), email, Some.Password).SendAsync(HttpMethod.Get, "/v1/users/current");
        await ended.ShouldBeCentralProblemAsync(401, 401.2m);
        await old.ShouldBeCentralProblemAsync(401, 401.2m);
        await asking.GetAsync("/v1/users/current");
        await Script.WithPassword(server.CreateClient("127.0.1.1"), email, Some.OtherPassword).GetAsync("/v1/users/current");
    }

    [Fact]
    public async Task The_old_password_is_needed_and_the_new_one_must_be_strong()
    {
        var (_, id) = await server.PersonAsync();
        var person = await server.ScriptAsync(id);
        using var wrong = await person.SendAsync(HttpMethod.Put, $"/v1/users/{id}/password", new { old = "not-the-old-one", @new = Some.OtherPassword });
        using var weak = await person.SendAsync(HttpMethod.Put, $"/v1/users/{id}/password", new { old = Some.Password, @new = "password1234" });
        using var none = await person.SendAsync(HttpMethod.Put, $"/v1/users/{id}/password", new { old = Some.Password });

        await wrong.ShouldBeCentralProblemAsync(401, 401.2m);
        await weak.ShouldBeCentralProblemAsync(400, 400.44m);
        await none.ShouldBeCentralProblemAsync(400, 400.3m);
    }

    [Fact]
    public async Task Guessing_the_old_password_is_counted_as_at_the_sign_in()
    {
        var (_, id) = await server.PersonAsync();
        var person = await server.ScriptAsync(id);
        for (var guess = 0; guess < 5; guess++)
        {
            using var wrong = await person.SendAsync(HttpMethod.Put, $"/v1/users/{id}/password", new { old = $"guess-{guess}", @new = Some.OtherPassword });
            await wrong.ShouldBeCentralProblemAsync(401, 401.2m);
        }

        using var right = await person.SendAsync(HttpMethod.Put, $"/v1/users/{id}/password", new { old = Some.Password, @new = Some.OtherPassword });
        await right.ShouldBeCentralProblemAsync(429, 429.1m);
        Assert.NotNull(right.Headers.RetryAfter);
    }

    [Fact]
    public async Task Asking_for_a_reset_tells_nobody_whether_the_account_exists_and_changes_nothing()
    {
        var (email, id) = await server.PersonAsync();
        var client = server.CreateClient("127.0.1.2");
        using var known = await client.PostAsJsonAsync("/v1/users/reset/initiate", new { email = email.ToUpperInvariant() }, Token);
        using var unknown = await client.PostAsJsonAsync("/v1/users/reset/initiate", new { email = Some.Email("nobody") }, Token);

        Assert.Equal(
            (known.StatusCode, await known.Content.ReadAsStringAsync(Token)), (unknown.StatusCode, await unknown.Content.ReadAsStringAsync(Token)));
        Assert.Equal("""{"success":true}""", await known.Content.ReadAsStringAsync(Token));
        Assert.Equal(known.Headers.Select(header => header.Key).Order(), unknown.Headers.Select(header => header.Key).Order());
        await Script.WithPassword(server.CreateClient("127.0.1.3"), email, Some.Password).GetAsync("/v1/users/current");
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from audit.events where action = 'account.ask_reset' and subject_id = @id", new { id = id.ToString() }));
    }

    [Fact]
    public async Task Asking_for_resets_is_limited_by_address()
    {
        var client = server.CreateClient("127.0.1.4");
        for (var asked = 0; asked < 10; asked++)
        {
            using var answered = await client.PostAsJsonAsync("/v1/users/reset/initiate", new { email = Some.Email() }, Token);
            answered.EnsureSuccessStatusCode();
        }

        using var eleventh = await client.PostAsJsonAsync("/v1/users/reset/initiate", new { email = Some.Email() }, Token);
        await eleventh.ShouldBeCentralProblemAsync(429, 429.1m);
    }

    [Fact]
    public async Task Only_who_may_change_accounts_makes_a_password_useless()
    {
        var admin = await server.AdminScriptAsync();
        var (email, id) = await server.PersonAsync();
        var person = await server.ScriptAsync(id);
        const string path = "/v1/users/reset/initiate?invalidate=true";
        using var nobody = await server.CreateClient("127.0.1.5").PostAsJsonAsync(path, new { email }, Token);
        using var self = await person.SendAsync(HttpMethod.Post, path, new { email });
        using var last = await admin.SendAsync(HttpMethod.Post, path, new { email = Actors.AdminEmail });
        using var nameless = await admin.SendAsync(HttpMethod.Post, path, new { });
        await admin.ShouldSucceedAsync(HttpMethod.Post, path, new { email });
        await admin.ShouldSucceedAsync(HttpMethod.Post, path, new { email = Some.Email("nobody") });

        await nobody.ShouldBeCentralProblemAsync(401, 401.2m);
        await self.ShouldBeCentralProblemAsync(403, 403.1m);
        await last.ShouldBeCentralProblemAsync(403, 403.1m);
        await nameless.ShouldBeCentralProblemAsync(400, 400.2m);
        using var ended = await person.SendAsync(HttpMethod.Get, "/v1/users/current");
        using var signIn = await Script.WithPassword(server.CreateClient("127.0.1.6"), email, Some.Password).SendAsync(HttpMethod.Get, "/v1/users/current");
        await ended.ShouldBeCentralProblemAsync(401, 401.2m);
        await signIn.ShouldBeCentralProblemAsync(401, 401.2m);
    }
}
