using System.Globalization;
using System.Text;
using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Ledger.Walking;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Confidential.Crawling;

/// <summary>
/// A project with confidential answers in each state that submissions can be in, everything that is made of them, and somebody of each kind: with the
/// right to read them only <see cref="Holder"/>.
/// </summary>
internal sealed class CanaryStage
{
    private readonly TestServer _server;
    private readonly List<CrawlSubject> _subjects = [];

    private CanaryStage(TestServer server, Browser admin, SecretVillage village)
    {
        (_server, Admin, Village) = (server, admin, village);
    }

    /// <summary>The organisation's administrator.</summary>
    public Browser Admin { get; }

    /// <summary>The form with its project, and what must not be seen.</summary>
    public SecretVillage Village { get; }

    /// <summary>What is no secret: the project's name, which shows that something was looked through.</summary>
    public required string Control { get; init; }

    /// <summary>What the picture bears that anybody may see, where it was taken.</summary>
    public string Exif { get; } = "kanexif" + Guid.CreateVersion7().ToString("n")[20..];

    /// <summary>The id of the submission's edit.</summary>
    public string Edited { get; } = Support.Village.NewId();

    /// <summary>The submission that goes through the stages.</summary>
    public string Staged { get; } = Support.Village.NewId();

    /// <summary>The one that tests the draft.</summary>
    public string Tested { get; } = Support.Village.NewId();

    public required long Home { get; init; }

    public long Deployment { get; private set; }

    public string DraftToken { get; private set; } = "";

    public string LinkToken { get; private set; } = "";

    public string ExportLinkToken { get; private set; } = "";

    /// <summary>The finished exports.</summary>
    public List<string> Exports { get; } = [];

    /// <summary>Numbers of changes of the project.</summary>
    public List<string> Changes { get; } = [];

    /// <summary>Reads confidential answers.</summary>
    public CrawlSubject Holder { get; private set; } = new("holder");

    /// <summary>All others.</summary>
    public IReadOnlyList<CrawlSubject> Others => _subjects;

    /// <summary>All that must not be seen by others.</summary>
    public IReadOnlyList<string> Secrets => [.. Village.All, Exif];

    /// <summary>The address of the form.</summary>
    public string Form => $"/api/projects/{Village.Project}/forms/{SecretVillage.FormId}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Builds the stage.</summary>
    public static async Task<CanaryStage> BuildAsync(TestServer server)
    {
        var admin = await server.OrganisationAdminAsync();
        var name = Some.Name("kancontrol");
        var stage = new CanaryStage(server, admin, new SecretVillage { Project = await admin.ProjectAsync(name) })
        {
            Control = name,
            Home = await admin.HomeAsync(),
        };
        await stage.CollectAsync();
        await stage.InviteAsync();
        await stage.SupportAsync();
        await stage.DraftAsync();
        await stage.TakeOutAsync();
        await stage.LookBackAsync();
        return stage;
    }

    // Sent by a phone and edited; sent by somebody in a deployment and approved once.
    private async Task CollectAsync()
    {
        var project = Village.Project;
        await Admin.UploadAsync(project, SecretVillage.Form());
        var (_, key) = await Admin.AppUserAsync(project);
        var phone = new CollectClient(_server.CreateClient(), key, project);
        using var sent = await phone.SubmitAsync(Village.Instance(), Files());
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
        _subjects.Add(new CrawlSubject("phone that sent it") { Key = key, Bearer = key });
        await EditAsync();

        var made = await Admin.PostAsync($"{Form}/deployments", new { name = "Visits", options = new { }, stages = new[] { new { name = "First" }, new { name = "Second" } } });
        Deployment = made.Number("id");
        var stages = Deployed.Items(made, "stages").Select(one => one.Number("id")).ToList();
        var enumerator = await DeployedAsync("enumerator", null);
        var approver = await DeployedAsync("approver", stages[0]);
        await DeployedAsync("deployment-viewer", null);
        await DeployedAsync("deployment-admin", null);
        using var staged = await enumerator.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/submission", Body(Village.Instance(Staged)));
        Assert.True(staged.IsSuccessStatusCode, await staged.Content.ReadAsStringAsync(Token));
        await approver.PostAsync($"{Form}/submissions/{Staged}/transitions", new { @event = "approve", version = 1, stageId = stages[0] });
        await Admin.PostAsync($"/v1/projects/{project}/forms/{SecretVillage.FormId}/submissions/{Staged}/comments", new { body = "Ask again." });
    }

