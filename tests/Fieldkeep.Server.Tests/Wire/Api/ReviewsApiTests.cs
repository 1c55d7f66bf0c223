using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class ReviewsApiTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_review_stands_in_the_history_with_its_reason()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id));

        using var response = await admin.SendAsync(
            HttpMethod.Put, PathOf(project, id) + "/review", new { reviewState = "rejected", notes = " The name is not readable. " });

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal("rejected", Text((await admin.GetAsync(PathOf(project, id)))["reviewState"]));
        var history = Items(await admin.GetAsync(PathOf(project, id) + "/history"));
        Assert.Equal(["reviewed", "sent"], history.Select(entry => Text(entry["action"])));
        Assert.Equal(
            ("rejected", "The name is not readable."), (Text(history[0]["detail"]), Text(history[0]["notes"])));
        Assert.NotEqual("", Text(history[0]["actor"]?["name"]));
        Assert.Equal(1, history[1]["version"]?.GetValue<int>());
    }

    [Fact]
    public async Task A_review_can_be_taken_back_and_one_of_no_meaning_is_refused()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id));
        using var approved = await admin.SendAsync(HttpMethod.Put, PathOf(project, id) + "/review", new { reviewState = "approved" });
        using var none = await admin.SendAsync(HttpMethod.Put, PathOf(project, id) + "/review", new { reviewState = (string?)null });
        using var wrong = await admin.SendAsync(HttpMethod.Put, PathOf(project, id) + "/review", new { reviewState = "fine" });

        Assert.True(approved.IsSuccessStatusCode && none.IsSuccessStatusCode);
        await wrong.ShouldBeProblemAsync(400, "submission.bad_review_state");
        Assert.Null((await admin.GetAsync(PathOf(project, id)))["reviewState"]);
    }

    [Fact]
    public async Task Who_may_only_look_may_comment_and_not_review()
    {
        var (_, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id));
        var viewer = await server.SignedInAsync("viewer", project);

        using var review = await viewer.SendAsync(HttpMethod.Put, PathOf(project, id) + "/review", new { reviewState = "approved" });
        var comment = await viewer.PostAsync(PathOf(project, id) + "/comments", new { body = "Is this the right house?" });

        await review.ShouldBeProblemAsync(403, "access.denied");
        Assert.Equal(viewer.AccountId, comment["author"]?["id"]?.GetValue<long>());
        Assert.Equal("Is this the right house?", Text(Assert.Single(Items(await viewer.GetAsync(PathOf(project, id) + "/comments")))["body"]));
    }

    [Fact]
    public async Task A_submission_has_a_thousand_comments_at_most()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id));
        await admin.PostAsync(PathOf(project, id) + "/comments", new { body = "the first" });
        const string more = """
            insert into submissions.comments (submission_id, row_id, author_id, body, created_at)
            select submission_id, gen_random_uuid(), author_id, body, created_at
            from submissions.comments, generate_series(1, 998)
            where submission_id = (select id from submissions.submissions where instance_id = @id)
            returning 1
            """;
        await server.QueryAsync<int>(more, new { id });

        var both = await Task.WhenAll(
            admin.SendAsync(HttpMethod.Post, PathOf(project, id) + "/comments", new { body = "one" }),
            admin.SendAsync(HttpMethod.Post, PathOf(project, id) + "/comments", new { body = "another" }));

        Assert.Equal([200, 409], both.Select(response => (int)response.StatusCode).Order());
        await both.Single(response => (int)response.StatusCode == 409).ShouldBeProblemAsync(409, "comment.too_many");
        Assert.Equal(1_000, Items(await admin.GetAsync(PathOf(project, id) + "/comments")).Count);
    }

    [Fact]
    public async Task An_empty_comment_is_refused()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id));

        using var response = await admin.SendAsync(HttpMethod.Post, PathOf(project, id) + "/comments", new { body = "  " });

        await response.ShouldBeProblemAsync(400, "comment.empty");
    }

    [Fact]
    public async Task Changes_are_told_question_by_question_in_the_forms_words()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var first = Village.NewId();
        await phone.SendAsync(Household.Instance(first, "Amina", children: [("Bea", ["ball"])]));
        var second = Village.NewId();
        await phone.SendAsync(
            Household.Instance(second, "Amina Diallo", deprecatedId: first, children: [("Bea", ["ball"]), ("Cid", ["car"])])
                .Replace("<assets>bicycle</assets>", "<assets>bicycle radio</assets>", StringComparison.Ordinal));

        var versions = Items(await admin.GetAsync(PathOf(project, first) + "/changes"));

        var version = Assert.Single(versions);
        Assert.Equal(second, Text(version["versionId"]));
        Assert.Equal(
            [
                "/who/name Who › Your name: Amina → Amina Diallo",
                "/assets Assets: A bicycle → A bicycle, A radio",
                "/family/child[2]/name Family › Child 2 › Name: (null) → Cid",
                "/family/child[2]/toy[1]/kind Family › Child 2 › Toys 1 › Kind: (null) → car",
            ],
            (version["changes"]?.AsArray() ?? []).Select(change =>
                $"{Text(change?["path"])} {string.Join(" › ", (change?["within"]?.AsArray() ?? []).Append(change?["label"]).Select(Text))}: {Text(change?["old"])} → {Text(change?["new"])}"));
    }

    [Fact]
    public async Task Another_project_tells_nothing()
    {
        var (_, project, phone) = await ArrangeAsync();
        var (_, other, _) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Household.Instance(id));
        var stranger = await server.SignedInAsync("manager", other);

        foreach (var what in (string[])["comments", "history", "changes"])
        {
            using var response = await stranger.SendAsync(HttpMethod.Get, $"{PathOf(project, id)}/{what}");
            await response.ShouldBeProblemAsync(404, "access.not_found");
        }
    }

    private static string PathOf(long project, string id) =>
        $"/api/projects/{project}/forms/household/submissions/{Uri.EscapeDataString(id)}";

    private static List<JsonNode> Items(JsonNode list) => [.. list["items"]?.AsArray().OfType<JsonNode>() ?? []];

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "(null)";

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Household.Form()));
    }
}
