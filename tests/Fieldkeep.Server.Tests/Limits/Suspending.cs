using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Limits;

/// <summary>Suspends, as an operator does.</summary>
internal static class Suspending
{
    /// <summary>Why, and whom to ask.</summary>
    public static readonly object Why = new { reason = "Answers come by the thousand.", contact = "help@example.org" };

    /// <summary>Suspends a project or an account.</summary>
    /// <param name="admin">An operator.</param>
    /// <param name="place">“projects/ID” or “accounts/ID”.</param>
    public static async Task SuspendAsync(Browser admin, string place)
    {
        using var suspended = await admin.SendAsync(HttpMethod.Put, $"/api/limits/{place}/suspension", Why);
        Assert.True(suspended.IsSuccessStatusCode, await suspended.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Waits until transactions lead to a database that was started anew: the first ones may meet what is left of the one before.</summary>
    public static Task MeetsDatabaseAsync(this TestServer server) => Sealing.UntilAsync(async () =>
    {
        try
        {
            await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(TestContext.Current.CancellationToken);
            return await tx.GetAsync<bool>("select true", null, TestContext.Current.CancellationToken);
        }
        catch (NpgsqlException)
        {
            return false;
        }
    });

    /// <summary>Suspends a project or an account by its row alone, whatever is remembered.</summary>
    public static async Task SuspendByRowAsync(this TestServer server, Scope place)
    {
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(TestContext.Current.CancellationToken);
        var made = new Suspension
        {
            ScopeKind = ScopeNames.Of(place.Kind),
            ScopeId = place.Id,
            Reason = "a",
            Contact = "b",
            Since = server.Clock.GetUtcNow(),
        };
        Assert.True(await server.Services.GetRequiredService<Suspensions>().TryAddAsync(tx, made, TestContext.Current.CancellationToken));
        await tx.CommitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Makes a project with a form and a phone.</summary>
    public static async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeSuspendingAsync(this TestServer server)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Village.Form()));
    }
}