    private async Task<Browser> DeployedAsync(string role, long? stage)
    {
        var browser = await _server.SignedInAsync("", 0);
        using var added = await Admin.SendAsync(
            HttpMethod.Post, $"{Form}/deployments/{Deployment}/people", new { role, stageId = stage, subjectKind = "actor", subjectId = browser.AccountId });
        Assert.True(added.IsSuccessStatusCode, await added.Content.ReadAsStringAsync(Token));
        _subjects.Add(new CrawlSubject(role + " of the deployment") { Page = browser, Fewest = 80 });
        return browser;
    }

    // The marks are sent back as they came.
    private async Task EditAsync()
    {
        var at = $"/v1/projects/{Village.Project}/forms/{SecretVillage.FormId}/submissions/{Village.InstanceId}";
        using var read = await Admin.SendAsync(HttpMethod.Get, $"{at}.xml");
        var next = (await read.Content.ReadAsStringAsync(Token))
            .Replace(
                $"<orx:instanceID>{Village.InstanceId}</orx:instanceID>",
                $"<orx:instanceID>{Edited}</orx:instanceID><orx:deprecatedID>{Village.InstanceId}</orx:deprecatedID>",
                StringComparison.Ordinal)
            .Replace(SecretVillage.Plain, SecretVillage.Plain + "-again", StringComparison.Ordinal);
        using var sent = await Admin.SendAsync(HttpMethod.Put, at, new StringContent(next, Encoding.UTF8, "application/xml"));
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
    }

    private async Task InviteAsync()
    {
        var project = Village.Project;
        Holder = Holder with { Page = await _server.SignedInAsync(RolePermissions.Manager, project) };
        _subjects.Add(new CrawlSubject("nobody"));
        _subjects.Add(new CrawlSubject("organisation administrator") { Fewest = 200, Page = Admin });
        _subjects.Add(new CrawlSubject("viewer") { Fewest = 150, Page = await _server.SignedInAsync(RolePermissions.Viewer, project) });
        _subjects.Add(new CrawlSubject("collector") { Page = await _server.SignedInAsync(RolePermissions.Collector, project) });
        var editor = await _server.SignedInAsync(RolePermissions.Viewer, project);
        await _server.AssignAsync(new ActorId(editor.AccountId), RolePermissions.ConfidentialEditor, project, isHeld: true);
        _subjects.Add(new CrawlSubject("confidential editor") { Fewest = 150, Page = editor });
        _subjects.Add(new CrawlSubject("manager without the right") { Fewest = 200, Page = await ManagerWithoutAsync() });
        _subjects.Add(new CrawlSubject("bounded token of a holder") { Fewest = 150, Bearer = await TokenAsync(Holder.Page.AccountId) });

        var link = await Admin.PostAsync($"{Form}/public-links", new { displayName = "Anyone" });
        LinkToken = link.Text("token");
        _subjects.Add(new CrawlSubject("public link") { Key = LinkToken });
        _subjects.Add(await RemovedAsync());
    }

    private async Task<Browser> ManagerWithoutAsync()
    {
        var permissions = RolePermissions.Of(RolePermissions.Manager)
            .Where(one => !RolePermissions.IsConfidential(one) && RolePermissions.IsOfOrganisation(one))
            .Select(one => JsonNamingPolicy.CamelCase.ConvertName(one.ToString())).ToList();
        var role = await Admin.PostAsync($"/api/units/{Home}/roles", new { name = Some.Name("manager"), permissions });
        var person = await _server.JoinedAsync(Admin, Home);
        using var given = await Admin.GiveAsync(role.Text("role"), $"project:{Village.Project}", person.AccountId);
        Assert.True(given.IsSuccessStatusCode, await given.Content.ReadAsStringAsync(Token));
        return person;
    }

    // Held the right until just now; the session and the token are those of then.
    private async Task<CrawlSubject> RemovedAsync()
    {
        var person = await _server.SignedInAsync(RolePermissions.Manager, Village.Project);
        var token = await TokenAsync(person.AccountId);
        await person.GetAsync($"{Form}/submissions/{Village.InstanceId}?confidential=true");
        await _server.AssignAsync(new ActorId(person.AccountId), RolePermissions.Manager, Village.Project, isHeld: false);
        return new CrawlSubject("removed member") { Page = person, Bearer = token };
    }

