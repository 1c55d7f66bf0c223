using System.Diagnostics;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger;

/// <summary>What a running server does when its database gives numbers to transactions a second time.</summary>
public sealed class SetBackTests(TestCluster cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_after_the_database_was_set_back_under_a_running_server_is_sealed()
    {
        using var held = DataLock.Take(Path.Combine(cluster.Folder, "set-back"));
        var (files, earlier) = (held.Folders.Cluster, held.Folders.Cluster + "-earlier");
        var database = await StartAsync(held);
        await using var server = TestServer.OnDatabase(cluster, database.Address.ConnectionString);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        await server.SealAllAsync();
        await database.DisposeAsync();
        await CopyAsync(files, earlier);

        database = await StartAsync(held);
        for (var made = 0; made < 10; made++)
        {
            await MakeProjectAsync(admin);
        }

        await server.SealAllAsync();
        await database.DisposeAsync();
        Directory.Delete(files, recursive: true);
        Directory.Move(earlier, files);
        await using var again = await StartAsync(held);
        await MakeProjectAsync(admin);

        await server.SealAllAsync();

        Assert.Equal(1, await server.QueryAsync<long>("select count(*) from ledger.entries where action = 'project.create'"));
    }

    // Connections from before are noticed as gone one by one.
    private static Task MakeProjectAsync(Browser admin) => Sealing.UntilAsync(async () =>
    {
        using var made = await admin.SendAsync(HttpMethod.Post, "/api/projects", new { name = Some.Name("project") });
        return made.IsSuccessStatusCode;
    });

    private static Task<PrivateCluster> StartAsync(DataLock held) =>
        PrivateCluster.StartAsync(held, ClusterMode.Disposable, _ => { }, TimeProvider.System, Token);

    // With owners and permissions, of which PostgreSQL is particular.
    private static async Task CopyAsync(string from, string to)
    {
        using var copying = Process.Start("cp", ["-a", from, to]);
        await copying.WaitForExitAsync(Token);
        Assert.Equal(0, copying.ExitCode);
    }
}
