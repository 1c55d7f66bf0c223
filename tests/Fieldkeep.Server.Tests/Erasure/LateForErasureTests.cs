using System.Net;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Exports.Spool;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fieldkeep.Server.Tests.Erasure;

/// <summary>What comes at the wrong moment of an erasure: answers on their way, another process, two orders at once.</summary>
public sealed class LateForErasureTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly object Order = new { name = "Clinic of Arua", reason = "The families asked for it" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Keyring Keyring => server.Services.GetRequiredService<Keyring>();

    private FinishErasures Rounds => server.Services.GetRequiredService<FinishErasures>();

    [Fact]
    public async Task Answers_that_were_sealed_before_are_not_stored_after()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Clinic of Arua");
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        // The moment between the door, which they have passed, and the database.
        await server.QueryAsync<int>("update organisations.projects set erased_at = now() where id = @project", new { project });

        using var sent = await phone.SubmitAsync(Village.Instance(Village.NewId(), photo: "a.jpg"), ("a.jpg", [1, 2, 3]));

        Assert.Equal(HttpStatusCode.NotFound, sent.StatusCode);
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project }));
    }

    [Fact]
    public async Task Rows_go_when_nobody_writes_any_more_who_may_not_know_and_are_looked_for_once_more()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Clinic of Arua");
        await using var writer = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
        await writer.FindAsync<string>("select pg_current_xact_id()::text", null, Token);
        await admin.PostAsync($"/api/projects/{project}/erasure", Order);

        var round = Rounds.RunAsync(Token);

        // It has looked for who writes, so it waits by now.
        await Sealing.UntilAsync(async () => await server.QueryAsync<bool>(
            "select exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like 'select pg_snapshot_xmin%')"));
        Assert.False(round.IsCompleted);
        Assert.Null((await server.Services.GetRequiredService<ErasureRows>().FindAsync(new ProjectId(project), Token))?.RowsErasedAt);
        await writer.CommitAsync(Token);
        await round;

        var rows = server.Services.GetRequiredService<ErasureRows>();
        Assert.NotNull((await rows.FindAsync(new ProjectId(project), Token))?.RowsErasedAt);
        // In another room, from a request that had passed its door: an orphan, until it is looked again.
        await server.QueryAsync<int>("insert into forms.forms (project_id, xml_form_id, created_by, created_at) values (@project, 'late', 1, now())", new { project });
        await Rounds.RunAsync(Token);
        Assert.Equal(1, await server.QueryAsync<long>("select count(*) from forms.forms where project_id = @project", new { project }));
        server.Clock.Advance(TimeSpan.FromMinutes(11));
        await Rounds.RunAsync(Token);
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from forms.forms where project_id = @project", new { project }));
        Assert.NotNull((await rows.FindAsync(new ProjectId(project), Token))?.LookedAgainAt);
    }

    [Fact]
    public async Task Names_go_from_the_audit_book_and_from_phones_and_links()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Clinic of Arua");
        await server.PhoneAsync(admin, project, Village.Form());
        var (phone, _) = await admin.AppUserAsync(project);
        const string Words = "select count(*) from audit.events where project_id = @project and detail is not null";
        Assert.NotEqual(0, await server.QueryAsync<long>(Words, new { project }));

        await admin.PostAsync($"/api/projects/{project}/erasure", Order);
        await Rounds.RunAsync(Token);

        Assert.Equal($"erased {phone}", await server.QueryAsync<string>("select display_name from accounts.actors where id = @phone", new { phone }));
        Assert.Equal(0, await server.QueryAsync<long>(Words, new { project }));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from audit.events where detail like '%Clinic of Arua%' and project_id = @project", new { project }));
        Assert.NotEqual(0, await server.QueryAsync<long>("select count(*) from audit.events where project_id = @project and action = 'project.create'", new { project }));
    }

    [Fact]
    public async Task What_the_command_line_erases_is_forgotten_by_the_server_that_runs()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Clinic of Arua");
        var (forgotten, access) = (new List<long>(), server.Services.GetRequiredService<AccessEpoch>());
        var memory = new MemoryOfProject(id =>
        {
            forgotten.Add(id.Value);
            return Task.CompletedTask;
        });
        var forget = new ForgetProject([memory], server.Services.GetRequiredService<FormConditions>(), access);
        // As another process sees it: nothing but the files tells it of an erasure.
        using var elsewhere = Keyring.Open(KeyringFiles.Below(server.DataFolder), server.Clock);
        using var follow = new FollowErasures(elsewhere, server.Services.GetRequiredService<ErasureRows>(), forget, NullLogger<FollowErasures>.Instance);
        await follow.RunAsync(Token);
        forgotten.Clear();
        var before = access.Now();

        await admin.PostAsync($"/api/projects/{project}/erasure", Order);
        await follow.RunAsync(Token);
        await follow.RunAsync(Token);

        Assert.Equal([project], forgotten);
        Assert.False(access.IsCurrent(before));
    }

    [Fact]
    public async Task Two_who_destroy_at_once_and_one_who_comes_late_are_told_so_and_nothing_breaks()
    {
        var admin = await server.OrganisationAdminAsync();
        var (project, restored) = (await admin.ProjectAsync("Clinic of Arua"), await admin.ProjectAsync("Clinic of Arua"));
        var path = $"/api/projects/{project}/erasure";

        var round = Rounds.RunAsync(Token);
        var answers = await Task.WhenAll(admin.SendAsync(HttpMethod.Post, path, Order), admin.SendAsync(HttpMethod.Post, path, Order));
        await round;

        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(answers, answer => Assert.True((int)answer.StatusCode is 200 or 404 or 409, $"{answer.StatusCode}"));
        Assert.Single(await server.Services.GetRequiredService<ErasureRows>().ListAsync(everywhere: true, [], Token), row => row.ProjectId == project && row.Certificate is not null);
        // The database of before, beside the keyring of now, and no round yet.
        Keyring.DestroyProjectKeys(await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @restored", new { restored }));
        using var late = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{restored}/erasure", Order);
        await late.ShouldBeProblemAsync(409, "erasure.done");
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task Only_a_server_that_starts_clears_what_an_earlier_one_left()
    {
        var (staged, spooled) = (Path.Combine(server.DataFolder, "blobs", "staging", "upload"), Path.Combine(server.DataFolder, "spool", "export.spool"));
        await File.WriteAllTextAsync(staged, "on its way", Token);
        await File.WriteAllTextAsync(spooled, "on its way", Token);
        var builder = WebApplication.CreateSlimBuilder();
        // As the command line composes it beside a server: its parts, without its doors.
        await using (var offline = builder.AddFieldkeep(server.Services.GetRequiredService<ServerSettings>()).Build())
        {
            offline.Services.GetRequiredService<BlobStore>();
            offline.Services.GetRequiredService<SpoolFolder>();
            Assert.True(File.Exists(staged) && File.Exists(spooled));
        }

        await using var next = server.Beside();
        await next.InitializeAsync();
        Assert.False(File.Exists(staged) || File.Exists(spooled));
    }
}
