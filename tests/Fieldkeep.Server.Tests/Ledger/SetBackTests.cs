using System.Diagnostics;
using System.Text;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger;

/// <summary>What a running server does when its database gives numbers to transactions a second time.</summary>
public sealed class SetBackTests(TestCluster cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_the_database_was_set_back_under_a_running_server_what_is_written_is_sealed_and_no_number_means_what_it_meant_before()
    {
        using var held = DataLock.Take(Path.Combine(cluster.Folder, "set-back"));
        var (files, earlier) = (held.Folders.Cluster, held.Folders.Cluster + "-earlier");
        var (database, server) = await TestServer.OnOwnDatabaseAsync(cluster, held);
        await using var _ = server;
        var admin = await server.OrganisationAdminAsync();
        await server.SealAllAsync();
        await database.DisposeAsync();
        await CopyAsync(files, earlier);

        database = await TestCluster.StartOwnAsync(held);
        for (var made = 0; made < 10; made++)
        {
            await MakeProjectAsync(admin);
        }

        var before = await MakeFormAsync(server, admin, "roof");
        Assert.Contains(before.Form.XForm.ListElements(), element => element.Path.EndsWith("/roof", StringComparison.Ordinal));
        await server.SealAllAsync();
        var life = server.Services.GetRequiredService<DatabaseLife>();
        var number = life.Number;
        await database.DisposeAsync();
        Directory.Delete(files, recursive: true);
        Directory.Move(earlier, files);
        await using var again = await TestCluster.StartOwnAsync(held);
        await MakeProjectAsync(admin);
        var after = await MakeFormAsync(server, admin, "floor");

        await server.SealAllAsync();

        Assert.Equal(1, await server.QueryAsync<long>("select count(*) from ledger.entries where action = 'project.create'"));
        Assert.True(life.Number > number);
        Assert.Equal(before.Version, after.Version);
        Assert.Contains(after.Form.XForm.ListElements(), element => element.Path.EndsWith("/floor", StringComparison.Ordinal));
    }

    // Of the one project that there is: its version, and what the server knows of that.
    private static async Task<(FormVersionId Version, FormDefinition Form)> MakeFormAsync(TestServer server, Browser admin, string question)
    {
        var project = await server.QueryAsync<long>("select max(id) from organisations.projects");
        await Sealing.UntilAsync(async () =>
        {
            using var made = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(Village.Form(question: question)), "?publish=true");
            return made.IsSuccessStatusCode;
        });
        var version = await server.QueryAsync<long>("select max(id) from forms.versions");
        return (new FormVersionId(version), await server.Services.GetRequiredService<FormCatalogue>().GetDefinitionAsync(new FormVersionId(version), Token));
    }

    // Connections from before are noticed as gone one by one.
    private static Task MakeProjectAsync(Browser admin) => Sealing.UntilAsync(async () =>
    {
        using var made = await admin.SendAsync(HttpMethod.Post, "/api/projects", new { name = Some.Name("project") });
        return made.IsSuccessStatusCode;
    });

    // With owners and permissions, of which PostgreSQL is particular.
    private static async Task CopyAsync(string from, string to)
    {
        using var copying = Process.Start("cp", ["-a", from, to]);
        await copying.WaitForExitAsync(Token);
        Assert.Equal(0, copying.ExitCode);
    }
}
