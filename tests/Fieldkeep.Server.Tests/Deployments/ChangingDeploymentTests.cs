using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>While somebody changes a deployment its phones wait, and nobody else does.</summary>
public sealed class ChangingDeploymentTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Phones_of_a_deployment_that_is_changed_for_long_hold_up_nobody_else_and_lose_nothing()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var beside = await at.BesideAsync(1);
        var (phone, _) = await at.PhoneAsync();
        var (other, _) = await beside.PhoneAsync();
        var undeployed = await server.PhoneAsync(at.Admin, at.Project);
        Task<string>[] held;
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            await tx.ExecuteAsync("select from deployments.deployments where id = @id for update", new { id = at.Id }, Token);

            // More than there are writers, and than may wait with a connection of their own.
            held = [.. Enumerable.Range(0, 7).Select(_ => Deployed.SendAsync(phone))];
            await server.WaitingAsync("%deployments.deployments%for share%");
            await Deployed.SendAsync(other);
            await Deployed.SendAsync(undeployed);
            Assert.DoesNotContain(held, sent => sent.IsCompleted);
        }

        var ids = await Task.WhenAll(held);

        Assert.Equal(ids.Order(), (await at.SeenAsync(at.Admin)).Intersect(ids, StringComparer.Ordinal).Order());
        Assert.Equal(7, await server.QueryAsync<int>(
            "select count(*)::int from submissions.submissions where deployment_id = @id and state = 'pending'", new { id = at.Id }));
    }
}
