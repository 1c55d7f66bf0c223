using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Vault.Odk;

/// <summary>What the signature in an encrypted instance's manifest is over.</summary>
/// <param name="Encrypted"><c>base64EncryptedElementSignature</c>.</param>
/// <param name="FormId">The form's id.</param>
/// <param name="FormVersion">The form's version; null when the manifest has none.</param>
/// <param name="EncryptedKey"><c>base64EncryptedKey</c>.</param>
/// <param name="InstanceId">The instance's id.</param>
/// <param name="Files">The files in the order of encryption, by their names before that, with the MD5 of their content.</param>
public sealed record OdkSignature(
    string Encrypted,
    string FormId,
    string? FormVersion,
    string EncryptedKey,
    string InstanceId,
    IReadOnlyList<(string Name, byte[] Md5)> Files)
{
    private const string Ending = ".enc";

    /// <summary>Gives the name a file had before it was encrypted.</summary>
    public static string OriginalName(string name) =>
        name.EndsWith(Ending, StringComparison.Ordinal) && name.Length > Ending.Length ? name[..^Ending.Length] : name;

    // Clients differ in whether an empty version has a line.
    internal IEnumerable<byte[]> Digests()
    {
        yield return Digest(FormVersion);
        if (FormVersion is { Length: 0 })
        {
            yield return Digest(null);
        }
    }

    private byte[] Digest(string? version)
    {
        var text = new StringBuilder().Append(FormId).Append('\n');
        if (version is not null)
        {
            text.Append(version).Append('\n');
        }

        text.Append(EncryptedKey).Append('\n').Append(InstanceId).Append('\n');
        foreach (var (name, md5) in Files)
        {
            text.Append(name).Append("::").Append(Convert.ToHexStringLower(md5)).Append('\n');
        }

#pragma warning disable CA5351 // The ODK specification signs an MD5 digest; a compatibility format, see docs/decisions/0022.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        hash.AppendData(Encoding.UTF8.GetBytes(text.ToString()));
        return hash.GetHashAndReset();
    }
}
