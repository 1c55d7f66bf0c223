using System.Text.Json.Nodes;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A project with a submission, its administrator, and operators of the server with a second factor each.</summary>
internal sealed class SupportStage
{
    private readonly TestServer _server;
    private Browser? _operator;

    private SupportStage(TestServer server, Browser admin)
    {
        _server = server;
        Admin = admin;
    }

    /// <summary>Why access is needed, in every test.</summary>
    public const string Reason = "The table of wells stays empty.";

    /// <summary>Who answers for the data; runs the server, too, as whoever set it up.</summary>
    public Browser Admin { get; }

    /// <summary>The project.</summary>
    public long Project { get; private set; }

    /// <summary>The one submission in it.</summary>
    public string Instance { get; } = Village.NewId();

    /// <summary>Runs the server and no project.</summary>
    public Browser Operator => _operator ?? throw new InvalidOperationException("The stage is not built yet.");

    /// <summary>The operator's address.</summary>
    public string OperatorEmail { get; private set; } = "";

    /// <summary>The addresses at which somebody else's answers could be read.</summary>
    public string[] DataAddresses =>
    [
        $"/api/projects/{Project}",
        $"/api/projects/{Project}/forms/{Village.FormId}/rows",
        $"/v1/projects/{Project}/forms/{Village.FormId}/submissions",
        $"/v1/projects/{Project}/forms/{Village.FormId}/submissions/{Instance}",
        $"/v1/projects/{Project}/forms/{Village.FormId}/submissions/{Instance}.xml",
        $"/v1/projects/{Project}/forms/{Village.FormId}/submissions/{Instance}/attachments/well.jpg",
        $"/v1/projects/{Project}/forms/{Village.FormId}/submissions/{Instance}/versions",
    ];

    /// <summary>The addresses at which answers are taken out.</summary>
    public string[] ExportAddresses =>
    [
        $"/v1/projects/{Project}/forms/{Village.FormId}.svc/Submissions",
        $"/v1/projects/{Project}/forms/{Village.FormId}.svc/Submissions/$count",
        $"/v1/projects/{Project}/forms/{Village.FormId}/submissions.csv.zip",
        $"/v1/projects/{Project}/forms/{Village.FormId}/submissions.geojson",
        $"/api/projects/{Project}/forms/{Village.FormId}/exports",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Builds the stage.</summary>
    public static async Task<SupportStage> BuildAsync(TestServer server)
    {
        var stage = new SupportStage(server, await server.OrganisationAdminAsync());
        stage.Project = await stage.Admin.ProjectAsync();
        var phone = await server.PhoneAsync(stage.Admin, stage.Project, Village.Form());
        using var sent = await phone.SubmitAsync(Village.Instance(stage.Instance, photo: "well.jpg"), ("well.jpg", [1, 2, 3]));
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
        (stage._operator, stage.OperatorEmail) = await stage.OperatorAsync();
        return stage;
    }

    /// <summary>Makes one more operator and signs them in.</summary>
    public async Task<(Browser Browser, string Email)> OperatorAsync(bool hasFactor = true)
    {
        var email = Some.Email("operator");
        var (_, id) = await _server.PersonAsync(email: email);
        await using (var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            await _server.Services.GetRequiredService<GrantRows>().AddAsync(
                tx, Actor.System(Door.CommandLine), new Grant(id, RolePermissions.Operator, Scope.Installation), Token);
            await tx.CommitAsync(Token);
        }

        _server.Services.GetRequiredService<Policy>().Forget();
        var browser = new Browser(_server.CreateClient());
        await browser.SignInAsync(email, Some.Password);
        if (hasFactor)
        {
            await AuthenticatorApp.SetUpAsync(browser, _server.Clock);
        }

        return (browser, email);
    }

    /// <summary>Gives what an owner sends to let the operator in.</summary>
    public object Wish(int hours = 2, bool export = false, string? ticket = "T-4711", string? reason = Reason, long? person = null, string kind = "project", long? place = null) =>
        new { @operator = person ?? Operator.AccountId, place = new { kind, id = place ?? Project }, hours, ticket, reason, export };

    /// <summary>Lets the operator in; gives the case.</summary>
    public Task<JsonNode> GiveAsync(int hours = 2, bool export = false) =>
        Admin.PostAsync("/api/support-access", Wish(hours, export));

    /// <summary>Gives the status of an address for somebody.</summary>
    public static async Task<int> StatusAsync(Browser browser, string address)
    {
        using var response = await browser.SendAsync(HttpMethod.Get, address);
        return (int)response.StatusCode;
    }
}
