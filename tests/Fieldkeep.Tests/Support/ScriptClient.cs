using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Fieldkeep.Tests.Support;

/// <summary>A script at the door of a server in a process of its own: trusts the server's authority, sends a bearer token.</summary>
internal sealed class ScriptClient : IDisposable
{
    private const string Email = "admin@example.org";
    private const string Password = "granite-kettle-ninety-orchard";

    private readonly HttpClient _http;

    /// <summary>Makes a client for a server on this data directory.</summary>
    public ScriptClient(string dataDirectory, Uri address)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(Path.Combine(dataDirectory, "tls", "ca.pem")));
#pragma warning disable CA2000 // The client disposes it.
        var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust } };
#pragma warning restore CA2000
        _http = new HttpClient(handler, disposeHandler: true) { BaseAddress = address };
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Sets the server up for the first time.</summary>
    public Task SetUpAsync() =>
        PostAsync("/api/setup", JsonContent.Create(new { organisation = "Plum Relief", name = "Administrator", email = Email, password = Password, sampleData = false }));

    /// <summary>Signs in; every request carries the token afterwards.</summary>
    public async Task SignInAsync()
    {
        var session = await PostAsync("/v1/sessions", JsonContent.Create(new { email = Email, password = Password }));
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session["token"]?.GetValue<string>());
    }

    /// <summary>Makes a project with one published form and gives the project's id and the address that phones submit to.</summary>
    public async Task<(long Project, string Door)> PublishAsync(string form)
    {
        var project = (await PostAsync("/v1/projects", JsonContent.Create(new { name = "Survey" })))["id"]?.GetValue<long>() ?? 0;
        await PostAsync($"/v1/projects/{project}/forms?publish=true", new StringContent(form, Encoding.UTF8, "application/xml"));
        var phone = await PostAsync($"/v1/projects/{project}/app-users", JsonContent.Create(new { displayName = "Phone" }));
        return (project, $"/v1/key/{phone["token"]?.GetValue<string>()}/projects/{project}/submission");
    }

    /// <summary>Sends instances, several at once; each must be stored.</summary>
    public Task SubmitAsync(string door, IEnumerable<string> instances) => Parallel.ForEachAsync(
        instances,
        new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token },
        async (xml, token) =>
        {
            using var body = new MultipartFormDataContent { { new StringContent(xml, Encoding.UTF8, "text/xml"), "xml_submission_file", "submission.xml" } };
            using var answer = await _http.PostAsync(new Uri(door, UriKind.Relative), body, token);
            Assert.True((int)answer.StatusCode == 201, await answer.Content.ReadAsStringAsync(token));
        });

    /// <summary>Begins a download and reads nothing of it.</summary>
    public Task<HttpResponseMessage> BeginAsync(string path) =>
        _http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);

    /// <summary>Posts; whatever the answer is.</summary>
    public async Task<HttpResponseMessage> TryAsync(string path, HttpContent content)
    {
        using (content)
        {
            return await _http.PostAsync(new Uri(path, UriKind.Relative), content, Token);
        }
    }

    /// <summary>Proves that it is still them: what cannot be taken back asks for it.</summary>
    public Task ConfirmAsync() => SendAsync(HttpMethod.Post, "/api/session/confirmation", JsonContent.Create(new { password = Password }));

    /// <summary>Sends one instance with a file, or several.</summary>
    public async Task SubmitAsync(string door, string instance, params (string Name, byte[] Bytes)[] files)
    {
        var body = new MultipartFormDataContent { { new StringContent(instance, Encoding.UTF8, "text/xml"), "xml_submission_file", "submission.xml" } };
        foreach (var (name, bytes) in files)
        {
            body.Add(new ByteArrayContent(bytes), name, name);
        }

        await SendAsync(HttpMethod.Post, door, body);
    }

    /// <summary>Sends anything and gives the answer's text, which must come with success.</summary>
    public async Task<string> SendAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        using var answer = await _http.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {method} {path}: {text}");
        return text;
    }

    /// <summary>Gets bytes, which must come with success.</summary>
    public Task<byte[]> GetBytesAsync(string path) => _http.GetByteArrayAsync(new Uri(path, UriKind.Relative), Token);

    /// <summary>Gets text, which must come with success.</summary>
    public async Task<string> GetAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {path}: {text}");
        return text;
    }

    /// <summary>Posts and reads JSON, which must come with success.</summary>
    public async Task<JsonNode> PostAsync(string path, HttpContent content)
    {
        using (content)
        {
            using var answer = await _http.PostAsync(new Uri(path, UriKind.Relative), content, Token);
            var text = await answer.Content.ReadAsStringAsync(Token);
            Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {path}: {text}");
            return JsonNode.Parse(text) ?? throw new InvalidOperationException($"{path} answers nothing.");
        }
    }

    public void Dispose() => _http.Dispose();
}
