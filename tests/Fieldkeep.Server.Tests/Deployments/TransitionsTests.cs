using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>Semantics S2: how submissions move along the stages, over HTTP.</summary>
public sealed class TransitionsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_phone_sends_goes_to_its_deployment_and_through_the_stages_to_the_end()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var (first, second) = (await at.PersonAsync("approver", 0), await at.PersonAsync("approver", 1));
        var (phone, _) = await at.PhoneAsync();
        var id = await Deployed.SendAsync(phone);

        var stands = await at.StandingAsync(first, id);
        Assert.Equal(("pending", at.Stages[0]), (stands.Text("state"), stands["stageId"]?.GetValue<long>()));
        Assert.Equal(["approve", "reject", "edit"], stands["may"]?.AsArray().Select(may => may?.GetValue<string>()));
        using var early = await at.MoveAsync(second, id, "approve");
        await early.ShouldBeProblemAsync(404, "submission.not_found");
        Assert.Equal("pending", await at.MovedAsync(first, id, "approve"));
        using var again = await at.MoveAsync(first, id, "approve");
        await again.ShouldBeProblemAsync(409, "transition.invalid");
        Assert.Equal("rejected", await at.MovedAsync(second, id, "reject"));
        using var corrected = await phone.SubmitAsync(Village.Instance(Village.NewId(), "Corrected", deprecatedId: id));
        Assert.Equal(HttpStatusCode.Created, corrected.StatusCode);
        Assert.Equal("pending", (await at.StandingAsync(first, id)).Text("state"));
        Assert.Equal("pending", await at.MovedAsync(first, id, "approve", new { version = 2 }));
        Assert.Equal("final", await at.MovedAsync(second, id, "approve", new { version = 2 }));
        var history = Deployed.Items(await at.Admin.GetAsync($"{at.Form}/submissions/{id}/history"));
        Assert.Equal(
            ["approve → final (Stage 2)", "approve → pending (Stage 1)", "resubmit → pending (Stage 1)", "reject → rejected (Stage 2)", "approve → pending (Stage 1)"],
            history.Where(entry => entry.Text("action") == "moved").Select(entry => entry.Text("detail")));
        Assert.Contains(history, entry => entry["notes"]?.GetValue<string>() == "The well is missing.");
        Assert.Equal("approved", (await at.Admin.GetAsync($"{at.Form}/submissions/{id}")).Text("reviewState"));
    }

    [Fact]
    public async Task Four_eyes_see_more_than_two()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var lenient = await at.BesideAsync(1, new { allowSamePerson = true });
        var both = await at.PersonAsync("approver", 0);
        await at.AddAsync("approver", both.AccountId, 1);
        await at.AddAsync("enumerator", both.AccountId);
        var (phone, _) = await at.PhoneAsync();
        var (own, others) = (await both.SendVillageAsync(at.Project), await Deployed.SendAsync(phone));

        using var mine = await at.MoveAsync(both, own, "approve");
        await mine.ShouldBeProblemAsync(403, "transition.four_eyes");
        Assert.Equal("pending", await at.MovedAsync(both, others, "approve"));
        using var twice = await at.MoveAsync(both, others, "approve");
        await twice.ShouldBeProblemAsync(403, "transition.four_eyes");

        // A manager may pass over the rule, and that is seen.
        await at.AddAsync("deployment-manager", both.AccountId);
        Assert.Equal("final", await at.MovedAsync(both, others, "approve"));
        Assert.Equal(
            [false, true],
            Deployed.Items(await at.StandingAsync(at.Admin, others), "approvals").Select(one => one["override"]?.GetValue<bool>()));

        var alone = await lenient.PersonAsync("approver", 0);
        await lenient.AddAsync("enumerator", alone.AccountId);
        Assert.Equal("final", await lenient.MovedAsync(alone, await alone.SendVillageAsync(at.Project), "approve"));
    }

    [Fact]
    public async Task An_approval_is_of_the_version_that_was_looked_at()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var approver = await at.PersonAsync("approver", 0);
        var (phone, _) = await at.PhoneAsync();
        var id = await Deployed.SendAsync(phone, "Before");
        using var edited = await phone.SubmitAsync(Village.Instance(Village.NewId(), "After", deprecatedId: id));
        Assert.Equal(HttpStatusCode.Created, edited.StatusCode);

        using var outdated = await at.MoveAsync(approver, id, "approve");
        var text = await outdated.Content.ReadAsStringAsync(Token);
        Assert.Equal(HttpStatusCode.Conflict, outdated.StatusCode);
        Assert.Contains("transition.outdated", text, StringComparison.Ordinal);
        Assert.Contains("After", text, StringComparison.Ordinal);
        Assert.Equal("final", await at.MovedAsync(approver, id, "approve", new { version = 2 }));
    }

    [Fact]
    public async Task Two_approvals_of_a_stage_at_once_are_one_event_and_a_refusal()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        Browser[] approvers = [await at.PersonAsync("approver", 0), await at.PersonAsync("approver", 0)];
        var (phone, _) = await at.PhoneAsync();
        for (var round = 0; round < 5; round++)
        {
            var id = await Deployed.SendAsync(phone);
            var answers = await Task.WhenAll(approvers.Select(one => at.MoveAsync(one, id, "approve", new { stageId = at.Stages[0] })));

            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(answer => answer.StatusCode).Order());
            var stands = await at.StandingAsync(at.Admin, id);
            Assert.Equal(at.Stages[1], stands["stageId"]?.GetValue<long>());
            Assert.Single(Deployed.Items(stands, "approvals"));
        }
    }

    [Fact]
    public async Task Many_are_approved_at_once_each_whole_or_not_at_all()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var approver = await at.PersonAsync("approver", 0);
        var (phone, _) = await at.PhoneAsync();
        var (good, old, done) = (await Deployed.SendAsync(phone), await Deployed.SendAsync(phone), await Deployed.SendAsync(phone));
        var outside = await Deployed.SendAsync(await server.PhoneAsync(at.Admin, at.Project));
        await at.MovedAsync(approver, done, "approve");
        var unsaid = await Deployed.SendAsync(phone);
        object ItemOf(string id, int version) => new { instanceId = id, version, stageId = at.Stages[0] };

        var report = Deployed.Items(await approver.PostAsync(
            $"{at.Form}/submissions/transitions",
            new { @event = "approve", items = (object[])[ItemOf(good, 1), ItemOf(old, 7), ItemOf(done, 1), ItemOf(outside, 1), ItemOf("uuid:none", 1), new { instanceId = unsaid, version = 1 }] }));
        using var many = await approver.SendAsync(
            HttpMethod.Post,
            $"{at.Form}/submissions/transitions",
            new { @event = "approve", items = Enumerable.Range(0, 5_001).Select(one => ItemOf($"uuid:{one}", 1)) });
        using var silent = await approver.SendAsync(
            HttpMethod.Post, $"{at.Form}/submissions/transitions", new { @event = "reject", items = (object[])[ItemOf(old, 1)] });

        Assert.Equal([true, false, false, false, false, false], report.Select(one => one["moved"]?.GetValue<bool>()));
        Assert.Equal(
            ["(null)", "transition.outdated", "transition.invalid", "submission.not_found", "submission.not_found", "transition.stage_needed"],
            report.Select(one => one.Text("code")));
        Assert.Equal("final", report[0].Text("state"));
        Assert.Equal("pending", (await at.StandingAsync(approver, old)).Text("state"));
        await many.ShouldBeProblemAsync(422, "transition.too_many");
        await silent.ShouldBeProblemAsync(422, "transition.message_needed");
    }

    [Fact]
    public async Task Every_other_door_obeys_the_same_machine()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var (approver, viewer) = (await at.PersonAsync("approver", 0), await at.PersonAsync("deployment-viewer"));
        var enumerator = await at.PersonAsync("enumerator");
        var v1 = Scripts.SubmissionsOf(at.Project);
        var id = await enumerator.SendVillageAsync(at.Project);
        var path = $"{v1}/{id}";

        // Pending: its enumerator takes it back first; nobody reviews it as if there were no stages.
        await enumerator.SendXmlAsync(HttpMethod.Put, path, Village.Instance(Village.NewId(), "Mended", deprecatedId: id)).RefusedAsync(403, 403.1m);
        await approver.SendAsync(HttpMethod.Patch, path, new { reviewState = "hasIssues" }).RefusedAsync(409, 409.1m);
        await viewer.SendAsync(HttpMethod.Patch, path, new { reviewState = "approved" }).RefusedAsync(403, 403.1m);
        await enumerator.SendAsync(HttpMethod.Delete, path).RefusedAsync(403, 403.1m);

        // Central's review states are events: rejected needs a reason, approved passes the stage.
        await approver.SendAsync(HttpMethod.Patch, path, new { reviewState = "rejected" }).RefusedAsync(400, 400.2m);
        using var approved = await approver.SendAsync(HttpMethod.Patch, path, new { reviewState = "approved" });
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync(Token));
        Assert.Equal("final", (await at.StandingAsync(viewer, id)).Text("state"));

        // Final: neither its enumerator nor its approver changes it.
        foreach (var who in (Browser[])[enumerator, approver])
        {
            await who.SendXmlAsync(HttpMethod.Put, path, Village.Instance(Village.NewId(), "Mended", deprecatedId: id)).RefusedAsync(403, 403.1m);
            await who.SendAsync(HttpMethod.Delete, path).RefusedAsync(403, 403.1m);
        }

        using var back = await at.MoveAsync(enumerator, id, "redraft");
        await back.ShouldBeProblemAsync(403, "access.denied");
        using var unheard = await at.MoveAsync(at.Admin, id, "finalise");
        await unheard.ShouldBeProblemAsync(422, "transition.unknown_event");
    }

    [Fact]
    public async Task An_edit_of_someone_who_is_no_approver_of_the_stage_goes_through_all_of_them_again()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var (first, second, manager) = (await at.PersonAsync("approver", 0), await at.PersonAsync("approver", 1), await at.PersonAsync("deployment-manager"));
        var (phone, _) = await at.PhoneAsync();
        var path = Scripts.SubmissionsOf(at.Project);
        var id = await Deployed.SendAsync(phone);
        await at.MovedAsync(first, id, "approve");
        var mended = Village.NewId();
        using var bySecond = await second.SendXmlAsync(HttpMethod.Put, $"{path}/{id}", Village.Instance(mended, "By second", deprecatedId: id));
        Assert.True(bySecond.IsSuccessStatusCode, await bySecond.Content.ReadAsStringAsync(Token));
        var stands = await at.StandingAsync(second, id);
        Assert.Equal(at.Stages[1], stands["stageId"]?.GetValue<long>());
        Assert.True(Assert.Single(Deployed.Items(stands, "approvals"))["stale"]?.GetValue<bool>());
        using var own = await at.MoveAsync(second, id, "approve", new { version = 2 });
        await own.ShouldBeProblemAsync(403, "transition.four_eyes");

        using var byManager = await manager.SendXmlAsync(HttpMethod.Put, $"{path}/{id}", Village.Instance(Village.NewId(), "By manager", deprecatedId: mended));
        Assert.True(byManager.IsSuccessStatusCode, await byManager.Content.ReadAsStringAsync(Token));
        stands = await at.StandingAsync(manager, id);
        Assert.Equal(at.Stages[0], stands["stageId"]?.GetValue<long>());
        Assert.Empty(Deployed.Items(stands, "approvals"));
    }

    [Fact]
    public async Task Taking_stages_out_says_how_many_become_final_before_it_does_so()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var first = await at.PersonAsync("approver", 0);
        var (phone, _) = await at.PhoneAsync();
        var (waiting, passed) = (await Deployed.SendAsync(phone), await Deployed.SendAsync(phone));
        await at.MovedAsync(first, passed, "approve");
        object StagesOf(long? confirmFinal) => new { stages = (object[])[new { id = at.Stages[0], name = "Only" }], confirmFinal };

        using var asked = await at.Admin.SendAsync(HttpMethod.Put, $"{at.Path}/stages", StagesOf(null));
        await asked.ShouldBeProblemAsync(409, "deployment.confirm_final");
        using var done = await at.Admin.SendAsync(HttpMethod.Put, $"{at.Path}/stages", StagesOf(1));

        Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync(Token));
        Assert.Equal("final", (await at.StandingAsync(at.Admin, passed)).Text("state"));
        Assert.Equal("pending", (await at.StandingAsync(at.Admin, waiting)).Text("state"));
        Assert.Equal("final", await at.MovedAsync(first, waiting, "approve"));
    }

    [Fact]
    public async Task The_inbox_tells_what_waits_for_whom_and_the_deployment_how_far_it_is()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var (first, second, viewer) = (await at.PersonAsync("approver", 0), await at.PersonAsync("approver", 1), await at.PersonAsync("deployment-viewer"));
        var enumerator = await at.PersonAsync("enumerator");
        var (one, two, three) = (await enumerator.SendVillageAsync(at.Project), await enumerator.SendVillageAsync(at.Project), await enumerator.SendVillageAsync(at.Project));
        await at.MovedAsync(first, one, "approve");
        await at.MovedAsync(first, two, "reject");

        var inbox = await first.GetAsync("/api/inbox");
        var line = Assert.Single(Deployed.Items(inbox, "toApprove"));
        Assert.Equal((1, at.Stages[0], Village.FormId), (line["submissions"]?.GetValue<int>(), line["stage"]?["id"]?.GetValue<long>(), line.Text("formId")));
        Assert.Equal(1, (await second.GetAsync("/api/inbox"))["total"]?.GetValue<int>());
        Assert.Single(Deployed.Items(await enumerator.GetAsync("/api/inbox"), "toCorrect"));
        Assert.Equal(0, (await viewer.GetAsync("/api/inbox"))["total"]?.GetValue<int>());
        Assert.Equal(3, Counted(await at.Admin.GetAsync(at.Path)));
        Assert.Equal(0, Counted(await viewer.GetAsync(at.Path)));
        Assert.NotEqual(three, one);
    }

    [Fact]
    public async Task A_form_without_deployments_is_as_ODK_Central_has_it()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var id = await Deployed.SendAsync(phone);
        using var moved = await admin.SendAsync(
            HttpMethod.Post, $"/api/projects/{project}/forms/{Village.FormId}/submissions/{id}/transitions", new { @event = "approve", version = 1, stageId = 1 });
        using var reviewed = await admin.SendAsync(HttpMethod.Patch, Scripts.SubmissionOf(project, id), new { reviewState = "hasIssues" });

        await moved.ShouldBeProblemAsync(409, "transition.not_deployed");
        Assert.True(reviewed.IsSuccessStatusCode);
        Assert.Null((await admin.GetAsync($"/api/projects/{project}/forms/{Village.FormId}/submissions/{id}/standing"))["state"]);
    }

    private static long Counted(JsonNode deployment) =>
        Deployed.Items(deployment, "counts").Sum(count => count["submissions"]?.GetValue<long>() ?? 0);
}
