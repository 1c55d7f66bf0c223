using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Accounts;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A link by which anyone may fill in a form, without its secret.</summary>
/// <param name="Once">Whether each respondent shall answer only once; a wish that web forms honour, not a lock.</param>
/// <param name="CreatedBy">Who made it; null when it is not known.</param>
internal sealed record PublicLinkItem(
    long Id, string DisplayName, bool Once, DateTimeOffset CreatedAt, string? CreatedBy, bool Revoked)
{
    /// <summary>Shows a link.</summary>
    public static PublicLinkItem Of(PublicLink link, IReadOnlyDictionary<long, string> names) => new(
        link.Id.Value,
        link.DisplayName,
        link.Once,
        link.CreatedAt,
        names.GetValueOrDefault(link.CreatedBy),
        link.RevokedAt is not null);
}

/// <summary>A public link just made.</summary>
/// <param name="Token">Its secret, shown this once.</param>
/// <param name="Url">What to give ODK Collect as the server's address.</param>
internal sealed record CreatedPublicLink(long Id, string DisplayName, string Token, string Url, SettingsQr Qr)
{
    /// <inheritdoc/>
    public override string ToString() => $"CreatedPublicLink {{ {Id} }}";
}

/// <summary>A public link to be made.</summary>
/// <param name="Once">Whether each respondent shall answer only once. Default: false.</param>
internal sealed record NewPublicLinkBody([property: Required] string? DisplayName, bool? Once);
