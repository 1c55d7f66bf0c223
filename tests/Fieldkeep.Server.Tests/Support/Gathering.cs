using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>The survey with answers gathered into segments a few rows long.</summary>
internal static class Gathering
{
    /// <summary>How many segments a project has.</summary>
    public const string Segments = "select count(*) from answers.segments where project_id = @project";

    /// <summary>Segments so small that a handful of submissions fills several, however fast the tests send them.</summary>
    public static GatherRules Small { get; } = new(TailRows: 5, FullRows: 16, ChangedRows: 2, RushRows: 5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Erases a submission as erasure does, segments first.</summary>
    public static async Task EraseAsync(this TestServer server, string instance, CancellationToken cancellationToken)
    {
        var row = await server.QueryAsync<long>("select sequence from submissions.submissions where instance_id = @instance", new { instance });
        var form = await server.QueryAsync<long>("select form_id from submissions.submissions where instance_id = @instance", new { instance });
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(cancellationToken);
        await SegmentStore.EraseAsync(tx, new FormId(form), row, cancellationToken);
        await tx.ExecuteAsync("delete from submissions.versions where instance_id = @instance", new { instance }, cancellationToken);
        await tx.ExecuteAsync("delete from submissions.submissions where instance_id = @instance", new { instance }, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    /// <summary>Gives the ids of the rows that a filter finds.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(Browser admin, long project, string filter)
    {
        var page = await admin.GetAsync($"/api/projects/{project}/forms/survey/rows?limit=10000&filter={Uri.EscapeDataString(filter)}");
        return [.. page["rows"]?.AsArray().Select(row => row?["instanceId"]?.GetValue<string>() ?? "") ?? []];
    }

    /// <summary>Sends submissions whose age is their position.</summary>
    public static async Task<List<string>> SendAsync(CollectClient phone, int count)
    {
        var ids = new List<string>();
        for (var at = 0; at < count; at++)
        {
            ids.Add(Village.NewId());
            await phone.SendAsync(Survey.Instance(new SurveyAnswers(ids[^1]) { Age = at, Name = $"Name {at}" }));
        }

        return ids;
    }

    /// <summary>The survey’s submissions.</summary>
    public static async Task<SubmissionSet> SetAsync(this TestServer server, long project)
    {
        var id = new ProjectId(project);
        var form = await server.Services.GetRequiredService<FormQueries>().GetAsync(id, Survey.FormId, Token);
        return new SubmissionSet(
            await server.Services.GetRequiredService<ProjectRefs>().GetRefAsync(id, Token), form.Id, Survey.FormId, IsDraft: false, RowLimits.All);
    }

    /// <summary>Does one piece of gathering; false when there is none.</summary>
    public static async Task<bool> GatherAsync(this TestServer server, long project, GatherRules? rules = null) =>
        await server.Services.GetRequiredService<GatherForm>().RunAsync(await server.SetAsync(project), rules ?? Small, Token);

    /// <summary>Gathers until nothing is left to do.</summary>
    public static async Task GatherAllAsync(this TestServer server, long project, GatherRules? rules = null)
    {
        while (await server.GatherAsync(project, rules))
        {
        }
    }

    /// <summary>A project with the survey and a phone.</summary>
    public static async Task<(Browser Admin, long Project, CollectClient Phone)> SurveyAsync(this TestServer server)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Survey.Form()));
    }
}
