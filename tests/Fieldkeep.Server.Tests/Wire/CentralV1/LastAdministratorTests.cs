using System.Net;
using Fieldkeep.Server.Kernel;
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
    }

    [Fact]
    public async Task Administrators_who_remove_each_other_at_once_leave_one()
    {
        var first = await server.AdminScriptAsync();
        var everyone = new List<(Script Script, ActorId Id)>();
        for (var count = 0; count < 6; count++)
        {
            var (_, id) = await server.PersonAsync();
            await first.ShouldSucceedAsync(HttpMethod.Post, $"/v1/assignments/admin/{id}");
            everyone.Add((await server.ScriptAsync(id), id));
        }

        var firstId = new ActorId((long)(await first.GetAsync("/v1/users/current"))["id"]!); // a user has an id
        await Task.WhenAll(everyone.Append((first, firstId)).Select(async one =>
        {
            // Each ends the next one's account or takes the role; all at once.
            var at = everyone.FindIndex(other => other.Id == one.Item2);
            var next = at + 1 < everyone.Count ? everyone[at + 1].Id : firstId;
            using var response = at % 2 == 0
                ? await one.Item1.SendAsync(HttpMethod.Delete, $"/v1/assignments/admin/{next}")
                : await one.Item1.SendAsync(HttpMethod.Delete, $"/v1/users/{next}");
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized or HttpStatusCode.NotFound);
        }));

        Assert.InRange(
            await server.QueryAsync<long>("select count(*) from access.grants where role = 'admin' and scope_kind = 'installation'"), 1, 7);
        Assert.Equal(0, await server.QueryAsync<long>(
            "select count(*) from access.grants join accounts.actors on actors.id = actor_id where role = 'admin' and deleted_at is not null"));
    }
}
