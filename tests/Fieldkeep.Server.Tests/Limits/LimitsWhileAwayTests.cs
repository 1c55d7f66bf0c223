using System.Net;
using Fieldkeep.Backup.Clusters;
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
        var database = await StartAsync(held);
        await using var server = TestServer.OnDatabase(cluster, database.Address.ConnectionString);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var (suspended, limited) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        var (waits, sends) = (await server.PhoneAsync(admin, suspended, Village.Form()), await server.PhoneAsync(admin, limited, Village.Form()));
        using (var why = await admin.SendAsync(HttpMethod.Put, $"/api/limits/projects/{suspended}/suspension", new { reason = "a", contact = "b" }))
        using (var most = await admin.SendAsync(HttpMethod.Put, $"/api/limits/projects/{limited}", new { submissionsADay = 2 }))
        {
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (why.StatusCode, most.StatusCode));
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

        Assert.Equal(HttpStatusCode.ServiceUnavailable, kept.StatusCode);
        Assert.All([one, two, again], answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));

        // Whether it is here nobody can say: it waits.
        Assert.True(over.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests, $"{over.StatusCode}");

        await using var back = await StartAsync(held);
        await SetAsideTests.DrainedAsync(server);
        Assert.Equal(2, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @limited", new { limited }));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @suspended", new { suspended }));
        await server.ShouldHoldAsync();
    }

    private static Task<PrivateCluster> StartAsync(DataLock held) => PrivateCluster.StartAsync(held, ClusterMode.Disposable, _ => { }, TimeProvider.System, Token);
}
