using System.Net;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Access;

/// <summary>What follows from who asks: by a secret, or with a phone.</summary>
public sealed class WhoAsksTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_tests_a_draft_sends_to_that_draft_and_nowhere_else()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = new ProjectId(await admin.ProjectAsync());
        await admin.UploadAsync(project.Value, Village.Form());
        await admin.UploadAsync(project.Value, Village.Form(id: "other"));
        var (tested, other) = (await FormAsync(project, Village.FormId), await FormAsync(project, "other"));
        var tester = Actor.Anonymous(Door.OpenRosa, null) with { Kind = ActorKind.DraftTester, DraftOf = tested };
        var policy = server.Services.GetRequiredService<Policy>();

        Assert.True((await policy.DecideAtDraftAsync(tester, Permission.SubmissionCreate, project, tested, Token)).IsAllowed);
        Assert.False((await policy.DecideAtDraftAsync(tester, Permission.SubmissionCreate, project, other, Token)).IsVisible);
        Assert.False((await policy.DecideAtDraftAsync(tester, Permission.SubmissionRead, project, tested, Token)).IsAllowed);
        Assert.False(await policy.HasAsync(tester, Permission.SubmissionCreate, project, tested, Token));
        Assert.False(await policy.HasAsync(tester, Permission.SubmissionCreate, Scope.Of(project), Token));
        Assert.Empty((await policy.ScopesWithAsync(tester, Permission.SubmissionCreate, Token)).Forms);
    }

    [Fact]
    public async Task A_closed_form_is_downloaded_by_who_reads_forms_and_by_nobody_who_fills_in()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var collector = await server.SignedInAsync("collector", project);
        var viewer = await server.SignedInAsync("viewer", project);
        var xml = $"/v1/projects/{project}/forms/{Village.FormId}.xml";
        using var open = await collector.SendAsync(HttpMethod.Get, xml);
        using var closed = await admin.SendAsync(HttpMethod.Patch, $"/api/projects/{project}/forms/{Village.FormId}", new { state = "closed" });
        closed.EnsureSuccessStatusCode();

        using var byCollector = await collector.SendAsync(HttpMethod.Get, xml);
        using var byViewer = await viewer.SendAsync(HttpMethod.Get, xml);

        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, byCollector.StatusCode);
        Assert.Equal(HttpStatusCode.OK, byViewer.StatusCode);
    }

    private async Task<FormId> FormAsync(ProjectId project, string xmlFormId) => new(await server.QueryAsync<long>(
        "select id from forms.forms where project_id = @project and xml_form_id = @xmlFormId", new { project = project.Value, xmlFormId }));
}
