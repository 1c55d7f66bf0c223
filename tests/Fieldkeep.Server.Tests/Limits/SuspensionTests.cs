using System.Net;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Limits;

/// <summary>A project that operators suspend goes on where it stopped when they lift it: nothing is lost, nothing deleted, and they read nothing by it.</summary>
public sealed class SuspensionTests(PatientServer patient) : IClassFixture<PatientServer>
{
    private readonly TestServer _server = patient.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Phones_of_a_suspended_project_keep_what_they_have_its_people_read_and_when_it_is_lifted_all_arrives_once()
    {
        var (admin, project, phone) = await _server.ArrangeSuspendingAsync();
        var (before, waiting) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(before));
        var manager = await _server.SignedInAsync("manager", project);
        await Suspending.SuspendAsync(admin, $"projects/{project}");

        foreach (var path in (string[])["/formList", $"/forms/{Village.FormId}.xml", $"/forms/{Village.FormId}/manifest"])
        {
            using var asked = await phone.GetAsync(path);
            await asked.ShouldBeOpenRosaAsync(410, "help@example.org");
        }

        for (var tries = 0; tries < 3; tries++)
        {
            using var sent = await phone.SubmitAsync(Village.Instance(waiting));
            await sent.ShouldBeOpenRosaAsync(503, "Nothing is lost");
            Assert.NotNull(sent.Headers.RetryAfter);
        }

