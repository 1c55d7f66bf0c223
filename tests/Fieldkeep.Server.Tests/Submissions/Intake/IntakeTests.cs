using System.Net;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Journal;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Intake;

/// <summary>D5: what is acknowledged while the database goes away is in the intake journal, and comes into the database once.</summary>
public sealed class IntakeTests(TestCluster cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_under_way_when_the_database_went_away_is_stored_after_a_restart_as_its_sender_was_told()
    {
        var folder = Path.Combine(cluster.Folder, "intake");
        using var held = DataLock.Take(folder);
        var database = await StartAsync(held);
        var server = TestServer.OnDatabase(cluster, database.Address.ConnectionString);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var phone = await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
        var (first, last) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(first));

        // It waits for rows that somebody holds, and the database dies meanwhile.
        var sending = await SendWhileHeldAsync(server, phone, Village.Instance(last, "Amina", photo: "a.jpg"), ("a.jpg", [1, 2, 3]));
        await database.DisposeAsync();
        using var sent = await sending;

        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        var leaf = Convert.FromBase64String(Assert.Single(sent.Headers.GetValues("X-Fieldkeep-Leaf")));
        Assert.Equal(1, server.Services.GetRequiredService<IntakeJournal>().State.WaitingRecords);
        await server.DisposeAsync();
        await using var again = await StartAsync(held);
        await using var next = server.Again();
        await next.InitializeAsync();
        await DrainedAsync(next);

        Assert.Equal(1, await next.QueryAsync<long>("select count(*) from submissions.submissions where instance_id = @last", new { last }));
        Assert.Equal(1, await next.QueryAsync<long>("select count(*) from ledger.entries where leaf = @leaf", new { leaf }));
        Assert.Equal(
            1,
            await next.QueryAsync<long>(
                "select count(*) from submissions.attachments a join submissions.submissions s on s.id = a.submission_id where s.instance_id = @last and a.blob is not null", new { last }));
        await next.ShouldHoldAsync();
        using var repeated = await phone.Through(next.CreateClient()).SubmitAsync(Village.Instance(last, "Amina", photo: "a.jpg"), ("a.jpg", [1, 2, 3]));
        Assert.Equal(HttpStatusCode.Created, repeated.StatusCode);
        Assert.Equal(2, await next.QueryAsync<long>("select count(*) from submissions.versions"));
    }

    [Fact]
    public async Task What_the_database_cannot_hold_any_more_is_kept_in_quarantine_and_holds_up_nothing()
    {
        await using var server = new TestServer(cluster);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var phone = await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
        var journal = server.Services.GetRequiredService<IntakeJournal>();
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var connection = await source.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await RunAsync(connection, "alter table submissions.submissions add constraint none check (false) not valid");
        var sending = phone.SubmitAsync(Village.Instance(Village.NewId()));
        while (!sending.IsCompleted)
        {
            await RunAsync(
                connection, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and wait_event_type = 'Lock'");
            await Task.Delay(20, Token);
        }

        using var sent = await sending;
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        Assert.Equal(1, journal.State.WaitingRecords);
        await transaction.CommitAsync(Token);
        await DrainedAsync(server);

        Assert.Equal(1, journal.State.Quarantined);
        var set = new List<QuarantinedRecord>();
        await foreach (var record in journal.ReadQuarantineAsync(Token))
        {
            set.Add(record);
        }

        Assert.Equal("database.23514", Assert.Single(set).Reason);
        await RunAsync(connection, "alter table submissions.submissions drop constraint none");
        await phone.SendAsync(Village.Instance(Village.NewId()));
        Assert.Equal(0, journal.State.WaitingRecords);
    }

    [Fact]
    public async Task What_is_refused_waits_for_nothing_and_answers_stand_in_no_clear_text()
    {
        await using var server = new TestServer(cluster);
        await server.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var phone = await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id, "Amina Diallo"));

        using var other = await phone.SubmitAsync(Village.Instance(id, "Somebody else"));

        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        Assert.Equal(0, server.Services.GetRequiredService<IntakeJournal>().State.WaitingRecords);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(server.DataFolder, "journal"), "*.fk*", SearchOption.AllDirectories))
        {
            await using var reading = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            await reading.CopyToAsync(bytes, Token);
            Assert.Equal(-1, bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf("Amina"u8));
            Assert.Equal(-1, bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf(System.Text.Encoding.UTF8.GetBytes(id)));
        }
    }

    // Gives the request once it waits for rows of a transaction that stays open until the database ends.
    private static async Task<Task<HttpResponseMessage>> SendWhileHeldAsync(
        TestServer server, CollectClient phone, string xml, params (string Name, byte[] Content)[] files)
    {
        var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        _ = await connection.BeginTransactionAsync(Token);
        await RunAsync(connection, "lock table submissions.submissions in share mode");
        var sending = phone.SubmitAsync(xml, files);
        while (!await server.QueryAsync<bool>("select exists (select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database()))"))
        {
            Assert.False(sending.IsCompleted, "It was answered though its rows are held.");
            await Task.Delay(20, Token);
        }

        return sending;
    }

    private static async Task DrainedAsync(TestServer server)
    {
        await server.Services.GetRequiredService<DrainIntake>().RunAsync(Token);
        Assert.Equal(0, server.Services.GetRequiredService<IntakeJournal>().State.WaitingRecords);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Constants of these tests.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Token);
    }

    private static Task<PrivateCluster> StartAsync(DataLock held) => PrivateCluster.StartAsync(
        held, ClusterMode.Disposable, _ => { }, TimeProvider.System, Token);
}
