using System.Diagnostics;
using System.Text;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Tests.Xml;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Instances;

public sealed class InstanceReaderTests
{
    private const string Bed = """
        <?xml version='1.0' ?>
        <!-- from the field -->
        <data id="garden" version="3" xmlns:orx="http://openrosa.org/xforms">
          <plot>North &amp; south</plot>
          <beds><crop>bean</crop><photo>1.jpg</photo></beds>
          <beds><crop>leek</crop><photo><![CDATA[2 & 3.jpg]]></photo></beds>
          <beds><crop>bean</crop><photo>1.jpg</photo></beds>
          <beds><crop/><photo/></beds>
          <unknown><beds><photo>other.jpg</photo></beds></unknown>
          <orx:meta><orx:instanceID> uuid:1 </orx:instanceID><orx:deprecatedID>uuid:0</orx:deprecatedID>
            <orx:instanceName>Bed &#x263A;</orx:instanceName><audit>audit.csv</audit></orx:meta>
        </data>
        """;

    [Fact]
    public void The_head_tells_form_version_ids_name_and_attachments()
    {
        var head = Read(Bed);
        Assert.Equal(("data", "garden", "3"), (head.RootName, head.FormId, head.Version));
        Assert.Equal(("uuid:1", "uuid:0", "Bed ☺"), (head.InstanceId, head.DeprecatedId, head.InstanceName));
        Assert.False(head.IsEncrypted);
        Assert.Equal(["1.jpg", "2 & 3.jpg", "audit.csv"], head.AttachmentNames);
    }

    [Fact]
    public void The_root_can_be_read_alone_to_find_the_form() => Assert.Equal(
        new InstanceRoot("data", "garden", "3", false), InstanceReader.ReadRoot(Encoding.UTF8.GetBytes(Bed)));

