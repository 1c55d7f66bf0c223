using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

/// <summary>Sends what pyodk sends, header for header, and checks the members that its models demand, null or not.</summary>
public sealed class PyodkRequestsTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly (string Name, JsonValueKind[] Kinds)[] Form =
    [
        ("projectId", [JsonValueKind.Number]), ("xmlFormId", [JsonValueKind.String]), ("version", [JsonValueKind.String]),
        ("hash", [JsonValueKind.String]), ("state", [JsonValueKind.String]), ("createdAt", [JsonValueKind.String]),
        ("name", [JsonValueKind.String, JsonValueKind.Null]), ("enketoId", [JsonValueKind.String, JsonValueKind.Null]),
        ("keyId", [JsonValueKind.Number, JsonValueKind.Null]), ("updatedAt", [JsonValueKind.String, JsonValueKind.Null]),
        ("publishedAt", [JsonValueKind.String, JsonValueKind.Null]),
    ];

    private static readonly (string Name, JsonValueKind[] Kinds)[] Submission =
    [
        ("instanceId", [JsonValueKind.String]), ("submitterId", [JsonValueKind.Number]), ("createdAt", [JsonValueKind.String]),
    ];

    private static readonly (string Name, JsonValueKind[] Kinds)[] FormAttachment =
    [
        ("name", [JsonValueKind.String]), ("type", [JsonValueKind.String]), ("hash", [JsonValueKind.String]),
        ("exists", [JsonValueKind.True]), ("blobExists", [JsonValueKind.True]), ("datasetExists", [JsonValueKind.False]),
        ("updatedAt", [JsonValueKind.String]),
    ];

    private static readonly (string Name, JsonValueKind[] Kinds)[] Comment =
    [
        ("body", [JsonValueKind.String]), ("actorId", [JsonValueKind.Number]), ("createdAt", [JsonValueKind.String]),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Forms_are_created_with_attachments_updated_and_read()
    {
        var (client, project) = await SignInAsync();
        var forms = $"projects/{project}/forms";

        var created = await client.PostXmlAsync($"{forms}?ignoreWarnings=True&publish=False", PhotoForm("1"), ("X-XlsForm-FormId-Fallback", "my%20form"));
        var attached = await client.UploadAsync($"{forms}/photos/draft/attachments/logo.png", [1, 2, 3], "image/png");
        var published = await client.PostEmptyAsync($"{forms}/photos/draft/publish");
        var copied = await client.PostEmptyAsync($"{forms}/photos/draft");
        await client.UploadAsync($"{forms}/photos/draft/attachments/logo.png", [4], "image/png");
        var version = Uri.EscapeDataString(new DateTime(2026, 11, 21, 9, 0, 0).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture));
        await client.PostEmptyAsync($"{forms}/photos/draft/publish?version={version}");
        await client.PostXmlAsync($"{forms}/photos/draft?ignoreWarnings=True", PhotoForm("3"), ("X-XlsForm-FormId-Fallback", "photos"));
        await client.PostEmptyAsync($"{forms}/photos/draft/publish");
        var one = await client.ReadAsync($"{forms}/photos");
        var all = (await client.ReadAsync(forms)).AsArray();
        var versions = (await client.ReadAsync($"{forms}/photos/versions")).AsArray();

        Has(created, Form);
        Has(attached, FormAttachment);
        Assert.All((JsonNode[])[published, copied], answer => Assert.Equal("""{"success":true}""", answer.ToJsonString()));
        Has(one, Form);
        Has(Assert.Single(all), Form);
        Assert.Equal("3", one.Text("version"));
        Assert.Equal(["3", "2026-11-21T09:00:00.000000", "1"], versions.Select(item => item.Text("version")));
    }

    [Fact]
    public async Task Submissions_are_created_with_attachments_edited_reviewed_commented_and_read()
    {
        var (client, project) = await SignInAsync();
        var submissions = $"projects/{project}/forms/village/submissions";
        await client.PostXmlAsync($"projects/{project}/forms?ignoreWarnings=True&publish=True", Village.Form());
        var (id, second) = (Village.NewId(), Village.NewId());
        var quoted = Uri.EscapeDataString(id);

        var created = await client.PostXmlAsync($"{submissions}?deviceID=laptop", Village.Instance(id, photo: "p.jpg"));
        var uploaded = await client.UploadAsync($"{submissions}/{quoted}/attachments/p.jpg", [1, 2, 3], "image/jpeg");
        var files = (await client.ReadAsync($"{submissions}/{quoted}/attachments")).AsArray();
        var edited = await client.SendAsync(HttpMethod.Put, $"{submissions}/{quoted}", Xml(Village.Instance(second, "Yei", deprecatedId: id)));
        var comment = await client.PostJsonAsync($"{submissions}/{quoted}/comments", new { body = "typing error" });
        var reviewed = await client.SendAsync(HttpMethod.Patch, $"{submissions}/{quoted}", JsonContent.Create(new { reviewState = "approved" }));
        var comments = (await client.ReadAsync($"{submissions}/{quoted}/comments")).AsArray();
        var one = await client.ReadAsync($"{submissions}/{quoted}");
        var all = (await client.ReadAsync(submissions)).AsArray();
        var audits = (await client.ReadAsync($"{submissions}/{quoted}/audits")).AsArray();

        Assert.All((JsonNode?[])[created, edited, reviewed, one, Assert.Single(all)], item => Has(item, Submission));
        Assert.Equal("""{"success":true}""", uploaded.ToJsonString());
        Assert.Equal("""[{"name":"p.jpg","exists":true}]""", files.ToJsonString());
        Has(comment, Comment);
        Has(Assert.Single(comments), Comment);
        Assert.Equal((id, "approved", "laptop"), (one.Text("instanceId"), one.Text("reviewState"), created.Text("deviceId")));
        Assert.Equal(4, audits.Count);
    }

    private static void Has(JsonNode? node, (string Name, JsonValueKind[] Kinds)[] members)
    {
        var item = Assert.IsType<JsonObject>(node);
        foreach (var (name, kinds) in members)
        {
            Assert.True(item.ContainsKey(name), $"{name} is missing in {item.ToJsonString()}");
            Assert.Contains(item[name]?.GetValueKind() ?? JsonValueKind.Null, kinds);
        }
    }

    private static string PhotoForm(string version) => $"""
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
          <h:head><h:title>Photos</h:title><model><itext><translation lang="en"><text id="q"><value form="image">jr://images/logo.png</value></text></translation></itext>
            <instance><data id="photos" version="{version}"><name/><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/name" type="string"/><bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><input ref="/data/name"><label ref="jr:itext('q')"/></input></h:body></h:html>
        """;

    private static ByteArrayContent Xml(string xml)
    {
        var body = new ByteArrayContent(Encoding.UTF8.GetBytes(xml));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
        return body;
    }

    private async Task<(Script Client, long Project)> SignInAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (email, _) = await server.PersonAsync("manager", project);
        var client = server.CreateClient();
        using var session = await client.PostAsJsonAsync(
            new Uri("/v1/sessions", UriKind.Relative), new { email, password = Some.Password }, Token);
        var token = JsonNode.Parse(await session.Content.ReadAsStringAsync(Token)).Text("token");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        client.DefaultRequestHeaders.Add("User-Agent", "pyodk v1.2.1");
        client.DefaultRequestHeaders.Add("Accept", "*/*");
        return (new Script(client), project);
    }

    /// <summary>pyodk's session: a bearer token below <c>/v1/</c>; every answer must be a success with JSON.</summary>
    private sealed class Script(HttpClient client)
    {
        public Task<JsonNode> ReadAsync(string path) => SendAsync(HttpMethod.Get, path, null);

        public Task<JsonNode> PostXmlAsync(string path, string xml, params (string Name, string Value)[] headers) =>
            SendAsync(HttpMethod.Post, path, Xml(xml), headers);

        public Task<JsonNode> PostJsonAsync(string path, object body) => SendAsync(HttpMethod.Post, path, JsonContent.Create(body));

        public Task<JsonNode> PostEmptyAsync(string path) => SendAsync(HttpMethod.Post, path, null);

        public Task<JsonNode> UploadAsync(string path, byte[] content, string type)
        {
            var body = new StreamContent(new MemoryStream(content));
            body.Headers.ContentType = new MediaTypeHeaderValue(type);
            return SendAsync(HttpMethod.Post, path, body, ("Transfer-Encoding", "chunked"));
        }

        public async Task<JsonNode> SendAsync(
            HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(method, "/v1/" + path) { Content = content };
            foreach (var (name, value) in headers)
            {
                request.Headers.Add(name, value);
            }

            return await client.SendAsync(request, Token).JsonAsync();
        }
    }
}
