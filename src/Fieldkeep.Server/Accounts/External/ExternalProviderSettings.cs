namespace Fieldkeep.Server.Accounts.External;

/// <summary>Another provider that people may sign in with: OpenID Connect, authorization code with PKCE.</summary>
public sealed record ExternalProviderSettings
{
    /// <summary>Its issuer, such as <c>https://login.example.org/realms/relief</c>; https, or http on this machine.</summary>
    public required Uri Issuer { get; init; }

    /// <summary>The name this server has there.</summary>
    public required string ClientId { get; init; }

    /// <summary>The file whose first line is the secret; null for a public client. Read at each sign-in.</summary>
    public string? ClientSecretFile { get; init; }

    /// <summary>What people call it: “Sign in with …”.</summary>
    public string Name { get; init; } = "your organisation";

    /// <summary>Says what is unusable in these settings; null when all is well.</summary>
    public string? FindFault() => IsSafe(Issuer) && Issuer is { Query: "", Fragment: "" }
        ? ClientId.Length is > 0 and <= 255 ? null : "the client id is empty or too long"
        : $"“{Issuer}” is no https address of an issuer";

    /// <summary>Tells whether secrets may be sent to an address: only over https, or to this machine.</summary>
    internal static bool IsSafe(Uri address) =>
        address.IsAbsoluteUri && address.UserInfo.Length == 0
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));
}
