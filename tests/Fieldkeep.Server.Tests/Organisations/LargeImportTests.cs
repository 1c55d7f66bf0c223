using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Organisations;

/// <summary>On a server of its own: ten thousand letters wait there.</summary>
public sealed class LargeImportTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Ten_thousand_people_come_in_with_one_file()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var run = Some.Name("many").Replace(' ', '-');
        var file = new StringBuilder("name,email,role\n");
        for (var person = 0; person < 10_000; person++)
        {
            file.Append($"Person {person},{run}-{person}@example.org,viewer\n");
        }

        var report = await ImportTests.ImportAsync(admin, branch, file.ToString());
        Assert.Equal((true, 10_000), ((bool)report["isDone"]!, (int)report["invited"]!)); // a report has both
        Assert.Equal(10_000L, await server.QueryAsync<long>("select count(*) from organisations.invitations where unit_id = @branch", new { branch }));
    }
}
