using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class SubmissionsV1Tests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task The_list_has_centrals_shape_and_order()
    {
        var (admin, project, phone) = await ArrangeAsync();
        string[] ids = [Village.NewId(), Village.NewId(), Village.NewId()];
        foreach (var id in ids)
        {
            await phone.SendAsync(Household.Instance(id));
        }

        var list = (await admin.GetAsync(PathOf(project))).AsArray();
        var part = (await admin.GetAsync(PathOf(project) + "?offset=1&limit=1")).AsArray();

        Assert.Equal([ids[2], ids[1], ids[0]], list.Select(item => Text(item?["instanceId"])));
        Assert.Equal(ids[1], Text(Assert.Single(part)?["instanceId"]));
        Assert.Equal(
            ["createdAt", "currentVersion", "deletedAt", "deviceId", "instanceId", "reviewState", "submitterId", "updatedAt", "userAgent"],
            list[0]?.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", Text(list[0]?["createdAt"]));
    }

    [Fact]
    public async Task One_submission_its_files_and_its_versions_are_given()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id, name: "Amina", photo: "a.jpg"));
        var path = $"{PathOf(project)}/{Uri.EscapeDataString(id)}";

        var one = await admin.GetAsync(path);
        var files = (await admin.GetAsync(path + "/attachments")).AsArray();
        var versions = (await admin.GetAsync(path + "/versions")).AsArray();

        Assert.Equal((id, "Amina"), (Text(one["currentVersion"]?["instanceId"]), Text(one["currentVersion"]?["instanceName"])));
        Assert.Equal(("a.jpg", false), (Text(files[0]?["name"]), files[0]?["exists"]?.GetValue<bool>()));
        Assert.Equal((id, true), (Text(versions[0]?["instanceId"]), versions[0]?["current"]?.GetValue<bool>()));
    }

    [Fact]
    public async Task A_review_is_kept_in_the_ledger_and_needs_the_right()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id));
        var path = $"{PathOf(project)}/{Uri.EscapeDataString(id)}";
        var viewer = await server.SignedInAsync("viewer", project);

        using var refused = await viewer.SendAsync(HttpMethod.Patch, path, new { reviewState = "approved" });
        using var nonsense = await admin.SendAsync(HttpMethod.Patch, path, new { reviewState = "splendid" });
        using var approved = await admin.SendAsync(HttpMethod.Patch, path, new { reviewState = "approved" });

        await refused.ShouldBeCentralProblemAsync(403, 403.1m);
        await nonsense.ShouldBeCentralProblemAsync(400, 400.8m);
        Assert.True(approved.IsSuccessStatusCode);
        Assert.Equal("approved", Text((await admin.GetAsync(path))["reviewState"]));
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from ledger.entries where action = 'submission.review' and subject_id = @id", new { id }));
    }

    [Fact]
    public async Task A_submission_that_is_not_there_is_central_404_1()
    {
        var (admin, project, _) = await ArrangeAsync();

        using var response = await admin.SendAsync(HttpMethod.Get, PathOf(project) + "/uuid:nothing");

        await response.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    private static string PathOf(long project) => $"/v1/projects/{project}/forms/household/submissions";

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "(null)";

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
