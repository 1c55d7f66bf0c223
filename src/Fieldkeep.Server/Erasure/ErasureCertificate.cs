using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Erasure;

/// <summary>Says that the keys of a project were destroyed, signed by the installation: docs/formats/erasure-certificate.md.</summary>
/// <param name="Format"><c>fieldkeep-erasure-1</c>.</param>
/// <param name="Installation">Whose it is.</param>
/// <param name="Project">The project's number.</param>
/// <param name="ProjectKey">Its entry in the keyring.</param>
/// <param name="Keys">The keys that are no more.</param>
/// <param name="EpochBefore">Under which they were kept.</param>
/// <param name="EpochAfter">Which wraps the survivors.</param>
/// <param name="Generation">The keyring's generation without them.</param>
/// <param name="Copies">Every place of the keyring, and whether it was replaced.</param>
/// <param name="BegunAt">When the erasure was ordered, RFC 3339 in UTC.</param>
/// <param name="DestroyedAt">When the keys were destroyed.</param>
/// <param name="By">The number of who ordered it; 0 for the machine's own operator.</param>
internal sealed record ErasureCertificate(
    string Format,
    Guid Installation,
    long Project,
    Guid ProjectKey,
    IReadOnlyList<CertifiedKey> Keys,
    Guid EpochBefore,
    Guid EpochAfter,
    long Generation,
    IReadOnlyList<CertifiedCopy> Copies,
    string BegunAt,
    string DestroyedAt,
    long By)
{
    /// <summary>The only format so far.</summary>
    public const string CurrentFormat = "fieldkeep-erasure-1";

    private static readonly JsonSerializerOptions Compact = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Readable = new(Compact) { WriteIndented = true };

    /// <summary>Writes the file: the certificate, the key that signed it, and the signature over <c>fieldkeep erasure v1</c>, a line feed and the certificate as one line.</summary>
    public string Sign(SigningKey key)
    {
        var certificate = JsonSerializer.SerializeToElement(this, Compact);
        var signature = key.Sign(SignedBytes(certificate));
        var file = new { certificate, signingKey = Convert.ToBase64String(key.PublicKey), signature = Convert.ToBase64String(signature) };
        return JsonSerializer.Serialize(file, Readable) + "\n";
    }

    /// <summary>Reads a file and checks its signature with the key it names; null when it is none, or a byte of its content was changed.</summary>
    public static VerifiedCertificate? Verify(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(file);
            var certificate = json.RootElement.GetProperty("certificate");
            var key = json.RootElement.GetProperty("signingKey").GetBytesFromBase64();
            var signature = json.RootElement.GetProperty("signature").GetBytesFromBase64();
            return SigningKey.Verify(key, SignedBytes(certificate), signature)
                && certificate.Deserialize<ErasureCertificate>(Compact) is { Format: CurrentFormat } read
                ? new VerifiedCertificate(read, key)
                : null;
        }
        catch (Exception problem) when (
            problem is JsonException or KeyNotFoundException or FormatException or InvalidOperationException
                or System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }

    // White space between members is no part of what was signed, so that a file may be laid out anew.
    private static byte[] SignedBytes(JsonElement certificate) =>
        Encoding.UTF8.GetBytes("fieldkeep erasure v1\n" + JsonSerializer.Serialize(certificate, Compact));
}

/// <summary>A key that is no more.</summary>
/// <param name="Id">As in the envelopes it sealed: 32 hex digits.</param>
/// <param name="Kind">project, data, confidential, displacement, ledger or blind-index; kind-N for one that this version does not know.</param>
/// <param name="CreatedAt">When it was made, RFC 3339 in UTC.</param>
/// <param name="Fingerprint">32 hex digits derived from it; null for a kind that this version could not open.</param>
internal sealed record CertifiedKey(string Id, string Kind, string CreatedAt, string? Fingerprint);

/// <summary>One place of the keyring.</summary>
/// <param name="Place">Its path; in the data directory below that.</param>
/// <param name="IsReplaced">Whether the keys are gone from there; false, too, for a place that did not answer.</param>
/// <param name="Target">The id of the backup directory, for disks that take turns at one path; null for the data directory's own.</param>
internal sealed record CertifiedCopy(string Place, bool IsReplaced, string? Target);

/// <summary>A certificate whose signature holds, and the key that signed it: whose key that is, is for the reader to say.</summary>
internal sealed record VerifiedCertificate(ErasureCertificate Certificate, byte[] SigningKey);
