using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A program that speaks Central's API with a bearer token or a password.</summary>
internal sealed class Script(HttpClient client, AuthenticationHeaderValue authorization)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Gives a program that signs every request with an address and a password.</summary>
    public static Script WithPassword(HttpClient client, string email, string password) =>
        new(client, new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{email}:{password}"))));

    /// <summary>Sends a request with any headers, such as <c>X-Extended-Metadata</c>.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body switch
        {
            null => null,
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body),
        };
        request.Headers.Authorization = authorization;
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, Token);
    }

    /// <summary>Reads JSON, which must come with success.</summary>
    public async Task<JsonNode> GetAsync(string path, bool isExtended = false) =>
        await ReadAsync(await SendAsync(HttpMethod.Get, path, null, isExtended ? [("X-Extended-Metadata", "true")] : []));

    /// <summary>Sends JSON and reads JSON, which must come with success.</summary>
    public async Task<JsonNode> CallAsync(HttpMethod method, string path, object? body = null) =>
        await ReadAsync(await SendAsync(method, path, body));

    /// <summary>Checks what Central answers when something was done.</summary>
    public async Task ShouldSucceedAsync(HttpMethod method, string path, object? body = null) =>
        Assert.Equal("""{"success":true}""", (await CallAsync(method, path, body)).ToJsonString());

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(Token);
            Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
            return JsonNode.Parse(text) ?? throw new InvalidOperationException("The body is null.");
        }
    }
}

/// <summary>Gives programs of people on a test server.</summary>
internal static class ScriptsOfPeople
{
    /// <summary>Gives a program with a bearer token of an account, without a sign-in.</summary>
    public static async Task<Script> ScriptAsync(this TestServer server, ActorId account)
    {
        var token = TestContext.Current.CancellationToken;
        var person = await server.Services.GetRequiredService<AccountQueries>().FindAsync(account, token)
            ?? throw new InvalidOperationException("There is no such account.");
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(token);
        var session = await server.Services.GetRequiredService<Sessions>()
            .BeginAsync(tx, person, new SessionTerms(false, false, null), null, token);
        await tx.CommitAsync(token);
        return new Script(server.CreateClient(), new AuthenticationHeaderValue("Bearer", session.Token));
    }

    /// <summary>Gives a program of the first administrator.</summary>
    public static async Task<Script> AdminScriptAsync(this TestServer server) =>
        await server.ScriptAsync(new ActorId((await server.OrganisationAdminAsync()).AccountId));

    /// <summary>Gives a program of a new person with a role in a project.</summary>
    public static async Task<(Script Script, ActorId Id)> ScriptOfAsync(this TestServer server, string role, long project)
    {
        var (_, id) = await server.PersonAsync(role, project);
        return (await server.ScriptAsync(id), id);
    }
}
