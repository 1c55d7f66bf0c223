using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Fieldkeep.Server.Tests.Support.Scripts;

namespace Fieldkeep.Server.Tests.Submissions.Conditions;

/// <summary>A village's form whose submissions people see and change by conditions: what tests of them need.</summary>
public abstract class RowConditionStage(TestServer server)
{
    /// <summary>Holds for those whose name begins with “North”.</summary>
    protected static readonly object OfNorth = new { field = "/name", op = "starts-with", value = "North" };

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected TestServer Server { get; } = server;

    protected static string FormOf(long project) => $"/api/projects/{project}/forms/village";

    protected static async Task<string> ExportAsync(Browser browser, long project, string? filter = null)
    {
        var path = $"{FormOf(project)}/exports";
        var id = (await browser.PostAsync(path, new { format = "csv", filter })).Text("id");
        while ((await browser.GetAsync($"/api/exports/{id}")).Text("state") == "running")
        {
            await Task.Delay(20, Token);
        }

        return $"/api/exports/{id}/file";
    }

    protected static async Task<IReadOnlyList<string>> ListAsync(Browser browser, long project) =>
        [.. (await browser.GetAsync($"{FormOf(project)}/rows?limit=100"))["rows"]?.AsArray().Select(row => row.Text("instanceId")) ?? []];

    protected static async Task<string?> NameAsync(Browser browser, long project, string id) =>
        (await browser.GetAsync($"{FormOf(project)}/rows?filter=__id eq '{id}'"))["rows"]?[0]?["values"]?["/name"]?.GetValue<string>();

    protected static async Task<string> EditAsync(Browser browser, long project, string first, string current, string name)
    {
        var next = Village.NewId();
        await browser.SendXmlAsync(HttpMethod.Put, SubmissionOf(project, first), Village.Instance(next, name, deprecatedId: current)).JsonAsync();
        return next;
    }

    protected static async Task PutAsync(Browser browser, long project, string first, string current, string name, int status)
    {
        using var response = await browser.SendXmlAsync(
            HttpMethod.Put, SubmissionOf(project, first), Village.Instance(Village.NewId(), name, deprecatedId: current));
        Assert.Equal(status, (int)response.StatusCode);
    }

    protected static async Task StatusAsync(Browser browser, HttpMethod method, string path, params int[] statuses)
    {
        using var response = await browser.SendAsync(method, path);
        Assert.True(
            statuses.Contains((int)response.StatusCode), $"{method} {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Token)}");
    }

    protected static async Task<long> GiveAsync(Browser admin, long project, long person, string role, long? condition) =>
        (await admin.PostAsync($"{FormOf(project)}/limited-roles", new { subjectId = person, role, isOwn = condition is null, conditionId = condition }))
        ["id"]?.GetValue<long>() ?? 0;

    protected async Task<long> ConditionAsync(Browser admin, long project, object condition)
    {
        var made = await admin.PostAsync($"{FormOf(project)}/row-conditions", new { name = Some.Name("condition"), condition });
        await Server.Services.GetRequiredService<KeepRowsAsked>().RunAsync(Token);
        return made["id"]?.GetValue<long>() ?? 0;
    }

    // Someone who fills in forms of the project, and sees what the condition holds for.
    protected async Task<Browser> LimitedAsync(Browser admin, long project, object condition, string role = "viewer")
    {
        var person = await Server.SignedInAsync("collector", project);
        await GiveAsync(admin, project, person.AccountId, role, await ConditionAsync(admin, project, condition));
        return person;
    }

    protected async Task<(Browser Admin, long Project)> ArrangeAsync()
    {
        var admin = await Server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        return (admin, project);
    }
}
