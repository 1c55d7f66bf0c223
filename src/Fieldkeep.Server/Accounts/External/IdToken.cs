using System.Text.Json;

namespace Fieldkeep.Server.Accounts.External;

/// <summary>Checks what a signed ID token claims (OpenID Connect Core 1.0, 3.1.3.7).</summary>
internal static class IdToken
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Oldest = TimeSpan.FromMinutes(10);

    /// <summary>Gives whom the token is about; null when any claim does not hold.</summary>
    public static ExternalPerson? Check(ReadOnlyMemory<byte> payload, string issuer, string clientId, string nonce, DateTimeOffset now)
    {
        using var claims = Parse(payload);
        if (claims is not { RootElement: { ValueKind: JsonValueKind.Object } root })
        {
            return null;
        }

        return Text(root, "iss") == issuer
            && IsFor(root, clientId)
            && Instant(root, "exp") is { } expires && expires > now - Skew
            && Instant(root, "iat") is { } issued && issued < now + Skew && issued > now - Oldest
            && Text(root, "nonce") == nonce
            && Text(root, "sub") is { Length: > 0 and <= 255 } subject
                ? new ExternalPerson(subject, IsVerified(root) ? Text(root, "email") : null)
                : null;
    }

    // One of several readers must be named as the one it was made for.
    private static bool IsFor(JsonElement root, string clientId)
    {
        if (!root.TryGetProperty("aud", out var audience))
        {
            return false;
        }

        var party = Text(root, "azp");
        return audience.ValueKind switch
        {
            JsonValueKind.String => audience.GetString() == clientId && (party ?? clientId) == clientId,
            JsonValueKind.Array => audience.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.GetString() == clientId)
                && (party ?? (audience.GetArrayLength() == 1 ? clientId : null)) == clientId,
            _ => false,
        };
    }

    // Some providers write it as a text.
    private static bool IsVerified(JsonElement root) =>
        root.TryGetProperty("email_verified", out var verified)
        && (verified.ValueKind == JsonValueKind.True || (verified.ValueKind == JsonValueKind.String && verified.GetString() == "true"));

    private static DateTimeOffset? Instant(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var seconds) && seconds is > 0 and < 253_402_300_799
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonDocument? Parse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return JsonDocument.Parse(payload);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Someone as the provider knows them.</summary>
/// <param name="Subject">Their lasting name there.</param>
/// <param name="Email">Their address, when the provider has verified it; else null.</param>
internal sealed record ExternalPerson(string Subject, string? Email)
{
    /// <inheritdoc/>
    public override string ToString() => "ExternalPerson";
}
