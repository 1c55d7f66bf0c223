using System.Net;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class FormsV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private const string Workbook = """
        | survey | type  | name  | label |
        |        | text  | name  | Name  |
        |        | image | photo | Photo |
        """;

    [Fact]
    public async Task A_deleted_form_is_listed_in_the_trash_and_comes_back_with_its_submissions()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project);
        var path = $"/v1/projects/{project}/forms";

        await admin.SendAsync(HttpMethod.Delete, path + "/village").JsonAsync();
        var trash = (await admin.GetAsync(path + "?deleted=true")).AsArray();
        await admin.SendAsync(HttpMethod.Get, path + "/village").RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id)).RefusedAsync(404, 404.1m);
        Assert.Empty((await admin.GetAsync(path)).AsArray());
        Assert.Null(await LastSubmissionAsync(admin, project));
        var number = trash[0]?["id"]?.GetValue<long>();
        await admin.SendAsync(HttpMethod.Post, $"{path}/{number}/restore").JsonAsync();

        Assert.NotNull(await LastSubmissionAsync(admin, project));
        Assert.Equal(("village", 1), (trash[0].Text("xmlFormId"), trash.Count));
        Assert.NotNull(trash[0]?["deletedAt"]);
        Assert.Single((await admin.GetAsync(Scripts.SubmissionsOf(project))).AsArray());
        await admin.SendAsync(HttpMethod.Post, $"{path}/{number}/restore").RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Post, $"{path}/village/restore").RefusedAsync(404, 404.1m);
    }

    [Fact]
    public async Task A_form_whose_id_is_used_again_cannot_be_restored_and_a_viewer_sees_no_trash()
    {
        var (admin, project) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var path = $"/v1/projects/{project}/forms";
        await admin.SendAsync(HttpMethod.Delete, path + "/village").JsonAsync();
        await admin.UploadAsync(project, Village.Form());
        var number = (await admin.GetAsync(path + "?deleted=true"))[0]?["id"]?.GetValue<long>();

        await admin.SendAsync(HttpMethod.Post, $"{path}/{number}/restore").RefusedAsync(409, 409.3m);
        await viewer.SendAsync(HttpMethod.Get, path + "?deleted=true").RefusedAsync(403, 403.1m);
        await viewer.SendAsync(HttpMethod.Post, $"{path}/{number}/restore").RefusedAsync(403, 403.1m);
    }

    [Fact]
    public async Task Extended_metadata_counts_submissions_reviews_and_names_the_creator()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project);
        await admin.SendVillageAsync(project);
        await admin.SendAsync(HttpMethod.Patch, Scripts.SubmissionOf(project, id), new { reviewState = "hasIssues" }).JsonAsync();

        var one = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/forms/village", null, ("X-Extended-Metadata", "true")).JsonAsync();
        var all = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}/forms", null, ("X-Extended-Metadata", "true")).JsonAsync();
        var plain = await admin.GetAsync($"/v1/projects/{project}/forms/village");

        Assert.Equal(one.ToJsonString(), all[0]?.ToJsonString());
        Assert.Equal((2L, "user"), (one["submissions"]?.GetValue<long>(), one["createdBy"].Text("type")));
        Assert.Equal("""{"received":1,"hasIssues":1,"edited":0}""", one["reviewStates"]?.ToJsonString());
        Assert.NotNull(one["lastSubmission"]);
        Assert.Null(one["excelContentType"]);
        Assert.False(plain.AsObject().ContainsKey("submissions"));
    }

    [Fact]
    public async Task Versions_are_given_with_xml_fields_and_files_and_the_unnamed_one_is_three_underscores()
    {
        var (admin, project) = await ArrangeAsync(Village.Form(version: ""));
        await admin.ReviseAsync(project, Village.Form(version: "2", question: "river"), Village.FormId);
        var path = $"/v1/projects/{project}/forms/village/versions";

        var versions = (await admin.GetAsync(path)).AsArray();
        var unnamed = await admin.GetAsync(path + "/___");
        var xml = await admin.SendAsync(HttpMethod.Get, path + "/___.xml").TextAsync();
        var fields = (await admin.GetAsync(path + "/2/fields")).AsArray();
        var files = await admin.GetAsync(path + "/2/attachments");

        Assert.Equal(["2", ""], versions.Select(version => version.Text("version")));
        Assert.Equal("", unnamed.Text("version"));
        Assert.Equal(Village.Form(version: ""), xml);
        Assert.Equal(
            ["/name string", "/river string", "/photo binary", "/well repeat", "/well/depth int", "/meta structure", "/meta/instanceID string"],
            fields.Select(field => $"{field.Text("path")} {field.Text("type")}"));
        Assert.True(fields[2]?["binary"]?.GetValue<bool>());
        Assert.Equal("[]", files.ToJsonString());
        await admin.SendAsync(HttpMethod.Get, path + "/9").RefusedAsync(404, 404.6m);
        await admin.SendAsync(HttpMethod.Get, path + "/9.xml").RefusedAsync(404, 404.6m);
        await admin.SendAsync(HttpMethod.Get, path + "/2.xlsx").RefusedAsync(404, 404.1m);
    }

    [Fact]
    public async Task Fields_for_odata_have_names_that_odata_can_write()
    {
        var form = Village.Form().Replace("<name/>", "<na.me-x/>", StringComparison.Ordinal)
            .Replace("/data/name", "/data/na.me-x", StringComparison.Ordinal);
        var (admin, project) = await ArrangeAsync(form);

        var fields = (await admin.GetAsync($"/v1/projects/{project}/forms/village/fields?odata=true")).AsArray();

        Assert.Equal(("na_me_x", "/na_me_x"), (fields[0].Text("name"), fields[0].Text("path")));
    }

    [Fact]
    public async Task A_draft_has_its_own_xml_fields_and_files_and_is_the_only_one_of_a_new_form()
    {
        var (admin, project) = await ArrangeAsync();
        await admin.SendXmlAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/draft", Village.Form(version: "2", question: "river")).JsonAsync();
        var path = $"/v1/projects/{project}/forms/village";

        var draft = await admin.GetAsync(path + "/draft");
        var xml = await admin.SendAsync(HttpMethod.Get, path + "/draft.xml").TextAsync();
        var fields = (await admin.GetAsync(path + "/draft/fields")).AsArray();
        var current = (await admin.GetAsync(path + "/fields")).AsArray();

        Assert.Equal("2", draft.Text("version"));
        Assert.NotEqual("(null)", draft.Text("draftToken"));
        Assert.Equal(Village.Form(version: "2", question: "river"), xml);
        Assert.Equal(("river", "water"), (fields[1].Text("name"), current[1].Text("name")));
        await admin.SendAsync(HttpMethod.Delete, path + "/draft").JsonAsync();
        await admin.SendAsync(HttpMethod.Get, path + "/draft.xml").RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Delete, path + "/draft").RefusedAsync(404, 404.1m);
    }

    [Fact]
    public async Task A_form_that_was_never_published_keeps_its_draft()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        using var made = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(Village.Form()));

        await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}/forms/village/draft").RefusedAsync(409, 409.7m);
        await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/draft").RefusedAsync(404, 404.1m);
        Assert.Equal("1", (await admin.GetAsync($"/v1/projects/{project}/forms/village")).Text("version"));
    }

    [Fact]
    public async Task A_workbook_without_an_id_is_named_by_the_fallback_header()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();

        var made = await admin.SendAsync(
            HttpMethod.Post,
            $"/v1/projects/{project}/forms?ignoreWarnings=true",
            new ByteArrayContent(Encoding.UTF8.GetBytes(Workbook)),
            ("X-XlsForm-FormId-Fallback", "my%20form")).JsonAsync();

        Assert.Equal("my form", made.Text("xmlFormId"));
        await admin.SendAsync(
            HttpMethod.Post,
            $"/v1/projects/{project}/forms?ignoreWarnings=true",
            new ByteArrayContent(Encoding.UTF8.GetBytes(Workbook)),
            ("X-XlsForm-FormId-Fallback", "my.xml")).RefusedAsync(400, 400.8m);
    }

    [Fact]
    public async Task A_drafts_files_are_listed_given_and_cleared_and_links_to_lists_are_refused()
    {
        var form = Village.Form().Replace(
            "<model>",
            "<model><itext><translation lang=\"en\"><text id=\"q\"><value form=\"image\">jr://images/logo.png</value></text></translation></itext>",
            StringComparison.Ordinal);
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        using var made = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(form));
        var path = $"/v1/projects/{project}/forms/village/draft/attachments";

        var missing = (await admin.GetAsync(path)).AsArray();
        var given = await admin.SendBytesAsync(HttpMethod.Post, path + "/logo.png", [1, 2]).JsonAsync();
        var bytes = await admin.SendAsync(HttpMethod.Get, path + "/logo.png").TextAsync();
        await admin.SendAsync(HttpMethod.Patch, path + "/logo.png", new { dataset = true }).RefusedAsync(501, 501.1m);
        await admin.SendBytesAsync(HttpMethod.Post, path + "/%2e%2e%2fx.png", [1]).RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Delete, path + "/logo.png").JsonAsync();

        Assert.Equal(("logo.png", "image", false), (missing[0].Text("name"), missing[0].Text("type"), missing[0]?["exists"]?.GetValue<bool>()));
        Assert.Equal(("\u0001\u0002", 2L), (bytes, given["size"]?.GetValue<long>()));
        Assert.Equal(32, given.Text("hash").Length);
        Assert.False((await admin.GetAsync(path))[0]?["exists"]?.GetValue<bool>());
    }

    [Fact]
    public async Task A_closing_form_takes_what_phones_hold_and_a_closed_one_nothing()
    {
        var (admin, project) = await ArrangeAsync();
        var phone = await server.PhoneAsync(admin, project);
        var path = $"/v1/projects/{project}/forms/village";

        var closing = await admin.SendAsync(HttpMethod.Patch, path, new { state = "closing", webformsEnabled = true }).JsonAsync();
        var listed = await phone.ListFormsAsync();
        await phone.SendAsync(Village.Instance(Village.NewId()));
        await admin.SendAsync(HttpMethod.Patch, path, new { state = "closed" }).JsonAsync();
        using var late = await phone.SubmitAsync(Village.Instance(Village.NewId()));
        using var form = await phone.GetAsync("/forms/village.xml");

        Assert.Equal(("closing", false), (closing.Text("state"), closing["webformsEnabled"]?.GetValue<bool>()));
        Assert.Empty(listed);
        await late.ShouldBeOpenRosaAsync(409, "closed");
        Assert.Equal(HttpStatusCode.NotFound, form.StatusCode);
        await admin.SendXmlAsync(HttpMethod.Post, Scripts.SubmissionsOf(project), Village.Instance(Village.NewId())).RefusedAsync(409, 409.2m);
        await admin.SendAsync(HttpMethod.Patch, path, new { state = "ajar" }).RefusedAsync(400, 400.8m);
    }

    private static async Task<string?> LastSubmissionAsync(Browser admin, long project)
    {
        var found = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{project}", null, ("X-Extended-Metadata", "true")).JsonAsync();
        return found["lastSubmission"]?.GetValue<string>();
    }

    private async Task<(Browser Admin, long Project)> ArrangeAsync(string? form = null)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, form ?? Village.Form());
        return (admin, project);
    }
}
