using Fieldkeep.Server.Lifecycle;
using Fieldkeep.Server.Lifecycle.Rewriting;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Lifecycle;

/// <summary>What is stopped between its steps, by a database that answers no more, is finished by the next round: nothing is lost, nothing done twice.</summary>
public sealed class KilledHalfWayTests(PatientServer patient) : IClassFixture<PatientServer>
{
    private readonly TestServer _server = patient.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rewriting_that_stops_after_its_first_submission_hashes_none_twice()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await _server.PhoneAsync(admin, project, Village.Form());
        var ids = new[] { Village.NewId(), Village.NewId(), Village.NewId() };
        foreach (var id in ids)
        {
            await phone.SendAsync(Village.Instance(id));
        }

        await _server.StopAtAsync("before update on lifecycle.rewrites", "old.place <> '00000000-0000-0000-0000-000000000000' and old.finished_at is null");
        await admin.PostAsync(
            $"/api/projects/{project}/forms/{Village.FormId}/pseudonymisation", new { questions = new[] { new { path = "/water", method = "hash" } }, confirm = 3 });
        await Assert.ThrowsAnyAsync<Exception>(() => _server.Services.GetRequiredService<FinishRewrites>().RunAsync(Token));
        Assert.Equal(1, await RewrittenAsync(project));
        await _server.GoOnAsync("lifecycle.rewrites");
        await _server.Services.GetRequiredService<FinishRewrites>().RunAsync(Token);
        await _server.Services.GetRequiredService<FinishRewrites>().RunAsync(Token);

        Assert.Equal(3, await RewrittenAsync(project));
        var hashes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            var xml = await (await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id) + ".xml")).Content.ReadAsStringAsync(Token);
            hashes.Add(xml[xml.IndexOf("<water>", StringComparison.Ordinal)..xml.IndexOf("</water>", StringComparison.Ordinal)]);
        }

        Assert.Matches("^<water>[0-9a-f]{16}$", Assert.Single(hashes));
        var done = (await admin.GetAsync($"/api/projects/{project}/rewrites"))["items"]?[0];
        Assert.Equal((3, 0), (done.Number("submissions"), done.Number("left")));
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_purge_that_stops_between_submissions_and_their_form_tells_of_each_once()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await _server.PhoneAsync(admin, project, Village.Form());
        await phone.SendAsync(Village.Instance(Village.NewId()));
        await phone.SendAsync(Village.Instance(Village.NewId()));
        await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}/forms/{Village.FormId}").JsonAsync();
        using var set = await admin.SendAsync(HttpMethod.Put, $"/api/projects/{project}/trash-days", new { trashDays = 0 });
        await _server.StopAtAsync("before delete on forms.forms", "true");
        var work = _server.Services.GetRequiredService<DoDueWork>();

        await work.RunAsync(Token);
        Assert.Equal((2, 0, 1), (await EntriesAsync(project, "submission.purge"), await EntriesAsync(project, "form.purge"), await FormsAsync(project)));
        await work.RunAsync(Token);
        Assert.Equal((2, 0, 1), (await EntriesAsync(project, "submission.purge"), await EntriesAsync(project, "form.purge"), await FormsAsync(project)));
        await _server.GoOnAsync("forms.forms");
        await work.RunAsync(Token);
        await work.RunAsync(Token);

        Assert.Equal((2, 1, 0), (await EntriesAsync(project, "submission.purge"), await EntriesAsync(project, "form.purge"), await FormsAsync(project)));
        await _server.ShouldHoldAsync();
    }

    private Task<long> RewrittenAsync(long project) => EntriesAsync(project, "submission.rewrite");

    private Task<long> EntriesAsync(long project, string action) =>
        _server.QueryAsync<long>("select count(*) from ledger.entries where project_id = @project and action = @action", new { project, action });

    private Task<long> FormsAsync(long project) => _server.QueryAsync<long>("select count(*) from forms.forms where project_id = @project", new { project });
}
