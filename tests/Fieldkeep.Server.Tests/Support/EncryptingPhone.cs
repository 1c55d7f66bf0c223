using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>
/// Encrypts instances as ODK Collect does, written from the ODK XForms specification (“Encryption”) and sharing no code with the
/// server: its cipher feedback is made of single blocks.
/// </summary>
internal static class EncryptingPhone
{
    private const int BlockBytes = 16;

    /// <summary>Encrypts an instance with its files to the key that its form carries.</summary>
    public static EncryptedSubmission Encrypt(
        FormToFill form, string instanceId, string instance, params (string Name, byte[] Content)[] media)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(form.PublicKey), out _);
        var key = RandomNumberGenerator.GetBytes(32);
        var encryptedKey = Convert.ToBase64String(rsa.Encrypt(key, RSAEncryptionPadding.OaepSHA256));
        var signed = new StringBuilder();
        foreach (var part in new[] { form.FormId, form.Version, encryptedKey, instanceId })
        {
            signed.Append(part).Append('\n');
        }

        var files = new List<(string Name, byte[] Content)>();
        var vector = Md5([.. Encoding.UTF8.GetBytes(instanceId), .. key]);
        foreach (var (name, content) in media.Append(("submission.xml", Encoding.UTF8.GetBytes(instance))))
        {
            unchecked
            {
                vector[files.Count % BlockBytes]++;
            }

            files.Add((name + ".enc", Feedback(key, vector, Padded(content))));
            signed.Append(name).Append("::").Append(Convert.ToHexStringLower(Md5(content))).Append('\n');
        }

        var signature = Convert.ToBase64String(
            rsa.Encrypt(Md5(Encoding.UTF8.GetBytes(signed.ToString())), RSAEncryptionPadding.OaepSHA256));
        var names = string.Concat(files.SkipLast(1).Select(file => $"<media><file>{file.Name}</file></media>"));
        return new EncryptedSubmission(
            $"""
            <data xmlns="http://opendatakit.org/submissions" encrypted="yes" id="{form.FormId}" version="{form.Version}"><base64EncryptedKey>{encryptedKey}</base64EncryptedKey>{names}<encryptedXmlFile>submission.xml.enc</encryptedXmlFile><base64EncryptedElementSignature>{signature}</base64EncryptedElementSignature><orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>{instanceId}</orx:instanceID></orx:meta></data>
            """,
            [.. files]);
    }

    /// <summary>Downloads a form as a phone does.</summary>
    public static async Task<FormToFill> DownloadAsync(this CollectClient phone, string formId)
    {
        using var response = await phone.GetAsync($"/forms/{formId}.xml");
        response.EnsureSuccessStatusCode();
        return FormToFill.Read(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Sends an encrypted instance with all its files, which must be stored.</summary>
    public static Task SendAsync(this CollectClient phone, EncryptedSubmission submission) =>
        phone.SendAsync(submission.Manifest, submission.Files);

    // PKCS #7: as many bytes as there are, always at least one.
    private static byte[] Padded(byte[] content)
    {
        var count = BlockBytes - (content.Length % BlockBytes);
        return [.. content, .. Enumerable.Repeat((byte)count, count)];
    }

    private static byte[] Feedback(byte[] key, byte[] vector, byte[] plain)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        var encrypted = new byte[plain.Length];
        var before = vector;
        for (var at = 0; at < plain.Length; at += BlockBytes)
        {
#pragma warning disable CA5358 // Single blocks, of which the feedback is made here.
            var block = aes.EncryptEcb(before, PaddingMode.None);
#pragma warning restore CA5358
            for (var index = 0; index < BlockBytes; index++)
            {
                encrypted[at + index] = (byte)(plain[at + index] ^ block[index]);
            }

            before = encrypted[at..(at + BlockBytes)];
        }

        return encrypted;
    }

#pragma warning disable CA5351 // The specification says MD5.
    private static byte[] Md5(byte[] content) => CryptographicOperations.HashData(HashAlgorithmName.MD5, content);
#pragma warning restore CA5351
}

/// <summary>What a phone must know of a form to encrypt.</summary>
internal sealed record FormToFill(string FormId, string Version, string PublicKey)
{
    /// <summary>Reads a form; the key is empty when it has none.</summary>
    public static FormToFill Read(string xform)
    {
        var model = XDocument.Parse(xform).Descendants().First(element => element.Name.LocalName == "model");
        var root = model.Elements().First(element => element.Name.LocalName == "instance").Elements().First();
        var submission = model.Elements().FirstOrDefault(element => element.Name.LocalName == "submission");
        return new FormToFill(
            (string?)root.Attribute("id") ?? "",
            (string?)root.Attribute("version") ?? "",
            (string?)submission?.Attribute("base64RsaPublicKey") ?? "");
    }
}

/// <summary>An instance as a phone encrypted it: the manifest, and the files with the answers last.</summary>
internal sealed record EncryptedSubmission(string Manifest, (string Name, byte[] Content)[] Files)
{
    /// <summary>The same with some files left out or changed.</summary>
    public EncryptedSubmission With(Func<(string Name, byte[] Content)[], IEnumerable<(string Name, byte[] Content)>> change) =>
        this with { Files = [.. change(Files)] };
}