    private async Task<string> TokenAsync(long account)
    {
        var actor = new Actor(new ActorId(account), ActorKind.Account, "Manager", Door.Web, null) { ConfirmedAt = _server.Clock.GetUtcNow() };
        var wanted = new WantedToken(false, "Reading", ["read", "export"], [Village.Project], [], null);
        return (await _server.Services.GetRequiredService<CreateAccessToken>().RunAsync(actor, wanted, Token)).Secret;
    }

    private async Task SupportAsync()
    {
        var support = await SupportStage.BuildAsync(_server);
        await support.Admin.PostAsync("/api/support-access", support.Wish(export: true, place: Village.Project));
        _subjects.Add(new CrawlSubject("support access") { Fewest = 150, Page = support.Operator });
        var (plain, _) = await support.OperatorAsync();
        _subjects.Add(new CrawlSubject("operator") { Page = plain });
    }

    private async Task DraftAsync()
    {
        var draft = $"/v1/projects/{Village.Project}/forms/{SecretVillage.FormId}/draft";
        using var uploaded = await Admin.SendAsync(
            HttpMethod.Post, $"{draft}?ignoreWarnings=true", new StringContent(SecretVillage.Form("2"), Encoding.UTF8, "application/xml"));
        Assert.True(uploaded.IsSuccessStatusCode, await uploaded.Content.ReadAsStringAsync(Token));
        DraftToken = (await Admin.GetAsync(draft)).Text("draftToken");
        using var client = _server.CreateClient();
        using var body = Body(Village.Instance(Tested, version: "2"));
        using var sent = await client.PostAsync(
            new Uri($"/v1/test/{DraftToken}/projects/{Village.Project}/forms/{SecretVillage.FormId}/draft/submission", UriKind.Relative), body, Token);
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
    }

    // Exports that are finished: one of who may not read them, one of who may, and one behind a link that the holder made.
    private async Task TakeOutAsync()
    {
        Exports.Add(await ExportAsync(Admin, isWhole: false));
        Exports.Add(await ExportAsync(HolderPage, isWhole: true));
        var saved = await HolderPage.PostAsync($"{Form}/saved-exports", new { name = "All", export = new { format = "json" } });
        ExportLinkToken = (await HolderPage.PostAsync($"{Form}/saved-exports/{saved.Text("id")}/links", new { days = 3 })).Text("url").Split('/')[^1];
    }

    // The newest changes of settings and rights of the project, which a revert is asked about.
    private async Task LookBackAsync()
    {
        var changes = Deployed.Items(await Admin.GetAsync($"/api/projects/{Village.Project}/changes"));
        Changes.AddRange(changes.Take(3).Select(one => one.Number("id").ToString(CultureInfo.InvariantCulture)));
    }

    private Browser HolderPage => Holder.Page ?? throw new InvalidOperationException("Nobody holds the right yet.");

    private async Task<string> ExportAsync(Browser who, bool isWhole)
    {
        var id = (await who.PostAsync($"{Form}/exports", new { format = "csv", media = true, confidential = isWhole })).Text("id");
        while ((await who.GetAsync($"/api/exports/{id}")).Text("state") == "running")
        {
            await Task.Delay(10, Token);
        }

        return id;
    }

    private MultipartFormDataContent Body(string xml)
    {
        var body = new MultipartFormDataContent { { Walk.Text(xml, "text/xml"), "xml_submission_file", "submission.xml" } };
        foreach (var (name, content) in Files())
        {
            body.Add(new ByteArrayContent(content), name, name);
        }

        return body;
    }

    // The picture of the well is no secret; where it was taken is.
    private (string Name, byte[] Content)[] Files()
    {
        byte[] exif = [.. "Exif\0\0"u8, .. "MM\0*\0\0\0\b\0\0\0\0\0\0"u8, .. Encoding.UTF8.GetBytes(Exif)];
        byte[] jpeg = [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, 0xFF, 0xDA, 0, 2, 1, 2, 3, 0xFF, 0xD9];
        return [.. Village.Files.Where(file => file.Name != "well.jpg"), ("well.jpg", jpeg)];
    }

    /// <summary>Tells what the phones sent, in which everything is.</summary>
    public byte[] Sent() => [.. Encoding.UTF8.GetBytes(Village.Instance()), .. Files().SelectMany(file => file.Content)];
}
