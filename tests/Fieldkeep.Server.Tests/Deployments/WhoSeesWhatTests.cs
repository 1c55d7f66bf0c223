using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>Semantics S1: who sees which submissions of a deployment, at every door.</summary>
public sealed class WhoSeesWhatTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_role_sees_what_the_matrix_says()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var (first, second) = (await at.PersonAsync("approver", 0), await at.PersonAsync("approver", 1));
        var enumerator = await at.PersonAsync("enumerator");
        var other = await at.PersonAsync("enumerator");
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in (string[])["draft", "first", "second", "rejectedFirst", "rejectedSecond", "final"])
        {
            ids[name] = await enumerator.SendVillageAsync(at.Project, name);
        }

        await at.MovedAsync(enumerator, ids["draft"], "redraft");
        await at.MovedAsync(first, ids["rejectedFirst"], "reject");
        foreach (var name in (string[])["second", "rejectedSecond", "final"])
        {
            await at.MovedAsync(first, ids[name], "approve");
        }

        await at.MovedAsync(second, ids["rejectedSecond"], "reject");
        await at.MovedAsync(second, ids["final"], "approve");
        string[] all = ["draft", "first", "second", "rejectedFirst", "rejectedSecond", "final"];
        (Browser Who, string Role, string[] Sees)[] matrix =
        [
            (await at.PersonAsync("deployment-viewer"), "viewer", ["final"]),
            (enumerator, "enumerator", all),
            (other, "another enumerator", []),
            (first, "approver of the first stage", ["first", "second", "rejectedFirst", "rejectedSecond", "final"]),
            (second, "approver of the second stage", ["second", "rejectedSecond", "final"]),
            (await at.PersonAsync("approver", 0), "another approver of the first stage", ["first", "second", "final"]),
            (await at.PersonAsync("deployment-manager"), "manager", all),
            (await at.PersonAsync("deployment-admin"), "administrator", all),
            (await server.SignedInAsync("viewer", at.Project), "viewer of the project", ["final"]),
            (await server.SignedInAsync("manager", at.Project), "form administrator", all),
            (at.Admin, "organisation administrator", all),
        ];
        foreach (var (who, role, sees) in matrix)
        {
            var seen = await at.SeenAsync(who);
            Assert.True(
                seen.SetEquals(sees.Select(name => ids[name])),
                $"{role} sees {string.Join(", ", ids.Where(id => seen.Contains(id.Value)).Select(id => id.Key))}");
            foreach (var (name, id) in ids)
            {
                using var one = await who.SendAsync(HttpMethod.Get, $"{at.Form}/submissions/{Uri.EscapeDataString(id)}/standing");
                Assert.True(one.StatusCode == (sees.Contains(name) ? HttpStatusCode.OK : HttpStatusCode.NotFound), $"{role}, {name}: {one.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task A_viewer_sees_the_final_ones_of_their_deployment_and_nothing_else_at_any_door()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var beside = await at.BesideAsync(0);
        var (approver, viewer) = (await at.PersonAsync("approver", 0), await at.PersonAsync("deployment-viewer"));
        var phone = (await at.PhoneAsync()).Phone;
        var id = Village.NewId();
        using var photo = await phone.SubmitAsync(Village.Instance(id, "Seen", "a.jpg"), ("a.jpg", [1, 2, 3]));
        var waiting = Village.NewId();
        using var hidden = await phone.SubmitAsync(Village.Instance(waiting, "Hidden-waiting", "b.jpg"), ("b.jpg", [4, 5]));
        var elsewhere = await Deployed.SendAsync((await beside.PhoneAsync()).Phone, "Hidden-elsewhere");
        var outside = await Deployed.SendAsync(await server.PhoneAsync(at.Admin, at.Project), "Hidden-outside");
        await at.MovedAsync(approver, id, "approve");

        Assert.Equal([id], await at.SeenAsync(viewer));
        var v1 = $"/v1/projects/{at.Project}/forms/{Village.FormId}";
        Assert.Single((await viewer.GetAsync($"{v1}/submissions")).AsArray());
        var feed = await viewer.GetAsync($"{v1}.svc/Submissions?$count=true");
        Assert.Equal(1, feed["@odata.count"]?.GetValue<int>());
        Assert.Single(feed.Rows());
        var filtered = await viewer.GetAsync($"{v1}.svc/Submissions?$count=true&$filter={Uri.EscapeDataString("year(__system/submissionDate) gt 2000")}");
        Assert.Equal(1, filtered["@odata.count"]?.GetValue<int>());
        foreach (var door in (string[])["submissions.csv", "submissions.geojson", "submissions.csv.zip"])
        {
            using var file = await viewer.SendAsync(HttpMethod.Get, $"{v1}/{door}");
            Assert.True(file.IsSuccessStatusCode, $"{door} {file.StatusCode}");
        }

        var csv = await viewer.SendAsync(HttpMethod.Get, $"{v1}/submissions.csv").TextAsync();
        Assert.Contains("Seen", csv, StringComparison.Ordinal);
        Assert.DoesNotContain("Hidden", csv, StringComparison.Ordinal);
        using var own = await viewer.SendAsync(HttpMethod.Get, $"{v1}/submissions/{id}/attachments/a.jpg");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        foreach (var unseen in (string[])[waiting, elsewhere, outside])
        {
            foreach (var door in (string[])["", "/attachments", "/attachments/b.jpg", "/versions", "/comments", "/audits", ".xml"])
            {
                using var guessed = await viewer.SendAsync(HttpMethod.Get, $"{v1}/submissions/{unseen}{door}");
                Assert.Equal(HttpStatusCode.NotFound, guessed.StatusCode);
            }
        }

        // Their tag of the whole is not told to whoever sees less.
        using var tagged = await at.Admin.SendAsync(HttpMethod.Get, $"{v1}/submissions/{waiting}/attachments/b.jpg");
        using var unmodified = await viewer.SendAsync(
            HttpMethod.Get, $"{v1}/submissions/{waiting}/attachments/b.jpg", null, ("If-None-Match", tagged.Headers.ETag?.ToString() ?? "*"));
        Assert.Equal(HttpStatusCode.NotFound, unmodified.StatusCode);
    }

    [Fact]
    public async Task What_is_rejected_is_gone_for_viewers_at_once_and_so_is_the_file_that_has_it()
    {
        var at = await Deployed.ArrangeAsync(server, 0);
        var (manager, viewer) = (await at.PersonAsync("deployment-manager"), await at.PersonAsync("deployment-viewer"));
        var phone = (await at.PhoneAsync()).Phone;
        var id = await Deployed.SendAsync(phone);
        var kept = await Deployed.SendAsync(phone);
        var job = (await viewer.PostAsync($"{at.Form}/exports", new { format = "csv", groupPaths = true, splitSelects = false, media = false })).Text("id");
        while ((await viewer.GetAsync($"/api/exports/{job}")).Text("state") is not "ready")
        {
            await Task.Delay(20, Token);
        }

        using var before = await viewer.SendAsync(HttpMethod.Get, $"/api/exports/{job}/file");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await at.MovedAsync(manager, id, "reject");

        Assert.Equal([kept], await at.SeenAsync(viewer));
        using var after = await viewer.SendAsync(HttpMethod.Get, $"/api/exports/{job}/file");
        Assert.Equal(HttpStatusCode.Gone, after.StatusCode);
    }

    [Fact]
    public async Task Whoever_is_taken_out_sees_nothing_on_their_next_request()
    {
        var at = await Deployed.ArrangeAsync(server, 0);
        var viewer = await at.PersonAsync("deployment-viewer");
        var (phone, _) = await at.PhoneAsync();
        await Deployed.SendAsync(phone);
        Assert.Single(await at.SeenAsync(viewer));

        using var removed = await at.SetAsync("people/remove", "deployment-viewer", viewer.AccountId);
        using var gone = await viewer.SendAsync(HttpMethod.Get, $"{at.Form}/rows");

        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        await gone.ShouldBeProblemAsync(404, "access.not_found");
    }

    [Fact]
    public async Task Everyone_may_collect_and_read_but_not_decide_and_an_app_user_belongs_to_one_deployment()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var beside = await at.BesideAsync(0);
        await at.AddAsync("deployment-viewer", 0, kind: "everyone");
        foreach (var (role, stage) in ((string, int?)[])[("approver", 0), ("deployment-manager", null), ("deployment-admin", null)])
        {
            using var refused = await at.SetAsync("people", role, 0, stage, "everyone");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        }

        var (_, phone) = await at.PhoneAsync();
        using var twice = await beside.SetAsync("people", "enumerator", phone);
        using var viewing = await beside.SetAsync("people", "deployment-viewer", phone);
        using var nobody = await beside.SetAsync("people", "enumerator", 99_999_999);

        await twice.ShouldBeProblemAsync(409, "deployment.app_user_elsewhere");
        await viewing.ShouldBeProblemAsync(422, "deployment.role_unfit");
        await nobody.ShouldBeProblemAsync(422, "deployment.person_unknown");
        var stranger = await server.SignedInAsync("", 0);
        Assert.Empty(await at.SeenAsync(stranger));
    }

    [Fact]
    public async Task A_closed_deployment_shows_its_enumerators_nothing_until_it_opens_again()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var enumerator = await at.PersonAsync("enumerator");
        var (phone, _) = await at.PhoneAsync();
        var id = await enumerator.SendVillageAsync(at.Project);
        await at.Admin.PostAsync($"{at.Path}/close", new { });

        var seen = await at.SeenAsync(enumerator);
        using var read = await enumerator.SendAsync(HttpMethod.Get, $"{at.Form}/submissions/{id}/standing");
        using var sent = await phone.SubmitAsync(Village.Instance(Village.NewId()));

        Assert.Empty(seen);
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, sent.StatusCode);
        await at.Admin.PostAsync($"{at.Path}/reopen", new { });
        Assert.Equal([id], await at.SeenAsync(enumerator));
    }

    [Fact]
    public async Task Once_the_deployment_is_deleted_only_form_administrators_see_what_came_to_it()
    {
        var at = await Deployed.ArrangeAsync(server, 0);
        var (enumerator, manager) = (await at.PersonAsync("enumerator"), await at.PersonAsync("deployment-manager"));
        var (viewer, formAdmin) = (await server.SignedInAsync("viewer", at.Project), await server.SignedInAsync("manager", at.Project));
        var id = await enumerator.SendVillageAsync(at.Project);
        Assert.Equal([id], await at.SeenAsync(viewer));
        using var deleted = await at.Admin.SendAsync(HttpMethod.Delete, at.Path);

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal([id], await at.SeenAsync(formAdmin));
        Assert.Empty(await at.SeenAsync(viewer));
        foreach (var who in (Browser[])[enumerator, manager])
        {
            using var none = await who.SendAsync(HttpMethod.Get, $"{at.Form}/rows");
            Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        }
    }

    [Fact]
    public async Task A_form_in_the_trash_shows_nobody_anything()
    {
        var at = await Deployed.ArrangeAsync(server, 0);
        var (viewer, manager) = (await at.PersonAsync("deployment-viewer"), await at.PersonAsync("deployment-manager"));
        await Deployed.SendAsync((await at.PhoneAsync()).Phone);
        using var trashed = await at.Admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{at.Project}/forms/{Village.FormId}");

        Assert.True(trashed.IsSuccessStatusCode);
        foreach (var who in (Browser[])[viewer, manager, at.Admin])
        {
            using var none = await who.SendAsync(HttpMethod.Get, $"{at.Form}/rows");
            Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        }
    }

    [Fact]
    public async Task What_came_through_a_public_link_is_nobodys_own()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var enumerator = await at.PersonAsync("enumerator");
        var link = await at.Admin.PostAsync($"{at.Form}/public-links", new { displayName = "Anyone" });
        await at.AddAsync("enumerator", link["id"]?.GetValue<long>() ?? 0);
        var respondent = new CollectClient(server.CreateClient(), link.Text("token"), at.Project);
        var id = await Deployed.SendAsync(respondent);

        Assert.Empty(await at.SeenAsync(enumerator));
        var manager = await at.PersonAsync("deployment-manager");
        Assert.Equal([id], await at.SeenAsync(manager));
        Assert.Equal("discarded", await at.MovedAsync(manager, id, "discard"));
        Assert.Empty(await at.SeenAsync(manager));
        Assert.Equal("pending", await at.MovedAsync(manager, id, "restore"));
        Assert.Equal([id], await at.SeenAsync(manager));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Viewers_are_told_who_sent_it_only_when_the_deployment_says_so(bool isShown)
    {
        var at = await Deployed.ArrangeAsync(server, 1, new { showProvenanceToViewers = isShown });
        var (approver, viewer) = (await at.PersonAsync("approver", 0), await at.PersonAsync("deployment-viewer"));
        var (phone, phoneId) = await at.PhoneAsync();
        var id = await Deployed.SendAsync(phone);
        await at.Admin.PostAsync($"{at.Form}/submissions/{id}/comments", new { body = "Ask the neighbours." });
        await at.MovedAsync(approver, id, "approve");

        var v1 = $"/v1/projects/{at.Project}/forms/{Village.FormId}";
        var submission = await viewer.GetAsync($"{v1}/submissions/{id}");
        Assert.Equal(isShown ? phoneId : null, submission["submitterId"]?.GetValue<long>());
        var row = Assert.Single(Deployed.Items(await viewer.GetAsync($"{at.Form}/rows"), "rows"));
        Assert.Equal(isShown ? phoneId : 0, row["submitter"]?["id"]?.GetValue<long>());
        var fed = Assert.Single((await viewer.GetAsync($"{v1}.svc/Submissions")).Rows());
        Assert.Equal(isShown, fed["__system"]?["submitterName"] is not null);
        Assert.Equal(isShown ? 1 : 0, Deployed.Items(await viewer.GetAsync($"{at.Form}/submissions/{id}/comments")).Count);
        Assert.Equal(isShown, Deployed.Items(await viewer.GetAsync($"{at.Form}/submissions/{id}/history")).Count > 0);
        Assert.Equal(isShown ? 1 : 0, Deployed.Items(await viewer.GetAsync($"{at.Form}/submitters")).Count);
        Assert.Equal(isShown ? 1 : 0, Deployed.Items(await at.StandingAsync(viewer, id), "approvals").Count);
        using var asked = await viewer.SendAsync(
            HttpMethod.Get, $"{v1}.svc/Submissions?$filter={Uri.EscapeDataString($"__system/submitterId eq {phoneId}")}");
        Assert.Equal(isShown ? HttpStatusCode.OK : HttpStatusCode.Forbidden, asked.StatusCode);
    }
}
