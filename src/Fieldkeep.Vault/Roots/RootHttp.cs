using System.Net;
using System.Text.Json;

namespace Fieldkeep.Vault.Roots;

/// <summary>Asks a foreign key service: patient with one that is busy, deaf to one that says too much, and silent about what was said.</summary>
internal sealed class RootHttp(string name, HttpMessageHandler handler, ProviderSurroundings surroundings) : IDisposable
{
    private const int MostAnswerBytes = 64 * 1024;
    private const int MostTries = 4;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new(handler) { Timeout = surroundings.Patience, MaxResponseContentBufferSize = MostAnswerBytes };

    /// <summary>Asks, up to four times while the service is busy, and gives the answer.</summary>
    /// <param name="make">Makes the request anew for every try.</param>
    /// <param name="isBusy">Tells from a refusal whether it is worth trying again.</param>
    /// <exception cref="VaultException">ProviderUnreachable, ProviderRefused.</exception>
    public async Task<JsonElement> AskAsync(
        Func<HttpRequestMessage> make, Func<JsonElement, bool> isBusy, Func<JsonElement, string?> explain, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var (status, answer) = await SendAsync(make, cancellationToken);
            if (status == HttpStatusCode.OK)
            {
                return answer;
            }

            var isWorthwhile = status == HttpStatusCode.TooManyRequests || (int)status >= 500 || isBusy(answer);
            if (!isWorthwhile)
            {
                throw new VaultException(
                    VaultFailure.ProviderRefused, $"{name} refused ({(int)status}{(explain(answer) is { } why ? $", {why}" : "")}). Look at its access rules and at the name of the key.");
            }

            if (tries == MostTries)
            {
                throw Unreachable($"it answered {(int)status} {tries} times", null);
            }

            await Task.Delay(FirstPause * (1 << tries), cancellationToken);
        }
    }

    /// <summary>Refuses an address where tokens and the root key would cross the net in the clear: plain http is for this machine alone.</summary>
    /// <exception cref="VaultException">UnknownFormat.</exception>
    public static Uri RequireSafe(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
            ? uri
            : throw new VaultException(
                VaultFailure.UnknownFormat, $"“{address}” is no address that a root key may travel to. Give one that begins with https://; http:// is for this machine alone.");

    /// <summary>Reads base64 of an answer.</summary>
    /// <exception cref="VaultException">ProviderRefused.</exception>
    public static byte[] Base64(string text, string name)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new VaultException(VaultFailure.ProviderRefused, $"What {name} gave is no base64.");
        }
    }

    /// <summary>Gives a text of an answer.</summary>
    /// <exception cref="VaultException">ProviderRefused.</exception>
    public string TextOf(JsonElement answer, params ReadOnlySpan<string> path)
    {
        foreach (var member in path)
        {
            if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty(member, out answer))
            {
                throw new VaultException(VaultFailure.ProviderRefused, $"The answer of {name} has no “{member}”. Is it the service that it should be?");
            }
        }

        return answer.ValueKind == JsonValueKind.String && answer.GetString() is { Length: > 0 } text
            ? text
            : throw new VaultException(VaultFailure.ProviderRefused, $"The answer of {name} is not of the right kind. Is it the service that it should be?");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode Status, JsonElement Answer)> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        try
        {
            using var request = make();
            using var response = await _http.SendAsync(request, cancellationToken);
            var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return (response.StatusCode, Read(response.StatusCode, bytes));
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException
            || (problem is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Unreachable(problem is OperationCanceledException ? "it did not answer in time" : problem.Message, problem);
        }
    }

    // Whoever stands before the service answers in pages of their own when it is busy: what was refused is told by the status then.
    private JsonElement Read(HttpStatusCode status, byte[] answer)
    {
        try
        {
            return answer.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(answer);
        }
        catch (JsonException)
        {
            return status == HttpStatusCode.OK ? throw Unreachable("its answer is cut off, or not of its kind", null) : default;
        }
    }

    private VaultException Unreachable(string why, Exception? cause) =>
        new(VaultFailure.ProviderUnreachable, $"{name} cannot be asked for the root key: {why}.", cause);
}
