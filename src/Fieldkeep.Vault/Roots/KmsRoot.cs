using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Roots;

/// <summary>A root key wrapped by AWS KMS (<c>Encrypt</c>, <c>Decrypt</c>), bound to the installation by its encryption context.</summary>
/// <remarks>
/// Credentials come from <c>AWS_ACCESS_KEY_ID</c>, <c>AWS_SECRET_ACCESS_KEY</c> and <c>AWS_SESSION_TOKEN</c>; another endpoint from <c>AWS_ENDPOINT_URL_KMS</c> or
/// <c>AWS_ENDPOINT_URL</c>.
/// </remarks>
internal sealed class KmsRoot(string arn, ProviderSurroundings surroundings) : IRootKeyProvider
{
    private static readonly string[] Busy = ["ThrottlingException", "LimitExceededException", "KMSInternalException", "DependencyTimeoutException"];

    private readonly string _region = arn.Split(':') is ["arn", _, "kms", { Length: > 0 } region, _, { Length: > 4 } key]
        && key.StartsWith("key/", StringComparison.Ordinal) && region.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')
        ? region // It becomes part of a host's name: nothing but what regions are called by gets there.
        : throw new VaultException(VaultFailure.UnknownFormat, $"“{arn}” is no ARN of a key. Give one like arn:aws:kms:eu-west-1:111122223333:key/…");

    /// <inheritdoc/>
    public string Name => $"aws-kms:{arn}";

    /// <inheritdoc/>
    public async Task<RootSlip> WrapAsync(RootKey root, Guid installation, CancellationToken cancellationToken)
    {
        var plain = Convert.ToBase64String(root.Secret.Span);
        var wrapped = await AskAsync("Encrypt", new { KeyId = arn, Plaintext = plain, EncryptionContext = ContextOf(installation) }, "CiphertextBlob", cancellationToken);
        return new RootSlip(Name, root.Fingerprint) { Wrapped = wrapped };
    }

    /// <inheritdoc/>
    public async Task<RootKey> OpenAsync(RootSlip slip, Guid installation, CancellationToken cancellationToken)
    {
        var text = await AskAsync(
            "Decrypt", new { KeyId = arn, CiphertextBlob = slip.Wrapped, EncryptionContext = ContextOf(installation) }, "Plaintext", cancellationToken);
        var bytes = RootHttp.Base64(text, Name);
        try
        {
            return RootKey.FromSecret(bytes, Name);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static Dictionary<string, string> ContextOf(Guid installation) =>
        new(StringComparer.Ordinal) { ["fieldkeep-installation"] = installation.ToString() };

    private async Task<string> AskAsync<T>(string operation, T body, string member, CancellationToken cancellationToken)
    {
        var credentials = new AwsCredentials(Require("AWS_ACCESS_KEY_ID"), Require("AWS_SECRET_ACCESS_KEY"), surroundings.Variable("AWS_SESSION_TOKEN"));
        var endpoint = surroundings.Variable("AWS_ENDPOINT_URL_KMS") ?? surroundings.Variable("AWS_ENDPOINT_URL") ?? $"https://kms.{_region}.amazonaws.com/";
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body);
        using var http = new RootHttp(Name, new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }, surroundings);
        var answer = await http.AskAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, new Uri(RootHttp.RequireSafe(endpoint), "/")) { Content = new ByteArrayContent(bytes) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1");
                request.Headers.TryAddWithoutValidation("X-Amz-Target", $"TrentService.{operation}");
                AwsSignature.Sign(request, bytes, credentials, _region, "kms", surroundings.Clock.GetUtcNow());
                return request;
            },
            refusal => Busy.Contains(TypeOf(refusal), StringComparer.Ordinal),
            TypeOf,
            cancellationToken);
        return http.TextOf(answer, member);
    }

    // Its message may quote what was sent; its type does not.
    private static string? TypeOf(JsonElement refusal) =>
        refusal.ValueKind == JsonValueKind.Object && refusal.TryGetProperty("__type", out var type) && type.ValueKind == JsonValueKind.String
            ? type.GetString()?.Split('#')[^1]
            : null;

    private string Require(string variable) => surroundings.Variable(variable) is { Length: > 0 } value
        ? value
        : throw new VaultException(VaultFailure.RootKeyMissing, $"The root key is wrapped by {Name}, and {variable} is not set in the environment.");
}