    [Fact]
    public void The_finder_is_given_the_form_and_version_of_the_root()
    {
        (string, string?)? asked = null;
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(Bed));
        var head = InstanceReader.ReadHead(
            bytes,
            (id, version) =>
            {
                asked = (id, version);
                return new AttachmentPaths(["/data/beds/photo"]);
            },
            maxBytes: 10_000);
        Assert.Equal(("garden", "3"), asked);
        Assert.Equal(["1.jpg", "2 & 3.jpg", "audit.csv"], head.AttachmentNames);
    }

    [Fact]
    public void An_encrypted_instance_names_its_files()
    {
        var head = Read("""
            <data xmlns="http://opendatakit.org/submissions" encrypted="yes" id="garden" version="">
              <base64EncryptedKey>AAAA</base64EncryptedKey>
              <meta xmlns="http://openrosa.org/xforms"><instanceID>uuid:7</instanceID></meta>
              <media><file>1.jpg.enc</file></media><media><file>2.jpg.enc</file></media>
              <encryptedXmlFile>submission.xml.enc</encryptedXmlFile>
            </data>
            """);
        Assert.True(head.IsEncrypted);
        Assert.Equal("", head.Version);
        Assert.Equal(["1.jpg.enc", "2.jpg.enc", "submission.xml.enc"], head.AttachmentNames);
    }

    [Theory]
    [InlineData("<data id='f'><meta><instanceID>a</instanceID></meta></data>", "f", "a")]
    [InlineData("<data id='f' instanceID='b'><q/></data>", "f", "b")]
    [InlineData("<data id='f' instanceID='b'><meta><instanceID>a</instanceID></meta></data>", "f", "a")]
    [InlineData("<x:data xmlns:x='http://f' xmlns:y='u'><y:meta><y:instanceID>a</y:instanceID></y:meta></x:data>", "http://f", "a")]
    [InlineData("<data xmlns='http://f'><orx:meta><orx:instanceID>a</orx:instanceID></orx:meta></data>", "http://f", "a")]
    [InlineData("<data id='&lt;f&gt;'><meta><instanceID>a<!-- -->b</instanceID><instanceID>c</instanceID></meta></data>", "<f>", "ab")]
    public void Identity_is_found_where_clients_put_it(string xml, string formId, string instanceId)
    {
        var head = Read(xml);
        Assert.Equal((formId, instanceId, null), (head.FormId, head.InstanceId, head.Version));
    }

    [Theory]
    [InlineData("", InstanceFault.NoRoot)]
    [InlineData("  <!-- nothing -->", InstanceFault.NoRoot)]
    [InlineData("hello", InstanceFault.NotXml)]
    [InlineData("<data id='f'>", InstanceFault.NotXml)]
    [InlineData("<data id='f'/><data/>", InstanceFault.NotXml)]
    [InlineData("<data id='f'>\0</data>", InstanceFault.NotXml)]
    [InlineData("<data id='f'>&#0;</data>", InstanceFault.NotXml)]
    [InlineData("<data id='f'>&secret;</data>", InstanceFault.NotXml)]
    [InlineData("<data id='f' id='g'/>", InstanceFault.NotXml)]
    [InlineData("<data id='f'><a></b></data>", InstanceFault.NotXml)]
    [InlineData("<!DOCTYPE data><data id='f'/>", InstanceFault.Dtd)]
    [InlineData("<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><data id='f'>&b;</data>", InstanceFault.Dtd)]
    [InlineData("<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><data id='f'>&e;</data>", InstanceFault.Dtd)]
    [InlineData("<data><meta><instanceID>a</instanceID></meta></data>", InstanceFault.MissingFormId)]
    [InlineData("<data id='f'><instanceID>a</instanceID></data>", InstanceFault.MissingInstanceId)]
    [InlineData("<data id='f'><meta><instanceID> </instanceID></meta></data>", InstanceFault.MissingInstanceId)]
    [InlineData("<?xml version='1.0' encoding='shift_jis'?><data id='f'/>", InstanceFault.BadEncoding)]
    [InlineData("<?xml version='1.0' encoding='utf-16'?><data id='f'/>", InstanceFault.BadEncoding)]
    public void What_cannot_be_stored_is_refused_with_its_reason(string xml, InstanceFault fault) =>
        Assert.Equal(fault, Assert.Throws<InstanceException>(() => Read(xml)).Fault);

    [Fact]
    public void Limits_are_exact()
    {
        Assert.Equal("too_deep", Refused(Nested(InstanceReader.MaxDepth + 1)).Code);
        Assert.Equal("missing_instance_id", Refused(Nested(InstanceReader.MaxDepth)).Code);
        Assert.Equal(255, Read(WithId(255)).InstanceId.Length);
        Assert.Equal("instance_id_too_long", Refused(WithId(256)).Code);
        var many = new StringBuilder("<data id='f'>").Insert(13, "<a/>", InstanceReader.MaxElements).Append("</data>");
        Assert.Equal("too_large", Refused(many.ToString()).Code);
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(Bed));
        Assert.Equal("too_large", Assert.Throws<InstanceException>(() => InstanceReader.ReadHead(bytes, (_, _) => null, 100)).Code);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var xml = Encoding.UTF8.GetBytes(Bed.TrimEnd());
        for (var length = 0; length < xml.Length; length++)
        {
            var fault = Assert.Throws<InstanceException>(() => InstanceReader.ReadHead(xml.AsSpan(0, length), paths: null)).Fault;
            Assert.True(fault is InstanceFault.NotXml or InstanceFault.NoRoot or InstanceFault.BadEncoding, $"{length}: {fault}");
        }
    }

    [Fact]
    public void Utf_16_and_latin_1_are_accepted_and_broken_utf_8_is_not()
    {
        const string Xml = "<data id='f'><meta><instanceID>a</instanceID><instanceName>Zoë</instanceName></meta></data>";
        byte[][] encoded =
        [
            [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Xml)],
            [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("<?xml version='1.0' encoding='UTF-16'?>" + Xml)],
            [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(Xml)],
            Encoding.Unicode.GetBytes(Xml),
            Encoding.Latin1.GetBytes("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + Xml),
        ];
        Assert.All(encoded, bytes => Assert.Equal("Zoë", InstanceReader.ReadHead(bytes, paths: null).InstanceName));
        var broken = Assert.Throws<InstanceException>(() => InstanceReader.ReadHead(Encoding.Latin1.GetBytes(Xml), paths: null));
        Assert.Equal("bad_encoding", broken.Code);
    }

    [Fact]
    public void A_message_never_repeats_an_answer()
    {
        var refusal = Refused("<data id='f'><name>Adelheid</name><x>&Adelheid;</x></data>");
        Assert.DoesNotContain("Adelheid", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_form_gives_the_paths_of_its_files()
    {
        var paths = AttachmentPaths.Of(XFormReader.Read(SmallForm.GardenForm));
        var head = InstanceReader.ReadHead(Encoding.UTF8.GetBytes(Bed), paths);
        Assert.Equal(["1.jpg", "2 & 3.jpg", "audit.csv"], head.AttachmentNames);
    }

    [Fact]
    public void Two_thousand_repeats_are_read_quickly()
    {
        var xml = new StringBuilder("<data id='garden'>");
        for (var i = 0; i < 2000; i++)
        {
            xml.Append("<beds><crop>bean</crop><photo>").Append(i).Append(".jpg</photo></beds>");
        }

        var watch = Stopwatch.StartNew();
        var head = Read(xml.Append("<meta><instanceID>u</instanceID></meta></data>").ToString());
        Assert.Equal(2000, head.AttachmentNames.Count);

        // A few ms; the bound only catches a quadratic reader.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    private static InstanceHead Read(string xml) =>
        InstanceReader.ReadHead(Encoding.UTF8.GetBytes(xml), new AttachmentPaths(["/data/beds/photo"]));

    private static InstanceException Refused(string xml) => Assert.Throws<InstanceException>(() => Read(xml));

    private static string WithId(int length) =>
        $"<data id='f'><meta><instanceID>{new string('a', length)}</instanceID></meta></data>";

    private static string Nested(int depth) =>
        "<data id='f'>" + new StringBuilder().Insert(0, "<a>", depth - 1) + new StringBuilder().Insert(0, "</a>", depth - 1) + "</data>";
}
