using System.Net;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Intake;

/// <summary>After a restore of the database to an earlier state, what was acknowledged since comes back from the journal, once.</summary>
public sealed class DrainAgainTests(TestCluster cluster)
{
    private const string State = """
        select string_agg(s.instance_id || ' ' || s.current_version || ' ' || s.attachments_present, '; ' order by s.sequence)
        from submissions.submissions s
        """;

    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, 9, 9, 9, 0xFF, 0xD9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Submissions_edits_and_late_files_since_the_backup_come_back_and_what_was_refused_or_erased_does_not()
    {
        var server = new TestServer(cluster);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var (old, late, fresh, erased) = (Village.NewId(), Village.NewId(), Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(old));
        await phone.SendAsync(Village.Instance(late, photo: "a.jpg"));
        await server.DisposeAsync();
        var backup = await CopyAsync(server.ConnectionString);

        string? before;
        await using (var since = server.Again())
        {
            await since.InitializeAsync();
            phone = phone.Through(since.CreateClient());
            using var filled = await phone.SubmitAsync(Village.Instance(late, photo: "a.jpg"), ("a.jpg", Photo));
            await phone.SubmitAsync(Village.Instance(fresh, photo: "b.jpg"), ("b.jpg", Photo));
            await phone.SendAsync(Village.Instance(erased));
            await phone.SubmitAsync(Village.Instance(Village.NewId(), "Gulu", deprecatedId: old));
            using var refused = await phone.SubmitAsync(Village.Instance(old, "Somebody else"));
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            var gone = await since.QueryAsync<Guid>("delete from submissions.versions v using submissions.submissions s where s.id = v.submission_id and s.instance_id = @erased returning s.id", new { erased });
            await since.QueryAsync<int>("delete from submissions.submissions where id = @gone", new { gone });
            since.Services.GetRequiredService<Keyring>().NoteErased(await since.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project }), [gone]);
            before = await since.QueryAsync<string>(State);
        }

        await File.WriteAllTextAsync(Path.Combine(server.DataFolder, EndAfterRestore.Mark), "", Token);
        await using var restored = server.Again(backup);
        await restored.InitializeAsync();

        Assert.Equal(before, await restored.QueryAsync<string>(State));
        Assert.Contains("came back from the intake journal", restored.Log.Text, StringComparison.Ordinal);
        Assert.Equal(0, await restored.Services.GetRequiredService<DrainAgain>().RunAsync(Token));
        Assert.Equal(before, await restored.QueryAsync<string>(State));
        Assert.Equal(0, restored.Services.GetRequiredService<OpenedIntake>().Journal?.State.Quarantined);
        await restored.ShouldHoldAsync();
    }

    private static async Task<string> CopyAsync(string connectionString)
    {
        NpgsqlConnection.ClearAllPools();
        var original = new NpgsqlConnectionStringBuilder(connectionString);
        var copy = new NpgsqlConnectionStringBuilder(connectionString) { Database = original.Database + "_backup" };
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false }.ConnectionString);
#pragma warning disable CA2100 // Names that the cluster made.
        await using var command = source.CreateCommand($"create database \"{copy.Database}\" template \"{original.Database}\"");
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Token);
        return copy.ConnectionString;
    }
}
