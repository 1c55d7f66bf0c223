using System.Xml;
using System.Xml.Linq;

namespace Fieldkeep.XForms.Xml;

/// <summary>Makes an XForm ask phones to encrypt what they send.</summary>
public static class XFormEncryption
{
    private const string KeyAttribute = "base64RsaPublicKey";

    /// <summary>
    /// Returns <paramref name="xform"/> with <paramref name="publicKey"/> on its <c>submission</c>, which is added where there is
    /// none, and <paramref name="versionSuffix"/> after its version. Nothing else of it changes.
    /// </summary>
    /// <exception cref="XFormException">The form has no primary instance.</exception>
    /// <exception cref="XmlException">The text is not XML.</exception>
    public static string Enable(string xform, string publicKey, string versionSuffix)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        using var text = new StringReader(xform);
        using var reader = XmlReader.Create(text, settings);
        var document = XDocument.Load(reader, LoadOptions.PreserveWhitespace);
        var model = document.Descendants().FirstOrDefault(element => element.Name.LocalName == "model");
        var root = ChildOf(model, "instance")?.Elements().FirstOrDefault();
        if (model is null || root is null)
        {
            throw new XFormException(
                XFormFault.MissingInstance, "The form has no primary instance, so there is nothing that phones could encrypt.");
        }

        root.SetAttributeValue("version", root.Attribute("version")?.Value.Trim() + versionSuffix);
        if (ChildOf(model, "submission") is not { } submission)
        {
            model.AddFirst(submission = new XElement(model.Name.Namespace + "submission"));
        }

        submission.SetAttributeValue(KeyAttribute, publicKey);
        var declaration = document.Declaration is { } found ? found + "\n" : "";
        return declaration + document.ToString(SaveOptions.DisableFormatting);
    }

    // By local name, as forms are read here.
    private static XElement? ChildOf(XElement? parent, string name) =>
        parent?.Elements().FirstOrDefault(element => element.Name.LocalName == name);
}
