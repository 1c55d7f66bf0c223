using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class PublicLinksV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_shown_once_and_only_its_hash_is_kept()
    {
        var (admin, project) = await ArrangeAsync();

        var made = await admin.PostAsync(LinksOf(project), new { displayName = "Market day", once = true });
        var list = (await admin.SendAsync(HttpMethod.Get, LinksOf(project), null, ("X-Extended-Metadata", "true")).JsonAsync()).AsArray();
        var form = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/forms/village", null, ("X-Extended-Metadata", "true")).JsonAsync();

        Assert.Equal(("Market day", "public_link", true), (made.Text("displayName"), made.Text("type"), made["once"]?.GetValue<bool>()));
        Assert.Equal(43, made.Text("token").Length);
        Assert.Equal("(null)", Assert.Single(list).Text("token"));
        Assert.Equal("user", list[0]?["createdBy"].Text("type"));
        Assert.Equal(1, form["publicLinks"]?.GetValue<int>());
        Assert.False(await server.QueryAsync<bool>(
            "select exists (select from accounts.public_links where position(@token::bytea in token_hash) > 0)",
            new { token = Encoding.UTF8.GetBytes(made.Text("token")) }));
    }

    [Fact]
    public async Task A_link_opens_its_form_and_no_other()
    {
        var (admin, project) = await ArrangeAsync();
        await admin.UploadAsync(project, Village.Form(id: "other"));
        var other = await admin.ProjectAsync();
        await admin.UploadAsync(other, Village.Form());
        var (id, token) = await LinkAsync(admin, project);
        using var anyone = server.CreateClient();

        var forms = await TextAsync(anyone, $"/v1/projects/{project}/formList?st={token}");
        using var elsewhere = await anyone.GetAsync(new Uri($"/v1/projects/{other}/formList?st={token}", UriKind.Relative), Token);
        var address = new Uri(XDocument.Parse(forms).Descendants().Single(node => node.Name.LocalName == "downloadUrl").Value);
        var xform = await TextAsync(anyone, address.PathAndQuery);
        var details = JsonNode.Parse(await TextAsync(anyone, $"/v1/form-links/{token}/form"));
        using var stored = await SubmitAsync(anyone, project, token, Village.Instance(Village.NewId()));
        using var wrongForm = await SubmitAsync(anyone, project, token, Village.Instance(Village.NewId(), id: "other"));
        using var wrongProject = await SubmitAsync(anyone, other, token, Village.Instance(Village.NewId()));
        using var wrongXForm = await anyone.GetAsync(new Uri($"/v1/projects/{project}/forms/other.xml?st={token}", UriKind.Relative), Token);
        using var list = await anyone.GetAsync(new Uri($"{Scripts.SubmissionsOf(project)}?st={token}", UriKind.Relative), Token);
        var submissions = (await admin.GetAsync(Scripts.SubmissionsOf(project))).AsArray();

        Assert.Equal(["village"], XDocument.Parse(forms).Descendants().Where(node => node.Name.LocalName == "formID").Select(node => node.Value));
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        Assert.Equal(Village.Form(), xform);
        Assert.Equal("village", details.Text("xmlFormId"));
        Assert.Equal(
            (HttpStatusCode.Created, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.Unauthorized),
            (stored.StatusCode, wrongForm.StatusCode, wrongProject.StatusCode, wrongXForm.StatusCode, list.StatusCode));
        Assert.Equal(id, Assert.Single(submissions)?["submitterId"]?.GetValue<long>());
    }

    [Fact]
    public async Task Who_comes_by_a_link_edits_nothing_not_even_what_came_by_it()
    {
        var (admin, project) = await ArrangeAsync();
        var (_, token) = await LinkAsync(admin, project);
        using var anyone = server.CreateClient();
        var id = Village.NewId();
        using var first = await SubmitAsync(anyone, project, token, Village.Instance(id));

        using var edit = await SubmitAsync(anyone, project, token, Village.Instance(Village.NewId(), name: "Yei", deprecatedId: id));

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.NotFound), (first.StatusCode, edit.StatusCode));
    }

    [Fact]
    public async Task A_revoked_or_unknown_link_is_refused_and_a_closed_form_takes_nothing()
    {
        var (admin, project) = await ArrangeAsync();
        var (id, token) = await LinkAsync(admin, project);
        using var anyone = server.CreateClient(from: "127.0.0.21");

        await admin.SendAsync(HttpMethod.Patch, $"/v1/projects/{project}/forms/village", new { state = "closed" }).JsonAsync();
        using var closed = await SubmitAsync(anyone, project, token, Village.Instance(Village.NewId()));
        using var closedForm = await anyone.GetAsync(new Uri($"/v1/form-links/{token}/form", UriKind.Relative), Token);
        await admin.SendAsync(HttpMethod.Patch, $"/v1/projects/{project}/forms/village", new { state = "open" }).JsonAsync();
        await admin.SendAsync(HttpMethod.Delete, $"{LinksOf(project)}/{id}").JsonAsync();
        await admin.SendAsync(HttpMethod.Delete, $"{LinksOf(project)}/{id}").JsonAsync();
        using var revoked = await SubmitAsync(anyone, project, token, Village.Instance(Village.NewId()));
        using var form = await anyone.GetAsync(new Uri($"/v1/form-links/{token}/form", UriKind.Relative), Token);
        using var nobody = await SubmitAsync(anyone, project, "", Village.Instance(Village.NewId()));
        using var unknown = await SubmitAsync(anyone, project, "nonsense", Village.Instance(Village.NewId()));

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.NotFound), (closed.StatusCode, closedForm.StatusCode));
        await revoked.ShouldBeOpenRosaAsync(401, "link");
        await form.ShouldBeCentralProblemAsync(401, 401.2m);
        await nobody.ShouldBeOpenRosaAsync(401, "Sign in");
        await unknown.ShouldBeOpenRosaAsync(401, "link");
        Assert.NotNull((await admin.GetAsync($"{LinksOf(project)}/{id}"))["revokedAt"]);
    }

    [Fact]
    public async Task One_place_may_not_flood_a_link()
    {
        var (admin, project) = await ArrangeAsync();
        var (_, token) = await LinkAsync(admin, project);
        using var anyone = server.CreateClient(from: "127.0.0.22");
        using var neighbour = server.CreateClient(from: "127.0.0.23");
        var path = $"/v1/form-links/{token}/form";
        for (var request = 0; request < PublicLinkTokens.MostRequests; request++)
        {
            await TextAsync(anyone, path);
        }

        using var refused = await anyone.GetAsync(new Uri(path, UriKind.Relative), Token);
        await TextAsync(neighbour, path);
        server.Clock.Advance(PublicLinkTokens.Window);
        await TextAsync(anyone, path);

        await refused.ShouldBeCentralProblemAsync(429, 429.1m);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task Only_who_runs_the_project_makes_sees_and_revokes_links()
    {
        var (admin, project) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var (id, _) = await LinkAsync(admin, project);

        await viewer.SendAsync(HttpMethod.Get, LinksOf(project)).RefusedAsync(403, 403.1m);
        await viewer.SendAsync(HttpMethod.Post, LinksOf(project), new { displayName = "Mine" }).RefusedAsync(403, 403.1m);
        await viewer.SendAsync(HttpMethod.Delete, $"{LinksOf(project)}/{id}").RefusedAsync(403, 403.1m);
        await admin.SendAsync(HttpMethod.Post, LinksOf(project), new { }).RefusedAsync(400, 400.2m);
        await admin.SendAsync(HttpMethod.Get, $"{LinksOf(project)}/999999").RefusedAsync(404, 404.1m);
        Assert.Equal(id, (await admin.SendAsync(HttpMethod.Patch, $"{LinksOf(project)}/{id}", new { properties = new { } }).JsonAsync())["id"]?.GetValue<long>());
    }

    private static string LinksOf(long project) => $"/v1/projects/{project}/forms/village/public-links";

    private static async Task<(long Id, string Token)> LinkAsync(Browser admin, long project)
    {
        var made = await admin.PostAsync(LinksOf(project), new { displayName = Some.Name("link") });
        return (made["id"]?.GetValue<long>() ?? 0, made.Text("token"));
    }

    private static async Task<string> TextAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return text;
    }

    private static async Task<HttpResponseMessage> SubmitAsync(HttpClient client, long project, string token, string xml)
    {
        using var body = new MultipartFormDataContent();
        var instance = new ByteArrayContent(Encoding.UTF8.GetBytes(xml));
        instance.Headers.ContentType = new MediaTypeHeaderValue("text/xml");
        body.Add(instance, "xml_submission_file", "submission.xml");
        return await client.PostAsync(new Uri($"/v1/projects/{project}/submission?st={token}", UriKind.Relative), body, Token);
    }

    private async Task<(Browser Admin, long Project)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        return (admin, project);
    }
}
