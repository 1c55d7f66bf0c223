using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A script that works with submissions through Central's API.</summary>
internal static class Scripts
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Where the submissions of a form are.</summary>
    public static string SubmissionsOf(long project, string form = Village.FormId) => $"/v1/projects/{project}/forms/{form}/submissions";

    /// <summary>Where one submission is.</summary>
    public static string SubmissionOf(long project, string instanceId, string form = Village.FormId) =>
        $"{SubmissionsOf(project, form)}/{Uri.EscapeDataString(instanceId)}";

    /// <summary>Sends XML.</summary>
    public static Task<HttpResponseMessage> SendXmlAsync(this Browser browser, HttpMethod method, string path, string xml)
    {
        var body = new ByteArrayContent(Encoding.UTF8.GetBytes(xml));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
        return browser.SendAsync(method, path, body);
    }

    /// <summary>Sends bytes of any type.</summary>
    public static Task<HttpResponseMessage> SendBytesAsync(this Browser browser, HttpMethod method, string path, byte[] content)
    {
        var body = new ByteArrayContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return browser.SendAsync(method, path, body);
    }

    /// <summary>Reads JSON, which must come with success.</summary>
    public static async Task<JsonNode> JsonAsync(this Task<HttpResponseMessage> sending)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return JsonNode.Parse(text) ?? throw new InvalidOperationException("The body is null.");
    }

    /// <summary>Reads text, which must come with success.</summary>
    public static async Task<string> TextAsync(this Task<HttpResponseMessage> sending)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return text;
    }

    /// <summary>Reads bytes, which must come with success.</summary>
    public static async Task<byte[]> BytesAsync(this Task<HttpResponseMessage> sending)
    {
        using var response = await sending;
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}");
        return await response.Content.ReadAsByteArrayAsync(Token);
    }

    /// <summary>Checks a refusal in Central's shape.</summary>
    public static async Task RefusedAsync(this Task<HttpResponseMessage> sending, int status, decimal code)
    {
        using var response = await sending;
        await response.ShouldBeCentralProblemAsync(status, code);
    }

    /// <summary>A member as text; “(null)” when it is null or absent.</summary>
    public static string Text(this JsonNode? node, string member) => node?[member]?.GetValue<string>() ?? "(null)";

    /// <summary>Sends a village and gives its id.</summary>
    public static async Task<string> SendVillageAsync(this Browser browser, long project, string name = "Arua", string photo = "")
    {
        var id = Village.NewId();
        await browser.SendXmlAsync(HttpMethod.Post, SubmissionsOf(project), Village.Instance(id, name, photo)).JsonAsync();
        return id;
    }
}
