using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Limits;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Limits;

/// <summary>What operators suspend goes on where it stopped when they lift it: nothing is lost, nothing deleted, and they read nothing by it.</summary>
public sealed class SuspensionTests(PatientServer patient) : IClassFixture<PatientServer>
{
    private static readonly object Why = new { reason = "Answers come by the thousand.", contact = "help@example.org" };

    private static readonly string[] Read = ["read"];

    private readonly TestServer _server = patient.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Phones_of_a_suspended_project_keep_what_they_have_its_people_read_and_when_it_is_lifted_all_arrives_once()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (before, waiting) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(before));
        var manager = await _server.SignedInAsync("manager", project);
        await SuspendAsync(admin, $"projects/{project}");

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
        var (admin, project, phone) = await ArrangeAsync();
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

        using (var own = await admin.SendAsync(HttpMethod.Put, $"/api/limits/accounts/{admin.AccountId}/suspension", Why))
        {
            await own.ShouldBeProblemAsync(409, "suspension.own");
        }

        using (var nobody = await admin.SendAsync(HttpMethod.Put, "/api/limits/projects/999999/suspension", Why))
        {
            await nobody.ShouldBeProblemAsync(404, "limit.not_found");
        }

        var manager = await _server.SignedInAsync("manager", project);
        using (var other = await manager.SendAsync(HttpMethod.Put, $"/api/limits/projects/{project}/suspension", Why))
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

        _server.Clock.Advance(TimeSpan.FromMinutes(61));
        await phone.SendAsync(Village.Instance(Village.NewId()));
        await SuspendAsync(await _server.OrganisationAdminAsync(), $"projects/{project}");
        Assert.Equal(2, await _server.QueryAsync<long>("select count(*) from access.suspensions where scope_id = @project and scope_kind = 'project'", new { project }));
    }

    [Fact]
    public async Task Nothing_opens_a_suspended_account_and_all_that_did_does_again_when_it_is_lifted()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (email, id) = await _server.PersonAsync("manager", project);
        var person = new Browser(_server.CreateClient());
        await person.SignInAsync(email, Some.Password);
        var sent = Village.NewId();
        var script = (await person.PostAsync("/api/account/tokens", new { name = "reader", scopes = Read, projects = new[] { project } }))["secret"]?.GetValue<string>();
        Assert.Equal(HttpStatusCode.OK, await ReadByTokenAsync(script, project));
        Assert.Equal(HttpStatusCode.Created, await SendBasicAsync(email, project, Village.NewId()));
        await SuspendAsync(admin, $"accounts/{id}");
        Assert.Equal(HttpStatusCode.Forbidden, await ReadByTokenAsync(script, project));

        foreach (var (method, path) in new[] { (HttpMethod.Get, "/api/projects"), (HttpMethod.Post, "/api/projects") })
        {
            using var asked = await person.SendAsync(method, path, method == HttpMethod.Post ? JsonContent.Create(new { name = "More" }) : null);
            await asked.ShouldBeProblemAsync(403, "account.suspended");
        }

        // Its page reads why, and is then one where somebody can sign in.
        var page = new Browser(_server.CreateClient()) { Cookie = person.Cookie, Csrf = person.Csrf };
        using (var why = await page.SendAsync(HttpMethod.Get, "/api/session"))
        {
            await why.ShouldBeProblemAsync(403, "account.suspended");
            Assert.Contains(why.Headers.GetValues("Set-Cookie"), cookie => cookie.Contains("session=;", StringComparison.Ordinal));
        }

        using (var anew = await new Browser(_server.CreateClient()).SendAsync(HttpMethod.Post, "/api/session", new { email, password = Some.Password }))
        {
            await anew.ShouldBeProblemAsync(403, "account.suspended");
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendBasicAsync(email, project, sent));

        // What others have of the project goes on.
        await phone.SendAsync(Village.Instance(Village.NewId()));
        using (var lifted = await admin.SendAsync(HttpMethod.Delete, $"/api/limits/accounts/{id}/suspension"))
        {
            Assert.Equal(HttpStatusCode.NoContent, lifted.StatusCode);
        }

        Assert.Equal(id.Value, (await person.GetAsync("/api/session"))["account"]?["id"]?.GetValue<long>());
        Assert.Equal(HttpStatusCode.OK, await ReadByTokenAsync(script, project));
        Assert.Equal(HttpStatusCode.Created, await SendBasicAsync(email, project, sent));
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from submissions.submissions where instance_id = @sent", new { sent }));
    }

    [Fact]
    public async Task Whoever_is_suspended_signs_out_and_leaves_the_computer_to_somebody_else()
    {
        var (admin, project, _) = await ArrangeAsync();
        var (email, id) = await _server.PersonAsync("manager", project);
        var (other, otherId) = await _server.PersonAsync("manager", project);
        var shared = new Browser(_server.CreateClient());
        await shared.SignInAsync(email, Some.Password);
        await SuspendAsync(admin, $"accounts/{id}");
        var copied = new Browser(_server.CreateClient()) { Cookie = shared.Cookie };

        using (var left = await shared.SendAsync(HttpMethod.Delete, "/api/session"))
        {
            Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        }

        Assert.Equal("", shared.Cookie);
        await shared.SignInAsync(other, Some.Password);
        Assert.Equal(otherId.Value, shared.AccountId);
        await shared.GetAsync($"/api/projects/{project}");

        // Whoever copied what the browser held gets nothing back.
        await _server.Services.GetRequiredService<ChangeSuspension>().LiftAsync(Actor.System(Door.CommandLine), Scope.OfAccount(id), Token);
        using var again = await copied.SendAsync(HttpMethod.Get, $"/api/projects/{project}");
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
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
        await SuspendAsync(admin, $"projects/{inTeam}");
        await SuspendAsync(admin, $"projects/{own}");

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
    public async Task An_operator_who_is_suspended_is_not_the_one_who_stays_until_that_is_lifted()
    {
        var admin = await _server.OrganisationAdminAsync();
        var (_, id) = await OperatorAsync();
        Assert.False((await admin.GetAsync("/api/account/removal"))["isLastOperator"]?.GetValue<bool>());
        Assert.True(await MayLeaveAsync(new ActorId(admin.AccountId)));
        await SuspendAsync(admin, $"accounts/{id}");
        Assert.True((await admin.GetAsync("/api/account/removal"))["isLastOperator"]?.GetValue<bool>());
        Assert.False(await MayLeaveAsync(new ActorId(admin.AccountId)));
        Assert.True(await MayLeaveAsync(id));

        // As the command line does, when no operator can.
        await _server.Services.GetRequiredService<ChangeSuspension>().LiftAsync(Actor.System(Door.CommandLine), Scope.OfAccount(id), Token);
        Assert.False((await admin.GetAsync("/api/account/removal"))["isLastOperator"]?.GetValue<bool>());
        await EndOperatorAsync(id);
    }

    [Fact]
    public async Task Of_two_operators_who_suspend_each_other_at_once_one_stays()
    {
        var admin = await _server.OrganisationAdminAsync();
        var (email, id) = await OperatorAsync();
        var other = new Browser(_server.CreateClient());
        await other.SignInAsync(email, Some.Password);

        // Both have passed the door, and wait for the same lock, before either goes on.
        List<Task<HttpResponseMessage>> both;
        await using (var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            await tx.FindAsync<string>("select pg_advisory_xact_lock(7224010081)::text", null, Token);
            both =
            [
                admin.SendAsync(HttpMethod.Put, $"/api/limits/accounts/{id}/suspension", Why),
                other.SendAsync(HttpMethod.Put, $"/api/limits/accounts/{admin.AccountId}/suspension", Why),
            ];
            for (var look = 0; await _server.QueryAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and not granted", new { }) < 2; look++)
            {
                Assert.True(look < 300, "they do not wait");
                await Task.Delay(20, Token);
            }
        }

        var answers = (await Task.WhenAll(both)).Select(one => one.StatusCode).Order();
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Forbidden], answers);
        Assert.Equal(1, await _server.QueryAsync<long>(
            "select count(*) from access.suspensions where scope_kind = 'account' and lifted_at is null and scope_id = any (@both)", new { both = new[] { id.Value, admin.AccountId } }));
        foreach (var one in (ActorId[])[id, new ActorId(admin.AccountId)])
        {
            try
            {
                await _server.Services.GetRequiredService<ChangeSuspension>().LiftAsync(Actor.System(Door.CommandLine), Scope.OfAccount(one), Token);
            }
            catch (ProblemException none) when (none.Code == "suspension.none")
            {
                // It is the one who stayed.
            }
        }

        await EndOperatorAsync(id);
    }

    [Fact]
    public async Task The_clock_deletes_nothing_of_a_suspended_project_nor_within_a_week_after_it()
    {
        var (admin, project, phone) = await ArrangeAsync();
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
        var (_, ruled, other) = await ArrangeAsync();
        await other.SendAsync(Village.Instance(Village.NewId()));
        await admin.PostAsync($"/api/projects/{ruled}/retention-rules", new { kind = "delete", days = 5 });
        await SuspendAsync(admin, $"projects/{project}");
        await SuspendAsync(admin, $"projects/{ruled}");
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

    private async Task<(string Email, ActorId Id)> OperatorAsync()
    {
        var (email, id) = await _server.PersonAsync();
        await using var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token);
        await _server.Services.GetRequiredService<GrantRows>().AddAsync(
            tx, Actor.System(Door.CommandLine), new Grant(id, RolePermissions.Operator, Scope.Installation), Token);
        await tx.CommitAsync(Token);
        _server.Services.GetRequiredService<Policy>().Forget();
        return (email, id);
    }

    private async Task EndOperatorAsync(ActorId id)
    {
        await using var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token);
        await _server.Services.GetRequiredService<GrantRows>().TakeAsync(
            tx, Actor.System(Door.CommandLine), new Grant(id, RolePermissions.Operator, Scope.Installation), Token);
        await tx.CommitAsync(Token);
        _server.Services.GetRequiredService<Policy>().Forget();
    }

    private async Task<bool> MayLeaveAsync(ActorId leaving)
    {
        await using var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token);
        try
        {
            await LastAdministrators.RequireOtherOperatorAsync(tx, leaving, _server.Clock.GetUtcNow(), Token);
            return true;
        }
        catch (ProblemException last) when (last.Code == "account.last_administrator")
        {
            return false;
        }
    }

    private static async Task SuspendAsync(Browser admin, string place)
    {
        using var suspended = await admin.SendAsync(HttpMethod.Put, $"/api/limits/{place}/suspension", Why);
        Assert.True(suspended.IsSuccessStatusCode, await suspended.Content.ReadAsStringAsync(Token));
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

    private async Task<HttpStatusCode> ReadByTokenAsync(string? secret, long project)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/projects/{project}");
        request.Headers.Authorization = new("Bearer", secret);
        using var answer = await _server.CreateClient().SendAsync(request, Token);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> SendBasicAsync(string email, long project, string id)
    {
        using var body = new MultipartFormDataContent();
        var instance = new ByteArrayContent(Encoding.UTF8.GetBytes(Village.Instance(id)));
        instance.Headers.ContentType = new MediaTypeHeaderValue("text/xml");
        body.Add(instance, "xml_submission_file", "submission.xml");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/projects/{project}/submission") { Content = body };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{email}:{Some.Password}")));
        using var answer = await _server.CreateClient().SendAsync(request, Token);
        return answer.StatusCode;
    }

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await _server.PhoneAsync(admin, project, Village.Form()));
    }
}
