using System.Net.Http.Headers;
using System.Text;
using System.Xml.Linq;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A phone with ODK Collect: speaks OpenRosa below an app user's address.</summary>
public sealed class CollectClient(HttpClient client, string token, long project)
{
    private static readonly XNamespace List = "http://openrosa.org/xforms/xformsList";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The address all requests begin with.</summary>
    public string Base { get; } = $"/v1/key/{token}/projects/{project}";

    /// <summary>Gets an address below the phone's own.</summary>
    public Task<HttpResponseMessage> GetAsync(string path) => client.GetAsync(new Uri(Base + path, UriKind.Relative), Token);

    /// <summary>The same phone, reaching a server by another client.</summary>
    public CollectClient Through(HttpClient other) => new(other, token, project);

    /// <summary>Lists the forms' ids.</summary>
    public async Task<IReadOnlyList<string>> ListFormsAsync()
    {
        using var response = await GetAsync("/formList");
        response.EnsureSuccessStatusCode();
        var list = XDocument.Parse(await response.Content.ReadAsStringAsync(Token));
        return [.. list.Descendants(List + "formID").Select(id => id.Value)];
    }

    /// <summary>Sends an instance with files, as Collect does.</summary>
    public Task<HttpResponseMessage> SubmitAsync(string xml, params (string Name, byte[] Content)[] files) =>
        SubmitAsync(Encoding.UTF8.GetBytes(xml), files);

    /// <summary>Sends the bytes of an instance with files.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(byte[] xml, params (string Name, byte[] Content)[] files)
    {
        using var body = new MultipartFormDataContent();
        var instance = new ByteArrayContent(xml);
        instance.Headers.ContentType = new MediaTypeHeaderValue("text/xml");
        body.Add(instance, "xml_submission_file", "submission.xml");
        foreach (var (name, content) in files)
        {
            var part = new ByteArrayContent(content);
            part.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
            body.Add(part, name, name);
        }

        return await PostAsync(body);
    }

    /// <summary>Posts any body to the submission address.</summary>
    public Task<HttpResponseMessage> PostAsync(HttpContent body) => client.PostAsync(new Uri(Base + "/submission", UriKind.Relative), body, Token);
}
