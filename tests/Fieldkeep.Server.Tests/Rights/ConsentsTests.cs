using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Rights;

public sealed class ConsentsTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_new_version_asks_anew_and_what_was_agreed_to_stays_on_the_record()
    {
        var admin = await server.OrganisationAdminAsync();
        var (email, _) = await server.PersonAsync();
        var person = new Browser(server.CreateClient());
        await person.SignInAsync(email, Some.Password);
        await admin.PostAsync("/api/texts", new { kind = "terms", body = "Be kind." });

        async Task<JsonNode?> TermsAsync() => (await person.GetAsync("/api/account/consents"))["items"]?.AsArray()
            .Single(one => one?["kind"]?.GetValue<string>() == "terms");
        async Task DoAsync(HttpMethod method, string path, object body)
        {
            using var done = await person.SendAsync(method, path, body);
            Assert.True(done.IsSuccessStatusCode);
        }

        var version = (await TermsAsync())!["version"]!.GetValue<int>(); // just published
        Assert.True((await TermsAsync())?["isDue"]?.GetValue<bool>());
        Assert.Contains("terms", (await person.GetAsync("/api/session"))["textsDue"]?.AsArray().Select(kind => kind?.GetValue<string>()) ?? []);
        await DoAsync(HttpMethod.Post, "/api/account/consents", new { kind = "terms", version });
        await DoAsync(HttpMethod.Post, "/api/account/consents", new { kind = "terms", version });
        Assert.False((await TermsAsync())?["isDue"]?.GetValue<bool>());
        Assert.Single((await TermsAsync())?["given"]?.AsArray() ?? []);

        var next = (await admin.PostAsync("/api/texts", new { kind = "terms", body = "Be kinder." }))["version"]?.GetValue<int>();
        Assert.Equal(version + 1, next);
        Assert.True((await TermsAsync())?["isDue"]?.GetValue<bool>());
        using var old = await person.SendAsync(HttpMethod.Post, "/api/account/consents", new { kind = "terms", version });
        await old.ShouldBeProblemAsync(409, "text.superseded");
        await DoAsync(HttpMethod.Post, "/api/account/consents", new { kind = "terms", version = next });
        await DoAsync(HttpMethod.Delete, "/api/account/consents/terms", new { });
        Assert.True((await TermsAsync())?["isDue"]?.GetValue<bool>());
        Assert.Equal(2, (await TermsAsync())?["given"]?.AsArray().Count);
    }

    [Fact]
    public async Task Texts_that_are_none_are_refused_and_only_operators_publish_them()
    {
        var admin = await server.OrganisationAdminAsync();
        var (email, _) = await server.PersonAsync();
        var person = new Browser(server.CreateClient());
        await person.SignInAsync(email, Some.Password);

        async Task RefusedAsync(Browser who, string path, object body, int status, string code)
        {
            using var refused = await who.SendAsync(HttpMethod.Post, path, body);
            await refused.ShouldBeProblemAsync(status, code);
        }

        await RefusedAsync(person, "/api/texts", new { kind = "terms", body = "Mine." }, 403, "access.denied");
        await RefusedAsync(admin, "/api/texts", new { kind = "terms", body = " " }, 422, "text.invalid");
        await RefusedAsync(admin, "/api/texts", new { kind = "oath", body = "I swear." }, 422, "text.unknown");
        await RefusedAsync(person, "/api/account/consents", new { kind = "dpa", version = 1 }, 422, "text.unknown");
        await RefusedAsync(person, "/api/account/consents", new { kind = "privacy", version = 7 }, 409, "text.superseded");
    }

    [Fact]
    public async Task Every_version_can_be_read_again_and_operators_see_who_published_it()
    {
        var admin = await server.OrganisationAdminAsync();
        var person = await server.SignedInAsync("", 0);
        var first = (int)(await admin.PostAsync("/api/texts", new { kind = "privacy", body = "We keep little." }))["version"]!; // just published
        await admin.PostAsync("/api/texts", new { kind = "privacy", body = "We keep less." });

        var listed = (await admin.GetAsync("/api/texts/privacy/versions"))["items"]!.AsArray(); // a list has items
        Assert.Equal([first + 1, first], listed.Take(2).Select(one => (int)one!["version"]!)); // versions have numbers
        Assert.Equal("Organisation admin", (string?)listed[0]?["by"]?["name"]);
        Assert.Null(listed[0]?["body"]);
        var anyone = new Browser(server.CreateClient());
        Assert.Equal("We keep little.", (string?)(await anyone.GetAsync($"/api/texts/privacy/versions/{first}"))["body"]);
        foreach (var (who, path, status, code) in ((Browser, string, int, string)[])
        [
            (anyone, "privacy/versions/2147483647", 404, "text.not_found"),
            (anyone, "oath/versions/1", 422, "text.unknown"),
            (admin, "oath/versions", 422, "text.unknown"),
            (person, "privacy/versions", 403, "access.denied"),
        ])
        {
            using var refused = await who.SendAsync(HttpMethod.Get, $"/api/texts/{path}");
            await refused.ShouldBeProblemAsync(status, code);
        }
    }

    [Fact]
    public async Task An_organisation_agrees_once_by_an_administrator_and_has_it_as_a_file()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var (email, id) = await server.PersonAsync();
        await server.JoinAsync(id, home);
        var member = new Browser(server.CreateClient());
        await member.SignInAsync(email, Some.Password);
        var version = (await admin.PostAsync("/api/texts", new { kind = "dpa", body = "We process what you say." }))["version"]?.GetValue<int>();
        var path = $"/api/units/{home}/agreements";

        using var first = await admin.SendAsync(HttpMethod.Post, path, new { kind = "dpa", version });
        using var again = await admin.SendAsync(HttpMethod.Post, path, new { kind = "dpa", version });
        using var members = await member.SendAsync(HttpMethod.Post, path, new { kind = "dpa", version });

        Assert.True(first.IsSuccessStatusCode && again.IsSuccessStatusCode);
        await members.ShouldBeProblemAsync(403, "access.denied");
        var file = await admin.GetAsync($"{path}/file");
        Assert.Equal("Organisation admin", file["agreed"]?.AsArray().Single(one => one?["kind"]?.GetValue<string>() == "dpa")?["byName"]?.GetValue<string>());
        Assert.Contains("We process", file["texts"]?.ToJsonString() ?? "", StringComparison.Ordinal);
    }
}
