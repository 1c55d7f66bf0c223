using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Submissions.Intake;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Limits;

/// <summary>While the database is away, what is suspended and limited is known from kept rows; what was accepted before is stored whatever was suspended since.</summary>
public sealed class LimitsWhileAwayTests(TestCluster cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_suspended_project_waits_a_limited_one_takes_what_it_may_and_all_that_was_accepted_is_there_afterwards()
    {
        using var held = DataLock.Take(Path.Combine(cluster.Folder, "limits-away"));
        var (database, server) = await TestServer.OnOwnDatabaseAsync(cluster, held);
        await using var _ = server;
        var admin = await server.OrganisationAdminAsync();
        var (suspended, limited) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        var (waits, sends) = (await server.PhoneAsync(admin, suspended, Village.Form()), await server.PhoneAsync(admin, limited, Village.Form()));
        using (var why = await admin.SendAsync(HttpMethod.Put, $"/api/limits/projects/{suspended}/suspension", new { reason = "a", contact = "b" }))
        using (var most = await admin.SendAsync(HttpMethod.Put, $"/api/limits/projects/{limited}", new { submissionsADay = 2 }))
        {
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (why.StatusCode, most.StatusCode));
        }

        // Two who send by their accounts: one is suspended before, one after.
        var open = await admin.ProjectAsync();
        await server.PhoneAsync(admin, open, Village.Form());
        var ((early, earlyId), (late, lateId)) = (await server.PersonAsync("manager", open), await server.PersonAsync("manager", open));
        var (earlySession, lateSession) = (await BearerAsync(server, early), await BearerAsync(server, late));
        using (var person = await admin.SendAsync(HttpMethod.Put, $"/api/limits/accounts/{earlyId}/suspension", new { reason = "a", contact = "b" }))
        {
            Assert.Equal(HttpStatusCode.OK, person.StatusCode);
        }

        await server.Services.GetRequiredService<KeepDoor>().RunAsync(Token);
        server.Clock.Advance(TimeSpan.FromSeconds(5));
        await database.DisposeAsync();

        var first = Village.NewId();
        using var kept = await waits.SubmitAsync(Village.Instance(Village.NewId()));
        using var one = await sends.SubmitAsync(Village.Instance(first));
        using var two = await sends.SubmitAsync(Village.Instance(Village.NewId()));
        using var over = await sends.SubmitAsync(Village.Instance(Village.NewId()));
        using var again = await sends.SubmitAsync(Village.Instance(first));
        using var ofEarly = await SendAsync(server, open, earlySession);
        using var ofLate = await SendAsync(server, open, lateSession);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (kept.StatusCode, ofEarly.StatusCode));
        Assert.Equal(HttpStatusCode.Created, ofLate.StatusCode);
        Assert.All([one, two, again], answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));

        // Whether it is here nobody can say: it waits.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, over.StatusCode);

        // What was accepted is suspended before the database has it.
        await using var back = await TestCluster.StartOwnAsync(held);
        await server.MeetsDatabaseAsync();
        await server.SuspendByRowAsync(Scope.Of(new ProjectId(limited)));
        await server.SuspendByRowAsync(Scope.OfAccount(lateId));
        server.Clock.Advance(TimeSpan.FromSeconds(5));
        await SetAsideTests.DrainedAsync(server);
        Assert.Equal(2, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @limited", new { limited }));
        Assert.Equal(1, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @open", new { open }));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @suspended", new { suspended }));
        Assert.Empty(await SetAsideTests.QuarantineAsync(server));
        await server.ShouldHoldAsync();
    }

    private static async Task<string> BearerAsync(TestServer server, string email)
    {
        using var response = await server.CreateClient().PostAsJsonAsync("/v1/sessions", new { email, password = Some.Password }, Token);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))?["token"]?.GetValue<string>() ?? throw new InvalidOperationException("No session.");
    }

    private static async Task<HttpResponseMessage> SendAsync(TestServer server, long project, string bearer)
    {
        using var body = new MultipartFormDataContent();
        var instance = new ByteArrayContent(Encoding.UTF8.GetBytes(Village.Instance(Village.NewId())));
        instance.Headers.ContentType = new MediaTypeHeaderValue("text/xml");
        body.Add(instance, "xml_submission_file", "submission.xml");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/projects/{project}/submission") { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return await server.CreateClient().SendAsync(request, Token);
    }
}
