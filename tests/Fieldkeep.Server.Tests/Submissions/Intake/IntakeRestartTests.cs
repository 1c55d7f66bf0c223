using System.Net;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Intake;

/// <summary>What the intake journal is worth to the next server.</summary>
public sealed class IntakeRestartTests(TestCluster cluster)
{
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, 9, 9, 9, 0xFF, 0xD9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_under_way_when_the_database_went_away_is_stored_after_a_restart_as_its_sender_was_told()
    {
        var folder = Path.Combine(cluster.Folder, "intake");
        using var held = DataLock.Take(folder);
        var (database, server) = await TestServer.OnOwnDatabaseAsync(cluster, held);
        var admin = await server.OrganisationAdminAsync();
        var phone = await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
        var (first, last) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(first));

        // It waits for rows that somebody holds, and the database dies meanwhile.
        var sending = await SendWhileHeldAsync(server, phone, Village.Instance(last, "Amina", photo: "a.jpg"), ("a.jpg", Photo));
        await database.DisposeAsync();
        using var sent = await sending;

        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        var leaf = Convert.FromBase64String(Assert.Single(sent.Headers.GetValues("X-Fieldkeep-Leaf")));
        Assert.Equal(1, server.Services.GetRequiredService<OpenedIntake>().Journal?.State.WaitingRecords);
        await server.DisposeAsync();
        NoClearText(server, "Amina", last);
        await using var again = await TestCluster.StartOwnAsync(held);
        await using var next = server.Again();
        await next.InitializeAsync();
        await SetAsideTests.DrainedAsync(next);

        Assert.Equal(1, await next.QueryAsync<long>("select count(*) from submissions.submissions where instance_id = @last", new { last }));
        Assert.Equal(1, await next.QueryAsync<long>("select count(*) from ledger.entries where leaf = @leaf", new { leaf }));
        Assert.Equal(1, await next.QueryAsync<long>("select attachments_present from submissions.submissions where instance_id = @last", new { last }));
        await next.ShouldHoldAsync();
        using var repeated = await phone.Through(next.CreateClient()).SubmitAsync(Village.Instance(last, "Amina", photo: "a.jpg"), ("a.jpg", Photo));
        Assert.Equal(HttpStatusCode.Created, repeated.StatusCode);
        Assert.Equal(2, await next.QueryAsync<long>("select count(*) from submissions.versions"));
    }

    [Fact]
    public async Task What_comes_again_after_a_crash_changes_nothing_stores_nothing_that_was_refused_and_edits_nothing()
    {
        var server = new TestServer(cluster);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var phone = await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
        var (id, late, edited) = (Village.NewId(), Village.NewId(), Village.NewId());
        await phone.SubmitAsync(Village.Instance(id, photo: "a.jpg"), ("a.jpg", Photo));
        await phone.SubmitAsync(Village.Instance(late, photo: "a.jpg"));
        await phone.SubmitAsync(Village.Instance(late, photo: "a.jpg"), ("a.jpg", Photo));
        await phone.SendAsync(Village.Instance(edited));
        await phone.SubmitAsync(Village.Instance(Village.NewId(), "Gulu", deprecatedId: edited));
        using var refused = await phone.SubmitAsync(Village.Instance(id, "Somebody else"));
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        await server.QueryAsync<int>("update submissions.attachments set blob = null, content_mac = null, size = null, received_at = null");
        const string State = "select string_agg(s.instance_id || s.current_version || coalesce(a.size, 0), ' ' order by s.id, a.ordinal) from submissions.submissions s left join submissions.attachments a on a.submission_id = s.id";
        var before = await server.QueryAsync<string>(State);
        await server.DisposeAsync();

        // As if it had been killed before it could say that the database has all.
        foreach (var file in Directory.GetFiles(Path.Combine(server.DataFolder, "journal"), "*.fkd"))
        {
            File.Move(file, $"{file[..file.LastIndexOf('-')]}.fkj");
        }

        await using var next = server.Again();
        await next.InitializeAsync();
        await SetAsideTests.DrainedAsync(next);

        Assert.Equal(before, await next.QueryAsync<string>(State));
        Assert.Equal(0, next.Services.GetRequiredService<OpenedIntake>().Journal?.State.Quarantined);
    }

    [Fact]
    public async Task A_damaged_journal_is_told_and_one_that_cannot_be_opened_leaves_the_door_open()
    {
        var server = new TestServer(cluster);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var phone = await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
        await phone.SendAsync(Village.Instance(Village.NewId()));
        await server.DisposeAsync();
        var journal = Path.Combine(server.DataFolder, "journal");
        var segment = Directory.GetFiles(journal, "*.fkd").Single();
        var bytes = await File.ReadAllBytesAsync(segment, Token);
        bytes[4200] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, Token);

        await using (var damaged = server.Again())
        {
            await damaged.InitializeAsync();
            await damaged.Services.GetRequiredService<DrainIntake>().RunAsync(Token);
            Assert.Contains("Critical", damaged.Log.Text, StringComparison.Ordinal);
            Assert.Contains($"damaged: {Path.GetFileName(segment)} at", damaged.Log.Text, StringComparison.Ordinal);
        }

        Directory.Move(journal, journal + "-away");
        await File.WriteAllTextAsync(journal, "no folder", Token);
        await using var closed = server.Again();
        await closed.InitializeAsync();
        Assert.Contains("the intake journal is closed", closed.Log.Text, StringComparison.Ordinal);
        await phone.Through(closed.CreateClient()).SendAsync(Village.Instance(Village.NewId()));
        Assert.StartsWith("the intake journal is closed", await closed.Services.GetRequiredService<SetAside>().TellAsync(Token), StringComparison.Ordinal);
        Assert.Null(await closed.Services.GetRequiredService<MeantByIntake>().ListBlobsAsync(Token));
    }

    private static void NoClearText(TestServer server, params string[] texts)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(server.DataFolder, "journal"), "*.fk*", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(file);
            Assert.All(texts, text => Assert.Equal(-1, bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text))));
        }
    }

    // Gives the request once it waits for rows of a transaction that stays open until the database ends.
    private static async Task<Task<HttpResponseMessage>> SendWhileHeldAsync(
        TestServer server, CollectClient phone, string xml, params (string Name, byte[] Content)[] files)
    {
        var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        _ = await connection.BeginTransactionAsync(Token);
        await using (var command = new NpgsqlCommand("lock table submissions.submissions in share mode", connection))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        var sending = phone.SubmitAsync(xml, files);
        while (!await server.QueryAsync<bool>("select exists (select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database()))"))
        {
            Assert.False(sending.IsCompleted, "It was answered though its rows are held.");
            await Task.Delay(20, Token);
        }

        return sending;
    }
}
