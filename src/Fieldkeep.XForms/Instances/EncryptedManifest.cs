using System.Text;

namespace Fieldkeep.XForms.Instances;

/// <summary>Holds what the manifest of an instance says that was encrypted on the device (ODK XForms, “Encryption”).</summary>
/// <param name="FormId">The form's id.</param>
/// <param name="FormVersion">The form's version as written; null when there is none.</param>
/// <param name="InstanceId">The instance's id; empty when there is none.</param>
/// <param name="EncryptedKey">The key of its files, encrypted to the form's public key, base64; empty when there is none.</param>
/// <param name="AnswersFile">The file that holds the answers; empty when there is none.</param>
/// <param name="MediaFiles">The other files in the order of encryption, as written: repeated and empty names have their place.</param>
/// <param name="Signature">Digest of all that, encrypted to the form's public key, base64; null when there is none.</param>
public sealed record EncryptedManifest(
    string FormId,
    string? FormVersion,
    string InstanceId,
    string EncryptedKey,
    string AnswersFile,
    IReadOnlyList<string> MediaFiles,
    string? Signature)
{
    // Stands for the path of what is no part of a manifest.
    private const string Deeper = "?";

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="InstanceException">It is not XML, or names too many files.</exception>
    public static EncryptedManifest Read(ReadOnlySpan<byte> xml)
    {
        var root = InstanceReader.ReadRoot(xml);
        var cursor = new InstanceCursor(xml);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var media = new List<string>();
        var text = default(HeadText);
        var parent = "";
        var name = "";
        while (true)
        {
            switch (cursor.Read())
            {
                case InstanceNode.Start:
                    parent = cursor.Depth switch { 2 => "", 3 => name, _ => Deeper };
                    name = Encoding.UTF8.GetString(cursor.LocalName);
                    text.Clear();
                    break;
                case InstanceNode.Text:
                    text.Add(ref cursor);
                    break;
                case InstanceNode.End:
                    Set(parent, name, text.Take(), found, media);
                    text.Clear();
                    (name, parent) = (parent, "");
                    break;
                default:
                    return new EncryptedManifest(
                        root.FormId,
                        root.Version,
                        found.GetValueOrDefault("meta/instanceID", ""),
                        found.GetValueOrDefault("/base64EncryptedKey", ""),
                        found.GetValueOrDefault("/encryptedXmlFile", ""),
                        media,
                        found.GetValueOrDefault("/base64EncryptedElementSignature"));
            }
        }
    }

    private static void Set(string parent, string name, string value, Dictionary<string, string> found, List<string> media)
    {
        if (parent == "media" && name == "file")
        {
            media.Add(media.Count < InstanceReader.MaxFiles
                ? value
                : throw new InstanceException(
                    InstanceFault.TooManyFiles, $"The manifest names more than {InstanceReader.MaxFiles} files."));
        }
        else if (value.Length > 0)
        {
            found.TryAdd($"{parent}/{name}", value);
        }
    }
}
