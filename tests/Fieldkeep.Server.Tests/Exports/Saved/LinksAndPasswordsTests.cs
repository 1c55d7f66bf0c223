using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Saved;

public sealed class LinksAndPasswordsTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] Export = ["export"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_password_ends_the_links_of_its_account_and_no_others()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await server.PhoneAsync(admin, project, Household.Form());
        var viewer = await server.SignedInAsync("viewer", project);
        var saved = (await admin.PostAsync(PathOf(project), new { name = "All", export = new { format = "csv" } })).Text("id");
        var (ended, old) = await LinkAsync(viewer, project, saved);
        var (others, kept) = await LinkAsync(admin, project, saved);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await StatusAsync(old), await StatusAsync(kept)));

        using var changed = await viewer.SendAsync(
            HttpMethod.Put, $"/v1/users/{viewer.AccountId}/password", new { old = Some.Password, @new = Some.OtherPassword });
        Assert.True(changed.IsSuccessStatusCode);
        var (later, works) = await LinkAsync(viewer, project, saved);

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(old));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await StatusAsync(kept), await StatusAsync(works)));
        var now = server.Clock.GetUtcNow();
        var links = (await ListAsync(admin, project)).ToDictionary(
            link => link?["id"]?.GetValue<long>() ?? 0, link => link?["expiresAt"]?.GetValue<DateTimeOffset>() > now);
        Assert.Equal((false, true, true), (links[ended], links[others], links[later]));
    }

    [Fact]
    public async Task A_token_makes_no_link_that_would_outlive_it_without_its_bounds()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await server.PhoneAsync(admin, project, Household.Form());
        var viewer = await server.SignedInAsync("viewer", project);
        var saved = (await viewer.PostAsync(PathOf(project), new { name = "All", export = new { format = "csv" } })).Text("id");
        var made = await viewer.PostAsync("/api/account/tokens", new { name = "nightly", scopes = Export, projects = new[] { project }, days = 1 });
        var script = new Script(server.CreateClient(), new AuthenticationHeaderValue("Bearer", made.Text("secret")));

        await script.GetAsync(PathOf(project));
        using var refused = await script.SendAsync(HttpMethod.Post, $"{PathOf(project)}/{saved}/links", new { days = 366 });

        await refused.ShouldBeProblemAsync(403, "token.not_here");
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household/saved-exports";

    private static async Task<(long Id, string Path)> LinkAsync(Browser browser, long project, string saved)
    {
        var made = await browser.PostAsync($"{PathOf(project)}/{saved}/links", new { days = 30 });
        return (made["id"]?.GetValue<long>() ?? 0, new Uri(made.Text("url")).AbsolutePath);
    }

    private static async Task<JsonArray> ListAsync(Browser browser, long project) =>
        (await browser.GetAsync(PathOf(project)))[0]?["links"]?.AsArray() ?? [];

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var client = server.CreateClient();
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), Token);
        return response.StatusCode;
    }
}
