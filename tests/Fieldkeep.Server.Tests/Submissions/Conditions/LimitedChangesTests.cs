using Fieldkeep.Server.Tests.Support;
using Xunit;
using static Fieldkeep.Server.Tests.Support.Scripts;

namespace Fieldkeep.Server.Tests.Submissions.Conditions;

/// <summary>What may be changed by those whose role is for some submissions.</summary>
public sealed class LimitedChangesTests(TestServer server) : RowConditionStage(server), IClassFixture<TestServer>
{
    [Fact]
    public async Task An_edit_brings_a_submission_in_or_takes_it_away_at_once()
    {
        var (admin, project) = await ArrangeAsync();
        var viewer = await LimitedAsync(admin, project, OfNorth);
        var id = await admin.SendVillageAsync(project, "North one");
        Assert.Equal([id], await ListAsync(viewer, project));
        var second = await EditAsync(admin, project, id, id, "South one");
        Assert.Empty(await ListAsync(viewer, project));
        await StatusAsync(viewer, HttpMethod.Get, SubmissionOf(project, id), 404);
        await EditAsync(admin, project, id, second, "North again");
        Assert.Equal([id], await ListAsync(viewer, project));
        await StatusAsync(admin, HttpMethod.Delete, SubmissionOf(project, id), 200);
        Assert.Empty(await ListAsync(viewer, project));
        await StatusAsync(admin, HttpMethod.Post, $"{SubmissionOf(project, id)}/restore", 200);
        Assert.Equal([id], await ListAsync(viewer, project));
    }

    [Fact]
    public async Task A_review_moves_submissions_between_people_at_once()
    {
        var (admin, project) = await ArrangeAsync();
        var approved = await LimitedAsync(admin, project, new { fact = "reviewState", op = "=", value = "approved" });
        var open = await LimitedAsync(admin, project, new { fact = "reviewState", op = "is-empty" });
        var id = await admin.SendVillageAsync(project);
        Assert.Empty(await ListAsync(approved, project));
        Assert.Equal([id], await ListAsync(open, project));
        await admin.SendAsync(HttpMethod.Put, $"{FormOf(project)}/submissions/{id}/review", new { reviewState = "approved" }).JsonAsync();
        Assert.Equal([id], await ListAsync(approved, project));
        Assert.Empty(await ListAsync(open, project));
        await EditAsync(admin, project, id, id, "Arua");
        Assert.Empty(await ListAsync(approved, project));
    }

    [Fact]
    public async Task Who_may_change_some_submissions_can_neither_touch_others_nor_move_one_out_of_reach()
    {
        var (admin, project) = await ArrangeAsync();
        var manager = await LimitedAsync(admin, project, OfNorth, "manager");
        var north = await admin.SendVillageAsync(project, "North one");
        var south = await admin.SendVillageAsync(project, "South one");
        await StatusAsync(manager, HttpMethod.Delete, SubmissionOf(project, south), 404);
        await PutAsync(manager, project, south, south, "North stolen", 404);
        await PutAsync(manager, project, north, north, "South lost", 403);
        Assert.Equal("North one", await NameAsync(admin, project, north));
        await PutAsync(manager, project, north, north, "North mended", 200);
        await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/submissions/{north}/review", new { reviewState = "approved" }).JsonAsync();
        using var unseen = await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/submissions/{south}/review", new { reviewState = "approved" });
        await unseen.ShouldBeProblemAsync(404, "submission.not_found");
        await StatusAsync(manager, HttpMethod.Delete, SubmissionOf(project, north), 200);
        await StatusAsync(manager, HttpMethod.Post, $"{SubmissionOf(project, north)}/restore", 200);
    }

    [Fact]
    public async Task Who_sees_all_and_may_change_some_is_refused_and_not_told_that_others_are_gone()
    {
        var (admin, project) = await ArrangeAsync();
        var person = await Server.SignedInAsync("viewer", project);
        await GiveAsync(admin, project, person.AccountId, "manager", await ConditionAsync(admin, project, OfNorth));
        var south = await admin.SendVillageAsync(project, "South one");
        Assert.Equal([south], await ListAsync(person, project));
        using var review = await person.SendAsync(HttpMethod.Put, $"{FormOf(project)}/submissions/{south}/review", new { reviewState = "approved" });
        await review.ShouldBeProblemAsync(403, "access.denied");
        await StatusAsync(person, HttpMethod.Delete, SubmissionOf(project, south), 403);
        await PutAsync(person, project, south, south, "North stolen", 403);
    }

