using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Confidential;

/// <summary>Who may read confidential answers, who is told that somebody reads many of them, that they change, and that they are to be opened.</summary>
public sealed class WhoReadsTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] Reads = ["submissionRead"];
    private static readonly string[] ReadsAll = ["submissionRead", "confidentialRead"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_administers_a_form_sees_who_may_read_by_what_and_until_when()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var reader = await server.SignedInAsync(RolePermissions.Viewer, village.Project);
        var until = server.Clock.GetUtcNow().AddDays(3);
        using var given = await admin.GiveAsync(RolePermissions.ConfidentialReader, $"project:{village.Project}", reader.AccountId, expiresAt: until);
        Assert.True(given.IsSuccessStatusCode, await given.Content.ReadAsStringAsync(Token));

        var holders = Deployed.Items(await manager.GetAsync($"{Form(village)}/confidential/holders"));

        Assert.Equal(
            [(manager.AccountId, "manager", true, true), (reader.AccountId, "confidential-reader", true, false)],
            holders.Select(one => (one["id"]!.GetValue<long>(), one.Text("role"), one["mayRead"]!.GetValue<bool>(), one["mayUpdate"]!.GetValue<bool>())).Order()); // each has them
        Assert.NotNull(holders.Single(one => one.Text("role") == "confidential-reader")["until"]);
        using var refused = await reader.SendAsync(HttpMethod.Get, $"{Form(village)}/confidential/holders");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Nobody_gives_the_right_to_themselves_while_somebody_else_could()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var place = $"project:{village.Project}";
        await server.SignedInAsync(RolePermissions.Manager, village.Project);

        using var own = await admin.GiveAsync(RolePermissions.ConfidentialReader, place, admin.AccountId);
        await own.ShouldBeProblemAsync(403, "access.own_confidential");
        using var manage = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{village.Project}/assignments/manager/{admin.AccountId}");
        await manage.ShouldBeCentralProblemAsync(403, 403.1m);

        // By way of a team neither, whichever comes first.
        var team = await admin.UnitAsync(home, "team");
        using var shared = await admin.GiveAsync(RolePermissions.ConfidentialReader, place, unit: team);
        Assert.True(shared.IsSuccessStatusCode, await shared.Content.ReadAsStringAsync(Token));
        using var joined = await admin.SendAsync(HttpMethod.Post, $"/api/units/{team}/members", new { person = admin.AccountId });
        await joined.ShouldBeProblemAsync(403, "access.own_confidential");
        using var accepted = await admin.AcceptAsync(await admin.LinkAsync(team));
        await accepted.ShouldBeProblemAsync(403, "access.own_confidential");

        // Nor by a role of the organisation's own that they hold.
        var role = await admin.PostAsync($"/api/units/{home}/roles", new { name = Some.Name("role"), permissions = Reads });
        using var held = await admin.GiveAsync(role.Text("role"), place, admin.AccountId);
        Assert.True(held.IsSuccessStatusCode, await held.Content.ReadAsStringAsync(Token));
        using var widened = await admin.SendAsync(
            HttpMethod.Put, $"/api/units/{home}/roles/{role["id"]}", new { name = role["name"], permissions = ReadsAll });
        await widened.ShouldBeProblemAsync(403, "access.own_confidential");
        using var read = await admin.SendAsync(HttpMethod.Get, $"{Form(village)}/submissions/{village.InstanceId}?confidential=true");
        await read.ShouldBeProblemAsync(403, "submission.confidential");
    }

    [Fact]
    public async Task Whoever_is_alone_gives_it_to_themselves_and_it_is_written_down()
    {
        var operators = await server.OrganisationAdminAsync();
        var (admin, unit) = await server.OrganisationAsync(operators);
        var project = await admin.ProjectOfAsync(unit);

        using var own = await admin.GiveAsync(RolePermissions.ConfidentialReader, $"project:{project}", admin.AccountId);

        Assert.True(own.IsSuccessStatusCode, await own.Content.ReadAsStringAsync(Token));
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from ledger.entries where action = 'role.assign' and subject_id = @id and project_id = @project", new { id = admin.AccountId.ToString(System.Globalization.CultureInfo.InvariantCulture), project }));
    }

    [Fact]
    public async Task Many_reads_within_an_hour_are_told_to_who_administers_the_form_once_an_hour()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var (email, id) = await server.PersonAsync(RolePermissions.Manager, village.Project);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var (set, actor) = (await SetAsync(village), new Actor(new ActorId(manager.AccountId), ActorKind.Account, "A manager", Door.Web, null));
        var watch = server.Services.GetRequiredService<WatchReads>();

        await watch.AddAsync(actor, set, ReadsAnHour.Usual - 1, Token);
        await manager.GetAsync($"{Form(village)}/submissions/{village.InstanceId}?confidential=true");
        Assert.Empty(await AlarmsAsync(email));
        using (var export = await manager.SendAsync(HttpMethod.Get, $"{Form(village)}/export?format=csv&confidential=true"))
        {
            Assert.True(export.IsSuccessStatusCode);
        }

        var alarm = Assert.Single(await AlarmsAsync(email));
        Assert.Contains("201", alarm.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(village.All, text => alarm.Body.Contains(text, StringComparison.Ordinal));
        Assert.Equal(1, await AuditedAsync(village));
        await watch.AddAsync(actor, set, 500, Token);
        Assert.Single(await AlarmsAsync(email));

        // What was read an hour ago counts no more, and the next many are told again.
        server.Clock.Advance(TimeSpan.FromMinutes(71));
        await watch.AddAsync(actor, set, ReadsAnHour.Usual, Token);
        Assert.Single(await AlarmsAsync(email));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => watch.AddAsync(actor, set, 1, Token)));
        Assert.Equal(2, (await AlarmsAsync(email)).Count);
        Assert.Equal(2, await AuditedAsync(village));
        Assert.True(id.Value > 0);
    }

    [Fact]
    public async Task That_a_question_is_to_be_opened_and_that_it_is_goes_to_all_who_answer_for_it()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var (holder, person) = await server.PersonAsync(RolePermissions.Viewer, village.Project);
        await server.AssignAsync(person, RolePermissions.ConfidentialReader, village.Project, isHeld: true);
        var (viewer, _) = await server.PersonAsync(RolePermissions.Viewer, village.Project);
        var tell = server.Services.GetRequiredService<TellLessProtected>();
        await DeclassifyAsync(manager, village, "/data/secret");
        await DeclassifyAsync(manager, village, "/data/job");
        await tell.RunAsync(Token);
        await tell.RunAsync(Token);

        foreach (var email in new[] { Actors.AdminEmail, holder })
        {
            var asked = (await server.LettersToAsync(email)).Where(letter => letter.Subject.StartsWith("Confidential answers are to be opened", StringComparison.Ordinal)).ToList();
            Assert.Equal(2, asked.Count);
            Assert.Contains("/data/secret", asked[0].Body, StringComparison.Ordinal);
            Assert.EndsWith($"/projects/{village.Project}/forms/secrets/confidential", asked[0].Link.AbsoluteUri, StringComparison.Ordinal);
            Assert.DoesNotContain("Known to all", asked[0].Body, StringComparison.Ordinal);
        }

        // One is taken back; the other takes effect.
        using var kept = await manager.SendAsync(HttpMethod.Put, $"{Form(village)}/confidential/flags", new { path = "/data/job", kind = "marked" });
        Assert.Equal(HttpStatusCode.NoContent, kept.StatusCode);
        server.Clock.Advance(TimeSpan.FromHours(25));
        await tell.RunAsync(Token);
        await tell.RunAsync(Token);
        var opened = (await server.LettersToAsync(holder)).Where(letter => letter.Subject.StartsWith("Confidential answers are open now", StringComparison.Ordinal));
        Assert.Contains("/data/secret", Assert.Single(opened).Body, StringComparison.Ordinal);
        Assert.Empty(await server.LettersToAsync(viewer));
    }

    [Fact]
    public async Task The_history_tells_that_confidential_answers_changed_and_to_holders_which()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var viewer = await server.SignedInAsync(RolePermissions.Viewer, village.Project);
        var edited = Village.NewId();
        await PutAsync(manager, village, (await XmlAsync(manager, village)).Replace($">{village.Secret}<", ">another<", StringComparison.Ordinal), village.InstanceId, edited);
        await PutAsync(admin, village, (await XmlAsync(admin, village)).Replace(SecretVillage.Plain, "wells-are-shut", StringComparison.Ordinal), edited, Village.NewId());

        var told = await HistoryAsync(manager, village);
        Assert.Contains("/data/secret", Assert.Single(told).Text("detail"), StringComparison.Ordinal);
        Assert.DoesNotContain("/data/place", told[0].Text("detail"), StringComparison.Ordinal);
        Assert.Null(Assert.Single(await HistoryAsync(viewer, village))["detail"]);
    }

    [Fact]
    public async Task Names_of_confidential_files_cannot_be_found_out_by_trying_them()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var at = $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/submissions/{village.InstanceId}";
        foreach (var (method, name) in new[] { ("GET", village.PhotoName), ("POST", village.PhotoName), ("DELETE", village.PhotoName), ("GET", "none.jpg"), ("POST", "none.jpg"), ("DELETE", "none.jpg") })
        {
            using var response = await admin.SendAsync(new HttpMethod(method), $"{at}/attachments/{name}", method == "POST" ? new StringContent("x") : null);
            await response.ShouldBeCentralProblemAsync(404, 404.1m);
        }

        var row = Deployed.Items(await admin.GetAsync($"{Form(village)}/rows"), "rows")[0];
        Assert.Equal("""{"present":0,"expected":0}""", row["attachments"]?.ToJsonString());
    }

    private async Task<long> AuditedAsync(SecretVillage village) => await server.QueryAsync<long>(
        "select count(*) from audit.events where action = 'submission.many_confidential' and project_id = @project", new { project = village.Project });

    private async Task<IReadOnlyList<ReadLetter>> AlarmsAsync(string email) =>
        [.. (await server.LettersToAsync(email)).Where(letter => letter.Subject.StartsWith("Many confidential answers", StringComparison.Ordinal))];

    private async Task<Fieldkeep.Server.Submissions.SubmissionSet> SetAsync(SecretVillage village)
    {
        var project = await server.Services.GetRequiredService<Fieldkeep.Server.Organisations.ProjectQueries>().GetRefAsync(new ProjectId(village.Project), Token);
        var form = await server.QueryAsync<long>("select id from forms.forms where project_id = @project", new { project = village.Project });
        return new Fieldkeep.Server.Submissions.SubmissionSet(project, new FormId(form), SecretVillage.FormId, false, Fieldkeep.Server.Submissions.RowLimits.All);
    }

    private static async Task DeclassifyAsync(Browser manager, SecretVillage village, string path)
    {
        using var set = await manager.SendAsync(
            HttpMethod.Put, $"{Form(village)}/confidential/flags", new { path, kind = "declassified", reason = "Known to all." });
        Assert.True(set.IsSuccessStatusCode, await set.Content.ReadAsStringAsync(Token));
    }

    private static async Task<IReadOnlyList<JsonNode>> HistoryAsync(Browser browser, SecretVillage village) =>
        [.. Deployed.Items(await browser.GetAsync($"{Form(village)}/submissions/{village.InstanceId}/history")).Where(one => one.Text("action") == "confidential_changed")];

    private static string Form(SecretVillage village) => $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";

    private static async Task<string> XmlAsync(Browser browser, SecretVillage village)
    {
        using var read = await browser.SendAsync(HttpMethod.Get, $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/submissions/{village.InstanceId}.xml");
        return await read.Content.ReadAsStringAsync(Token);
    }

    private static async Task PutAsync(Browser browser, SecretVillage village, string xml, string edited, string id)
    {
        var from = xml.IndexOf("<orx:instanceID>", StringComparison.Ordinal);
        var until = xml.IndexOf("<orx:instanceName", StringComparison.Ordinal);
        var next = $"{xml[..from]}<orx:instanceID>{id}</orx:instanceID><orx:deprecatedID>{edited}</orx:deprecatedID>{xml[until..]}";
        using var sent = await browser.SendAsync(
            HttpMethod.Put,
            $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/submissions/{village.InstanceId}",
            new StringContent(next, Encoding.UTF8, "application/xml"));
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
    }
}
