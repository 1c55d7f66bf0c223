using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>Semantics S4 where there are deployments: conditions are asked what is so, and hold whoever has a role in one.</summary>
public sealed class DeployedConditionsTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_condition_on_the_deployment_holds_for_what_is_in_it_from_the_first_moment()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var beside = await at.BesideAsync(0);
        var (phone, other) = ((await at.PhoneAsync()).Phone, (await beside.PhoneAsync()).Phone);
        var before = await Deployed.SendAsync(phone);
        await Deployed.SendAsync(other);
        var manager = await LimitedAsync(at, new { fact = "deployment", op = "=", value = at.Id });
        Assert.Equal([before], await at.SeenAsync(manager));

        var id = await Deployed.SendAsync(phone);
        var elsewhere = await Deployed.SendAsync(other);
        Assert.True((await at.SeenAsync(manager)).SetEquals([before, id]));

        // An edit and a review do not forget it.
        using var edited = await phone.SubmitAsync(Village.Instance(Village.NewId(), "Edited", deprecatedId: id));
        Assert.True(edited.IsSuccessStatusCode);
        await at.MovedAsync(at.Admin, before, "approve");
        Assert.True((await at.SeenAsync(manager)).SetEquals([before, id]));
        await at.Admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(at.Project, elsewhere)).JsonAsync();
    }

    [Fact]
    public async Task What_is_final_when_it_comes_or_comes_back_is_approved_to_conditions_too()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var beside = await at.BesideAsync(0);
        var approved = await LimitedAsync(at, new { fact = "reviewState", op = "=", value = "approved" });
        var final = await Deployed.SendAsync((await beside.PhoneAsync()).Phone);
        Assert.Equal([final], await at.SeenAsync(approved));

        var link = await at.Admin.PostAsync($"{at.Form}/public-links", new { displayName = "Anyone" });
        await at.AddAsync("enumerator", link["id"]?.GetValue<long>() ?? 0);
        var respondent = new CollectClient(server.CreateClient(), link.Text("token"), at.Project);
        string[] discarded = [await Deployed.SendAsync(respondent), await Deployed.SendAsync(respondent)];
        foreach (var id in discarded)
        {
            Assert.Equal("discarded", await at.MovedAsync(at.Admin, id, "discard"));
        }

        // Where no stages are left, what is brought back is final, whichever door it comes back by.
        await at.Admin.SendAsync(HttpMethod.Put, $"{at.Path}/stages", new { stages = Array.Empty<object>() }).JsonAsync();
        Assert.Equal("final", await at.MovedAsync(at.Admin, discarded[0], "restore"));
        await at.Admin.SendAsync(HttpMethod.Post, $"{Scripts.SubmissionOf(at.Project, discarded[1])}/restore").JsonAsync();
        Assert.True((await at.SeenAsync(approved)).SetEquals([final, .. discarded]));
    }

    [Fact]
    public async Task A_list_of_stages_that_changes_while_a_submission_comes_leaves_it_to_be_asked_again()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var approved = await LimitedAsync(at, new { fact = "reviewState", op = "=", value = "approved" });
        var (phone, _) = await at.PhoneAsync();

        // The server has asked the list, and has not heard yet that it is another one.
        await server.QueryAsync<int>("update deployments.stages set ended_at = now() where id = @id returning 1", new { id = at.Stages[0] });
        var id = await Deployed.SendAsync(phone);
        await server.Services.GetRequiredService<KeepRowsAsked>().RunAsync(Token);

        Assert.Equal([id], await at.SeenAsync(approved));
    }

    [Fact]
    public async Task A_role_in_a_deployment_does_not_let_a_submission_be_moved_out_of_reach()
    {
        var at = await Deployed.ArrangeAsync(server, 0);
        var manager = await LimitedAsync(at, new { field = "/name", op = "starts-with", value = "North" });
        await at.AddAsync("enumerator", manager.AccountId);
        var id = await at.Admin.SendVillageAsync(at.Project, "North one");
        var path = Scripts.SubmissionOf(at.Project, id);

        await manager.SendXmlAsync(HttpMethod.Put, path, Village.Instance(Village.NewId(), "South lost", deprecatedId: id)).RefusedAsync(403, 403.1m);
        await manager.SendXmlAsync(HttpMethod.Put, path, Village.Instance(Village.NewId(), "North mended", deprecatedId: id)).JsonAsync();
    }

    [Fact]
    public async Task Conditions_are_asked_in_the_order_in_which_submissions_are_moved()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var (phone, _) = await at.PhoneAsync();
        var (first, second) = (await Deployed.SendAsync(phone), await Deployed.SendAsync(phone));
        await server.QueryAsync<int>("update submissions.submissions set sequence = default where instance_id = @first returning 1", new { first });
        var db = server.Services.GetRequiredService<Db>();
        Task asking;
        await using (var tx = await db.BeginAsync(Token))
        {
            await tx.ExecuteAsync("select from submissions.submissions where instance_id = @first for update", new { first }, Token);
            await at.Admin.PostAsync(
                $"{at.Form}/row-conditions", new { name = Some.Name("condition"), condition = new { fact = "reviewState", op = "is-empty" } });
            asking = server.Services.GetRequiredService<KeepRowsAsked>().RunAsync(Token);
            await server.WaitingAsync("%order by s.% for share%");

            // It waits for the first and holds nothing yet that whoever holds the first may want.
            await tx.ExecuteAsync("select from submissions.submissions where instance_id = @second for update nowait", new { second }, Token);
        }

        await asking;
    }

    private async Task<Browser> LimitedAsync(Deployed at, object condition)
    {
        var person = await server.SignedInAsync("collector", at.Project);
        var made = await at.Admin.PostAsync($"{at.Form}/row-conditions", new { name = Some.Name("condition"), condition });
        await server.Services.GetRequiredService<KeepRowsAsked>().RunAsync(Token);
        var role = new { subjectId = person.AccountId, role = "manager", isOwn = false, conditionId = made["id"]?.GetValue<long>() };
        await at.Admin.PostAsync($"{at.Form}/limited-roles", role);
        return person;
    }
}
