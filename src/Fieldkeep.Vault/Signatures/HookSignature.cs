using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Vault.Signatures;

/// <summary>Signs what is sent to a webhook, so that its receiver knows who sent it and when: docs/formats/ledger.md, “Webhook”.</summary>
public static class HookSignature
{
    /// <summary>Gives the header's value: <c>t=SECONDS,v1=HEX</c>, an HMAC-SHA-256 over the seconds, a dot and the body.</summary>
    /// <param name="secret">What both sides know; its characters, in UTF-8, are the key.</param>
    /// <param name="at">When it is sent.</param>
    /// <param name="body">The bytes of the body.</param>
    public static string Of(string secret, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(seconds), (byte)'.', .. body];
        return $"t={seconds},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}";
    }
}
