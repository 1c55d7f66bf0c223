using System.Text;
using Fieldkeep.XForms.Instances;
using Xunit;

namespace Fieldkeep.XForms.Tests.Instances;

public sealed class EncryptedManifestTests
{
    [Fact]
    public void A_manifest_is_read_as_clients_write_it()
    {
        var manifest = Read("""
            <data xmlns="http://opendatakit.org/submissions" encrypted="yes" id="garden" version="3">
              <base64EncryptedKey>AAAA</base64EncryptedKey>
              <media><file>1.jpg.enc</file></media><media><file/></media><media><file> 1.jpg.enc </file></media>
              <encryptedXmlFile>submission.xml.enc</encryptedXmlFile>
              <base64EncryptedElementSignature>BBBB</base64EncryptedElementSignature>
              <n0:meta xmlns:n0="http://openrosa.org/xforms"><n0:instanceID>uuid:7</n0:instanceID></n0:meta>
            </data>
            """);

        Assert.Equal(("garden", "3", "uuid:7"), (manifest.FormId, manifest.FormVersion, manifest.InstanceId));
        Assert.Equal(("AAAA", "submission.xml.enc", "BBBB"), (manifest.EncryptedKey, manifest.AnswersFile, manifest.Signature));
        Assert.Equal(["1.jpg.enc", "", "1.jpg.enc"], manifest.MediaFiles);
    }

    [Fact]
    public void What_is_missing_is_empty_and_what_lies_deeper_or_comes_again_is_passed_over()
    {
        var manifest = Read("""
            <data encrypted="yes" id="garden"><a><b><base64EncryptedKey>deep</base64EncryptedKey></b></a>
              <encryptedXmlFile>first</encryptedXmlFile><encryptedXmlFile>second</encryptedXmlFile><file>no media</file>
              <media><other>x</other></media></data>
            """);

        Assert.Equal(("", "first", null, ""), (manifest.EncryptedKey, manifest.AnswersFile, manifest.FormVersion, manifest.InstanceId));
        Assert.Null(manifest.Signature);
        Assert.Empty(manifest.MediaFiles);
    }

    [Fact]
    public void The_head_of_an_encrypted_instance_says_which_file_has_the_answers()
    {
        const string xml = """
            <data encrypted="yes" id="garden"><encryptedXmlFile>s.enc</encryptedXmlFile><media><file>1.enc</file></media>
              <meta><instanceID>uuid:7</instanceID></meta></data>
            """;
        var plain = xml.Replace(" encrypted=\"yes\"", "", StringComparison.Ordinal);

        var head = InstanceReader.ReadHead(Encoding.UTF8.GetBytes(xml), AttachmentPaths.None);

        Assert.Equal("s.enc", head.AnswersFile);
        Assert.Equal(["s.enc", "1.enc"], head.AttachmentNames);
        Assert.Null(InstanceReader.ReadHead(Encoding.UTF8.GetBytes(plain), AttachmentPaths.None).AnswersFile);
    }

    [Fact]
    public void Too_many_files_are_refused()
    {
        var media = string.Concat(Enumerable.Repeat("<media><file>1</file></media>", InstanceReader.MaxFiles + 1));

        var refused = Assert.Throws<InstanceException>(() => Read($"<data id='garden' encrypted='yes'>{media}</data>"));

        Assert.Equal(InstanceFault.TooManyFiles, refused.Fault);
    }

    private static EncryptedManifest Read(string xml) => EncryptedManifest.Read(Encoding.UTF8.GetBytes(xml));
}
