using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Someone at the web interface: sends the cookie and the CSRF token as a page does.</summary>
public sealed class Browser(HttpClient client)
{
    /// <summary>The session's token, as in the cookie; empty before signing in.</summary>
    public string Cookie { get; set; } = "";

    /// <summary>What the page was given to prove its changes; empty before signing in.</summary>
    public string Csrf { get; set; } = "";

    /// <summary>The account signed in.</summary>
    public long AccountId { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Sends a request; keeps the cookie and the CSRF token of the answer.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        if (Cookie.Length > 0)
        {
            request.Headers.Add("Cookie", $"__Host-session={Cookie}");
        }

        if (Csrf.Length > 0 && method != HttpMethod.Get)
        {
            request.Headers.Add("X-CSRF-Token", Csrf);
        }

        var response = await client.SendAsync(request, Token);
        if (response.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            Cookie = cookies.Single(cookie => cookie.StartsWith("__Host-session=", StringComparison.Ordinal))
                .Split(';')[0]["__Host-session=".Length..];
        }

        return response;
    }

    /// <summary>Sends a request with a JSON body.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object body) =>
        SendAsync(method, path, JsonContent.Create(body));

    /// <summary>Reads JSON, which must come with success.</summary>
    public async Task<JsonNode> GetAsync(string path) => await ReadAsync(await SendAsync(HttpMethod.Get, path));

    /// <summary>Posts JSON and reads JSON, which must come with success.</summary>
    public async Task<JsonNode> PostAsync(string path, object body) =>
        await ReadAsync(await SendAsync(HttpMethod.Post, path, body));

    /// <summary>Signs in and keeps what a page keeps.</summary>
    public async Task SignInAsync(string email, string password, bool sharedComputer = false) =>
        Keep(await PostAsync("/api/session", new { email, password, sharedComputer }));

    /// <summary>Keeps the answer of a sign-in or of a set-up's session.</summary>
    public void Keep(JsonNode session)
    {
        Csrf = session["csrf"]!.GetValue<string>(); // every session answer has it
        AccountId = session["account"]!["id"]!.GetValue<long>(); // as above
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonNode>(text) ?? throw new InvalidOperationException("The body is null.");
    }
}
