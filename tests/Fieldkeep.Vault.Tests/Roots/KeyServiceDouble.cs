using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Fieldkeep.Vault.Tests.Roots;

/// <summary>
/// Stands in for AWS KMS and for the transit engine of HashiCorp Vault, over real HTTP, speaking as they document. A double of foreign services: it holds one key, and
/// does on demand what they do on bad days.
/// </summary>
internal sealed class KeyServiceDouble : IDisposable
{
    public const string Arn = "arn:aws:kms:eu-west-1:111122223333:key/6f9619ff-8b86-4011-b42d-00c04fc964ff";

    private readonly HttpListener _listener;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Task _serving;

    public KeyServiceDouble()
    {
        for (var port = 20_000 + RandomNumberGenerator.GetInt32(30_000); ; port++)
        {
            var listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                _listener = listener;
                Address = $"http://127.0.0.1:{port}";
                break;
            }
            catch (HttpListenerException)
            {
                // Taken by another; one that did not start is of no more use.
                listener.Close();
            }
        }

        _serving = ServeAsync();
    }

    public string Address { get; }

    public List<HttpListenerRequest> Requests { get; } = [];

    /// <summary>Answers in the place of the service: a status and a body for the given number of requests; null to behave.</summary>
    public Func<int, (int Status, string Body)?> Mood { get; set; } = _ => null;

    /// <summary>How long it thinks before it answers.</summary>
    public TimeSpan Slowness { get; set; }

    /// <summary>Changes the key, as if another had been named.</summary>
    public void ReplaceKey() => RandomNumberGenerator.Fill(_key);

    public void Dispose()
    {
        _listener.Stop();
        _listener.Close();
        _serving.GetAwaiter().GetResult();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                Requests.Add(context.Request);
                await Task.Delay(Slowness);
                using var reader = new StreamReader(context.Request.InputStream);
                var body = JsonNode.Parse(await reader.ReadToEndAsync())?.AsObject() ?? [];
                var (status, text) = Mood(Requests.Count) ?? Answer(context.Request, body);
                context.Response.StatusCode = status;
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
                context.Response.Close();
            }
            catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException or System.Text.Json.JsonException)
            {
                // Whoever asked gave up, or the test is over.
            }
        }
    }

    private (int Status, string Body) Answer(HttpListenerRequest request, JsonObject body)
    {
        var path = request.Url?.AbsolutePath ?? "";
        return request.Headers["X-Amz-Target"] switch
        {
            "TrentService.Encrypt" => Kms(body, "Plaintext", "CiphertextBlob", text => Seal(text, Context(body))),
            "TrentService.Decrypt" => Kms(body, "CiphertextBlob", "Plaintext", text => Open(text, Context(body))),
            _ when path == "/v1/transit/encrypt/fieldkeep" => Transit(request, body, "plaintext", "ciphertext", text => "vault:v1:" + Seal(text, Bound(body))),
            _ when path == "/v1/transit/decrypt/fieldkeep" => Transit(request, body, "ciphertext", "plaintext", text => Open(text["vault:v1:".Length..], Bound(body))),
            _ => (404, """{"errors":[]}"""),
        };
    }

    private static (int, string) Kms(JsonObject body, string from, string to, Func<string, string?> does) =>
        body["KeyId"]?.GetValue<string>() != Arn ? (400, """{"__type":"NotFoundException","message":"Key does not exist"}""")
        : does(body[from]?.GetValue<string>() ?? "") is { } text ? (200, new JsonObject { [to] = text, ["KeyId"] = Arn }.ToJsonString())
        : (400, """{"__type":"com.amazonaws.kms#InvalidCiphertextException"}""");

    private static (int, string) Transit(HttpListenerRequest request, JsonObject body, string from, string to, Func<string, string?> does) =>
        request.Headers["X-Vault-Token"] != "s.token" ? (403, """{"errors":["permission denied"]}""")
        : does(body[from]?.GetValue<string>() ?? "") is { } text ? (200, new JsonObject { ["data"] = new JsonObject { [to] = text } }.ToJsonString())
        : (400, """{"errors":["cipher: message authentication failed"]}""");

    private static string Context(JsonObject body) => body["EncryptionContext"]?.ToJsonString() ?? "";

    private static string Bound(JsonObject body) => body["associated_data"]?.GetValue<string>() ?? "";

    private string Seal(string text, string bound)
    {
        using var aes = new AesGcm(_key, 16);
        var plain = Convert.FromBase64String(text);
        var all = new byte[12 + plain.Length + 16];
        RandomNumberGenerator.Fill(all.AsSpan(0, 12));
        aes.Encrypt(all.AsSpan(0, 12), plain, all.AsSpan(12, plain.Length), all.AsSpan(12 + plain.Length), Encoding.UTF8.GetBytes(bound));
        return Convert.ToBase64String(all);
    }

    private string? Open(string text, string bound)
    {
        using var aes = new AesGcm(_key, 16);
        var all = Convert.FromBase64String(text);
        var plain = new byte[all.Length - 28];
        try
        {
            aes.Decrypt(all.AsSpan(0, 12), all.AsSpan(12, plain.Length), all.AsSpan(12 + plain.Length), plain, Encoding.UTF8.GetBytes(bound));
            return Convert.ToBase64String(plain);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
