using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Saved;

public sealed class RenameSavedExportTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_renamed_export_keeps_its_settings_and_its_links()
    {
        var (admin, project, saved) = await ArrangeAsync();
        var link = await admin.PostAsync($"{PathOf(project)}/{saved}/links", new { days = 1 });

        var renamed = await admin.SendAsync(HttpMethod.Patch, $"{PathOf(project)}/{saved}", new { name = " Weekly " }).JsonAsync();
        var listed = await admin.SendAsync(HttpMethod.Get, PathOf(project)).JsonAsync();
        using var anyone = server.CreateClient();
        using var fetched = await anyone.GetAsync(new Uri(link.Text("url")).AbsolutePath, Token);

        Assert.Equal(("Weekly", "csv"), (renamed.Text("name"), renamed["export"].Text("format")));
        Assert.Equal("Weekly", Assert.Single(listed.AsArray()).Text("name"));
        Assert.Equal(HttpStatusCode.OK, fetched.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        var (admin, project, saved) = await ArrangeAsync();

        using var response = await admin.SendAsync(HttpMethod.Patch, $"{PathOf(project)}/{saved}", new { name });

        await response.ShouldBeProblemAsync(422, "export.name_invalid");
    }

    [Fact]
    public async Task A_removed_one_has_no_name_to_change()
    {
        var (admin, project, saved) = await ArrangeAsync();
        await admin.SendAsync(HttpMethod.Delete, $"{PathOf(project)}/{saved}");

        using var response = await admin.SendAsync(HttpMethod.Patch, $"{PathOf(project)}/{saved}", new { name = "Weekly" });

        await response.ShouldBeProblemAsync(404, "export.not_saved");
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household/saved-exports";

    private async Task<(Browser Admin, long Project, string Saved)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await server.PhoneAsync(admin, project, Household.Form());
        var made = await admin.PostAsync(PathOf(project), new { name = "Monthly", export = new { format = "csv" } });
        return (admin, project, made.Text("id"));
    }
}
