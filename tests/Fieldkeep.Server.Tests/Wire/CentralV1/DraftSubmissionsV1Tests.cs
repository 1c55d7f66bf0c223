using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

/// <summary>What Central documents below <c>…/draft</c>, and a form's files at every address that has them.</summary>
public sealed class DraftSubmissionsV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string WithList = Village.Form().Replace(
        "<bind nodeset=\"/data/name\"",
        "<instance id=\"people\" src=\"jr://file-csv/people.csv\"/><bind nodeset=\"/data/name\"",
        StringComparison.Ordinal);

    private static readonly byte[] List = Encoding.UTF8.GetBytes("name,label\na,Arua\n");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_test_of_a_draft_is_read_with_its_files_and_is_in_no_other_list()
    {
        var (admin, project, _) = await DraftAsync(Village.Form());
        var id = Village.NewId();
        var draft = $"/v1/projects/{project}/forms/village/draft/submissions";
        var one = $"{draft}/{Uri.EscapeDataString(id)}";
        using var sent = await admin.SendXmlAsync(HttpMethod.Post, draft, Village.Instance(id, "Arua", photo: "well.jpg"));
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);

        using var attached = await admin.SendBytesAsync(HttpMethod.Post, one + "/attachments/well.jpg", [1, 2, 3]);
        Assert.Equal(HttpStatusCode.OK, attached.StatusCode);
        Assert.Equal(id, (await admin.GetAsync(one))["instanceId"]?.GetValue<string>());
        Assert.Contains("Arua", await admin.SendAsync(HttpMethod.Get, one + ".xml").TextAsync(), StringComparison.Ordinal);
        Assert.True((await admin.GetAsync(one + "/attachments"))[0]?["exists"]?.GetValue<bool>());
        using var photo = await admin.SendAsync(HttpMethod.Get, one + "/attachments/well.jpg");
        Assert.Equal([1, 2, 3], await photo.Content.ReadAsByteArrayAsync(Token));
        Assert.Empty((await admin.GetAsync(draft + "/keys")).AsArray());
        Assert.Equal("Submissions", (await admin.GetAsync($"/v1/projects/{project}/forms/village/draft.svc"))["value"]?[0]?["name"]?.GetValue<string>());

        using var cleared = await admin.SendAsync(HttpMethod.Delete, one + "/attachments/well.jpg");
        Assert.Equal(HttpStatusCode.OK, cleared.StatusCode);
        Assert.False((await admin.GetAsync(one + "/attachments"))[0]?["exists"]?.GetValue<bool>());
        await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id)).RefusedAsync(404, 404.1m);
    }

    [Fact]
    public async Task A_forms_file_is_the_same_bytes_at_each_address_that_has_it()
    {
        var (admin, project, test) = await DraftAsync(WithList);
        var form = $"/v1/projects/{project}/forms/village";
        using var uploaded = await admin.SendBytesAsync(HttpMethod.Post, form + "/draft/attachments/people.csv", List);
        Assert.Equal(HttpStatusCode.OK, uploaded.StatusCode);
        using var tester = server.CreateClient();

        Assert.Contains("people.csv", await tester.GetStringAsync(new Uri(test + "/manifest", UriKind.Relative), Token), StringComparison.Ordinal);
        Assert.Equal(List, await tester.GetByteArrayAsync(new Uri(test + "/attachments/people.csv", UriKind.Relative), Token));

        using var published = await admin.SendAsync(HttpMethod.Post, form + "/draft/publish?version=2");
        Assert.Equal(HttpStatusCode.OK, published.StatusCode);
        Assert.True((await admin.GetAsync(form + "/attachments"))[0]?["exists"]?.GetValue<bool>());
        Assert.Contains("people.csv", await admin.SendAsync(HttpMethod.Get, form + "/manifest").TextAsync(), StringComparison.Ordinal);
        foreach (var address in (string[])[form + "/attachments/people.csv", form + "/versions/2/attachments/people.csv"])
        {
            using var file = await admin.SendAsync(HttpMethod.Get, address);
            Assert.Equal(List, await file.Content.ReadAsByteArrayAsync(Token));
        }
    }

    [Fact]
    public async Task What_was_remarked_at_publishing_stands_beside_the_version()
    {
        var (admin, project, _) = await DraftAsync(Village.Form());
        var form = $"/v1/projects/{project}/forms/village";
        using var published = await admin.SendAsync(
            HttpMethod.Post, form + "/draft/publish?version=2", null, ("X-Action-Notes", Uri.EscapeDataString("the wells were renamed: ṭéś")));
        Assert.Equal(HttpStatusCode.OK, published.StatusCode);

        var shown = await ExtendedAsync(admin, form);
        var versions = await ExtendedAsync(admin, form + "/versions");

        Assert.Equal("the wells were renamed: ṭéś", shown["publishNotes"]?.GetValue<string>());
        Assert.Equal(["the wells were renamed: ṭéś", null], versions.AsArray().Select(version => version?["publishNotes"]?.GetValue<string>()));
    }

    [Fact]
    public async Task A_file_of_an_earlier_version_is_not_cleared()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var id = Village.NewId();
        using var sent = await phone.SubmitAsync(Village.Instance(id, photo: "well.jpg"), ("well.jpg", [1, 2, 3]));
        var one = Scripts.SubmissionOf(project, id);

        await admin.SendAsync(HttpMethod.Delete, $"{one}/versions/{Uri.EscapeDataString(id)}/attachments/well.jpg").RefusedAsync(501, 501.1m);

        Assert.True((await admin.GetAsync(one + "/attachments"))[0]?["exists"]?.GetValue<bool>());
    }

    [Fact]
    public async Task A_project_moves_to_the_trash()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();

        using var deleted = await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}");

        Assert.True((await deleted.Content.ReadAsStringAsync(Token)).Length > 0 && deleted.IsSuccessStatusCode);
        await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}").RefusedAsync(404, 404.1m);
    }

    // A published form with a draft beside it, and the draft's test address.
    private async Task<(Browser Admin, long Project, string Test)> DraftAsync(string form)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        using var drafted = await admin.SendXmlAsync(
            HttpMethod.Post,
            $"/v1/projects/{project}/forms/village/draft?ignoreWarnings=true",
            form.Replace("version=\"1\"", "version=\"2\"", StringComparison.Ordinal));
        Assert.True(drafted.IsSuccessStatusCode);
        var draft = await admin.GetAsync($"/v1/projects/{project}/forms/village/draft");
        return (admin, project, $"/v1/test/{draft["draftToken"]}/projects/{project}/forms/village/draft");
    }

    private static Task<JsonNode> ExtendedAsync(Browser admin, string path) =>
        admin.SendAsync(HttpMethod.Get, path, null, ("X-Extended-Metadata", "true")).JsonAsync();
}