        using (var edit = await phone.SubmitAsync(Village.Instance(Village.NewId(), deprecatedId: before)))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, edit.StatusCode);
        }

        // They see why, read, and take along what is theirs; they change and destroy nothing.
        var told = await manager.GetAsync($"/api/projects/{project}");
        Assert.Equal("Answers come by the thousand.", told["suspension"]?["reason"]?.GetValue<string>());
        Assert.DoesNotContain("projectUpdate", told["may"]?.AsArray().Select(one => one?.GetValue<string>()) ?? []);
        var form = $"/v1/projects/{project}/forms/{Village.FormId}";
        foreach (var path in (string[])[$"{form}/submissions", $"{form}.xml", $"{form}/submissions.csv.zip"])
        {
            using var read = await manager.SendAsync(HttpMethod.Get, path);
            Assert.True(read.IsSuccessStatusCode, $"{path}: {read.StatusCode}");
        }

        using (var trash = await manager.SendAsync(
            HttpMethod.Post, $"/api/projects/{project}/forms/{Village.FormId}/submissions/{Uri.EscapeDataString(before)}/trash", new { }))
        {
            await trash.ShouldBeProblemAsync(403, "project.suspended");
        }

        foreach (var (method, path) in new[] { (HttpMethod.Delete, $"/api/projects/{project}"), (HttpMethod.Delete, form) })
        {
            using var destroyed = await manager.SendAsync(method, path);
            Assert.Equal(HttpStatusCode.Forbidden, destroyed.StatusCode);
        }

        // Who is not of the project learns nothing of it.
        using (var stranger = await (await StrangerAsync()).SendAsync(HttpMethod.Get, $"/api/projects/{project}"))
        {
            Assert.Equal(HttpStatusCode.NotFound, stranger.StatusCode);
        }

        using (var lifted = await admin.SendAsync(HttpMethod.Delete, $"/api/limits/projects/{project}/suspension"))
        {
            Assert.Equal(HttpStatusCode.NoContent, lifted.StatusCode);
        }

        await phone.SendAsync(Village.Instance(waiting));
        await phone.SendAsync(Village.Instance(waiting));
        Assert.Equal([Village.FormId], await phone.ListFormsAsync());
        Assert.Equal($"{before} {waiting}", await _server.QueryAsync<string>(
            "select string_agg(instance_id, ' ' order by sequence) from submissions.submissions where project_id = @project", new { project }));
        Assert.Equal("project.suspend project.lift_suspension", await _server.QueryAsync<string>(
            "select string_agg(action, ' ' order by id) from ledger.entries where project_id = @project and action like 'project.%suspen%'", new { project }));
        using var twice = await admin.SendAsync(HttpMethod.Delete, $"/api/limits/projects/{project}/suspension");
        await twice.ShouldBeProblemAsync(404, "suspension.none");
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_suspension_ends_by_itself_and_what_is_wrong_with_one_is_refused()
    {
        var (admin, project, phone) = await _server.ArrangeSuspendingAsync();
        var now = _server.Clock.GetUtcNow();
        foreach (var wrong in (object[])
        [
            new { reason = " ", contact = "a" }, new { reason = "a", contact = "" }, new { reason = new string('a', 1001), contact = "a" },
            new { reason = "a", contact = "a\u0001" }, new { reason = "a", contact = "a", until = now.AddMinutes(-1) }, new { reason = "a", contact = "a", until = now.AddYears(20) },
        ])
        {
            using var refused = await admin.SendAsync(HttpMethod.Put, $"/api/limits/projects/{project}/suspension", wrong);
            await refused.ShouldBeProblemAsync(422, "limit.invalid");
        }

        using (var own = await admin.SendAsync(HttpMethod.Put, $"/api/limits/accounts/{admin.AccountId}/suspension", Suspending.Why))
        {
            await own.ShouldBeProblemAsync(409, "suspension.own");
        }

        using (var nobody = await admin.SendAsync(HttpMethod.Put, "/api/limits/projects/999999/suspension", Suspending.Why))
        {
            await nobody.ShouldBeProblemAsync(404, "limit.not_found");
        }

        var manager = await _server.SignedInAsync("manager", project);
        using (var other = await manager.SendAsync(HttpMethod.Put, $"/api/limits/projects/{project}/suspension", Suspending.Why))
        {
            await other.ShouldBeProblemAsync(403, "access.denied");
        }

        var both = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => admin.SendAsync(
            HttpMethod.Put, $"/api/limits/projects/{project}/suspension", new { reason = "a", contact = "b", until = now.AddHours(1) })));
        Assert.All(both, one => Assert.True(one.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict, $"{one.StatusCode}"));
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from access.suspensions where scope_id = @project and scope_kind = 'project'", new { project }));
        using (var sent = await phone.SubmitAsync(Village.Instance(Village.NewId())))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, sent.StatusCode);
        }

        await _server.PassAsync(TimeSpan.FromMinutes(61));
        await phone.SendAsync(Village.Instance(Village.NewId()));
        await Suspending.SuspendAsync(await _server.OrganisationAdminAsync(), $"projects/{project}");
        Assert.Equal(2, await _server.QueryAsync<long>("select count(*) from access.suspensions where scope_id = @project and scope_kind = 'project'", new { project }));
    }

    [Fact]
    public async Task At_the_machine_a_suspended_project_is_erased_only_by_who_says_that_it_is_and_both_books_tell()
    {
        var (admin, project, _) = await _server.ArrangeSuspendingAsync();
        await Suspending.SuspendAsync(admin, $"projects/{project}");
        var name = await _server.QueryAsync<string>("select name from organisations.projects where id = @project", new { project });
        Task<ErasureRow> EraseAsync(ErasureDespite despite) => _server.Services.GetRequiredService<EraseProject>().RunAsync(
            Actor.System(Door.CommandLine), new ProjectId(project), name, "a test", despite, Token);

        var refused = await Assert.ThrowsAsync<ProblemException>(() => EraseAsync(ErasureDespite.Nothing));

        Assert.Equal("project.suspended", refused.Code);
        Assert.Equal(name, (await admin.GetAsync($"/api/projects/{project}"))["name"]?.GetValue<string>());
        await EraseAsync(new ErasureDespite([], true));
        Assert.Equal("despite a suspension", await _server.QueryAsync<string>(
            "select detail from audit.events where action = 'project.erase' and project_id = @project", new { project }));
    }

    [Fact]
    public async Task What_the_version_before_wrote_in_the_clear_is_sealed_at_the_start_and_told_as_before()
    {
        var (admin, project, _) = await _server.ArrangeSuspendingAsync();
        var id = await _server.QueryAsync<long>(
            """
            insert into access.suspensions (scope_kind, scope_id, reason_before, contact_before, since)
            values ('project', @project, 'An older one.', 'old@example.org', now()) returning id
            """,
            new { project });

        await _server.Services.GetRequiredService<SealSuspensions>().RunAsync(Token);

        Assert.Equal(0, await _server.QueryAsync<long>("select count(*) from access.suspensions s where id = @id and s::text ~ 'older|example'", new { id }));
        _server.Services.GetRequiredService<Policy>().Forget();
        var told = (await admin.GetAsync($"/api/projects/{project}"))["suspension"];
        Assert.Equal(("An older one.", "old@example.org"), (told?["reason"]?.GetValue<string>(), told?["contact"]?.GetValue<string>()));
    }

    [Fact]
    public async Task A_suspended_project_is_trashed_neither_with_its_unit_nor_with_the_account_that_runs_it()
    {
        var admin = await _server.OrganisationAdminAsync();
        var team = await admin.UnitAsync(await admin.HomeAsync(), "team");
        var (inTeam, own) = (await admin.ProjectOfAsync(team), await admin.ProjectAsync());
        var (email, _) = await _server.PersonAsync("manager", own);
        var owner = new Browser(_server.CreateClient());
        await owner.SignInAsync(email, Some.Password);
        await Suspending.SuspendAsync(admin, $"projects/{inTeam}");
        await Suspending.SuspendAsync(admin, $"projects/{own}");

        using (var removed = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{team}"))
        {
            await removed.ShouldBeProblemAsync(403, "project.suspended");
        }

        using (var left = await owner.SendAsync(
            HttpMethod.Post, "/api/account/removal", new { email, projects = new[] { new { project = own, choice = "delete" } } }))
        {
            await left.ShouldBeProblemAsync(403, "project.suspended");
        }

        // Nothing of either began.
        await owner.GetAsync("/api/session");
        await admin.GetAsync($"/api/units/{team}");
        Assert.Equal(2, await _server.QueryAsync<long>(
            "select count(*) from organisations.projects where id = any (@projects) and deleted_at is null", new { projects = new[] { inTeam, own } }));

        using (var lifted = await admin.SendAsync(HttpMethod.Delete, $"/api/limits/projects/{inTeam}/suspension"))
        {
            Assert.Equal(HttpStatusCode.NoContent, lifted.StatusCode);
        }

        using var again = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{team}");
        Assert.True(again.IsSuccessStatusCode, $"{again.StatusCode}");
    }

    [Fact]
    public async Task The_clock_deletes_nothing_of_a_suspended_project_nor_within_a_week_after_it()
    {
        var (admin, project, phone) = await _server.ArrangeSuspendingAsync();
        using (var days = await admin.SendAsync(HttpMethod.Put, $"/api/projects/{project}/trash-days", new { trashDays = 3 }))
        {
            Assert.Equal(HttpStatusCode.OK, days.StatusCode);
        }

        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        using (var trash = await admin.SendAsync(
            HttpMethod.Post, $"/api/projects/{project}/forms/{Village.FormId}/submissions/{Uri.EscapeDataString(id)}/trash", new { }))
        {
            Assert.Equal(HttpStatusCode.NoContent, trash.StatusCode);
        }

        // In another one a rule would move what is five days old to the trash, from the seventh day on.
        var (_, ruled, other) = await _server.ArrangeSuspendingAsync();
        await other.SendAsync(Village.Instance(Village.NewId()));
        await admin.PostAsync($"/api/projects/{ruled}/retention-rules", new { kind = "delete", days = 5 });
        await Suspending.SuspendAsync(admin, $"projects/{project}");
        await Suspending.SuspendAsync(admin, $"projects/{ruled}");
        await _server.PassDaysAsync(10);
        Assert.Equal((1, 1), (await CountAsync(project), await LivingAsync(ruled)));
        admin = await _server.OrganisationAdminAsync();
        foreach (var one in (long[])[project, ruled])
        {
            using var lifted = await admin.SendAsync(HttpMethod.Delete, $"/api/limits/projects/{one}/suspension");
            Assert.Equal(HttpStatusCode.NoContent, lifted.StatusCode);
        }

        await _server.PassDaysAsync(5);
        Assert.Equal((1, 1), (await CountAsync(project), await LivingAsync(ruled)));
        await _server.PassDaysAsync(4);
        Assert.Equal(0, await CountAsync(project));
        await _server.PassDaysAsync(4);
        Assert.Equal(0, await LivingAsync(ruled));
        await _server.ShouldHoldAsync();
    }

    private async Task<long> CountAsync(long project) =>
        await _server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project });

    private async Task<long> LivingAsync(long project) =>
        await _server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project and deleted_at is null", new { project });

    private async Task<Browser> StrangerAsync()
    {
        var (email, _) = await _server.PersonAsync();
        var stranger = new Browser(_server.CreateClient());
        await stranger.SignInAsync(email, Some.Password);
        return stranger;
    }
}
