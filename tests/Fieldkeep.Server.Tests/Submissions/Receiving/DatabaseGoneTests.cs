using System.Net;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Receiving;

public sealed class DatabaseGoneTests(TestCluster cluster)
{
    [Fact]
    public async Task While_the_database_is_gone_phones_are_asked_to_wait_and_what_was_acknowledged_is_there_afterwards()
    {
        var folder = Path.Combine(cluster.Folder, "gone");
        using var held = DataLock.Take(folder);
        var database = await StartAsync(held);
        await using var server = TestServer.OnDatabase(cluster, database.Address.ConnectionString);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var phone = await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
        var kept = Village.NewId();
        using var before = await phone.SubmitAsync(Village.Instance(kept));
        Assert.Equal(HttpStatusCode.Created, before.StatusCode);

        await database.DisposeAsync();
        var refused = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => phone.SubmitAsync(Village.Instance(Village.NewId()))));
        using var ready = await server.CreateClient().GetAsync(
            new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);

        foreach (var answer in refused)
        {
            await answer.ShouldBeOpenRosaAsync(503, "Try again");
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);

        await using var again = await StartAsync(held);
        var late = Village.NewId();
        using var after = await phone.SubmitAsync(Village.Instance(late));
        Assert.Equal(HttpStatusCode.Created, after.StatusCode);
        Assert.Equal(2, await server.QueryAsync<long>(
            "select count(*) from submissions.submissions where instance_id = any (@ids)", new { ids = new[] { kept, late } }));
    }

    private static Task<PrivateCluster> StartAsync(DataLock held) => PrivateCluster.StartAsync(
        held, ClusterMode.Disposable, _ => { }, TimeProvider.System, TestContext.Current.CancellationToken);
}
