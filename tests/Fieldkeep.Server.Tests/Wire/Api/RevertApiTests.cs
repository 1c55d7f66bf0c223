using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>An earlier version of a submission becomes its next one.</summary>
public sealed class RevertApiTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly byte[] Before = [1, 2, 3];
    private static readonly byte[] After = [4, 5, 6, 7];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_earlier_version_comes_back_with_its_files_and_that_can_be_undone_in_the_same_way()
    {
        var (admin, path, first, second) = await EditedAsync();

        var third = await RevertAsync(admin, path, first, second, " The second was a mistake. ");

        Assert.Equal(("Amina", Convert.ToHexString(Before)), await ShownAsync(admin, path));
        var history = Items(await admin.GetAsync(path + "/history"));
        Assert.Equal(
            [("1", "The second was a mistake.", third), (null, null, second), (null, null, first)],
            history.Select(entry => (entry["detail"]?.GetValue<string>(), entry["notes"]?.GetValue<string>(), Text(entry["versionId"]))));

        await RevertAsync(admin, path, second, third, null);

        Assert.Equal(("Amina Diallo", Convert.ToHexString(After)), await ShownAsync(admin, path));
        Assert.Equal(4, Items(await admin.GetAsync(path + "/history")).Count);
    }

    [Fact]
    public async Task A_newer_version_than_the_one_that_was_seen_is_not_overwritten()
    {
        var (admin, path, first, second) = await EditedAsync();

        using var unseen = await PostAsync(admin, path, first, first);
        var both = await Task.WhenAll(PostAsync(admin, path, first, second), PostAsync(admin, path, first, second));

        await unseen.ShouldBeProblemAsync(409, "submission.outdated");
        Assert.Equal([200, 409], both.Select(response => (int)response.StatusCode).Order());
        await both.Single(response => (int)response.StatusCode == 409).ShouldBeProblemAsync(409, "submission.outdated");
        Assert.Equal(3, Items(await admin.GetAsync(path + "/history")).Count);
    }

    [Fact]
    public async Task The_current_version_and_one_that_is_not_there_are_refused()
    {
        var (admin, path, _, second) = await EditedAsync();

        using var current = await PostAsync(admin, path, second, second);
        using var unknown = await PostAsync(admin, path, Village.NewId(), second);
        using var none = await PostAsync(admin, path, " ", second);

        await current.ShouldBeProblemAsync(409, "submission.is_current");
        await unknown.ShouldBeProblemAsync(404, "submission.no_such_version");
        await none.ShouldBeProblemAsync(400, "submission.version_missing");
    }

    [Fact]
    public async Task Who_may_only_look_brings_nothing_back_and_others_learn_nothing()
    {
        var (admin, path, first, second) = await EditedAsync();
        var project = long.Parse(path.Split('/')[3]);
        var viewer = await server.SignedInAsync("viewer", project);
        var stranger = await server.SignedInAsync("manager", await admin.ProjectAsync());

        using var looking = await PostAsync(viewer, path, first, second);
        using var strange = await PostAsync(stranger, path, first, second);

        await looking.ShouldBeProblemAsync(403, "access.denied");
        await strange.ShouldBeProblemAsync(404, "access.not_found");
        Assert.Equal(("Amina Diallo", Convert.ToHexString(After)), await ShownAsync(admin, path));
    }

    private static Task<HttpResponseMessage> PostAsync(Browser who, string path, string versionId, string current, string? notes = null) =>
        who.SendAsync(HttpMethod.Post, path + "/revert", new { versionId, current, notes });

    private static async Task<string> RevertAsync(Browser who, string path, string versionId, string current, string? notes) =>
        Text((await who.PostAsync(path + "/revert", new { versionId, current, notes }))["versionId"]);

    private static async Task<(string Name, string Photo)> ShownAsync(Browser who, string path)
    {
        var name = Text((await who.GetAsync(path))["instanceName"]);
        using var photo = await who.SendAsync(HttpMethod.Get, path + "/attachments/roof.jpg");
        return (name, Convert.ToHexString(await photo.Content.ReadAsByteArrayAsync(Token)));
    }

    private static List<JsonNode> Items(JsonNode list) => [.. list["items"]?.AsArray().OfType<JsonNode>() ?? []];

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "(null)";

    private async Task<(Browser Admin, string Path, string First, string Second)> EditedAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Household.Form());
        var (first, second) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Household.Instance(first, "Amina", photo: "roof.jpg"), ("roof.jpg", Before));
        await phone.SendAsync(Household.Instance(second, "Amina Diallo", photo: "roof.jpg", deprecatedId: first), ("roof.jpg", After));
        return (admin, $"/api/projects/{project}/forms/household/submissions/{Uri.EscapeDataString(first)}", first, second);
    }
}
