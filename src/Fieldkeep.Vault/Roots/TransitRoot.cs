using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Roots;

/// <summary>A root key wrapped by the transit engine of HashiCorp Vault, bound to the installation as associated data.</summary>
/// <remarks>
/// The token comes from <c>VAULT_TOKEN</c> or the file in <c>VAULT_TOKEN_FILE</c>; a namespace from <c>VAULT_NAMESPACE</c>; the authority that signed its certificate from
/// <c>VAULT_CACERT</c>.
/// </remarks>
internal sealed class TransitRoot(string address, ProviderSurroundings surroundings) : IRootKeyProvider
{
    private readonly (Uri Base, string Mount, string Key) _place = Parse(address);

    /// <inheritdoc/>
    public string Name => $"vault:{address}";

    /// <inheritdoc/>
    public async Task<RootSlip> WrapAsync(RootKey root, Guid installation, CancellationToken cancellationToken)
    {
        var body = new { plaintext = Convert.ToBase64String(root.Secret.Span), associated_data = BindingOf(installation) };
        return new RootSlip(Name, root.Fingerprint) { Wrapped = await AskAsync("encrypt", body, "ciphertext", cancellationToken) };
    }

    /// <inheritdoc/>
    public async Task<RootKey> OpenAsync(RootSlip slip, Guid installation, CancellationToken cancellationToken)
    {
        var body = new { ciphertext = slip.Wrapped, associated_data = BindingOf(installation) };
        var bytes = RootHttp.Base64(await AskAsync("decrypt", body, "plaintext", cancellationToken), Name);
        try
        {
            return RootKey.FromSecret(bytes, Name);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static string BindingOf(Guid installation) => Convert.ToBase64String(installation.ToByteArray(bigEndian: true));

    private static (Uri Base, string Mount, string Key) Parse(string address)
    {
        var parts = Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri.UserInfo.Length == 0 && uri.Query.Length == 0
            ? uri.AbsolutePath.Trim('/').Split('/')
            : [];
        return uri is not null && parts.Length >= 2 && parts.All(part => part.Length > 0)
            ? (RootHttp.RequireSafe(uri.GetLeftPart(UriPartial.Authority)), string.Join('/', parts[..^1]), parts[^1])
            : throw new VaultException(
                VaultFailure.UnknownFormat, $"“{address}” is no address of a transit key. Give one like https://vault.example.org:8200/transit/fieldkeep");
    }

    private async Task<string> AskAsync<T>(string operation, T body, string member, CancellationToken cancellationToken)
    {
        var token = await TokenAsync(cancellationToken);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body);
        using var http = new RootHttp(Name, Handler(), surroundings);
        var answer = await http.AskAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_place.Base, $"/v1/{_place.Mount}/{operation}/{_place.Key}"))
                {
                    Content = new ByteArrayContent(bytes),
                };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                request.Headers.TryAddWithoutValidation("X-Vault-Token", token);
                request.Headers.TryAddWithoutValidation("X-Vault-Request", "true");
                if (surroundings.Variable("VAULT_NAMESPACE") is { Length: > 0 } space)
                {
                    request.Headers.TryAddWithoutValidation("X-Vault-Namespace", space);
                }

                return request;
            },
            _ => false,
            _ => null, // What it says of a refusal may quote what was sent.
            cancellationToken);
        return http.TextOf(answer, "data", member);
    }

    private async Task<string> TokenAsync(CancellationToken cancellationToken)
    {
        if (surroundings.Variable("VAULT_TOKEN") is { Length: > 0 } token)
        {
            return token;
        }

        return surroundings.Variable("VAULT_TOKEN_FILE") is { Length: > 0 } file && File.Exists(file)
            ? (await File.ReadAllTextAsync(file, cancellationToken)).Trim()
            : throw new VaultException(VaultFailure.RootKeyMissing, $"The root key is wrapped by {Name}, and there is neither VAULT_TOKEN nor a file VAULT_TOKEN_FILE.");
    }

    private SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        if (surroundings.Variable("VAULT_CACERT") is { Length: > 0 } authority)
        {
            var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            chain.CustomTrustStore.ImportFromPemFile(authority);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = chain };
        }

        return handler;
    }
}
