using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Tokens;

/// <summary>The refusals of tokens and app passwords.</summary>
internal static class TokenProblems
{
    /// <summary>A good token from a network it was not made for.</summary>
    public static ProblemException NetworkRefused(string? address) =>
        new("token.network_refused", 403, $"This token may not be used from {address ?? "here"}. Its owner can make one that may.");

    /// <summary>A token at an address that changes something no token may.</summary>
    public static ProblemException NotHere() =>
        new("token.not_here", 403, "A token cannot do this: accounts, sessions, tokens and links to exports are managed by people who are signed in.");

    /// <summary>A request that must come from someone signed in, and came by a token or a password in the request.</summary>
    public static ProblemException SessionNeeded() =>
        new("session.needed", 403, "Sign in at the web page for this; tokens and app passwords cannot do it.");

    /// <summary>Words that allow nothing known, or none.</summary>
    public static ProblemException ScopesInvalid() =>
        new("token.scopes_invalid", 422, $"“scopes” names at least one of {string.Join(", ", TokenScopes.Names)}.");

    /// <summary>Projects that are not there, or too many; an app password needs exactly one.</summary>
    public static ProblemException ProjectsInvalid() =>
        new("token.projects_invalid", 422, $"“projects” names up to {CreateAccessToken.MostProjects} projects that you can see; an app password exactly one.");

    /// <summary>A network that is none, or too many.</summary>
    public static ProblemException NetworksInvalid() =>
        new("token.networks_invalid", 422, $"“networks” lists up to {CreateAccessToken.MostNetworks} addresses such as 192.0.2.7 or networks such as 192.0.2.0/24 and 2001:db8::/32.");

    /// <summary>A time that is over, or too long.</summary>
    public static ProblemException ExpiryInvalid() =>
        new("token.expiry_invalid", 422, $"“days” is a number from 1 to {CreateAccessToken.MostDays}.");

    /// <summary>More tokens than anyone keeps an eye on.</summary>
    public static ProblemException TooMany() =>
        new("token.too_many", 409, $"You have {CreateAccessToken.MostTokens} tokens and app passwords. Revoke those that are not used any more.");

    /// <summary>No such token of this person.</summary>
    public static ProblemException Unknown() => new("token.not_found", 404, "You have no such token.");
}
