using System.Net;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Receiving;

public sealed class DatabaseGoneTests(TestCluster cluster)
{
    [Fact]
    public async Task While_the_database_is_gone_who_is_not_known_is_asked_to_wait_and_whatever_was_acknowledged_is_there_afterwards()
    {
        var folder = Path.Combine(cluster.Folder, "gone");
        using var held = DataLock.Take(folder);
        var (database, server) = await TestServer.OnOwnDatabaseAsync(cluster, held);
        await using var _ = server;
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var stranger = await server.PhoneAsync(admin, project);
        var kept = Village.NewId();
        using var before = await phone.SubmitAsync(Village.Instance(kept));
        Assert.Equal(HttpStatusCode.Created, before.StatusCode);

        // Whom the server remembers it remembers for two seconds: none pass from here on.
        server.Clock.Freeze();
        await server.HearAllAsync();
        using var primed = await phone.SubmitAsync(Village.Instance(kept));
        await database.DisposeAsync();
        var sent = Enumerable.Range(0, 8).Select(_ => Village.NewId()).ToList();
        var answers = await Task.WhenAll(sent.Select(id => phone.SubmitAsync(Village.Instance(id))));
        var refused = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => stranger.SubmitAsync(Village.Instance(Village.NewId()))));
        using var ready = await server.CreateClient().GetAsync(
            new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);

        foreach (var answer in refused)
        {
            await answer.ShouldBeOpenRosaAsync(503, "Try again");
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        // Whom the server remembers, the intake journal hears.
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);

        await using var again = await TestCluster.StartOwnAsync(held);
        var late = Village.NewId();

        // Whom it remembered it remembers no more: the database has another life. It asks, and may meet connections of the former one.
        await Sealing.UntilAsync(async () =>
        {
            using var after = await phone.SubmitAsync(Village.Instance(late));
            Assert.True(after.StatusCode is HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable);
            return after.StatusCode == HttpStatusCode.Created;
        });
        await Intake.SetAsideTests.DrainedAsync(server);
        Assert.Equal(10, await server.QueryAsync<long>(
            "select count(*) from submissions.submissions where instance_id = any (@ids)", new { ids = (string[])[kept, late, .. sent] }));
        Assert.Equal(10, await server.QueryAsync<long>("select count(*) from submissions.submissions"));
    }
}
