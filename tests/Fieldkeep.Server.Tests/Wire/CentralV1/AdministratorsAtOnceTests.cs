using System.Net;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

/// <summary>Has a server of its own: its administrators are other ones afterwards.</summary>
public sealed class AdministratorsAtOnceTests(TestServer server) : IClassFixture<TestServer>
{
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

        foreach (var role in new[] { "admin", "operator" })
        {
            Assert.InRange(
                await server.QueryAsync<long>("select count(*) from access.grants where role = @role and ended_at is null", new { role }), 1, 7);
        }

        Assert.Equal(0, await server.QueryAsync<long>(
            """
            select count(*) from access.grants join accounts.actors on actors.id = subject_id
            where role in ('admin', 'operator') and ended_at is null and deleted_at is not null
            """));
    }
}
