using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger;

/// <summary>What a rollback tells before it is agreed to.</summary>
public sealed class EntriesSinceTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_came_before_the_journal_reaches_is_counted_apart()
    {
        await (await server.OrganisationAdminAsync()).ProjectAsync();
        server.Clock.Advance(TimeSpan.FromDays(2));
        var later = await server.OrganisationAdminAsync();
        await later.ProjectAsync();
        await later.ProjectAsync();

        var (_, done) = await PlanUpgrade.CountSinceAsync(server.ConnectionString, 0, server.Clock.GetUtcNow() - TimeSpan.FromDays(1), Token);

        var projects = Assert.Single(done, one => one.Action == "project.create");
        Assert.Equal((3, 1), (projects.Count, projects.Early));
    }
}
