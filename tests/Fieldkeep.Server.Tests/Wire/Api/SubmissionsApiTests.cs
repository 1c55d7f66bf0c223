using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class SubmissionsApiTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4, 5, 6, 7, 8, 0xFF, 0xD9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_record_is_a_tree_with_the_forms_words()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(
            Household.Instance(id, photo: "a.jpg", children: [("Bea", ["ball"]), ("Cid", [])]), ("a.jpg", Photo));

        var record = await admin.GetAsync(PathOf(project, id));

        Assert.Equal("Amina", Text(record["instanceName"]));
        var tree = Items(record["tree"]);
        var who = Named(tree, "who");
        Assert.Equal(("group", "Who"), (Text(who["type"]), Text(who["label"])));
        var name = Named(Items(who["children"]), "name");
        Assert.Equal(("/who/name", "Your name", "Amina"), (Text(name["path"]), Text(name["label"]), Text(name["value"])));
        Assert.Equal("A bicycle", Text(Named(tree, "assets")["choiceLabels"]?[0]));
        var photo = Named(tree, "photo")["attachment"];
        Assert.Equal((true, 14, "image/jpeg"), (photo?["present"]?.GetValue<bool>(), photo?["size"]?.GetValue<int>(), Text(photo?["contentType"])));
        var children = Items(Named(tree, "family")["children"]);
        Assert.Equal([1, 2], children.Select(child => child["repeatIndex"]?.GetValue<int>() ?? 0));
        Assert.Equal("repeat", Text(children[0]["type"]));
    }

    [Fact]
    public async Task The_xml_comes_back_byte_for_byte()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        var xml = Household.Instance(id, remark: "<&> \"…\"");
        await phone.SendAsync(xml);

        using var small = await admin.SendAsync(HttpMethod.Get, PathOf(project, id) + "/xml");
        var large = Village.NewId();
        var largeXml = Household.Instance(large, remark: new string('x', 3_000_000));
        await phone.SendAsync(largeXml);
        using var big = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/forms/household/submissions/{Uri.EscapeDataString(large)}.xml");

        Assert.Equal(xml, Encoding.UTF8.GetString(await small.Content.ReadAsByteArrayAsync(Token)));
        Assert.True(largeXml == await big.Content.ReadAsStringAsync(Token), "The large instance differs.");
    }

    [Theory]
    [InlineData("a.jpg", "image/jpeg", "inline")]
    [InlineData("page.html", "application/octet-stream", "attachment")]
    [InlineData("drawing.svg", "application/octet-stream", "attachment")]
    [InlineData("film.mp4", "video/mp4", "attachment")]
    public async Task A_file_is_shown_only_when_it_cannot_do_anything(string name, string type, string disposition)
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id, photo: name), (name, Photo));

        using var response = await admin.SendAsync(HttpMethod.Get, $"{PathOf(project, id)}/attachments/{name}");

        Assert.Equal(Photo, await response.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(disposition, response.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task A_part_of_a_file_can_be_asked_for()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        var large = Enumerable.Range(0, 100_000).Select(at => (byte)(at * 31 % 256)).ToArray();
        await phone.SendAsync(Household.Instance(id, photo: "large.jpg"), ("large.jpg", large));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{PathOf(project, id)}/attachments/large.jpg");
        request.Headers.Add("Cookie", $"__Host-session={admin.Cookie}");
        request.Headers.Range = new RangeHeaderValue(50_000, 70_000);

        using var part = await server.CreateClient().SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(large[50_000..70_001], await part.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Files_that_are_missing_or_not_named_are_told_apart()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id, photo: "late.jpg"));

        using var missing = await admin.SendAsync(HttpMethod.Get, PathOf(project, id) + "/attachments/late.jpg");
        using var unknown = await admin.SendAsync(HttpMethod.Get, PathOf(project, id) + "/attachments/other.jpg");

        await missing.ShouldBeProblemAsync(404, "submission.file_missing");
        await unknown.ShouldBeProblemAsync(404, "submission.no_such_file");
    }

    [Fact]
    public async Task A_submission_of_another_project_does_not_exist()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (_, other, _) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id));
        var stranger = await server.SignedInAsync("manager", other);

        using var elsewhere = await admin.SendAsync(HttpMethod.Get, PathOf(other, id));
        using var asStranger = await stranger.SendAsync(HttpMethod.Get, PathOf(project, id));
        using var file = await stranger.SendAsync(HttpMethod.Get, PathOf(project, id) + "/attachments/a.jpg");

        await elsewhere.ShouldBeProblemAsync(404, "submission.not_found");
        await asStranger.ShouldBeProblemAsync(404, "access.not_found");
        await file.ShouldBeProblemAsync(404, "access.not_found");
    }

    [Fact]
    public async Task Reading_one_record_stands_in_the_audit_book()
    {
        var (_, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id));
        var viewer = await server.SignedInAsync("viewer", project);

        await viewer.GetAsync(PathOf(project, id));

        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from audit.events where action = 'submission.read' and subject_id = @id and actor_id = @actor",
            new { id, actor = viewer.AccountId }));
    }

    private static string PathOf(long project, string id) =>
        $"/api/projects/{project}/forms/household/submissions/{Uri.EscapeDataString(id)}";

    private static List<JsonNode> Items(JsonNode? node) => [.. node?.AsArray().OfType<JsonNode>() ?? []];

    private static JsonNode Named(List<JsonNode> nodes, string name) => nodes.First(node => Text(node["name"]) == name);

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "(null)";

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
