using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Limits;
using Fieldkeep.Server.Rights.Held;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Limits;

/// <summary>An account that operators suspend opens nothing, and all it opened before when they lift it; and one operator always stays.</summary>
public sealed class SuspendedAccountTests(PatientServer patient) : IClassFixture<PatientServer>
{
    private static readonly string[] Read = ["read"];

    private readonly TestServer _server = patient.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_opens_a_suspended_account_and_all_that_did_does_again_when_it_is_lifted()
    {
        var (admin, project, phone) = await _server.ArrangeSuspendingAsync();
        var (email, id) = await _server.PersonAsync("manager", project);
        var person = new Browser(_server.CreateClient());
        await person.SignInAsync(email, Some.Password);
        var sent = Village.NewId();
        var script = (await person.PostAsync("/api/account/tokens", new { name = "reader", scopes = Read, projects = new[] { project } }))["secret"]?.GetValue<string>();
        Assert.Equal(HttpStatusCode.OK, await ReadByTokenAsync(script, project));
        Assert.Equal(HttpStatusCode.Created, await SendBasicAsync(email, project, Village.NewId()));
        await Suspending.SuspendAsync(admin, $"accounts/{id}");
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

        // Why stands among what is held about them.
        var self = new Actor(id, ActorKind.Account, "Manager", Door.Web, null);
        var held = await _server.Services.GetRequiredService<HeldRecords>().ReadAsync(self, "suspensions", Token).SingleAsync(Token);
        Assert.Contains("\"reason\":\"Answers come by the thousand.\"", held, StringComparison.Ordinal);

        Assert.Equal(id.Value, (await person.GetAsync("/api/session"))["account"]?["id"]?.GetValue<long>());
        Assert.Equal(HttpStatusCode.OK, await ReadByTokenAsync(script, project));
        Assert.Equal(HttpStatusCode.Created, await SendBasicAsync(email, project, sent));
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from submissions.submissions where instance_id = @sent", new { sent }));
    }

    [Fact]
    public async Task Whoever_is_suspended_signs_out_and_leaves_the_computer_to_somebody_else()
    {
        var (admin, project, _) = await _server.ArrangeSuspendingAsync();
        var (email, id) = await _server.PersonAsync("manager", project);
        var (other, otherId) = await _server.PersonAsync("manager", project);
        var shared = new Browser(_server.CreateClient());
        await shared.SignInAsync(email, Some.Password);
        await Suspending.SuspendAsync(admin, $"accounts/{id}");
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
    public async Task An_operator_who_is_suspended_is_not_the_one_who_stays_until_that_is_lifted()
    {
        var admin = await _server.OrganisationAdminAsync();
        var (_, id) = await OperatorAsync();
        Assert.False((await admin.GetAsync("/api/account/removal"))["isLastOperator"]?.GetValue<bool>());
        Assert.True(await MayLeaveAsync(new ActorId(admin.AccountId)));
        await Suspending.SuspendAsync(admin, $"accounts/{id}");
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
                admin.SendAsync(HttpMethod.Put, $"/api/limits/accounts/{id}/suspension", Suspending.Why),
                other.SendAsync(HttpMethod.Put, $"/api/limits/accounts/{admin.AccountId}/suspension", Suspending.Why),
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
}
