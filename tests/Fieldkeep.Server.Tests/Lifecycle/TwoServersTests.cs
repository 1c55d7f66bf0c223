using Fieldkeep.Server.Database;
using Fieldkeep.Server.Lifecycle.Rewriting;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Lifecycle;

/// <summary>What two servers on one database do to the same submissions: it is done once.</summary>
public sealed class TwoServersTests(PatientServer patient) : IClassFixture<PatientServer>
{
    private const string Waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%submissions.submissions s%'";

    private readonly TestServer _server = patient.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_order_that_two_servers_are_at_makes_no_hash_of_a_hash()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await _server.PhoneAsync(admin, project, Village.Form());
        var ids = new[] { Village.NewId(), Village.NewId() };
        foreach (var id in ids)
        {
            await phone.SendAsync(Village.Instance(id));
        }

        await using var beside = _server.Beside();
        await beside.InitializeAsync();
        await using var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token);
        await tx.ListAsync<Guid>("select id from submissions.submissions where project_id = @project for update", new { project }, Token);
        await admin.PostAsync(
            $"/api/projects/{project}/forms/{Village.FormId}/pseudonymisation", new { questions = new[] { new { path = "/water", method = "hash" } }, confirm = 2 });

        // Both list what is to be done, and wait for the same submission.
        var both = new[] { _server, beside }.Select(server => server.Services.GetRequiredService<FinishRewrites>().RunAsync(Token)).ToList();
        await Sealing.UntilAsync(async () => await _server.QueryAsync<long>(Waiting) >= 2);
        await tx.DisposeAsync();
        await Task.WhenAll(both);

        Assert.Equal(2, await _server.QueryAsync<long>("select count(*) from ledger.entries where project_id = @project and action = 'submission.rewrite'", new { project }));
        var done = (await admin.GetAsync($"/api/projects/{project}/rewrites"))["items"]?[0];
        Assert.Equal((2, 2, 0), (done.Number("submissions"), done.Number("versions"), done.Number("left")));
        Assert.NotNull(done?["finishedAt"]);
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_an_order_left_is_taken_again_once_though_two_servers_listed_it()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await _server.PhoneAsync(admin, project, Village.Form());
        await phone.SendAsync(Village.Instance(Village.NewId()));
        await admin.PostAsync(
            $"/api/projects/{project}/forms/{Village.FormId}/pseudonymisation", new { questions = new[] { new { path = "/water", method = "hash" } }, confirm = 1 });
        var rewrites = _server.Services.GetRequiredService<FinishRewrites>();
        await rewrites.RunAsync(Token);
        await using var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token);
        await tx.ListAsync<Guid>("select id from submissions.submissions where project_id = @project for update", new { project }, Token);
        await _server.QueryAsync<long>(
            """
            insert into lifecycle.rewrites_left (rewrite_id, submission_id, why, tried_at, version)
            select r.id, s.id, 'edited', now(), 1 from lifecycle.rewrites r join submissions.submissions s on s.project_id = r.project_id where r.project_id = @project
            returning 1::bigint
            """,
            new { project });

        await using var beside = _server.Beside();
        await beside.InitializeAsync();
        var both = new[] { _server, beside }.Select(server => server.Services.GetRequiredService<FinishRewrites>().RunAsync(Token)).ToList();
        await Sealing.UntilAsync(async () => await _server.QueryAsync<long>(Waiting) >= 2);
        await tx.DisposeAsync();
        await Task.WhenAll(both);

        // Once when the order was given, once for what came after it.
        Assert.Equal(2, await _server.QueryAsync<long>("select count(*) from ledger.entries where project_id = @project and action = 'submission.rewrite'", new { project }));
        Assert.Equal(0, await _server.QueryAsync<long>("select count(*) from lifecycle.rewrites_left l join lifecycle.rewrites r on r.id = l.rewrite_id where r.project_id = @project", new { project }));
        await _server.ShouldHoldAsync();
    }
}
