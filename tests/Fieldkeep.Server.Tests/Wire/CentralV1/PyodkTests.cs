using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

/// <summary>The requests that pyodk sends for signing in, projects, app users and form assignments, byte for byte as its session makes them.</summary>
public sealed class PyodkTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_signs_in_keeps_its_token_and_verifies_it_later()
    {
        await server.OrganisationAdminAsync();
        var client = server.CreateClient("127.0.4.1");
        var token = await SignInAsync(client);
        using var verified = await SendAsync(client, HttpMethod.Get, "users/current", token, contentType: "application/json");
        using var refused = await SendAsync(client, HttpMethod.Get, "users/current", "x" + token, contentType: "application/json");
        using var wrong = await PostAsync(client, "sessions", null, """{"email": "organisationadmin@example.org", "password": "wrong"}""");

        Assert.Equal(HttpStatusCode.OK, verified.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
    }

    [Fact]
    public async Task It_lists_and_reads_projects_with_the_members_its_model_needs()
    {
        var browser = await server.OrganisationAdminAsync();
        var project = await browser.ProjectAsync();
        var client = server.CreateClient("127.0.4.2");
        var token = await SignInAsync(client);
        var list = (await ReadAsync(await SendAsync(client, HttpMethod.Get, "projects", token))).AsArray();
        var one = await ReadAsync(await SendAsync(client, HttpMethod.Get, $"projects/{project}", token));

        foreach (var found in list.Append(one).OfType<JsonNode>())
        {
            Assert.Equal(System.Text.Json.JsonValueKind.Number, found["id"]?.GetValueKind());
            Assert.Equal(System.Text.Json.JsonValueKind.String, found["name"]?.GetValueKind());
            Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{3}Z$", (string?)found["createdAt"]);
        }
    }

    [Fact]
    public async Task It_creates_app_users_and_assigns_forms_to_them_by_the_role_number_two()
    {
        var browser = await server.OrganisationAdminAsync();
        var project = await browser.ProjectAsync();
        await browser.UploadAsync(project, Village.Form());
        await browser.UploadAsync(project, Village.Form("dépôt (1)"));
        await browser.UploadAsync(project, Village.Form("clinic"));
        var client = server.CreateClient("127.0.4.3");
        var token = await SignInAsync(client);

        var before = (await ReadAsync(await SendAsync(client, HttpMethod.Get, $"projects/{project}/app-users", token))).AsArray();
        var made = await ReadAsync(await PostAsync(client, $"projects/{project}/app-users", token, """{"displayName": "Enumerator \u00e9"}"""));
        foreach (var form in (string[])["village", "d%C3%A9p%C3%B4t%20(1)"])
        {
            // requests sends a POST without a body: Content-Length 0 and no Content-Type.
            var assigned = await ReadAsync(await PostAsync(client, $"projects/{project}/forms/{form}/assignments/2/{made["id"]}", token, null));
            Assert.True((bool?)assigned["success"]);
        }

        Assert.Empty(before);
        Assert.Equal(
            ["projectId", "id", "type", "displayName", "createdAt", "updatedAt", "deletedAt", "token"], made.AsObject().Select(member => member.Key));
        var phone = new CollectClient(server.CreateClient(), (string)made["token"]!, project); // shown this once
        Assert.Equal(["dépôt (1)", "village"], await phone.ListFormsAsync());
    }

    private static async Task<string> SignInAsync(HttpClient client)
    {
        var answer = await ReadAsync(await PostAsync(
            client, "sessions", null, $$"""{"email": "{{Actors.AdminEmail}}", "password": "{{Some.Password}}"}"""));
        return (string)answer["token"]!; // a session has a token
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string? token, string? body) =>
        SendAsync(client, HttpMethod.Post, path, token, body, body is null ? null : "application/json");

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient client, HttpMethod method, string path, string? token, string? body = null, string? contentType = null)
    {
        using var request = new HttpRequestMessage(method, $"/v1/{path}");
        request.Headers.TryAddWithoutValidation("User-Agent", "pyodk v1.2.1");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, deflate");
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        request.Headers.TryAddWithoutValidation("Connection", "keep-alive");
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (body is not null || contentType is not null || method == HttpMethod.Post)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body ?? ""));
            request.Content.Headers.ContentType = contentType is null ? null : new MediaTypeHeaderValue(contentType);
        }

        return await client.SendAsync(request, Token);
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(Token);
            Assert.True(response.StatusCode == HttpStatusCode.OK, text);
            return JsonNode.Parse(text) ?? throw new InvalidOperationException("The body is null.");
        }
    }
}
