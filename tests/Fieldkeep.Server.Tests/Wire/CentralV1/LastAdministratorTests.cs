using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class LastAdministratorTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task The_last_administrator_stays_whichever_way_they_are_to_go()
    {
        var admin = await server.AdminScriptAsync();
        var own = (long?)(await admin.GetAsync("/v1/users/current"))["id"];
        using var role = await admin.SendAsync(HttpMethod.Delete, $"/v1/assignments/admin/{own}");
        using var account = await admin.SendAsync(HttpMethod.Delete, $"/v1/users/{own}");

        await role.ShouldBeCentralProblemAsync(403, 403.1m);
        await account.ShouldBeCentralProblemAsync(403, 403.1m);
        await admin.GetAsync("/v1/assignments");

        // Another may administer the organisation and not run the server.
        var page = await server.OrganisationAdminAsync();
        await server.JoinedAsync(page, await page.HomeAsync(), "admin");
        using var operating = await admin.SendAsync(HttpMethod.Delete, $"/v1/assignments/admin/{own}");
        await operating.ShouldBeCentralProblemAsync(403, 403.1m);
        Assert.Equal(2, await server.QueryAsync<int>(
            "select count(*)::int from access.grants where subject_kind = 'actor' and subject_id = @own and ended_at is null", new { own }));
    }
}
