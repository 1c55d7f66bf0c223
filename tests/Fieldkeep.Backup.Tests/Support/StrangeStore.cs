using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Fieldkeep.Backup.Objects;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A store in memory that answers as a test wants: refuses, hangs, cuts off, redirects, keeps other bytes than were sent.</summary>
internal sealed class StrangeStore : IAsyncDisposable
{
    /// <summary>The secret of its credentials, which must be nowhere.</summary>
    public const string Secret = "Zubaydah-of-tent-4711";

    /// <summary>What tests put there, mostly.</summary>
    public const string Content = "what was sent";

    /// <summary>The digest of <see cref="Content"/>.</summary>
    public static readonly string Digest = StoreSource.HashOf(Encoding.UTF8.GetBytes(Content));

    private readonly HttpListener _listener = new();
    private readonly ScratchFolder _folder = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _run;
    private readonly int _port;

    public StrangeStore()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/"));
        _listener.Start();
        File.WriteAllText(Credentials, $"[default]\naws_access_key_id = somebody\naws_secret_access_key = {Secret}\n");
        _run = ServeAsync();
    }

    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>All that was asked: method, address, headers.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Answers instead of the store; false to let it answer.</summary>
    public Func<HttpListenerContext, Task<bool>> Answer { get; set; } = _ => Task.FromResult(false);

    /// <summary>What is kept of what was sent.</summary>
    public Func<byte[], byte[]> Keep { get; set; } = bytes => bytes;

    public string Credentials => Path.Combine(_folder.Path, "credentials");

    public ObjectStoreOptions Options => ObjectStoreOptions.Read("s3://bucket/here", Url, null, Credentials) with
    {
        LookEvery = TimeSpan.FromMilliseconds(50),
        LongestPause = TimeSpan.FromMilliseconds(200),
        Patience = TimeSpan.FromSeconds(20),
    };

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}");

    /// <summary><see cref="Content"/>, to be sent.</summary>
    public static MemoryStream Sent() => new(Encoding.UTF8.GetBytes(Content), writable: false);

    /// <summary>A number of blobs by their names.</summary>
    public static Dictionary<string, byte[]> BlobsOf(int count) =>
        Enumerable.Range(0, count).Select(BitConverter.GetBytes).ToDictionary(bytes => StoreSource.HashOf(bytes), StringComparer.Ordinal);

    /// <summary>Writes an answer.</summary>
    public static async Task<bool> SayAsync(HttpListenerContext call, int status, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        (call.Response.StatusCode, call.Response.ContentLength64, call.Response.ContentType) = (status, bytes.Length, "application/xml");
        if (call.Request.HttpMethod != "HEAD")
        {
            await call.Response.OutputStream.WriteAsync(bytes, CancellationToken.None);
        }

        call.Response.Close();
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Close();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
        _folder.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            var call = await _listener.GetContextAsync();
            _ = AnswerAsync(call);
        }
    }

    private async Task AnswerAsync(HttpListenerContext call)
    {
        await Task.Yield();
        Asked.Enqueue($"{call.Request.HttpMethod} {call.Request.RawUrl} {call.Request.Headers}");
        try
        {
            if (!await Answer(call))
            {
                await StoreAsync(call);
            }
        }
        catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // Whoever asked went away.
        }
    }

    private async Task StoreAsync(HttpListenerContext call)
    {
        var key = Uri.UnescapeDataString(call.Request.Url!.AbsolutePath)["/bucket".Length..].TrimStart('/');
        switch (call.Request.HttpMethod)
        {
            case "PUT":
                using (var body = new MemoryStream())
                {
                    await call.Request.InputStream.CopyToAsync(body, CancellationToken.None);
                    if (call.Request.Headers["If-None-Match"] == "*" && Objects.ContainsKey(key))
                    {
                        await SayAsync(call, 412, "<Error><Code>PreconditionFailed</Code></Error>");
                        return;
                    }

                    Objects[key] = Keep(body.ToArray());
                }

                await SayAsync(call, 200, "");
                break;
            case "GET" when key.Length == 0:
                var prefix = call.Request.QueryString["prefix"] ?? "";
                var found = Objects.Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(one => one.Key, StringComparer.Ordinal);
                if (call.Request.QueryString["delimiter"] == "/")
                {
                    var folders = found.Select(one => one.Key[prefix.Length..].Split('/')).Where(steps => steps.Length > 1).Select(steps => steps[0]).Distinct(StringComparer.Ordinal);
                    await SayAsync(call, 200, "<ListBucketResult><IsTruncated>false</IsTruncated>"
                        + string.Concat(folders.Select(folder => $"<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>")) + "</ListBucketResult>");
                    return;
                }

                await SayAsync(call, 200, "<ListBucketResult><IsTruncated>false</IsTruncated>"
                    + string.Concat(found.Select(one => $"<Contents><Key>{one.Key}</Key><LastModified>2026-11-22T10:00:00.000Z</LastModified><Size>{one.Value.Length}</Size></Contents>"))
                    + "</ListBucketResult>");
                break;
            default:
                if (!Objects.TryGetValue(key, out var bytes))
                {
                    await SayAsync(call, 404, "<Error><Code>NoSuchKey</Code></Error>");
                    return;
                }

                call.Response.ContentLength64 = bytes.Length;
                if (call.Request.HttpMethod == "GET")
                {
                    await call.Response.OutputStream.WriteAsync(bytes, CancellationToken.None);
                }

                call.Response.Close();
                break;
        }
    }
}
