using System.Net;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Lifecycle;
using Fieldkeep.Server.Lifecycle.Trash;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Lifecycle;

/// <summary>What lies in the trash is deleted when its days are over, unless a legal hold stands on it.</summary>
public sealed class PurgeTests(PatientServer patient) : IClassFixture<PatientServer>
{
    private const string Rows = """
        select (select count(*) from submissions.submissions where project_id = @project)
             + (select count(*) from submissions.versions v where not exists (select from submissions.submissions s where s.id = v.submission_id))
             + (select count(*) from submissions.attachments a where not exists (select from submissions.submissions s where s.id = a.submission_id))
        """;

    private readonly TestServer _server = patient.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_lay_in_the_trash_for_its_days_is_gone_and_nothing_brings_it_back()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (id, edit) = (Village.NewId(), Village.NewId());
        var xml = Village.Instance(id, photo: "a.jpg");
        using var sent = await phone.SubmitAsync(xml, ("a.jpg", [1, 2, 3]));
        await phone.SendAsync(Village.Instance(edit, "Arua again", photo: "a.jpg", deprecatedId: id));
        await TrashAsync(admin, project, id);
        using (var trashed = await phone.SubmitAsync(xml, ("a.jpg", [1, 2, 3])))
        {
            Assert.Equal(HttpStatusCode.Created, trashed.StatusCode);
        }

        await _server.PassDaysAsync(2);
        Assert.Equal(1, await _server.QueryAsync<long>(Rows, new { project }));
        await _server.PassDaysAsync(1);

        Assert.Equal(0, await _server.QueryAsync<long>(Rows, new { project }));
        Assert.Equal(0, await _server.QueryAsync<long>("select count(*) from answers.segments where project_id = @project", new { project }));
        await _server.ShouldHoldAsync();
        foreach (var instance in (string[])[xml, Village.Instance(id, "Other answers")])
        {
            using var again = await phone.SubmitAsync(instance);
            Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        }

