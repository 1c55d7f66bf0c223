using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Wire.Shared.Passkeys;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>The second factors of an account.</summary>
/// <param name="TotpSince">Since when it has an authenticator app; null when it has none.</param>
/// <param name="RecoveryCodesLeft">How many recovery codes are still good; null without a factor.</param>
/// <param name="IsNeeded">Whether the account must have a factor.</param>
/// <param name="ResetDueAt">When a reset that an administrator asked for takes the factors off; null when none waits.</param>
internal sealed record FactorsItem(
    DateTimeOffset? TotpSince, IReadOnlyList<PasskeyItem> Passkeys, int? RecoveryCodesLeft, bool IsNeeded, DateTimeOffset? ResetDueAt);

/// <summary>A passkey.</summary>
/// <param name="IsBackedUp">Whether its owner's devices share it.</param>
/// <param name="LastUsedAt">When it last signed someone in; null when never.</param>
internal sealed record PasskeyItem(long Id, string Name, bool IsBackedUp, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt)
{
    /// <summary>Shows a passkey.</summary>
    public static PasskeyItem Of(Passkey passkey) =>
        new(passkey.Id, passkey.Name, passkey.IsBackedUp, passkey.CreatedAt, passkey.LastUsedAt);
}

/// <summary>A new authenticator app's secret.</summary>
/// <param name="Secret">In Base32, to type where no camera is.</param>
/// <param name="Address">What the picture says (<c>otpauth://</c>).</param>
/// <param name="Svg">The picture, an SVG document.</param>
internal sealed record NewTotpItem(string Secret, string Address, string Svg)
{
    /// <summary>Draws the code. Apps show it under the server's name and the person's address.</summary>
    public static NewTotpItem Of(ReadOnlySpan<byte> secret, string email, string server)
    {
        var text = Base32.Of(secret);
        var issuer = Uri.EscapeDataString($"Fieldkeep {server}");
        var address = $"otpauth://totp/{issuer}:{Uri.EscapeDataString(email)}?secret={text}&issuer={issuer}&algorithm=SHA1&digits=6&period=30";
        return new NewTotpItem(text, address, CollectSettings.DrawSvg(address));
    }

    /// <inheritdoc/>
    public override string ToString() => "NewTotpItem";
}

/// <summary>A code of the authenticator app.</summary>
internal sealed record TotpBody([property: Required] string? Code)
{
    /// <inheritdoc/>
    public override string ToString() => "TotpBody";
}

/// <summary>New recovery codes, shown this once.</summary>
internal sealed record RecoveryCodesItem(IReadOnlyList<string> Codes)
{
    /// <inheritdoc/>
    public override string ToString() => "RecoveryCodesItem";
}

/// <summary>A passkey to be registered.</summary>
internal sealed record NewPasskeyBody([property: Required] string? Name, [property: Required] PasskeyAnswer? Passkey);

/// <summary>A passkey just registered.</summary>
/// <param name="RecoveryCodes">Shown this once, when it is the account's first factor; else empty.</param>
internal sealed record NewPasskeyItem(long Id, IReadOnlyList<string> RecoveryCodes)
{
    /// <inheritdoc/>
    public override string ToString() => $"NewPasskeyItem {{ {Id} }}";
}

/// <summary>Another name for a passkey.</summary>
internal sealed record PasskeyNameBody([property: Required] string? Name);
