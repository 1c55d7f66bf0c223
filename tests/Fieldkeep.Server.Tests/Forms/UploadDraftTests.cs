using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Forms;

public sealed class UploadDraftTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Survey = """
        | survey   |                  |       |              |
        |          | type             | name  | label        |
        |          | text             | place | Which place? |
        |          | begin repeat     | well  | Well         |
        |          | integer          | depth | How deep?    |
        |          | end repeat       |       |              |
        | settings |                  |       |              |
        |          | form_id          | version |            |
        |          | wells            | 7     |              |
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_markdown_workbook_becomes_a_published_form_that_phones_list()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();

        var draft = await UploadAsync(admin, project, Encoding.UTF8.GetBytes(Survey), "wells.md");
        Assert.True(draft["accepted"]?.GetValue<bool>(), draft.ToJsonString());
        Assert.Equal("wells", draft["form"]?["id"]?.GetValue<string>());
        var phone = await server.PhoneAsync(admin, project);
        Assert.Empty(await phone.ListFormsAsync());

        var published = await admin.PostAsync($"/api/projects/{project}/forms/wells/draft/publish", new { });

        Assert.Equal("7", published["version"]?.GetValue<string>());
        Assert.Equal(["wells"], await phone.ListFormsAsync());
    }

    [Fact]
    public async Task Mistakes_in_a_workbook_are_all_told_with_sheet_row_and_column()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        const string broken = """
            | survey |         |       |                |
            |        | type    | name  | label          |
            |        | textt   | place | Which place?   |
            |        | integer | 1age  | How old?       |
            |        | note    | n     | Near ${plase}  |
            """;

        var answer = await UploadAsync(admin, project, Encoding.UTF8.GetBytes(broken), "broken.md");

        Assert.False(answer["accepted"]?.GetValue<bool>());
        var diagnostics = Assert.IsType<JsonArray>(answer["diagnostics"]);
        var errors = diagnostics.Where(diagnostic => diagnostic?["severity"]?.GetValue<string>() == "error").ToList();
        Assert.True(errors.Count >= 3, answer.ToJsonString());
        Assert.All(errors, error => Assert.Equal("survey", error?["sheet"]?.GetValue<string>()));
        Assert.Equal([2, 3, 4], errors.Select(error => error?["row"]?.GetValue<int>()).Distinct().Order());
        Assert.Equal(["A2", "B3", "C4"], errors.Select(error => error?["address"]?.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.Equal("textt", errors[0]?["value"]?.GetValue<string>());
        Assert.Equal(["A2", "B2", "C2"], errors[0]?["excerpt"]?.AsArray().Select(cell => cell?["address"]?.GetValue<string>()));
        Assert.Equal("[]", (await admin.GetAsync($"/api/projects/{project}/forms"))["items"]?.ToJsonString());
    }

    [Fact]
    public async Task Central_scripts_get_warnings_until_they_ignore_them()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var workbook = Encoding.UTF8.GetBytes("""
            | survey   |         |       |        |
            |          | type    | name  | label  |
            |          | image   | photo | Photo  |
            | settings | form_id |       |        |
            |          | photos  |       |        |
            """);

        using var warned = await PostWorkbookAsync(admin, project, workbook, "?publish=true");
        using var done = await PostWorkbookAsync(admin, project, workbook, "?publish=true&ignoreWarnings=true");

        await warned.ShouldBeCentralProblemAsync(400, 400.16m);
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
    }

    [Fact]
    public async Task Advice_is_told_to_authors_and_stops_no_script_of_central()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var workbook = Encoding.UTF8.GetBytes("""
            | survey   |         |       |        |             |
            |          | type    | name  | label  | relevant    |
            |          | integer | trees | Trees? |             |
            |          | text    | kinds | Kinds? | ${trees} == |
            | settings | form_id |       |        |             |
            |          | advised |       |        |             |
            """);

        var told = await UploadAsync(admin, project, workbook, "advised.md");
        using var central = await PostWorkbookAsync(admin, project, workbook, "?publish=true");

        Assert.True(told["accepted"]?.GetValue<bool>());
        var advice = Assert.Single(Assert.IsType<JsonArray>(told["diagnostics"]));
        Assert.Equal(("advice", "A_XPATH_SYNTAX"), (advice?["severity"]?.GetValue<string>(), advice?["code"]?.GetValue<string>()));
        Assert.NotEqual(HttpStatusCode.BadRequest, central.StatusCode);
    }

    [Fact]
    public async Task A_zip_bomb_named_as_a_workbook_is_refused_quickly()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();

        var answer = await UploadAsync(admin, project, Bomb(), "bomb.xlsx");

        Assert.False(answer["accepted"]?.GetValue<bool>());
        Assert.NotEmpty(Assert.IsType<JsonArray>(answer["diagnostics"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("<html/>")]
    [InlineData("<!DOCTYPE x [<!ENTITY a \"b\">]><h:html xmlns:h=\"http://www.w3.org/1999/xhtml\">&a;</h:html>")]
    [InlineData("PK\u0003\u0004 not a zip")]
    public async Task What_is_no_form_is_refused_in_words(string content)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();

        var answer = await UploadAsync(admin, project, Encoding.UTF8.GetBytes(content), "form.bin");
        using var central = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(content));

        Assert.False(answer["accepted"]?.GetValue<bool>());
        Assert.NotEmpty(Assert.IsType<JsonArray>(answer["diagnostics"]));
        await central.ShouldBeCentralProblemAsync(400, 400.15m);
    }

    [Fact]
    public async Task A_file_over_the_limit_is_refused_with_413()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        using var body = new ByteArrayContent(new byte[(32 * 1024 * 1024) + 1]);

        using var answer = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/forms/draft", body);

        await answer.ShouldBeProblemAsync(413, "form.too_large");
    }

    [Fact]
    public async Task A_form_of_ten_thousand_questions_is_accepted()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var rows = new StringBuilder("| survey |      |      |       |\n|        | type | name | label |\n");
        for (var i = 0; i < 10_000; i++)
        {
            rows.Append($"|        | text | q{i} | Question {i} |\n");
        }

        rows.Append("| settings | form_id |\n|          | huge    |\n");

        var answer = await UploadAsync(admin, project, Encoding.UTF8.GetBytes(rows.ToString()), "huge.md");

        Assert.True(answer["accepted"]?.GetValue<bool>());
        await admin.PostAsync($"/api/projects/{project}/forms/huge/draft/publish", new { });
        var phone = await server.PhoneAsync(admin, project);
        Assert.Equal(["huge"], await phone.ListFormsAsync());
    }

    [Fact]
    public async Task A_form_that_exists_cannot_be_created_again()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());

        using var again = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(Village.Form(version: "2")));

        await again.ShouldBeCentralProblemAsync(409, 409.3m);
    }

    [Fact]
    public async Task A_viewer_may_not_upload_and_a_stranger_sees_no_project()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var stranger = await server.SignedInAsync("manager", await admin.ProjectAsync());

        using var refused = await viewer.PostFormAsync(project, Encoding.UTF8.GetBytes(Village.Form()));
        using var unseen = await stranger.PostFormAsync(project, Encoding.UTF8.GetBytes(Village.Form()));

        await refused.ShouldBeCentralProblemAsync(403, 403.1m);
        await unseen.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    private static async Task<JsonNode> UploadAsync(Browser admin, long project, byte[] content, string name)
    {
        using var body = new ByteArrayContent(content);
        body.Headers.Add("X-File-Name", name);
        using var response = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/forms/draft", body);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text) ?? throw new InvalidOperationException("The answer is null.");
    }

    private static async Task<HttpResponseMessage> PostWorkbookAsync(Browser admin, long project, byte[] workbook, string query)
    {
        using var body = new ByteArrayContent(workbook);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.ms-excel");
        return await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms{query}", body);
    }

    private static byte[] Bomb()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in (string[])["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"])
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
                var zeros = new byte[1024 * 1024];
                for (var i = 0; i < 300; i++)
                {
                    entry.Write(zeros);
                }
            }
        }

        return bytes.ToArray();
    }
}
