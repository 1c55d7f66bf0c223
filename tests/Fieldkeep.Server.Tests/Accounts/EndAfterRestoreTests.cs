using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts;

public sealed class EndAfterRestoreTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Waiting = """
        insert into accounts.factor_resets (actor_id, asked_by, asked_at, due_at, cancel_hash)
        values (@id, 1, @now, @now + interval '1 hour', sha256('reset'));
        insert into accounts.password_resets (actor_id, token_hash, created_at, expires_at)
        values (@id, sha256('link'), @now, @now + interval '1 hour');
        """;
    private const string StillWaiting = """
        select (select count(*) from accounts.factor_resets where cancelled_at is null)
            + (select count(*) from accounts.password_resets where ended_at is null)
        """;

    [Fact]
    public async Task The_first_start_on_a_restored_directory_ends_sessions_resets_and_links_once_and_phones_go_on()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        await server.QueryAsync<int>(Waiting, new { id = admin.AccountId, now = server.Clock.GetUtcNow() });
        var mark = Path.Combine(server.DataFolder, EndAfterRestore.Mark);
        await File.WriteAllTextAsync(mark, "", TestContext.Current.CancellationToken);

        await using (var restored = server.Beside())
        {
            await restored.InitializeAsync();
            Assert.Contains("restored from a backup", restored.Log.Text, StringComparison.Ordinal);
        }

        using var ended = await admin.SendAsync(HttpMethod.Get, "/api/session");
        await ended.ShouldBeProblemAsync(401, "session.none");
        Assert.False(File.Exists(mark));
        Assert.Equal(0, await server.QueryAsync<long>(StillWaiting));
        Assert.Equal(["village"], await phone.ListFormsAsync());

        var again = await server.OrganisationAdminAsync();
        Assert.False(await server.Services.GetRequiredService<EndAfterRestore>().RunOnceAsync(TestContext.Current.CancellationToken));
        await again.GetAsync("/api/session");
    }
}
