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

    // A server that is killed leaves its last segment as it was: nothing of it is marked.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Submissions_edits_and_late_files_since_the_backup_come_back_and_what_was_refused_or_erased_does_not(bool isKilled)
    {
        var server = new TestServer(cluster);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var (old, late, fresh, erased, edit) = (Village.NewId(), Village.NewId(), Village.NewId(), Village.NewId(), Village.NewId());
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
            await phone.SubmitAsync(Village.Instance(edit, "Gulu", deprecatedId: old));
            using var refused = await phone.SubmitAsync(Village.Instance(old, "Somebody else"));
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            var gone = await since.QueryAsync<Guid>("delete from submissions.versions v using submissions.submissions s where s.id = v.submission_id and s.instance_id = @erased returning s.id", new { erased });
            await since.QueryAsync<int>("delete from submissions.submissions where id = @gone", new { gone });
            since.Services.GetRequiredService<Keyring>().NoteErased(await since.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project }), [gone]);
            before = await since.QueryAsync<string>(State);
            if (isKilled)
            {
                CopyFolder(Path.Combine(server.DataFolder, "journal"), Path.Combine(server.DataFolder, "killed"));
            }
        }

        if (isKilled)
        {
            Directory.Delete(Path.Combine(server.DataFolder, "journal"), recursive: true);
            Directory.Move(Path.Combine(server.DataFolder, "killed"), Path.Combine(server.DataFolder, "journal"));
        }

        var mark = Path.Combine(server.DataFolder, DrainAgain.Mark);
        await File.WriteAllTextAsync(Path.Combine(server.DataFolder, EndAfterRestore.Mark), "", Token);
        await File.WriteAllTextAsync(mark, "", Token);
        await using var restored = server.Again(backup);
        await restored.InitializeAsync();

        Assert.Equal(before, await restored.QueryAsync<string>(State));
        Assert.Contains("came back from the intake journal", restored.Log.Text, StringComparison.Ordinal);
        Assert.Equal(0, await restored.Services.GetRequiredService<DrainAgain>().RunAsync(Token));
        Assert.Equal(before, await restored.QueryAsync<string>(State));
        Assert.Equal((0, 0), Standing(restored));
        Assert.False(File.Exists(mark));
        await restored.ShouldHoldAsync();

        // What was trashed or purged since stays so, and so do its edits.
        await restored.QueryAsync<int>("update submissions.submissions set deleted_at = now() where instance_id = @old", new { old });
        await AgainAsync();
        await restored.QueryAsync<int>("""
            insert into submissions.purged (form_id, is_draft, instance_id, project_id, at)
            select form_id, is_draft, @old, project_id, now() from submissions.submissions limit 1
            """, new { old });
        await restored.QueryAsync<int>("delete from submissions.versions where submission_id = (select id from submissions.submissions where instance_id = @old)", new { old });
        await restored.QueryAsync<int>("delete from submissions.submissions where instance_id = @old", new { old });
        await AgainAsync();

        async Task AgainAsync()
        {
            Assert.Equal(0, await restored.Services.GetRequiredService<DrainAgain>().RunAsync(Token));
            Assert.Equal((0, 0), Standing(restored));
        }
    }

    [Fact]
    public async Task A_record_that_fails_is_set_aside_and_keeps_neither_the_others_nor_the_server_and_a_person_gives_back_an_edit_too()
    {
        var server = new TestServer(cluster);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var phone = await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
        var (old, bad, good) = (Village.NewId(), Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(old));
        await server.DisposeAsync();
        var backup = await CopyAsync(server.ConnectionString);
        await using (var since = server.Again())
        {
            await since.InitializeAsync();
            phone = phone.Through(since.CreateClient());
            await phone.SendAsync(Village.Instance(bad));
            await phone.SubmitAsync(Village.Instance(Village.NewId(), "Gulu", deprecatedId: old));
            await phone.SendAsync(Village.Instance(good));
        }

        await RunOnAsync(backup, $"""
            create function submissions.not_yet() returns trigger language plpgsql as
            $$ begin if new.instance_id = '{bad}' or new.version > 1 then raise 'not yet' using errcode = '42501'; end if; return new; end $$;
            create trigger not_yet before insert on submissions.versions for each row execute function submissions.not_yet()
            """);
        await File.WriteAllTextAsync(Path.Combine(server.DataFolder, DrainAgain.Mark), "", Token);
        await using var restored = server.Again(backup);
        await restored.InitializeAsync();

        Assert.Equal((0, 2), Standing(restored));
        Assert.Equal(2, await restored.QueryAsync<long>("select count(*) from submissions.submissions"));
        Assert.All(await SetAsideTests.QuarantineAsync(restored), record => Assert.Equal("PostgresException 42501", record.Reason));

        await restored.QueryAsync<int>("drop trigger not_yet on submissions.versions");
        Assert.Equal(2, await restored.Services.GetRequiredService<SetAside>().GiveBackAsync(null, Token));
        await SetAsideTests.DrainedAsync(restored);

        Assert.Equal((0, 0), Standing(restored));
        Assert.Equal(4, await restored.QueryAsync<long>("select count(*) from submissions.versions"));
        Assert.Equal(2, await restored.QueryAsync<int>("select current_version from submissions.submissions where instance_id = @old", new { old }));
    }

    [Fact]
    public async Task A_journal_that_is_closed_or_holds_nothing_does_not_use_up_a_restore()
    {
        var server = new TestServer(cluster);
        var mark = Path.Combine(server.DataFolder, DrainAgain.Mark);
        await File.WriteAllTextAsync(mark, "", Token);
        await File.WriteAllTextAsync(Path.Combine(server.DataFolder, "journal"), "no folder", Token);
        await server.InitializeAsync();
        Assert.Contains("is not brought back", server.Log.Text, StringComparison.Ordinal);
        await server.DisposeAsync();
        Assert.True(File.Exists(mark));

        File.Delete(Path.Combine(server.DataFolder, "journal"));
        await using var empty = server.Again();
        await empty.InitializeAsync();
        Assert.Contains("holds nothing", empty.Log.Text, StringComparison.Ordinal);
        Assert.True(File.Exists(mark));
    }

    private static (int Waiting, int Quarantined) Standing(TestServer server) =>
        server.Services.GetRequiredService<OpenedIntake>().Journal is { State: var state } ? (state.WaitingRecords, state.Quarantined) : (-1, -1);

    private static void CopyFolder(string from, string to)
    {
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories).Append(from))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        }

        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock"))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }

    private static async Task RunOnAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
#pragma warning disable CA2100 // Constants of these tests.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Token);
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
