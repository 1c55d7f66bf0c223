using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A deployment of the village's form, with the people that a test asks for.</summary>
internal sealed class Deployed
{
    private readonly TestServer _server;

    private Deployed(TestServer server, Browser admin, long project, long id, IReadOnlyList<long> stages)
    {
        (_server, Admin, Project, Id, Stages) = (server, admin, project, id, stages);
    }

    public Browser Admin { get; }

    public long Project { get; }

    public long Id { get; }

    public IReadOnlyList<long> Stages { get; }

    /// <summary>The address of the form.</summary>
    public string Form => $"/api/projects/{Project}/forms/{Village.FormId}";

    /// <summary>The address of the deployment.</summary>
    public string Path => $"{Form}/deployments/{Id}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes a project with the form and a deployment with so many stages.</summary>
    public static async Task<Deployed> ArrangeAsync(TestServer server, int stages, object? options = null)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        return await BesideAsync(server, admin, project, stages, options);
    }

    /// <summary>Makes another deployment of the same form.</summary>
    public Task<Deployed> BesideAsync(int stages, object? options = null) => BesideAsync(_server, Admin, Project, stages, options);

    /// <summary>Creates a person with a role in it and gives their browser; at a stage for an approver.</summary>
    public async Task<Browser> PersonAsync(string role, int? stage = null)
    {
        var browser = await _server.SignedInAsync("", 0);
        await AddAsync(role, browser.AccountId, stage);
        return browser;
    }

    /// <summary>Gives a role in it.</summary>
    public async Task AddAsync(string role, long subject, int? stage = null, string kind = "actor")
    {
        using var added = await SetAsync("people", role, subject, stage, kind);
        Assert.True(added.IsSuccessStatusCode, await added.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Gives a role in it, or takes it away with <c>people/remove</c>.</summary>
    public Task<HttpResponseMessage> SetAsync(string how, string role, long subject, int? stage = null, string kind = "actor") =>
        Admin.SendAsync(
            HttpMethod.Post,
            $"{Path}/{how}",
            new { role, stageId = stage is { } at ? Stages[at] : (long?)null, subjectKind = kind, subjectId = subject });

    /// <summary>Gives a phone that collects for it, with its number.</summary>
    public async Task<(CollectClient Phone, long Id)> PhoneAsync()
    {
        var (id, token) = await Admin.AppUserAsync(Project);
        await AddAsync("enumerator", id);
        return (new CollectClient(_server.CreateClient(), token, Project), id);
    }

    /// <summary>Sends a submission and gives its id.</summary>
    public static async Task<string> SendAsync(CollectClient phone, string name = "Arua")
    {
        var id = Village.NewId();
        using var sent = await phone.SubmitAsync(Village.Instance(id, name));
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
        return id;
    }

    /// <summary>Lets something happen to a submission; what is approved is so at the stage where it stands, unless another is named.</summary>
    public async Task<HttpResponseMessage> MoveAsync(Browser who, string instance, string what, object? more = null)
    {
        var body = new JsonObject { ["event"] = what, ["version"] = 1, ["message"] = "The well is missing." };
        foreach (var (name, value) in JsonSerializer.SerializeToNode(more ?? new { }) as JsonObject ?? [])
        {
            body[name] = value?.DeepClone();
        }

        if (what == "approve" && !body.ContainsKey("stageId"))
        {
            body["stageId"] = (await StandingAsync(Admin, instance))["stageId"]?.GetValue<long>() ?? Stages[^1];
        }

        return await who.SendAsync(HttpMethod.Post, $"{Form}/submissions/{Uri.EscapeDataString(instance)}/transitions", body);
    }

    /// <summary>The same, which must succeed; gives where it stands then.</summary>
    public async Task<string> MovedAsync(Browser who, string instance, string what, object? more = null)
    {
        using var response = await MoveAsync(who, instance, what, more);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text).Text("state");
    }

    /// <summary>Gives where a submission stands, as someone sees it.</summary>
    public Task<JsonNode> StandingAsync(Browser who, string instance) =>
        who.GetAsync($"{Form}/submissions/{Uri.EscapeDataString(instance)}/standing");

    /// <summary>The ids of the submissions that someone's list has.</summary>
    public async Task<IReadOnlySet<string>> SeenAsync(Browser who)
    {
        var rows = await who.GetAsync($"{Form}/rows?limit=100");
        var ids = Items(rows, "rows").Select(row => row.Text("instanceId")).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(ids.Count, rows["total"]?.GetValue<int>());
        return ids;
    }

    /// <summary>The members of a list.</summary>
    public static IReadOnlyList<JsonNode> Items(JsonNode node, string member = "items") => [.. node[member]?.AsArray().OfType<JsonNode>() ?? []];

    private static async Task<Deployed> BesideAsync(TestServer server, Browser admin, long project, int stages, object? options)
    {
        var made = await admin.PostAsync(
            $"/api/projects/{project}/forms/{Village.FormId}/deployments",
            new
            {
                name = Some.Name("deployment"),
                options = options ?? new { },
                stages = Enumerable.Range(1, stages).Select(stage => new { name = $"Stage {stage}" }),
            });
        return new Deployed(
            server,
            admin,
            project,
            made["id"]?.GetValue<long>() ?? 0,
            [.. Items(made, "stages").Select(stage => stage["id"]?.GetValue<long>() ?? 0)]);
    }
}
