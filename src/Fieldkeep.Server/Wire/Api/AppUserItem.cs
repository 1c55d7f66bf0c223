using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Accounts;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A phone that may submit to a project.</summary>
/// <param name="LastUsed">When it last asked for anything; null when never.</param>
internal sealed record AppUserItem(long Id, string DisplayName, DateTimeOffset CreatedAt, DateTimeOffset? LastUsed, bool Revoked)
{
    /// <summary>Shows an app user.</summary>
    public static AppUserItem Of(AppUser appUser) => new(
        appUser.Id.Value, appUser.DisplayName, appUser.CreatedAt, appUser.LastUsedAt, appUser.RevokedAt is not null);
}

/// <summary>An app user just made.</summary>
/// <param name="Token">Its secret, shown this once.</param>
internal sealed record CreatedAppUser(long Id, string DisplayName, string Token, SettingsQr Qr);

/// <summary>An app user to be made.</summary>
internal sealed record NewAppUserBody([property: Required] string? DisplayName);

/// <summary>A code that brings a phone its settings.</summary>
/// <param name="Svg">The picture, an SVG document.</param>
/// <param name="Settings">What the picture says, as ODK Collect reads it.</param>
internal sealed record SettingsQr(string Svg, JsonObject Settings)
{
    /// <summary>Draws the code for an address.</summary>
    public static SettingsQr Of(string address, string name)
    {
        var settings = CollectSettings.Of(address, name);
        return new SettingsQr(CollectSettings.DrawSvg(CollectSettings.Encode(settings)), settings);
    }
}
