using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Jobs;

public sealed class ListOwnExportsTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Each_sees_their_own_exports_of_the_form_newest_first_until_they_delete_them()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await server.PhoneAsync(admin, project, Household.Form());
        var viewer = await server.SignedInAsync("viewer", project);
        var first = await StartAsync(admin, project, "csv");
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await StartAsync(admin, project, "sav.zip");

        var listed = await ListAsync(admin, project);
        var others = await ListAsync(viewer, project);
        await admin.SendAsync(HttpMethod.Delete, $"/api/exports/{second}");
        var left = await ListAsync(admin, project);

        Assert.Equal([second, first], listed.Select(IdOf));
        Assert.Equal(
            ("sav.zip", "household.sav.zip", false),
            (listed[0]?["format"]?.GetValue<string>(), listed[0]?["fileName"]?.GetValue<string>(), listed[0]?["draft"]?.GetValue<bool>()));
        Assert.Equal(
            TimeSpan.FromHours(24),
            listed[0]?["keptUntil"]?.GetValue<DateTimeOffset>() - listed[0]?["startedAt"]?.GetValue<DateTimeOffset>());
        Assert.Empty(others);
        Assert.Equal([first], left.Select(IdOf));
    }

    private static string PathOf(long project) => $"/api/projects/{project}/forms/household/exports";

    private static async Task<string> StartAsync(Browser browser, long project, string format) =>
        IdOf(await browser.PostAsync(PathOf(project), new { format }));

    private static async Task<JsonArray> ListAsync(Browser browser, long project) =>
        (await browser.GetAsync(PathOf(project)))["items"]?.AsArray() ?? [];

    private static string IdOf(JsonNode? export) => export?["id"]?.GetValue<string>() ?? "";
}
