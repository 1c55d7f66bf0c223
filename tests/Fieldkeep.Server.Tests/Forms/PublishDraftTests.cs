using System.Net;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Forms;

public sealed class PublishDraftTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Two_publishes_at_once_publish_once()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        using var uploaded = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(Village.Form()));
        uploaded.EnsureSuccessStatusCode();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/draft/publish")));

        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.All(
            answers.Where(answer => answer.StatusCode != HttpStatusCode.OK),
            answer => Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode));
    }

    [Fact]
    public async Task Publishing_and_discarding_a_draft_at_once_do_one_of_both()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        for (var version = 2; version < 8; version++)
        {
            await DraftAsync(admin, project, Village.Form(version: $"{version}"));

            var answers = await Task.WhenAll(
                admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/draft/publish"),
                admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}/forms/village/draft"));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.NotFound);
        }

        Assert.Equal(
            await server.QueryAsync<long>(
                "select count(*) from forms.versions v join forms.forms f on f.id = v.form_id where f.project_id = @project and v.published_at is not null",
                new { project }),
            await server.QueryAsync<long>(
                "select count(*) from ledger.entries where project_id = @project and action = 'form.publish'", new { project }));
    }

    [Fact]
    public async Task A_version_is_published_once_only()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        await DraftAsync(admin, project, Village.Form(question: "sanitation"));

        using var same = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/draft/publish");
        using var other = await admin.SendAsync(
            HttpMethod.Post, $"/v1/projects/{project}/forms/village/draft/publish?version=2");

        await same.ShouldBeCentralProblemAsync(409, 409.6m);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        var detail = await admin.GetAsync($"/api/projects/{project}/forms/village");
        Assert.Equal("2", detail["version"]?.GetValue<string>());
        var xml = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/forms/village/versions/2/xml");
        Assert.Contains("version=\"2\"", await xml.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Instances_of_an_earlier_version_still_come_home()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        await DraftAsync(admin, project, Village.Form(version: "2"));
        await admin.PostAsync($"/api/projects/{project}/forms/village/draft/publish", new { });

        using var earlier = await phone.SubmitAsync(Village.Instance(Village.NewId()));
        using var current = await phone.SubmitAsync(Village.Instance(Village.NewId(), version: "2"));

        Assert.Equal(HttpStatusCode.Created, earlier.StatusCode);
        Assert.Equal(HttpStatusCode.Created, current.StatusCode);
    }

    [Fact]
    public async Task A_draft_takes_test_submissions_at_its_secret_address_only_until_it_is_published()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        using var uploaded = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(Village.Form()));
        uploaded.EnsureSuccessStatusCode();
        var detail = await admin.GetAsync($"/api/projects/{project}/forms/village");
        var address = new Uri(detail["draft"]?["testUrl"]?.GetValue<string>() ?? "");
        var client = server.CreateClient("127.0.4.1");

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(client, address.AbsolutePath + "/formList")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(client, address.AbsolutePath + ".xml")).StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await GetAsync(client, address.AbsolutePath.Replace("/v1/test/", "/v1/test/x", StringComparison.Ordinal) + "/formList")).StatusCode);
        using var tested = await SubmitAsync(client, address.AbsolutePath + "/submission");
        Assert.Equal(HttpStatusCode.Created, tested.StatusCode);
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from submissions.submissions where is_draft and project_id = @project", new { project }));

        var shown = await admin.GetAsync($"/api/projects/{project}/forms/village");
        Assert.Equal((1, 0), (shown["draft"]?["testSubmissions"]?.GetValue<long>(), shown["submissions"]?.GetValue<long>()));

        await admin.PostAsync($"/api/projects/{project}/forms/village/draft/publish", new { });

        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(client, address.AbsolutePath + "/formList")).StatusCode);
    }

    private static async Task DraftAsync(Browser admin, long project, string form)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(form));
        using var response = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/draft", body);
        response.EnsureSuccessStatusCode();
    }

    private static Task<HttpResponseMessage> GetAsync(HttpClient client, string path) =>
        client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    private static async Task<HttpResponseMessage> SubmitAsync(HttpClient client, string path)
    {
        using var body = new MultipartFormDataContent
        {
            { new StringContent(Village.Instance(Village.NewId())), "xml_submission_file", "a.xml" },
        };
        return await client.PostAsync(new Uri(path, UriKind.Relative), body, TestContext.Current.CancellationToken);
    }
}
