using System.Text;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Xml;

public sealed class XFormEncryptionTests
{
    [Theory]
    [InlineData("", " version=\"7\"", "7[e]")]
    [InlineData("<submission action=\"https://example.org\"/>", " version=\" 7 \"", "7[e]")]
    [InlineData("<submission base64RsaPublicKey=\"old\"/>", "", "[e]")]
    public void The_key_stands_on_the_submission_and_the_version_tells(string submission, string version, string expected)
    {
        var before = Form(submission, version);

        var after = XFormEncryption.Enable(before, "AAAA", "[e]");

        var (read, was) = (Read(after), Read(before));
        Assert.Equal(("AAAA", expected), (read.SubmissionPublicKey, read.Version));
        Assert.Equal((was.Id, was.Title, was.SubmissionUrl), (read.Id, read.Title, read.SubmissionUrl));
        Assert.Equal(was.ListElements().Select(element => element.Path), read.ListElements().Select(element => element.Path));
        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", after, StringComparison.Ordinal);
        Assert.Contains("<label>  two  spaces &amp; more</label>", after, StringComparison.Ordinal);
    }

    [Fact]
    public void A_form_with_prefixes_is_given_the_key_in_its_own_namespace()
    {
        const string prefixed = """
            <html xmlns="http://www.w3.org/1999/xhtml" xmlns:xf="http://www.w3.org/2002/xforms"><head><title>T</title><xf:model>
              <xf:instance><data xmlns="" id="f"><a/></data></xf:instance></xf:model></head><body/></html>
            """;

        Assert.Equal("AAAA", Read(XFormEncryption.Enable(prefixed, "AAAA", "[e]")).SubmissionPublicKey);
    }

    [Fact]
    public void What_is_no_form_is_refused() =>
        Assert.Throws<XFormException>(() => XFormEncryption.Enable("<html><head/></html>", "AAAA", "[e]"));

    private static string Form(string submission, string version) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>T</h:title><model>{submission}
          <instance><data id="f"{version}><a/><meta><instanceID/></meta></data></instance><bind nodeset="/data/a" type="string"/></model></h:head>
        <h:body><input ref="/data/a"><label>  two  spaces &amp; more</label></input></h:body></h:html>
        """;

    private static XForm Read(string xform)
    {
        using var xml = new MemoryStream(Encoding.UTF8.GetBytes(xform));
        return XFormReader.Read(xml);
    }
}
