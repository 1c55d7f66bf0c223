using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Jobs;

public sealed class TrashedProjectTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Planted = "PLANTED-ANSWER-0b7d";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_finished_export_and_a_link_open_nothing_once_their_project_is_in_the_trash()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Household.Form());
        await phone.SendAsync(Household.Instance(Village.NewId(), name: Planted));
        var form = $"/api/projects/{project}/forms/household";
        var saved = await admin.PostAsync($"{form}/saved-exports", new { name = "All", export = new { format = "csv" } });
        var link = new Uri((await admin.PostAsync($"{form}/saved-exports/{saved.Text("id")}/links", new { days = 3 })).Text("url")).AbsolutePath;
        var job = (await admin.PostAsync($"{form}/exports", new { format = "csv" })).Text("id");
        while ((await admin.GetAsync($"/api/exports/{job}")).Text("state") == "running")
        {
            await Task.Delay(20, Token);
        }

        using var client = server.CreateClient();
        using var before = await client.GetAsync(new Uri(link, UriKind.Relative), Token);
        using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}");
        using var file = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{job}/file");
        using var after = await client.GetAsync(new Uri(link, UriKind.Relative), Token);

        Assert.Contains(Planted, await before.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.True(trashed.IsSuccessStatusCode);
        await file.ShouldBeProblemAsync(404, "access.not_found");
        await after.ShouldBeProblemAsync(404, "access.not_found");
    }
}
