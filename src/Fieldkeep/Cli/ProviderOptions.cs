using System.CommandLine;
using Fieldkeep.Server.Accounts.External;

namespace Fieldkeep.Cli;

/// <summary>Declares another provider that people may sign in with (OpenID Connect).</summary>
internal static class ProviderOptions
{
    private static readonly Option<string?> Issuer = Text(
        "--oidc-issuer", "URL", "A provider that people may sign in with, by its issuer. FIELDKEEP_OIDC_ISSUER. Default: none");

    private static readonly Option<string?> ClientId = Text(
        "--oidc-client-id", "NAME", "The name of this server there. FIELDKEEP_OIDC_CLIENT_ID");

    private static readonly Option<string?> ClientSecretFile = Text(
        "--oidc-client-secret-file", "FILE", "A file whose first line is the secret; none for a public client. FIELDKEEP_OIDC_CLIENT_SECRET_FILE");

    private static readonly Option<string?> Name = Text(
        "--oidc-name", "TEXT", "What people call it: “Sign in with …”. FIELDKEEP_OIDC_NAME. Default: its host");

    /// <summary>All of them.</summary>
    public static IEnumerable<Option> All => [Issuer, ClientId, ClientSecretFile, Name];

    /// <summary>The provider; null when there is none.</summary>
    /// <exception cref="CommandException">A setting is unusable.</exception>
    public static ExternalProviderSettings? Of(ParseResult parsed)
    {
        if (Settings.TextOf(parsed, Issuer) is not { } text)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var issuer))
        {
            throw Refused($"“{text}” given for {Issuer.Name} is no address");
        }

        var provider = new ExternalProviderSettings
        {
            Issuer = issuer,
            ClientId = Settings.TextOf(parsed, ClientId) ?? throw Refused($"{Issuer.Name} is given without {ClientId.Name}"),
            ClientSecretFile = Settings.TextOf(parsed, ClientSecretFile),
            Name = Settings.TextOf(parsed, Name) ?? issuer.Host,
        };
        return provider.FindFault() is { } fault ? throw Refused(fault) : provider;
    }

    private static CommandException Refused(string what) =>
        new(ExitCodes.Usage, what, "give the issuer as https://login.example.org and the client id that the provider shows");

    private static Option<string?> Text(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };
}
