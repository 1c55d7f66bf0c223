using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Fieldkeep.Vault.Signatures;

/// <summary>Opens what another server signed: compact JSON Web Signatures (RFC 7515) with RS256 or ES256, and nothing else.</summary>
public static class WebSignature
{
    private const int MostCharacters = 32 * 1024;
    private const int LeastRsaBits = 2048;

    /// <summary>Checks a signature against the keys of a JSON Web Key Set (RFC 7517).</summary>
    /// <param name="compact">Header, payload and signature, in Base64url with dots between.</param>
    /// <param name="keys">The key set, as JSON.</param>
    /// <returns>The payload, or why there is none.</returns>
    public static OpenedSignature Open(string compact, string keys)
    {
        var parts = compact.Length <= MostCharacters ? compact.Split('.') : [];
        if (parts is not [var head, var body, var mark] || Decode(head) is not { } header || Decode(body) is not { } payload
            || Decode(mark) is not { } signature || ReadHeader(header) is not { } read)
        {
            return new OpenedSignature(SignatureState.Refused, null);
        }

        var signed = Encoding.ASCII.GetBytes($"{head}.{body}");
        var isKeyKnown = false;
        using var set = Parse(keys);
        foreach (var key in KeysOf(set))
        {
            if (!Fits(key, read))
            {
                continue;
            }

            isKeyKnown = true;
            if (IsSignedBy(key, read.Algorithm, signed, signature))
            {
                return new OpenedSignature(SignatureState.Good, payload);
            }
        }

        return new OpenedSignature(isKeyKnown ? SignatureState.Refused : SignatureState.KeyUnknown, null);
    }

    // What “crit” asks for is not understood here, so it must be refused.
    private static Header? ReadHeader(byte[] json)
    {
        using var header = Parse(json);
        return header is { RootElement: { ValueKind: JsonValueKind.Object } root }
            && !root.TryGetProperty("crit", out _)
            && Text(root, "alg") is "RS256" or "ES256"
                ? new Header(Text(root, "alg")!, Text(root, "kid")) // looked at above
                : null;
    }

    private static bool Fits(JsonElement key, Header header) =>
        key.ValueKind == JsonValueKind.Object
        && Text(key, "kty") == (header.Algorithm == "RS256" ? "RSA" : "EC")
        && (header.KeyId is null || Text(key, "kid") == header.KeyId)
        && Text(key, "use") is null or "sig"
        && (Text(key, "alg") is not { } algorithm || algorithm == header.Algorithm);

    private static bool IsSignedBy(JsonElement key, string algorithm, byte[] signed, byte[] signature)
    {
        try
        {
            if (algorithm == "RS256")
            {
                using var rsa = RSA.Create(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") });
                return rsa.KeySize >= LeastRsaBits
                    && rsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            }

            using var curve = ECDsa.Create(new ECParameters
            {
                Curve = Text(key, "crv") == "P-256" ? ECCurve.NamedCurves.nistP256 : throw new CryptographicException("No such curve."),
                Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") },
            });
            return curve.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            // A key that is none.
            return false;
        }
    }

    private static JsonElement[] KeysOf(JsonDocument? set) =>
        set is { RootElement: { ValueKind: JsonValueKind.Object } root }
        && root.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array
            ? [.. keys.EnumerateArray()]
            : [];

    private static JsonDocument? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonDocument? Parse(string json) => Parse(Encoding.UTF8.GetBytes(json));

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[] Bytes(JsonElement key, string name) =>
        Decode(Text(key, name) ?? "") is { Length: > 0 } bytes ? bytes : throw new CryptographicException($"The key has no “{name}”.");

    private static byte[]? Decode(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private sealed record Header(string Algorithm, string? KeyId);
}

/// <summary>What came of opening a signature.</summary>
/// <param name="Payload">What was signed; null unless the signature is good.</param>
public sealed record OpenedSignature(SignatureState State, byte[]? Payload);

/// <summary>Says whether a signature is good.</summary>
public enum SignatureState
{
    /// <summary>Not well-formed, of another kind, or not by this key.</summary>
    Refused,

    /// <summary>None of the keys is meant; a newer key set may have it.</summary>
    KeyUnknown,

    /// <summary>Signed by one of the keys.</summary>
    Good,
}
