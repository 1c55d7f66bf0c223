using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Access;

/// <summary>Grants that end by themselves.</summary>
public sealed class GrantsInTimeTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly Actor Itself = Actor.System(Door.CommandLine);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Policy Policy => server.Services.GetRequiredService<Policy>();

    [Fact]
    public async Task A_grant_ends_at_its_instant_without_anybody_doing_anything()
    {
        var project = await (await server.OrganisationAdminAsync()).ProjectAsync();
        var (_, id) = await server.PersonAsync();
        var person = new Actor(id, ActorKind.Account, "Viewer", Door.Web, null);
        await GrantAsync(id, RolePermissions.Viewer, project, server.Clock.GetUtcNow().AddHours(1));

        Assert.True(await Policy.HasAsync(person, Permission.ProjectRead, Scope.Of(new ProjectId(project)), Token));
        server.Clock.Advance(TimeSpan.FromHours(1));
        Assert.False(await Policy.HasAsync(person, Permission.ProjectRead, Scope.Of(new ProjectId(project)), Token));
        Assert.True(await GrantAsync(id, RolePermissions.Viewer, project, null));
        Assert.True(await Policy.HasAsync(person, Permission.ProjectRead, Scope.Of(new ProjectId(project)), Token));
    }

    [Fact]
    public async Task What_is_held_until_tomorrow_is_not_handed_on()
    {
        var project = await (await server.OrganisationAdminAsync()).ProjectAsync();
        var (_, id) = await server.PersonAsync();
        var person = new Actor(id, ActorKind.Account, "Manager", Door.Web, null);
        var all = RolePermissions.Of(RolePermissions.Manager);
        await GrantAsync(id, RolePermissions.Manager, project, server.Clock.GetUtcNow().AddDays(1));

        Assert.False(await Policy.HoldsAllOfAsync(person, all, Scope.Of(new ProjectId(project)), Token));
        Assert.True(await GrantAsync(id, RolePermissions.Manager, project, null));
        Assert.True(await Policy.HoldsAllOfAsync(person, all, Scope.Of(new ProjectId(project)), Token));
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from access.grants where subject_id = @id and ended_at is null", new { id = id.Value }));
    }

    private async Task<bool> GrantAsync(ActorId person, string role, long project, DateTimeOffset? until)
    {
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
        var grant = new Grant(person, role, Scope.Of(new ProjectId(project))) { ExpiresAt = until };
        var added = await server.Services.GetRequiredService<GrantRows>().AddAsync(tx, Itself, grant, Token);
        await tx.CommitAsync(Token);
        Policy.Forget();
        return added;
    }
}
