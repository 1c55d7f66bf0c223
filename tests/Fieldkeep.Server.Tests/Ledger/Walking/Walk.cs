using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger.Walking;

/// <summary>Goes through operations one by one and remembers which were answered with success, and which of them wrote entries.</summary>
internal sealed partial class Walk(TestServer server, ChangesWatch watch, Postman postman)
{
    /// <summary>What went wrong on the way.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>The operations that succeeded, as document and id.</summary>
    public HashSet<string> Done { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of them that wrote an entry whenever they were asked.</summary>
    public Dictionary<string, bool> Wrote { get; } = new(StringComparer.Ordinal);

    public TestServer Server => server;

    /// <summary>Gives the letters to one address, oldest first.</summary>
    public async Task<IReadOnlyList<ReadLetter>> LettersToAsync(string address)
    {
        await server.LettersToAsync(address);
        return [.. postman.Taken.Select(Letters.Parse).Where(letter => letter.To == address)];
    }

    // What they began goes on in the background, in transactions of its own.
    private static readonly HashSet<string> GoesOn = new(StringComparer.Ordinal) { "rotateProjectKey", "rotateEpoch", "eraseProject" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Does one thing; gives its answer, or nothing when it has none or failed.</summary>
    public async Task<JsonNode> DoAsync(Browser who, string id, string method, string path, object? body = null)
    {
        var key = $"{(path.StartsWith("/v1", StringComparison.Ordinal) ? "v1" : "api")} {id}";
        var operation = Operations.All.SingleOrDefault(one => $"{one.Document} {one.Id}" == key);
        if (operation is null || operation.Method != method || !Fits(operation.Path, path.Split('?')[0]))
        {
            Problems.Add($"{key} is not {method} {path}, but {operation}.");
            return new JsonObject();
        }

        var before = await watch.NameAsync(GoesOn.Contains(id) ? ChangesWatch.Arranged : key);
        using var content = body switch { null => null, HttpContent given => given, _ => JsonContent.Create(body) };
        using var response = await who.SendAsync(new HttpMethod(method), path, content);
        var text = await response.Content.ReadAsStringAsync(Token);
        var wrote = await watch.CountAfterAsync(before) > 0;
        await watch.NameAsync(ChangesWatch.Arranged);
        if (!response.IsSuccessStatusCode)
        {
            Problems.Add($"{key} was answered {(int)response.StatusCode}: {text[..Math.Min(text.Length, 300)]}");
            return new JsonObject();
        }

        Wrote[key] = Wrote.GetValueOrDefault(key, true) && wrote;
        Done.Add(key);
        return response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true && text.Length > 0
            ? JsonNode.Parse(text) ?? new JsonObject()
            : new JsonObject();
    }

    /// <summary>Goes through a part; when it ends early the others are gone through nonetheless, so that one run tells all.</summary>
    public async Task PartAsync(string name, Func<Task> part)
    {
        try
        {
            await part();
        }
#pragma warning disable CA1031 // It is told with everything else that went wrong.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Problems.Add($"{name} ended early: {problem.GetType().Name} {problem.Message} {problem.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains(".Walking.Walk", StringComparison.Ordinal))}");
        }
    }

    public static HttpContent Text(string text, string type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return content;
    }

    public static HttpContent Multipart(string xml) =>
        new MultipartFormDataContent { { Text(xml, "text/xml"), "xml_submission_file", "submission.xml" } };

    public static long Number(JsonNode node, string member) => node[member] is { } found ? Convert.ToInt64(found.ToString(), CultureInfo.InvariantCulture) : 0;

    public static string Word(JsonNode node, string member) => node[member]?.ToString() ?? "";

    private static bool Fits(string template, string path) =>
        Regex.IsMatch(path, "^" + Parameter().Replace(Regex.Escape(template), "[^/]+") + "$", RegexOptions.None, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"\\\{[^}]+\}", RegexOptions.None, 1000)]
    private static partial Regex Parameter();
}
