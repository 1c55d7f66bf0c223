using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Rights.Held;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Rights;

public sealed class HeldRecordsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_kind_has_words_and_all_words_have_a_kind() =>
        Assert.Equal(
            HeldWords.Kinds.Order(StringComparer.Ordinal),
            server.Services.GetServices<HeldOfPerson>().Select(one => one.Kind).Append(HeldRecords.Sessions).Append(HeldRecords.AccessLog).Order(StringComparer.Ordinal));

    [Fact]
    public async Task People_are_told_what_is_held_and_take_all_of_it_along_and_nothing_of_others()
    {
        await server.OrganisationAdminAsync();
        var (email, _) = await server.PersonAsync();
        var (others, _) = await server.PersonAsync();
        var person = new Browser(server.CreateClient());
        await person.SignInAsync(email, Some.Password);

        var listed = (await person.GetAsync("/api/account/held"))["items"]?.AsArray() ?? [];
        Assert.Equal(1, listed.Single(one => one?["kind"]?.GetValue<string>() == "profile")?["count"]?.GetValue<long>());
        using var response = await person.SendAsync(HttpMethod.Get, "/api/account/records");

        Assert.Equal("application/zip", response.Content.Headers.ContentType?.MediaType);
        await using var zip = new ZipArchive(await response.Content.ReadAsStreamAsync(Token));
        Assert.Equal(listed.Count + 1, zip.Entries.Count);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync(Token));
            texts[entry.FullName] = await reader.ReadToEndAsync(Token);
        }

        Assert.All(texts.Where(text => text.Key != "README.txt"), text => Assert.IsType<JsonArray>(JsonNode.Parse(text.Value)));
        Assert.Contains(email, texts["profile.json"], StringComparison.Ordinal);
        Assert.Contains("sign_in", texts["access-log.json"], StringComparison.Ordinal);
        Assert.All(texts.Values, text => Assert.DoesNotContain(others, text, StringComparison.Ordinal));
        Assert.All(texts.Values, text => Assert.DoesNotContain(Some.Password, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nobody_and_a_token_are_told_nothing()
    {
        using var refused = await new Browser(server.CreateClient()).SendAsync(HttpMethod.Get, "/api/account/records");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        // A person's own right does not go along with a token of theirs.
        var owner = await server.OrganisationAdminAsync();
        var made = await owner.PostAsync("/api/account/tokens", new { name = "nightly", scopes = (string[])["read"] });
        var script = new Script(server.CreateClient(), new AuthenticationHeaderValue("Bearer", made.Text("secret")));
        foreach (var path in (string[])["/api/account/records", "/api/account/held"])
        {
            using var told = await script.SendAsync(HttpMethod.Get, path);
            await told.ShouldBeProblemAsync(403, "session.needed");
        }
    }
}
