using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;
using Fieldkeep.Vault.Signatures;

namespace Fieldkeep.Server.Witnesses;

/// <summary>Sends a checkpoint as a signed request: docs/formats/ledger.md, “Webhook”.</summary>
/// <remarks>No redirects, no cookies, no proxy, nothing read of the answer but its status: the other side learns and gets nothing beyond the request.</remarks>
internal sealed class CheckpointHook : IDisposable
{
    /// <summary>The header that carries the time and the signature.</summary>
    public const string SignatureHeader = "Fieldkeep-Signature";

    private const int MostHeaderKilobytes = 16;

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Keyring _keyring;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    /// <summary>Makes it.</summary>
    public CheckpointHook(Keyring keyring, WitnessSettings settings, TimeProvider clock)
    {
        _keyring = keyring;
        _clock = clock;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = ConnectPatience,
            MaxResponseHeadersLength = MostHeaderKilobytes,
            PooledConnectionIdleTimeout = TimeSpan.Zero,
            ConnectCallback = (context, cancellationToken) => HookAddress.ConnectAsync(context.DnsEndPoint, settings.MayBePrivate, cancellationToken),
        };
        _http = new HttpClient(handler) { Timeout = Patience };
    }

    /// <summary>Sends one; gives null when it was taken, else why not.</summary>
    public async Task<string?> SendAsync(WitnessPlace place, CheckpointRow checkpoint, CancellationToken cancellationToken)
    {
        if (place.Secret is not { } secret)
        {
            return "unreadable";
        }

        var body = BodyOf(checkpoint);
        using var request = new HttpRequestMessage(HttpMethod.Post, place.Address) { Content = new ByteArrayContent(body) };
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
                (System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.HostNotFound or System.Net.Sockets.SocketError.TryAgain }, _) => "name",
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

    private byte[] BodyOf(CheckpointRow checkpoint) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        kind = "checkpoint",
        origin = Checkpoint.OriginOf(_keyring.InstallationId),
        publicKey = Convert.ToBase64String(_keyring.LedgerSigningKey.PublicKey),
        size = checkpoint.Size,
        root = Convert.ToBase64String(checkpoint.Root),
        at = checkpoint.At,
        note = checkpoint.Note,
    });
}
