using System.Net;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Answers;

public sealed class TrashThroughFiltersTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Planted = "PLANTED-TRASH-51c0";
    private const string Trash = "__system/deletedAt ne null";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Trash)]
    [InlineData("not (__system/deletedAt eq null)")]
    [InlineData("__system/deletedAt eq null or who/name ne ''")]
    [InlineData("year(__system/deletedAt) ge 2000")]
    public async Task Only_who_may_delete_reads_the_trash_whatever_the_door(string filter)
    {
        var (admin, project, _) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);

        foreach (var door in DoorsOf(project, filter))
        {
            using var denied = await door.AskAsync(viewer);
            using var given = await door.AskAsync(admin);

            Assert.True(
                denied.StatusCode == HttpStatusCode.Forbidden,
                $"{door.Path}: {(int)denied.StatusCode} {await denied.Content.ReadAsStringAsync(Token)}");
            Assert.True(given.IsSuccessStatusCode, $"{door.Path}: {(int)given.StatusCode} {await given.Content.ReadAsStringAsync(Token)}");
        }
    }

    [Theory]
    [InlineData("__system/deletedAt eq null")]
    [InlineData("who/name ne '' and null eq __system/deletedAt")]
    [InlineData("(__system/deletedAt eq null and who/name eq 'Amina') or (__system/deletedAt eq null and who/name eq 'Bea')")]
    public async Task A_filter_that_leaves_the_trash_out_is_for_everyone(string filter)
    {
        var (_, project, _) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);

        foreach (var door in DoorsOf(project, filter))
        {
            using var given = await door.AskAsync(viewer);

            var text = await given.Content.ReadAsStringAsync(Token);
            Assert.True(given.IsSuccessStatusCode, $"{door.Path}: {(int)given.StatusCode} {text}");
            Assert.DoesNotContain(Planted, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Links_and_exports_that_are_kept_end_with_the_right_to_delete()
    {
        var (_, project, form) = await ArrangeAsync();
        var manager = await server.SignedInAsync("manager", project);
        var saved = await manager.PostAsync($"{form}/saved-exports", new { name = "Trash", export = new { format = "csv", filter = Trash } });
        var link = await manager.PostAsync($"{form}/saved-exports/{saved.Text("id")}/links", new { days = 3 });
        var url = new Uri(link.Text("url")).AbsolutePath;
        var job = (await manager.PostAsync($"{form}/exports", new { format = "csv", filter = Trash })).Text("id");
        while ((await manager.GetAsync($"/api/exports/{job}")).Text("state") == "running")
        {
            await Task.Delay(20, Token);
        }

        using var client = server.CreateClient();
        using var before = await client.GetAsync(new Uri(url, UriKind.Relative), Token);
        using var fetched = await manager.SendAsync(HttpMethod.Get, $"/api/exports/{job}/file");
        await server.AssignAsync(new ActorId(manager.AccountId), "viewer", project, isHeld: true);
        await server.AssignAsync(new ActorId(manager.AccountId), "manager", project, isHeld: false);
        using var after = await client.GetAsync(new Uri(url, UriKind.Relative), Token);
        using var late = await manager.SendAsync(HttpMethod.Get, $"/api/exports/{job}/file");

        Assert.Contains(Planted, await before.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Contains(Planted, await fetched.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        await after.ShouldBeProblemAsync(403, "access.denied");
        await late.ShouldBeProblemAsync(403, "access.denied");
    }

    private static IEnumerable<FilterDoor> DoorsOf(long project, string filter)
    {
        var (api, v1) = ($"/api/projects/{project}/forms/household", $"/v1/projects/{project}/forms/household");
        var (asked, ofRoot) = (Uri.EscapeDataString(filter), Uri.EscapeDataString(FromRoot(filter)));
        yield return new($"{v1}.svc/Submissions?$filter={asked}");
        yield return new($"{v1}.svc/Submissions?$top=1&$filter={asked}");
        yield return new($"{v1}.svc/Submissions?$filter={asked}&$orderby=__system/submissionDate%20asc");
        yield return new($"{v1}.svc/Submissions/$count?$filter={asked}");
        yield return new($"{v1}.svc/Submissions.family.child?$filter={ofRoot}");
        yield return new($"{v1}/submissions.csv?$filter={asked}");
        yield return new($"{v1}/submissions.csv.zip?$filter={asked}");
        yield return new($"{v1}/submissions.geojson?$filter={asked}");
        yield return new($"{api}/rows?filter={asked}");
        yield return new($"{api}/repeats/child/rows?filter={asked}");
        yield return new($"{api}/rows/search", new { filter });
        yield return new($"{api}/rows/search", new { filter, order = "oldest", count = true });
        foreach (var format in new[] { "csv", "xlsx", "ndjson", "geojson", "media.zip" })
        {
            yield return new($"{api}/export?format={format}&filter={asked}");
        }

        yield return new($"{api}/exports", new { format = "csv", filter });
        yield return new($"{api}/exports/preview", new { format = "csv", filter });
        yield return new($"{api}/saved-exports", new { name = "Trash", export = new { format = "csv", filter } });
    }

    // Where rows of repeats are asked, what belongs to the submission is named from the root.
    private static string FromRoot(string filter) => filter
        .Replace("__system", "$root/Submissions/__system", StringComparison.Ordinal)
        .Replace("who/name", "$root/Submissions/who/name", StringComparison.Ordinal);

    private async Task<(Browser Admin, long Project, string Form)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Household.Form());
        var trashed = Village.NewId();
        await phone.SendAsync(Household.Instance(Village.NewId(), name: "Amina", children: [("Bea", [])]));
        await phone.SendAsync(Household.Instance(trashed, name: Planted, children: [(Planted, [])]));
        using var gone = await admin.SendAsync(
            HttpMethod.Delete, $"/v1/projects/{project}/forms/household/submissions/{trashed}");
        Assert.True(gone.IsSuccessStatusCode);
        return (admin, project, $"/api/projects/{project}/forms/household");
    }

    /// <summary>An address that takes a filter; with a body it is posted.</summary>
    private sealed record FilterDoor(string Path, object? Body = null)
    {
        public Task<HttpResponseMessage> AskAsync(Browser browser) => Body is null
            ? browser.SendAsync(HttpMethod.Get, Path)
            : browser.SendAsync(HttpMethod.Post, Path, Body);
    }
}
