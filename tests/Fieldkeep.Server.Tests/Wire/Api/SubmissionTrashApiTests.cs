using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>Submissions go to the trash and come back as they were.</summary>
public sealed class SubmissionTrashApiTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_submission_in_the_trash_is_in_no_list_and_comes_back_as_it_was()
    {
        var (admin, form, ids) = await ArrangeAsync(2);
        var before = await admin.GetAsync(PathOf(form, ids[0]));

        using var trashed = await PostAsync(admin, form, ids[0], "trash", " Sent twice. ");
        using var gone = await admin.SendAsync(HttpMethod.Get, PathOf(form, ids[0]));
        var trash = Items(await admin.GetAsync(form + "/trash"));

        Assert.Equal(204, (int)trashed.StatusCode);
        await gone.ShouldBeProblemAsync(404, "submission.not_found");
        Assert.Equal([ids[0]], trash.Select(item => Text(item["instanceId"])));
        Assert.NotNull(trash[0]["deletedAt"]);

        using var restored = await PostAsync(admin, form, ids[0], "restore", null);

        Assert.Equal(204, (int)restored.StatusCode);
        Assert.Equal(before["tree"]?.ToJsonString(), (await admin.GetAsync(PathOf(form, ids[0])))["tree"]?.ToJsonString());
        Assert.Empty(Items(await admin.GetAsync(form + "/trash")));
        var history = Items(await admin.GetAsync(PathOf(form, ids[0]) + "/history"));
        Assert.Equal(
            [("restored", null), ("trashed", "Sent twice."), ("sent", null)],
            history.Select(entry => (Text(entry["action"]), entry["notes"]?.GetValue<string>())));
    }

    [Fact]
    public async Task The_trash_comes_in_pages()
    {
        var (admin, form, ids) = await ArrangeAsync(3);
        foreach (var id in ids)
        {
            using var trashed = await PostAsync(admin, form, id, "trash", null);
        }

        var first = await admin.GetAsync(form + "/trash?limit=2");
        var rest = await admin.GetAsync($"{form}/trash?limit=2&after={Text(first["next"])}");

        Assert.Equal(ids.AsEnumerable().Reverse(), Items(first).Concat(Items(rest)).Select(item => Text(item["instanceId"])));
        Assert.Null(rest["next"]);
        foreach (var wrong in (string[])["limit=0", "limit=501", "after=x"])
        {
            using var refused = await admin.SendAsync(HttpMethod.Get, $"{form}/trash?{wrong}");
            Assert.Equal(400, (int)refused.StatusCode);
        }
    }

    [Fact]
    public async Task Who_may_not_delete_neither_moves_nor_sees_nor_brings_back()
    {
        var (admin, form, ids) = await ArrangeAsync(2);
        var project = long.Parse(form.Split('/')[3]);
        using var trashed = await PostAsync(admin, form, ids[1], "trash", null);
        var viewer = await server.SignedInAsync("viewer", project);

        using var move = await PostAsync(viewer, form, ids[0], "trash", null);
        using var look = await viewer.SendAsync(HttpMethod.Get, form + "/trash");
        using var back = await PostAsync(viewer, form, ids[1], "restore", null);
        using var twice = await PostAsync(admin, form, ids[1], "trash", null);
        using var never = await PostAsync(admin, form, ids[0], "restore", null);

        await move.ShouldBeProblemAsync(403, "access.denied");
        await look.ShouldBeProblemAsync(403, "access.denied");
        await back.ShouldBeProblemAsync(403, "access.denied");
        await twice.ShouldBeProblemAsync(404, "submission.not_found");
        await never.ShouldBeProblemAsync(404, "submission.not_in_trash");
    }

    private static Task<HttpResponseMessage> PostAsync(Browser who, string form, string id, string what, string? notes) =>
        who.SendAsync(HttpMethod.Post, $"{PathOf(form, id)}/{what}", new { notes });

    private static string PathOf(string form, string id) => $"{form}/submissions/{Uri.EscapeDataString(id)}";

    private static List<JsonNode> Items(JsonNode list) => [.. list["items"]?.AsArray().OfType<JsonNode>() ?? []];

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "(null)";

    private async Task<(Browser Admin, string Form, string[] Ids)> ArrangeAsync(int submissions)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Household.Form());
        var ids = Enumerable.Range(0, submissions).Select(_ => Village.NewId()).ToArray();
        foreach (var id in ids)
        {
            await phone.SendAsync(Household.Instance(id));
        }

        return (admin, $"/api/projects/{project}/forms/household", ids);
    }
}