        Assert.Equal(0, await _server.QueryAsync<long>(Rows, new { project }));
        await _server.PassDaysAsync(3);
        Assert.Equal(0, await _server.QueryAsync<long>("select count(*) from blobs.dropped"));
        var report = (await (await _server.OrganisationAdminAsync()).GetAsync($"/api/projects/{project}/deletion-reports"))["items"]?[0];
        Assert.Equal(("purge", 1, 2, 1), (report.Text("kind"), report.Number("counts", "submissions"), report.Number("counts", "versions"), report.Number("counts", "files")));
    }

    [Fact]
    public async Task A_hold_keeps_what_is_due_and_refuses_every_way_to_delete_it()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (held, free) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(held));
        await phone.SendAsync(Village.Instance(free));
        await TrashAsync(admin, project, held);
        await TrashAsync(admin, project, free);
        var hold = (await admin.PostAsync($"/api/projects/{project}/holds", new { reason = "A court asked", formId = Village.FormId, instanceId = held })).Number("id");

        using var twice = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/holds", new { reason = "again", formId = Village.FormId, instanceId = held });
        await twice.ShouldBeProblemAsync(409, "hold.standing");
        using var half = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/holds", new { reason = "again", formId = Village.FormId });
        await half.ShouldBeProblemAsync(404, "submission.not_found");
        using var purge = await PurgeAsync(admin, project, 1, held);
        await purge.ShouldBeProblemAsync(409, "hold.active");
        using var erase = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/erasure", new { name = "Held", reason = "because" });
        await erase.ShouldBeProblemAsync(409, "hold.active");
        await _server.PassDaysAsync(4);
        Assert.Equal(1, await _server.QueryAsync<long>(Rows, new { project }));

        admin = await _server.OrganisationAdminAsync();
        using var silent = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/holds/{hold}/lift", new { reason = "" });
        await silent.ShouldBeProblemAsync(422, "lifecycle.reason");
        using var lifted = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/holds/{hold}/lift", new { reason = "The court is done" });
        Assert.Equal(HttpStatusCode.NoContent, lifted.StatusCode);
        using var unknown = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/holds/{hold}/lift", new { reason = "again" });
        await unknown.ShouldBeProblemAsync(404, "hold.not_found");
        await _server.PassDaysAsync(1);

        Assert.Equal(0, await _server.QueryAsync<long>(Rows, new { project }));
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task Purging_now_wants_the_right_a_reason_and_the_number_typed()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (one, other) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(one));
        await phone.SendAsync(Village.Instance(other));
        await TrashAsync(admin, project, one);
        var manager = await _server.SignedInAsync("manager", project);

        using var managers = await PurgeAsync(manager, project, 1, one);
        await managers.ShouldBeProblemAsync(403, "access.denied");
        using var mistyped = await PurgeAsync(admin, project, 2, one);
        await mistyped.ShouldBeProblemAsync(422, "lifecycle.confirm");
        using var living = await PurgeAsync(admin, project, 2, one, other);
        await living.ShouldBeProblemAsync(404, "submission.not_in_trash");
        using var nothing = await PurgeAsync(admin, project, 0);
        await nothing.ShouldBeProblemAsync(422, "lifecycle.none_chosen");
        using var many = await PurgeAsync(admin, project, 101, [.. Enumerable.Range(0, 101).Select(n => $"uuid:{n}")]);
        await many.ShouldBeProblemAsync(422, "lifecycle.too_many");
        Assert.Equal(2, await _server.QueryAsync<long>(Rows, new { project }));

        using var purged = await PurgeAsync(admin, project, 1, one, one);
        Assert.Equal(HttpStatusCode.OK, purged.StatusCode);
        Assert.Equal(1, await _server.QueryAsync<long>(Rows, new { project }));
        using var again = await PurgeAsync(admin, project, 1, one);
        await again.ShouldBeProblemAsync(404, "submission.not_in_trash");
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_form_and_a_project_go_from_the_trash_too_and_a_shorter_time_counts_at_once()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Village.Instance(Village.NewId()));
        await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}/forms/{Village.FormId}").JsonAsync();
        using var wrong = await admin.SendAsync(HttpMethod.Put, $"/api/projects/{project}/trash-days", new { trashDays = 181 });
        await wrong.ShouldBeProblemAsync(422, "project.trash_days");
        using var set = await admin.SendAsync(HttpMethod.Put, $"/api/projects/{project}/trash-days", new { trashDays = 0 });
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);

        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);

        Assert.Equal(0, await _server.QueryAsync<long>("select count(*) from forms.forms where project_id = @project", new { project }));
        Assert.Equal(0, await _server.QueryAsync<long>(Rows, new { project }));
        await _server.ShouldHoldAsync();
        var key = await _server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        using var deleted = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{project}");
        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);
        Assert.NotNull(_server.Services.GetRequiredService<Keyring>().FindProjectKeys(key));
        await _server.PassDaysAsync(KeptProject.FewestDaysOfProject);
        Assert.Null(_server.Services.GetRequiredService<Keyring>().FindProjectKeys(key));
        await _server.Services.GetRequiredService<FinishErasures>().RunAsync(Token);
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_clock_that_jumped_deletes_nothing_for_a_day()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        await TrashAsync(admin, project, id);
        var work = _server.Services.GetRequiredService<DoDueWork>();
        await work.RunAsync(Token);

        await _server.PassAsync(TimeSpan.FromDays(40));
        await work.RunAsync(Token);
        await _server.PassAsync(TimeSpan.FromHours(23));
        await work.RunAsync(Token);
        Assert.Equal(1, await _server.QueryAsync<long>(Rows, new { project }));
        await _server.PassAsync(TimeSpan.FromHours(2));
        await work.RunAsync(Token);

        Assert.Equal(0, await _server.QueryAsync<long>(Rows, new { project }));
    }

    [Fact]
    public async Task What_is_restored_while_its_end_begins_keeps_its_submissions_and_keys()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Village.Instance(Village.NewId()));
        var form = new FormId(await _server.QueryAsync<long>("select id from forms.forms where project_id = @project", new { project }));
        var reference = new ProjectRef(
            new ProjectId(project), await _server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project }));
        var row = new SubmissionId(await _server.QueryAsync<Guid>("select id from submissions.submissions where project_id = @project", new { project }));

        var purged = await _server.Services.GetRequiredService<PurgeSubmissions>().RunOfFormAsync(
            Actor.System(Door.Job), reference, form, _server.Clock.GetUtcNow(), [row], Token);
        var found = await _server.Services.GetRequiredService<ErasedProjects>().FindAsync(reference.Id, Token);
        Assert.NotNull(found);
        var refused = await Assert.ThrowsAsync<ProblemException>(() => _server.Services.GetRequiredService<BeginErasure>().JoinAsync(
            Actor.System(Door.Job), found, "lay in the trash", ErasureDespite.Nothing, _server.Clock.GetUtcNow(), Token));

        Assert.Equal((0, "erasure.done"), (purged.Submissions, refused.Code));
        Assert.Equal(1, await _server.QueryAsync<long>(Rows, new { project }));
        Assert.Equal("Held", (await admin.GetAsync($"/api/projects/{project}")).Text("name"));
    }

    [Fact]
    public async Task Purging_leaves_the_notes_of_another_project_that_has_the_same_instance_id()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        await _server.QueryAsync<long>(
            """
            insert into audit.events (at, actor_id, actor_kind, door, action, project_id, subject_kind, subject_id, notes_row, notes)
            select now(), e.actor_id, e.actor_kind, e.door, e.action, p, e.subject_kind, e.subject_id, gen_random_uuid(), '\x01'::bytea
            from (select * from audit.events where subject_id = @id limit 1) e, unnest(array[@project, @project + 1000000]) as p
            returning id
            """,
            new { project, id });
        await TrashAsync(admin, project, id);

        using var purged = await PurgeAsync(admin, project, 1, id);

        Assert.Equal(HttpStatusCode.OK, purged.StatusCode);
        Assert.Equal(
            project + 1000000, await _server.QueryAsync<long>("select sum(project_id)::bigint from audit.events where subject_id = @id and notes is not null", new { id }));
    }

    [Fact]
    public async Task A_restored_database_deletes_nothing_by_the_clock_for_a_week()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        await TrashAsync(admin, project, id);
        await _server.PassDaysAsync(2);
        var guard = _server.Services.GetRequiredService<ClockGuard>();

        await guard.WaitAfterRestoreAsync(Token);
        await _server.PassDaysAsync(6);
        Assert.Equal(1, await _server.QueryAsync<long>(Rows, new { project }));
        await _server.PassDaysAsync(1);

        Assert.Equal(0, await _server.QueryAsync<long>(Rows, new { project }));
    }

    [Fact]
    public async Task A_hold_that_a_restored_database_forgot_is_missed_and_placed_again_and_a_lifted_one_lifted()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (held, free) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(held));
        await phone.SendAsync(Village.Instance(free));
        var keeps = (await admin.PostAsync($"/api/projects/{project}/holds", new { reason = "A court asked", formId = Village.FormId, instanceId = held })).Number("id");
        var lifted = (await admin.PostAsync($"/api/projects/{project}/holds", new { reason = "A mistake", formId = Village.FormId, instanceId = free })).Number("id");
        using var lift = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/holds/{lifted}/lift", new { reason = "It was one" });
        Assert.Equal(HttpStatusCode.NoContent, lift.StatusCode);

        // The database of before, beside the keyring of now.
        await _server.QueryAsync<long>("delete from submissions.holds where id = @keeps returning id", new { keeps });
        await _server.QueryAsync<long>("update submissions.holds set lifted_by = null, lifted_at = null, lift_row = null, lift_reason = null where id = @lifted returning id", new { lifted });
        Assert.Equal(["hold.missing"], (await _server.VerifyAsync()).Findings.Select(finding => finding.What));
        await TrashAsync(admin, project, held);
        await TrashAsync(admin, project, free);
        await _server.PassDaysAsync(4);

        Assert.Equal(held, await _server.QueryAsync<string>("select string_agg(instance_id, ' ') from submissions.submissions where project_id = @project", new { project }));
        var holds = (await (await _server.OrganisationAdminAsync()).GetAsync($"/api/projects/{project}/holds"))["items"]?.AsArray() ?? [];
        Assert.Equal(["A court asked", "A mistake It was one"], holds.Select(hold => $"{hold.Text("reason")} {hold?["liftReason"]}".Trim()).Order());
        await _server.ShouldHoldAsync();
    }

    [Theory]
    [InlineData("submission_id = gen_random_uuid()")]
    [InlineData("project_id = project_id + 1000000")]
    public async Task A_hold_that_was_put_on_something_else_beside_the_server_is_missed_and_put_back(string forged)
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        var hold = (await admin.PostAsync($"/api/projects/{project}/holds", new { reason = "A court asked", formId = Village.FormId, instanceId = id })).Number("id");
        await TrashAsync(admin, project, id);

        await _server.QueryAsync<long>($"update submissions.holds set {forged} where id = @hold returning id", new { hold });

        Assert.Equal(["hold.missing"], (await _server.VerifyAsync()).Findings.Select(finding => finding.What));
        await _server.PassDaysAsync(4);
        Assert.Equal(id, await _server.QueryAsync<string>("select string_agg(instance_id, ' ') from submissions.submissions where project_id = @project", new { project }));
        var holds = (await (await _server.OrganisationAdminAsync()).GetAsync($"/api/projects/{project}/holds"))["items"]?.AsArray() ?? [];
        Assert.Equal([(hold, id)], holds.Select(one => (one.Number("id"), one.Text("instanceId"))));
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_becomes_of_a_test_says_nothing_of_the_submission_that_has_its_id()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        using var drafted = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/{Village.FormId}/draft");
        Assert.True(drafted.IsSuccessStatusCode, await drafted.Content.ReadAsStringAsync(Token));
        using var sent = await admin.SendAsync(
            HttpMethod.Post, $"/v1/projects/{project}/forms/{Village.FormId}/draft/submissions", new StringContent(Village.Instance(id), null, "application/xml"));
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
        var reference = new ProjectRef(
            new ProjectId(project), await _server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project }));
        var test = new SubmissionId(await _server.QueryAsync<Guid>("select id from submissions.submissions where instance_id = @id and is_draft", new { id }));

        await _server.Services.GetRequiredService<TrashOverdue>().RunAsync(Actor.System(Door.Job), reference, [test], (_, _, _) => Task.CompletedTask, Token);
        await _server.ShouldHoldAsync();
        await _server.Services.GetRequiredService<PurgeSubmissions>().RunAsync(Actor.System(Door.Job), reference, [test], "trash", null, Token);
        await _server.ShouldHoldAsync();

        await _server.QueryAsync<int>(
            $"create table public.kept as select * from submissions.versions where instance_id = '{id}'; delete from submissions.versions where instance_id = '{id}'; select 1");
        var gone = await _server.VerifyAsync();
        await _server.QueryAsync<int>("insert into submissions.versions select * from public.kept; drop table public.kept; select 1");
        Assert.Contains(gone.Findings, finding => finding.What == "submission.missing" && finding.Submission == id);
    }

    private static Task<HttpResponseMessage> PurgeAsync(Browser admin, long project, long confirm, params string[] ids) => admin.SendAsync(
        HttpMethod.Post, $"/api/projects/{project}/forms/{Village.FormId}/trash/purge", new { instanceIds = ids, confirm, reason = "No longer needed" });

    private static async Task TrashAsync(Browser admin, long project, string id)
    {
        using var response = await admin.SendAsync(
            HttpMethod.Post, $"/api/projects/{project}/forms/{Village.FormId}/submissions/{Uri.EscapeDataString(id)}/trash", new { });
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Held");
        using var set = await admin.SendAsync(HttpMethod.Put, $"/api/projects/{project}/trash-days", new { trashDays = 3 });
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        return (admin, project, await _server.PhoneAsync(admin, project, Village.Form()));
    }
}
