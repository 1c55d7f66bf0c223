using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.XForms.Sheets;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Forms;

public sealed class FormWorkbooksTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Survey = """
        | survey   |                  |       |              |
        |          | type             | name  | label        |
        |          | text             | place | Which place? |
        | settings |                  |       |              |
        |          | form_id          | version |            |
        |          | wells            | 7     |              |
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_form_uploaded_as_XML_is_edited_as_a_workbook_and_uploaded_again()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await UploadAsync(admin, project, Encoding.UTF8.GetBytes(Village.Form()), "village.xml");
        await admin.PostAsync($"/api/projects/{project}/forms/village/draft/publish", new { });

        using var answer = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/forms/village/versions/1/workbook");
        var workbook = await answer.Content.ReadAsByteArrayAsync(Token);
        var again = await UploadAsync(admin, project, workbook, "village.xlsx");

        Assert.Equal(["xform"], answer.Headers.GetValues("X-Workbook-Origin"));
        Assert.Equal([NotesIn(workbook).ToString(CultureInfo.InvariantCulture)], answer.Headers.GetValues("X-Workbook-Notes"));
        Assert.Equal("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("village.xlsx", answer.Content.Headers.ContentDisposition?.FileName);
        Assert.True(again["accepted"]?.GetValue<bool>(), again.ToJsonString());
        Assert.Equal(("village", "Village"), (again["form"]?["id"]?.GetValue<string>(), again["form"]?["title"]?.GetValue<string>()));
    }

    [Fact]
    public async Task A_form_uploaded_as_a_spreadsheet_comes_back_as_it_was()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var xlsx = Xlsx();
        await UploadAsync(admin, project, Encoding.UTF8.GetBytes(Survey), "wells.md");
        var (origin, name, text) = await DownloadAsync(admin, $"/api/projects/{project}/forms/wells/draft/workbook");
        await UploadAsync(admin, project, xlsx, "wells.xlsx");
        var draft = await DownloadAsync(admin, $"/api/projects/{project}/forms/wells/draft/workbook");

        Assert.Equal(("upload", "wells.md", Survey), (origin, name, Encoding.UTF8.GetString(text)));
        Assert.Equal(("upload", "wells.xlsx"), (draft.Origin, draft.Name));
        Assert.Equal(xlsx, draft.Content);
    }

    [Fact]
    public async Task Scripts_get_the_uploaded_spreadsheet_where_ODK_Central_has_it()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var xlsx = Xlsx();
        await UploadAsync(admin, project, xlsx, "wells.xlsx");
        var forms = $"/v1/projects/{project}/forms";
        using (var early = await admin.SendAsync(HttpMethod.Get, $"{forms}/wells.xlsx"))
        {
            await early.ShouldBeCentralProblemAsync(404, 404.1m);
        }

        Assert.Equal(xlsx, (await DownloadAsync(admin, $"{forms}/wells/draft.xlsx")).Content);
        await admin.PostAsync($"/api/projects/{project}/forms/wells/draft/publish", new { });

        Assert.Equal(xlsx, (await DownloadAsync(admin, $"{forms}/wells.xlsx")).Content);
        Assert.Equal(xlsx, (await DownloadAsync(admin, $"{forms}/wells/versions/7.xlsx")).Content);
        await UploadAsync(admin, project, Encoding.UTF8.GetBytes(Village.Form()), "village.xml");
        foreach (var path in (string[])["wells.xls", "wells/draft.xlsx", "wells/versions/8.xlsx", "village/draft.xlsx", "none.xlsx"])
        {
            using var refused = await admin.SendAsync(HttpMethod.Get, $"{forms}/{path}");
            await refused.ShouldBeCentralProblemAsync(404, path.Contains('8', StringComparison.Ordinal) ? 404.6m : 404.1m);
        }
    }

    [Fact]
    public async Task A_form_too_large_for_a_spreadsheet_is_refused_with_the_reason_and_without_another_try()
    {
        var make = server.Services.GetRequiredService<MakeWorkbooks>();
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var ids = string.Concat(Enumerable.Range(0, 6_000).Select(i => $"<a{i}/>"));
        var binds = string.Concat(Enumerable.Range(0, 6_000).Select(i => $"<bind nodeset=\"/data/a{i}\" b{i}=\"1\"/>"));
        await UploadAsync(admin, project, Encoding.UTF8.GetBytes($"""
            <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>Wide</h:title><model>
            <instance><data id="wide" version="1">{ids}<meta><instanceID/></meta></data></instance>{binds}</model></h:head><h:body/></h:html>
            """), "wide.xml");
        var before = make.MadeCount;

        for (var i = 0; i < 2; i++)
        {
            using var refused = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/forms/wide/draft/workbook");
            var problem = await refused.Content.ReadAsStringAsync(Token);
            Assert.Equal(404, (int)refused.StatusCode);
            Assert.Contains("form.no_workbook", problem, StringComparison.Ordinal);
            Assert.Contains("columns", problem, StringComparison.Ordinal);
            Assert.DoesNotContain("another kind", problem, StringComparison.Ordinal);
        }

        Assert.Equal(before + 1, make.MadeCount);
    }

    // Readers of forms pass over the sheet of notes, so the file itself is asked: it is the last, with a header.
    private static int NotesIn(byte[] workbook)
    {
        using var zip = new ZipArchive(new MemoryStream(workbook));
        using var text = new StreamReader(zip.Entries.Last(entry => entry.FullName.StartsWith("xl/worksheets/", StringComparison.Ordinal)).Open());
        return text.ReadToEnd().Split("<row ").Length - 2;
    }

    private static byte[] Xlsx()
    {
        using var file = new MemoryStream();
        WorkbookWriter.WriteXlsx(MarkdownReader.Read(Survey), file);
        return file.ToArray();
    }

    private static async Task<JsonNode> UploadAsync(Browser admin, long project, byte[] content, string name)
    {
        using var body = new ByteArrayContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        body.Headers.Add("X-File-Name", name);
        using var response = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/forms/draft", body);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token)) ?? throw new InvalidOperationException("no answer");
        Assert.True(answer["accepted"]?.GetValue<bool>(), answer.ToJsonString());
        return answer;
    }

    private static async Task<(string? Origin, string? Name, byte[] Content)> DownloadAsync(Browser admin, string path)
    {
        using var answer = await admin.SendAsync(HttpMethod.Get, path);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
        return (
            answer.Headers.GetValues("X-Workbook-Origin").Single(),
            answer.Content.Headers.ContentDisposition?.FileName,
            await answer.Content.ReadAsByteArrayAsync(Token));
    }
}
