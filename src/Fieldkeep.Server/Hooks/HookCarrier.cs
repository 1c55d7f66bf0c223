using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Fieldkeep.Vault.Signatures;

namespace Fieldkeep.Server.Hooks;

/// <summary>Sends a signed request to a webhook: docs/formats/ledger.md, “Webhook”.</summary>
/// <remarks>No redirects, no cookies, no proxy, nothing read of the answer but its status: the other side learns and gets nothing beyond the request.</remarks>
internal sealed class HookCarrier : IDisposable
{
    /// <summary>The header that carries the time and the signature.</summary>
    public const string SignatureHeader = "Fieldkeep-Signature";

    private const int MostHeaderKilobytes = 16;

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    /// <summary>Makes it.</summary>
    public HookCarrier(HookSettings settings, TimeProvider clock)
    {
        _clock = clock;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = ConnectPatience,
            MaxResponseHeadersLength = MostHeaderKilobytes,
            PooledConnectionIdleTimeout = TimeSpan.Zero,

            // Requests of the server itself carry no context of traces to others.
            ActivityHeadersPropagator = null,
            ConnectCallback = (context, cancellationToken) => HookAddress.ConnectAsync(context.DnsEndPoint, settings.MayBePrivate, cancellationToken),
        };
        _http = new HttpClient(handler) { Timeout = Patience };
    }

    /// <summary>Sends a body of JSON; gives null when it was taken, else why not, in one or two words.</summary>
    public async Task<string?> SendAsync(string address, string secret, byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Fieldkeep", null));
        request.Headers.Add(SignatureHeader, HookSignature.Of(secret, _clock.GetUtcNow(), body));
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"status {(int)answer.StatusCode}");
        }
        catch (HttpRequestException problem)
        {
            return (problem.InnerException, problem.HttpRequestError) switch
            {
                (ClosedAddressException, _) => "private",
                (_, HttpRequestError.NameResolutionError) => "name",
                (_, HttpRequestError.SecureConnectionError) => "certificate",
                (SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain }, _) => "name",
                _ => "connection",
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "timeout";
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
