using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>What the doors tell those who see a part, and what a request means that is sent twice.</summary>
public sealed class DoorsOfDeploymentsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_edit_of_what_one_does_not_see_tells_nothing_of_its_versions()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var (later, viewer, other) = (await at.PersonAsync("approver", 1), await at.PersonAsync("deployment-viewer"), await at.PersonAsync("enumerator"));
        var id = await Deployed.SendAsync((await at.PhoneAsync()).Phone, "Hidden");
        var path = Scripts.SubmissionOf(at.Project, id);
        await server.AssignAsync(new(viewer.AccountId), "collector", at.Project, isHeld: true);
        await server.AssignAsync(new(later.AccountId), "collector", at.Project, isHeld: true);

        foreach (var who in (Browser[])[later, viewer, other])
        {
            // The same again, the same id with other content, and an edit of a version that never was.
            await who.SendXmlAsync(HttpMethod.Put, path, Village.Instance(id, "Hidden", deprecatedId: id)).RefusedAsync(404, 404.1m);
            await who.SendXmlAsync(HttpMethod.Put, path, Village.Instance(id, "Guessed", deprecatedId: id)).RefusedAsync(404, 404.1m);
            await who.SendXmlAsync(HttpMethod.Put, path, Village.Instance(Village.NewId(), deprecatedId: Village.NewId())).RefusedAsync(404, 404.1m);
            await who.SendXmlAsync(HttpMethod.Put, path, Village.Instance(Village.NewId(), deprecatedId: id)).RefusedAsync(404, 404.1m);
        }
    }

    [Fact]
    public async Task Whom_provenance_is_hidden_from_learns_it_neither_by_an_edit_nor_by_where_it_stands_nor_by_filters()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var approver = await at.PersonAsync("approver", 0);
        await server.AssignAsync(new(approver.AccountId), "viewer", at.Project, isHeld: true);
        var id = Village.NewId();
        await at.Admin.SendXmlAsync(HttpMethod.Post, Scripts.SubmissionsOf(at.Project) + "?deviceID=imei:77", Village.Instance(Village.NewId())).JsonAsync();
        using var sent = await (await at.PhoneAsync()).Phone.SubmitAsync(Village.Instance(id));
        var edited = await approver.SendXmlAsync(
            HttpMethod.Put, Scripts.SubmissionOf(at.Project, id), Village.Instance(Village.NewId(), "Mended", deprecatedId: id)).JsonAsync();
        Assert.Null(edited["submitterId"]);
        await at.MovedAsync(at.Admin, id, "approve", new { version = 2 });

        Assert.Empty(Deployed.Items(await at.StandingAsync(approver, id), "approvals"));
        Assert.Single(Deployed.Items(await at.StandingAsync(at.Admin, id), "approvals"));
        foreach (var asked in (string[])["__system/deviceId eq 'imei:77'", "startswith(__system/deviceId,'imei')", "year(__system/submissionDate) gt 2000 or __system/submitterId eq 1"])
        {
            using var feed = await approver.SendAsync(HttpMethod.Get, $"/v1/projects/{at.Project}/forms/village.svc/Submissions?$filter={Uri.EscapeDataString(asked)}");
            using var rows = await approver.SendAsync(HttpMethod.Get, $"{at.Form}/rows?filter={Uri.EscapeDataString(asked)}");
            await feed.ShouldBeCentralProblemAsync(403, 403.1m);
            await rows.ShouldBeProblemAsync(403, "access.denied");
        }

        // An answer may be called so.
        await approver.GetAsync($"{at.Form}/rows?filter={Uri.EscapeDataString("name eq 'submitterId'")}");
    }

    [Fact]
    public async Task A_finished_export_is_gone_once_its_owner_is_not_told_any_more_who_sent_what()
    {
        var at = await Deployed.ArrangeAsync(server, 0, new { showProvenanceToViewers = true });
        var viewer = await at.PersonAsync("deployment-viewer");
        await Deployed.SendAsync((await at.PhoneAsync()).Phone);
        var job = (await viewer.PostAsync($"{at.Form}/exports", new { format = "csv" })).Text("id");
        while ((await viewer.GetAsync($"/api/exports/{job}")).Text("state") is not "ready")
        {
            await Task.Delay(20, Token);
        }

        await at.Admin.SendAsync(HttpMethod.Patch, at.Path, new { options = new { showProvenanceToViewers = false } }).JsonAsync();
        using var gone = await viewer.SendAsync(HttpMethod.Get, $"/api/exports/{job}/file");
        await gone.ShouldBeProblemAsync(410, "export.out_of_reach");
    }

    [Fact]
    public async Task One_approval_sent_twice_passes_one_stage()
    {
        var at = await Deployed.ArrangeAsync(server, 3);
        var manager = await at.PersonAsync("deployment-manager");
        var id = await Deployed.SendAsync((await at.PhoneAsync()).Phone);
        var approval = new { stageId = at.Stages[0] };
        Assert.Equal("pending", await at.MovedAsync(manager, id, "approve", approval));
        using var twice = await at.MoveAsync(manager, id, "approve", approval);
        await twice.ShouldBeProblemAsync(409, "transition.invalid");
        using var nowhere = await at.MoveAsync(manager, id, "approve", new { stageId = (long?)null });
        await nowhere.ShouldBeProblemAsync(422, "transition.stage_needed");
        await manager.SendAsync(HttpMethod.Patch, Scripts.SubmissionOf(at.Project, id), new { reviewState = "approved" }).RefusedAsync(409, 409.1m);

        Assert.Equal(at.Stages[1], (await at.StandingAsync(manager, id))["stageId"]?.GetValue<long>());
        Assert.Equal("pending", await at.MovedAsync(manager, id, "approve"));
        Assert.Equal(at.Stages[2], (await at.StandingAsync(manager, id))["stageId"]?.GetValue<long>());
    }

    [Fact]
    public async Task Several_reviews_in_a_deployment_happen_all_or_none()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var approver = await at.PersonAsync("approver", 0);
        var (phone, _) = await at.PhoneAsync();
        string[] ids = [await Deployed.SendAsync(phone), await Deployed.SendAsync(phone)];
        await at.MovedAsync(approver, ids[1], "approve");
        var wanted = new { instanceIds = ids, reviewState = "approved" };

        using var refused = await approver.SendAsync(HttpMethod.Put, $"{at.Form}/reviews", wanted);
        await refused.ShouldBeProblemAsync(403, "submission.some_not_permitted");
        Assert.Equal("pending", (await at.StandingAsync(approver, ids[0])).Text("state"));
        var done = await approver.SendAsync(HttpMethod.Put, $"{at.Form}/reviews?partial=true", wanted).JsonAsync();
        Assert.Equal((1, 1), (done["changed"]?.GetValue<int>(), done["refused"]?.GetValue<int>()));
    }

    [Fact]
    public async Task Whoever_rejected_a_submission_sees_it_while_it_is_corrected()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var (first, second) = (await at.PersonAsync("approver", 0), await at.PersonAsync("approver", 1));
        var enumerator = await at.PersonAsync("enumerator");
        var id = await enumerator.SendVillageAsync(at.Project);
        await at.MovedAsync(first, id, "approve");
        await at.MovedAsync(second, id, "reject");
        await enumerator.SendXmlAsync(
            HttpMethod.Put, Scripts.SubmissionOf(at.Project, id), Village.Instance(Village.NewId(), "Mended", deprecatedId: id)).JsonAsync();

        Assert.Equal("rejected", (await at.StandingAsync(at.Admin, id)).Text("state"));
        Assert.Equal([id], await at.SeenAsync(first));
        Assert.Equal([id], await at.SeenAsync(second));
    }
}
