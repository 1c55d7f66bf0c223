using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>What the pages of a deployment stand on: states in the table, and who can be added.</summary>
public sealed class DeploymentPagesTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task The_table_says_where_each_stands_and_is_filtered_by_it()
    {
        var at = await Deployed.ArrangeAsync(server, 2);
        var beside = await at.BesideAsync(0);
        var first = await at.PersonAsync("approver", 0);
        var (phone, _) = await at.PhoneAsync();
        var (waiting, moved, rejected) = (await Deployed.SendAsync(phone), await Deployed.SendAsync(phone), await Deployed.SendAsync(phone));
        var final = await Deployed.SendAsync((await beside.PhoneAsync()).Phone);
        var outside = await Deployed.SendAsync(await server.PhoneAsync(at.Admin, at.Project));
        await at.MovedAsync(first, moved, "approve");
        await at.MovedAsync(first, rejected, "reject");

        var rows = Deployed.Items(await at.Admin.GetAsync($"{at.Form}/rows?limit=10"), "rows").ToDictionary(row => row.Text("instanceId"));
        Assert.Equal(
            $$"""{"deploymentId":{{at.Id}},"state":"pending","stageId":{{at.Stages[1]}}}""", rows[moved]["standing"]?.ToJsonString());
        Assert.Equal($$"""{"deploymentId":{{beside.Id}},"state":"final","stageId":null}""", rows[final]["standing"]?.ToJsonString());
        Assert.Null(rows[outside]["standing"]);
        foreach (var (filter, found) in ((string, string[])[])
        [
            ("__system/state eq 'pending'", [waiting, moved]),
            ($"__system/stageId eq {at.Stages[0]}", [waiting]),
            ("__system/state in ('rejected','final')", [rejected, final]),
            ($"__system/deploymentId eq {at.Id}", [waiting, moved, rejected]),
            ($"__system/deploymentId eq {beside.Id} and __system/state ne 'pending'", [final]),
            ("__system/deploymentId eq null", [outside]),
            ("__system/state eq null or __system/state eq 'final'", [final, outside]),
        ])
        {
            Assert.Equal(found.Order(), await FoundAsync(at, at.Admin, filter));
        }

        Assert.Equal(((string[])[waiting, moved, rejected]).Order(), await FoundAsync(at, first, "__system/edits eq 0"));
        Assert.Empty(await FoundAsync(at, first, "__system/state eq 'final'"));
    }

    [Fact]
    public async Task Pages_of_the_form_are_told_what_their_reader_may_and_enumerators_nothing_of_drafts()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        foreach (var (who, has, lacks) in ((Browser, string[], string[])[])
        [
            (at.Admin, ["formWrite", "submissionExport", "deploymentUpdate"], []),
            (await at.PersonAsync("deployment-viewer"), ["formRead", "submissionExport"], ["submissionUpdate", "formWrite"]),
            (await at.PersonAsync("approver", 0), ["formRead", "submissionUpdate"], ["submissionExport", "deploymentUpdate"]),
            (await at.PersonAsync("enumerator"), ["submissionList", "submissionUpdate"], ["formRead", "submissionExport"]),
        ])
        {
            var form = await who.GetAsync(at.Form);
            var listed = Assert.Single(Deployed.Items(await who.GetAsync($"/api/projects/{at.Project}/forms")));
            var may = form["may"]!.AsArray().Select(one => one!.GetValue<string>()).ToHashSet();

            Assert.Equal(form.Text("title"), listed.Text("title"));
            Assert.Empty(has.Except(may));
            Assert.Empty(may.Intersect(lacks));
            Assert.Equal(has.Contains("formRead") || who == at.Admin, form["versions"]!.AsArray().Count > 0);
        }

        using var stranger = await (await server.SignedInAsync("viewer", (await Deployed.ArrangeAsync(server, 0)).Project))
            .SendAsync(HttpMethod.Get, $"/api/projects/{at.Project}/forms");
        Assert.Equal(HttpStatusCode.NotFound, stranger.StatusCode);
    }

    [Fact]
    public async Task Who_deploys_people_finds_them_by_what_they_may_know()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var home = await at.Admin.HomeAsync();
        var branch = Some.Name("branch");
        await at.Admin.UnitAsync(home, "branch", branch);
        var member = await server.JoinedAsync(at.Admin, home);
        var account = (await member.GetAsync("/api/session"))["account"]!; // a session has an account
        var (name, email) = (account.Text("displayName"), account.Text("email"));
        var deployer = await at.PersonAsync("deployment-admin");
        var approver = await at.PersonAsync("approver", 0);

        Assert.Contains(await CandidatesAsync(at, at.Admin, name), one => one.Text("email") == email);
        Assert.Equal("unit", Assert.Single(await CandidatesAsync(at, at.Admin, branch)).Text("subjectKind"));
        Assert.Empty(await CandidatesAsync(at, deployer, name));
        Assert.Empty(await CandidatesAsync(at, deployer, branch));
        Assert.Equal(member.AccountId, Assert.Single(await CandidatesAsync(at, deployer, email))["subjectId"]?.GetValue<long>());
        using var refused = await approver.SendAsync(HttpMethod.Get, $"{at.Path}/candidates?q={Uri.EscapeDataString(email)}");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        var unit = Deployed.Items(await at.Admin.GetAsync($"{at.Path}/candidates?q={branch}"))[0]["subjectId"]!.GetValue<long>(); // found above
        await at.AddAsync("deployment-viewer", unit, kind: "unit");
        Assert.Contains(
            Deployed.Items(await at.Admin.GetAsync($"{at.Path}/people")), one => one.Text("subjectKind") == "unit" && one.Text("name") == branch);
    }

    [Fact]
    public async Task Whoever_collects_for_a_deployment_knows_its_project_by_name_and_collects_with_an_app_password()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var elsewhere = await Deployed.ArrangeAsync(server, 0);
        var enumerator = await at.PersonAsync("enumerator");
        await elsewhere.AddAsync("enumerator", enumerator.AccountId);
        var stranger = await server.SignedInAsync("", 0);

        var seen = Deployed.Items(await enumerator.GetAsync("/api/projects")).Single(one => one["id"]?.GetValue<long>() == at.Project);
        Assert.Equal((true, 1, 0, 0L), (seen["isPart"]?.GetValue<bool>(), seen["forms"]?.GetValue<int>(), seen["appUsers"]?.GetValue<int>(), seen["submissions"]?.GetValue<long>()));
        Assert.Equal(seen.Text("name"), (await enumerator.GetAsync($"/api/projects/{at.Project}")).Text("name"));
        Assert.False((await at.Admin.GetAsync($"/api/projects/{at.Project}"))["isPart"]?.GetValue<bool>());
        using var unseen = await stranger.SendAsync(HttpMethod.Get, $"/api/projects/{at.Project}");
        await unseen.ShouldBeProblemAsync(404, "access.not_found");
        using var unreached = await stranger.SendAsync(
            HttpMethod.Post, "/api/account/app-passwords", new { name = "Collect", project = at.Project, days = 7 });
        await unreached.ShouldBeProblemAsync(422, "token.projects_invalid");

        var made = await enumerator.PostAsync("/api/account/app-passwords", new { name = "Collect", project = at.Project, days = 7 });
        var email = (await enumerator.GetAsync("/api/session"))["account"].Text("email");
        Assert.Equal(HttpStatusCode.OK, await ListFormsAsync(at.Project, email, made.Text("secret")));
        Assert.Equal(HttpStatusCode.NotFound, await ListFormsAsync(elsewhere.Project, email, made.Text("secret")));
    }

    private async Task<HttpStatusCode> ListFormsAsync(long project, string email, string secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/projects/{project}/formList");
        request.Headers.Add("X-OpenRosa-Version", "1.0");
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{email}:{secret}")));
        using var response = await server.CreateClient().SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static async Task<string[]> FoundAsync(Deployed at, Browser who, string filter)
    {
        var page = await who.GetAsync($"{at.Form}/rows?limit=10&count=true&filter={Uri.EscapeDataString(filter)}");
        string[] found = [.. Deployed.Items(page, "rows").Select(row => row.Text("instanceId")).Order()];
        Assert.Equal(found.Length, page["total"]?.GetValue<int>());
        return found;
    }

    private static async Task<IReadOnlyList<System.Text.Json.Nodes.JsonNode>> CandidatesAsync(Deployed at, Browser who, string text) =>
        Deployed.Items(await who.GetAsync($"{at.Path}/candidates?q={Uri.EscapeDataString(text)}"));
}
