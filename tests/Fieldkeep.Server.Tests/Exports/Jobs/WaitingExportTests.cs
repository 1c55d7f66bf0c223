using System.Net;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Jobs;

/// <summary>Exports that wait for their turn while others are made.</summary>
public sealed class WaitingExportTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Waiting =
        "select count(*) from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database() and l.relation = 'audit.events'::regclass and not l.granted";

    private const string Passphrase = "seven wet goats on the ferry";

    // As many as are made at once.
    private const int Makers = 2;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_is_deleted_while_it_waits_lets_go_of_its_private_keys_at_once()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await server.PhoneAsync(admin, project, Village.Form());
        var key = (long?)(await admin.PostAsync($"/v1/projects/{project}/key", new { passphrase = Passphrase }))["keyId"];
        var path = $"/api/projects/{project}/forms/village/exports";
        var actor = new Actor(new ActorId(admin.AccountId), ActorKind.Account, "", Door.Web, null);
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            // An export is not begun before it stands in the audit book: the makers wait for this transaction.
            await tx.ExecuteAsync("lock table audit.events in share row exclusive mode", null, Token);
            for (var maker = 0; maker < Makers; maker++)
            {
                await admin.PostAsync(path, new { format = "csv" });
            }

            while (await server.QueryAsync<long>(Waiting) < Makers)
            {
                await Task.Delay(20, Token);
            }

            // Far more than one may keep: those deleted neither wait nor count.
            for (var round = 0; round < ExportJobs.MostOfOne * 2; round++)
            {
                var id = (string?)(await admin.PostAsync(
                    path, new { format = "csv", passphrases = new Dictionary<string, string> { [$"{key}"] = Passphrase } }))["id"] ?? "";
                var job = server.Services.GetRequiredService<ExportJobs>().Get(actor, id);
                using var deleted = await admin.SendAsync(HttpMethod.Delete, $"/api/exports/{id}");

                Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
                Assert.True(job.Request.Keys?.IsWiped, "The private keys of a deleted export are still there.");
                Assert.False(job.TryBeginMaking(), "A deleted export would still be made.");
            }
        }

        while ((await admin.GetAsync(path))["items"]?.AsArray().Any(job => (string?)job?["state"] == "running") is true)
        {
            await Task.Delay(20, Token);
        }
    }
}
