using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Database.Servers;

/// <summary>What a server keeps in its own memory, while there are others.</summary>
public sealed class SeveralServersTests(TestServer server, TestCluster cluster) : IClassFixture<TestServer>
{
    private const string Waiting = """
        insert into database.servers (name, run, address, version, started_at, seen_at, keyring_generation, journal_waiting, journal_set_aside, is_journal_known)
        values ('other', gen_random_uuid(), '', '', now(), now(), 1, 1, 0, true)
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_export_at_another_server_goes_with_the_answers_that_are_taken_away_and_only_its_own_server_has_it()
    {
        await using var beside = server.Beside(isOneOfSeveral: true);
        await beside.InitializeAsync();
        await Sealing.UntilAsync(() => Task.FromResult(beside.Services.GetRequiredService<ChangeSignals>().IsHeard));
        var admin = await server.OrganisationAdminAsync();
        var there = await beside.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        await phone.SendAsync(Village.Instance(Village.NewId()));
        var made = await there.PostAsync($"/api/projects/{project}/forms/{Village.FormId}/exports", new { format = "csv" });
        var id = made["id"]!.GetValue<string>(); // one that was made has it
        await there.GetAsync($"/api/exports/{id}");
        using var elsewhere = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{id}");
        await elsewhere.ShouldBeProblemAsync(404, "export.not_found");

        var reference = await server.Services.GetRequiredService<ProjectRefs>().GetRefAsync(new ProjectId(project), Token);
        var submission = new SubmissionId(await server.QueryAsync<Guid>("select id from submissions.submissions where project_id = @project", new { project }));
        await server.Services.GetRequiredService<PurgeSubmissions>().RunAsync(Actor.System(Door.Job), reference, [submission], "trash", null, Token);

        await Sealing.UntilAsync(async () =>
        {
            using var gone = await there.SendAsync(HttpMethod.Get, $"/api/exports/{id}");
            return (int)gone.StatusCode == 404;
        });
    }

    [Fact]
    public async Task An_edit_of_what_may_wait_in_another_journal_is_wanted_again_and_one_of_nothing_is_refused()
    {
        await using var beside = server.Beside(isOneOfSeveral: true);
        await beside.InitializeAsync();
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var (_, token) = await admin.AppUserAsync(project);
        var phone = new CollectClient(beside.CreateClient(), token, project);
        var edit = Village.Instance(Village.NewId(), deprecatedId: Village.NewId());
        var db = server.Services.GetRequiredService<Db>();

        using var refused = await phone.SubmitAsync(edit);
        await db.ExecuteAsync(Waiting, null, Token);
        using var wanted = await phone.SubmitAsync(edit);
        await db.ExecuteAsync("delete from database.servers where name = 'other'", null, Token);

        Assert.Equal((404, 503), ((int)refused.StatusCode, (int)wanted.StatusCode));
        Assert.Equal(30, wanted.Headers.RetryAfter?.Delta?.TotalSeconds);
    }

    [Fact]
    public async Task Older_keys_stay_while_a_server_that_is_heard_has_not_read_the_newer_ones()
    {
        await using var beside = server.Beside(isOneOfSeveral: true);
        await beside.InitializeAsync();
        var db = server.Services.GetRequiredService<Db>();
        var elsewhere = beside.Services.GetServices<KeysMeantElsewhere>().ToList();
        await db.ExecuteAsync(Waiting, null, Token);
        try
        {
            await Sealing.UntilAsync(async () => !await NeedsAsync(1_000_000));
            Assert.True(await NeedsAsync(0));
        }
        finally
        {
            await db.ExecuteAsync("delete from database.servers where name = 'other'", null, Token);
        }

        async Task<bool> NeedsAsync(long generation)
        {
            await db.ExecuteAsync(
                "update database.servers set seen_at = now(), journal_waiting = 0, keyring_generation = @generation where name = 'other'", new { generation }, Token);
            var needs = false;
            foreach (var one in elsewhere)
            {
                needs |= await one.NeedsAsync(Guid.CreateVersion7(), Token);
            }

            return needs;
        }
    }

    [Fact]
    public async Task An_export_is_not_given_out_while_it_is_not_heard_what_was_taken_away_since()
    {
        await using var beside = server.Beside(isOneOfSeveral: true);
        await beside.InitializeAsync();
        await Sealing.UntilAsync(() => Task.FromResult(beside.Services.GetRequiredService<ChangeSignals>().IsHeard));
        var admin = await server.OrganisationAdminAsync();
        var there = await beside.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        await phone.SendAsync(Village.Instance(Village.NewId()));
        var made = await there.PostAsync($"/api/projects/{project}/forms/{Village.FormId}/exports", new { format = "csv" });
        var file = $"/api/exports/{made["id"]!.GetValue<string>()}/file"; // one that was made has it
        await Sealing.UntilAsync(async () =>
        {
            using var ready = await there.SendAsync(HttpMethod.Get, file);
            return (int)ready.StatusCode == 200;
        });

        await beside.Services.GetRequiredService<HearChanges>().StopAsync(Token);
        await Sealing.UntilAsync(() => Task.FromResult(!beside.Services.GetRequiredService<ChangeSignals>().IsHeard));
        using var deaf = await there.SendAsync(HttpMethod.Get, file);
        await deaf.ShouldBeProblemAsync(503, "database.unavailable");

        // Heard again: what was made before may hold what went by, though nothing has dropped it yet.
        beside.Services.GetRequiredService<ChangeSignals>().Miss();
        using var before = await there.SendAsync(HttpMethod.Get, file);
        await before.ShouldBeProblemAsync(404, "export.not_found");
    }

    [Fact]
    public async Task Operators_see_the_servers_and_which_leads()
    {
        var listed = Deployed.Items(await (await server.OrganisationAdminAsync()).GetAsync("/api/health/servers"));

        Assert.Contains(listed, one => (one["state"]?.GetValue<string>(), one["journalWaiting"]?.GetValue<long>()) is ("heard", 0));
        Assert.InRange(listed.Count(one => one["isLeading"]?.GetValue<bool>() == true), 0, 1);
    }

    [Fact]
    public void Each_lets_through_its_share_of_what_it_counts_in_memory()
    {
        var (heard, limits) = (server.Services.GetRequiredService<HeardServers>(), server.Services.GetRequiredService<AttemptLimits>());
        heard.Note(4);
        try
        {
            for (var guess = 0; guess < 25; guess++)
            {
                limits.CountUnknownToken("192.0.2.77");
            }

            Assert.Equal(429, Assert.Throws<ProblemException>(() => limits.CountUnknownToken("192.0.2.77")).Status);
            Assert.Equal((1, 15), (heard.ShareOf(3), heard.ShareOf(60)));
        }
        finally
        {
            heard.Note(1);
        }
    }

    [Fact]
    public void What_a_server_left_half_written_is_cleared_by_itself_or_by_whoever_is_alone()
    {
        var root = Directory.CreateDirectory(Path.Combine(cluster.Folder, Guid.CreateVersion7().ToString("n"))).FullName;
        var one = new BlobStore(root, TimeProvider.System, null, "one");
        var other = new BlobStore(root, TimeProvider.System, null, "other");
        foreach (var folder in Directory.GetDirectories(Path.Combine(root, "staging")))
        {
            File.WriteAllText(Path.Combine(folder, "half"), "");
        }

        one.ClearStaging();
        Assert.Single(Left());
        new BlobStore(root, TimeProvider.System).ClearStaging();
        Assert.Empty(Left());
        other.ClearStaging();

        string[] Left() => Directory.GetFiles(Path.Combine(root, "staging"), "*", SearchOption.AllDirectories);
    }

    [Fact]
    public async Task Attempts_go_along_to_a_copy_that_takes_over() =>
        Assert.Equal("p", await server.QueryAsync<string>("select relpersistence::text from pg_class where oid = 'accounts.attempts'::regclass"));

    [Fact]
    public void The_set_up_code_is_the_same_at_each_server_with_the_same_keys()
    {
        using var keys = MakeKeyring(out var files);
        using var same = Keyring.Open(files, TimeProvider.System);
        using var other = MakeKeyring(out _);

        var code = ServerSettings.SetupCodeOf(keys);
        Assert.Matches("^[A-HJKMNP-TV-Z2-9]{4}-[A-HJKMNP-TV-Z2-9]{4}$", code);
        Assert.Equal(code, ServerSettings.SetupCodeOf(same));
        Assert.NotEqual(code, ServerSettings.SetupCodeOf(other));
    }

    private Keyring MakeKeyring(out KeyringFiles files)
    {
        files = KeyringFiles.Below(Directory.CreateDirectory(Path.Combine(cluster.Folder, Guid.CreateVersion7().ToString("n"))).FullName);
        return Keyring.Create(files, TimeProvider.System);
    }
}
