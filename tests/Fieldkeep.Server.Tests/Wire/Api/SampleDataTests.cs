using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Setup;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class SampleDataTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_first_run_that_asks_for_sample_data_gets_a_project_with_a_published_form_and_submissions()
    {
        using var response = await server.CreateClient().PostAsJsonAsync(
            "/api/setup",
            new { organisation = "Plum Relief", name = "Organisation admin", email = Actors.AdminEmail, password = Some.Password, sampleData = true },
            Token);
        var answer = await response.Content.ReadFromJsonAsync<JsonNode>(Token);
        Assert.Equal(201, (int)response.StatusCode);
        Assert.True(answer?["sampleData"]?.GetValue<bool>());

        var admin = await server.OrganisationAdminAsync();
        var project = Assert.Single((await admin.GetAsync("/api/projects"))["items"]?.AsArray() ?? []);
        Assert.Equal("Sample project", project?["name"]?.GetValue<string>());
        var forms = await admin.GetAsync($"/api/projects/{project?["id"]}/forms");
        var form = Assert.Single(forms["items"]?.AsArray() ?? []);
        Assert.Equal("Household visit (sample)", form?["title"]?.GetValue<string>());
        Assert.Equal("1", form?["version"]?.GetValue<string>());
        Assert.Equal(FillSampleProject.Submissions, form?["submissions"]?.GetValue<int>());
    }
}
