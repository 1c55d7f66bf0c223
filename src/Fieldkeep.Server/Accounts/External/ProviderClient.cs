using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts.External;

/// <summary>Asks the provider: its addresses and keys, kept for an hour, and an ID token for a code.</summary>
internal sealed partial class ProviderClient(ExternalProviderSettings? settings, TimeProvider clock, ILogger<ProviderClient> log) : IDisposable
{
    private const int MostBytes = 256 * 1024;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    // Whoever sends tokens with unknown keys must not make us ask again and again.
    private static readonly TimeSpan KeptAtLeast = TimeSpan.FromMinutes(1);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = true })
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = MostBytes,
    };

    private readonly SemaphoreSlim _asking = new(1);
    private Known? _known;

    /// <summary>The provider.</summary>
    /// <exception cref="ProblemException"><c>external.none</c>.</exception>
    public ExternalProviderSettings Settings => settings ?? throw ExternalProblems.NoProvider();

    /// <summary>Whether there is one.</summary>
    public bool IsThere => settings is not null;

    /// <summary>Gives the provider's addresses and keys.</summary>
    /// <param name="isAnew">Asks again, unless that was done a minute ago.</param>
    /// <exception cref="ProblemException"><c>external.none</c>, <c>external.unavailable</c>.</exception>
    public async Task<ProviderAnswers> DiscoverAsync(bool isAnew, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            var now = clock.GetUtcNow();
            if (_known is { } known && now - known.At < (isAnew ? KeptAtLeast : Kept))
            {
                return known.Answers;
            }

            var answers = await AskAsync(Settings, cancellationToken);
            _known = new Known(now, answers);
            return answers;
        }
        catch (Exception problem) when (IsOutage(problem, cancellationToken))
        {
            LogOutage(log, problem.GetType().Name, problem is ProviderFault ? problem.Message : "");
            throw ExternalProblems.Unavailable();
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Changes a code for an ID token; null when the provider refuses it.</summary>
    /// <exception cref="ProblemException"><c>external.unavailable</c>.</exception>
    public async Task<string?> RedeemAsync(
        Uri endpoint, string code, string verifier, string redirect, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
            var form = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = redirect,
                ["client_id"] = Settings.ClientId,
                ["code_verifier"] = verifier,
            };
            if (Settings.ClientSecretFile is { } file)
            {
                var secret = await File.ReadLinesAsync(file, cancellationToken).FirstOrDefaultAsync(cancellationToken) ?? "";
                var pair = $"{Uri.EscapeDataString(Settings.ClientId)}:{Uri.EscapeDataString(secret)}";
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
            }

            request.Content = new FormUrlEncodedContent(form);
            using var response = await _http.SendAsync(request, cancellationToken);
            if ((int)response.StatusCode is >= 400 and < 500)
            {
                return null;
            }

            using var answer = await ReadAsync(response, cancellationToken);
            return Text(answer.RootElement, "id_token");
        }
        catch (Exception problem) when (IsOutage(problem, cancellationToken))
        {
            LogOutage(log, problem.GetType().Name, problem is ProviderFault ? problem.Message : "");
            throw ExternalProblems.Unavailable();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _asking.Dispose();
    }

    private async Task<ProviderAnswers> AskAsync(ExternalProviderSettings provider, CancellationToken cancellationToken)
    {
        var issuer = provider.Issuer.OriginalString.TrimEnd('/');
        using var found = await GetAsync(new Uri($"{issuer}/.well-known/openid-configuration"), cancellationToken);
        var stated = Text(found.RootElement, "issuer");
        if (stated?.TrimEnd('/') != issuer)
        {
            throw new ProviderFault("it calls itself by another issuer than the settings do");
        }

        var keys = AddressOf(found.RootElement, "jwks_uri");
        using var set = await GetAsync(keys, cancellationToken);
        return new ProviderAnswers(
            stated, AddressOf(found.RootElement, "authorization_endpoint"), AddressOf(found.RootElement, "token_endpoint"), set.RootElement.GetRawText());
    }

    private async Task<JsonDocument> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(address, cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new ProviderFault($"it answered {(int)response.StatusCode}");
        }

        var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        document.Dispose();
        throw new ProviderFault("its answer is no JSON object");
    }

    private static Uri AddressOf(JsonElement found, string name) =>
        Uri.TryCreate(Text(found, name), UriKind.Absolute, out var address) && ExternalProviderSettings.IsSafe(address)
            ? address
            : throw new ProviderFault($"its “{name}” is no https address");

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsOutage(Exception problem, CancellationToken cancellationToken) =>
        problem is HttpRequestException or JsonException or ProviderFault or IOException
        || (problem is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    [LoggerMessage(1, LogLevel.Warning, "the sign-in provider cannot be used ({Failure}): {Reason}")]
    private static partial void LogOutage(ILogger log, string failure, string reason);

    private sealed record Known(DateTimeOffset At, ProviderAnswers Answers);

    private sealed class ProviderFault(string message) : Exception(message);
}

/// <summary>Where the provider is asked, and by which keys it signs.</summary>
/// <param name="Issuer">As it writes itself.</param>
/// <param name="Keys">A JSON Web Key Set.</param>
internal sealed record ProviderAnswers(string Issuer, Uri Authorization, Uri Token, string Keys);