    [Fact]
    public async Task The_trash_shows_those_that_one_may_bring_back_though_one_sees_all()
    {
        var (admin, project) = await ArrangeAsync();
        var person = await Server.SignedInAsync("viewer", project);
        var role = await GiveAsync(admin, project, person.AccountId, "manager", await ConditionAsync(admin, project, OfNorth));
        var (north, south) = (await admin.SendVillageAsync(project, "North one"), await admin.SendVillageAsync(project, "South one"));
        foreach (var id in (string[])[north, south])
        {
            await StatusAsync(admin, HttpMethod.Delete, SubmissionOf(project, id), 200);
        }

        var v1 = $"/v1/projects/{project}/forms/village";
        Assert.Equal(north, Assert.Single((await person.GetAsync($"{v1}/submissions?deleted=true")).AsArray()).Text("instanceId"));
        foreach (var filter in (string[])["__system/deletedAt ne null", "__system/deletedAt ne null and startswith(name,'')", "not (name eq 'x') or __system/deletedAt ne null"])
        {
            var feed = await person.GetAsync($"{v1}.svc/Submissions?$count=true&$filter={Uri.EscapeDataString(filter)}");
            Assert.Equal(north, Assert.Single(feed["value"]?.AsArray() ?? []).Text("__id"));
            Assert.Equal(1, feed["@odata.count"]?.GetValue<int>());
            Assert.Single((await person.GetAsync($"{FormOf(project)}/rows?filter={Uri.EscapeDataString(filter)}"))["rows"]?.AsArray() ?? []);
        }

        var file = await ExportAsync(person, project, "__system/deletedAt ne null");
        var text = await person.SendAsync(HttpMethod.Get, file).TextAsync();
        Assert.Contains("North one", text, StringComparison.Ordinal);
        Assert.DoesNotContain("South one", text, StringComparison.Ordinal);

        // The trash is gone with the right to it, even from a file of someone who sees all that is not in it.
        await StatusAsync(admin, HttpMethod.Delete, $"{FormOf(project)}/limited-roles/{role}", 204);
        await GiveAsync(admin, project, person.AccountId, "manager", await ConditionAsync(admin, project, new { field = "/name", op = "=", value = "West" }));
        using var gone = await person.SendAsync(HttpMethod.Get, file);
        await gone.ShouldBeProblemAsync(410, "export.out_of_reach");
    }

    [Fact]
    public async Task Several_reviews_change_all_or_none_or_those_that_are_permitted()
    {
        var (admin, project) = await ArrangeAsync();
        var manager = await LimitedAsync(admin, project, OfNorth, "manager");
        string[] ids = [await admin.SendVillageAsync(project, "North one"), await admin.SendVillageAsync(project, "South one"), await admin.SendVillageAsync(project, "North two")];
        var wanted = new { instanceIds = ids, reviewState = "approved" };
        using (var refused = await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/reviews", wanted))
        {
            await refused.ShouldBeProblemAsync(403, "submission.some_not_permitted");
        }

        Assert.Equal([null, null, null], await StatesAsync());
        var done = await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/reviews?partial=true", wanted).JsonAsync();
        Assert.Equal((2, 1), (done["changed"]?.GetValue<int>(), done["refused"]?.GetValue<int>()));
        Assert.Equal(["approved", null, "approved"], await StatesAsync());
        using var none = await manager.SendAsync(HttpMethod.Put, $"{FormOf(project)}/reviews", new { instanceIds = Array.Empty<string>(), reviewState = "approved" });
        await none.ShouldBeProblemAsync(400, "submission.bad_bulk");

        async Task<IEnumerable<string?>> StatesAsync() =>
            (await admin.GetAsync($"{FormOf(project)}/rows"))["rows"]?.AsArray().Select(row => row?["reviewState"]?.GetValue<string>()) ?? [];
    }
}
