using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Accounts.External;

/// <summary>Begins a sign-in by the provider: where to send the browser, and what it must bring back.</summary>
internal sealed class BeginExternalSignIn(ProviderClient provider, ExternalAttempts attempts, MailLinks links)
{
    /// <summary>Where the provider sends browsers back to; registered there.</summary>
    public const string CallbackPath = "/api/session/external/callback";

    /// <summary>Begins it. State, nonce and PKCE (S256) are fresh 256-bit values.</summary>
    /// <exception cref="ProblemException"><c>external.none</c>, <c>external.unavailable</c>.</exception>
    public async Task<ExternalJourney> RunAsync(Actor _, CancellationToken cancellationToken)
    {
        var settings = provider.Settings;
        var found = await provider.DiscoverAsync(isAnew: false, cancellationToken);
        var (state, nonce, verifier, browser) = (SecretToken.Create(), SecretToken.Create(), SecretToken.Create(), SecretToken.Create());
        await attempts.BeginAsync(state, browser, new AttemptSecrets(nonce, verifier, null, null), cancellationToken);
        var query = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["response_type"] = "code",
            ["client_id"] = settings.ClientId,
            ["redirect_uri"] = links.Of(CallbackPath),
            ["scope"] = "openid email",
            ["state"] = state,
            ["nonce"] = nonce,
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        };
        var written = string.Join('&', query.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
        var joint = found.Authorization.Query.Length > 0 ? '&' : '?';
        return new ExternalJourney(new Uri($"{found.Authorization.OriginalString}{joint}{written}"), browser);
    }
}

/// <summary>Where the browser goes, and the secret it keeps meanwhile.</summary>
internal sealed record ExternalJourney(Uri To, string Browser)
{
    /// <inheritdoc/>
    public override string ToString() => "ExternalJourney";
}
