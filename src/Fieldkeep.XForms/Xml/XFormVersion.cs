using System.Xml;
using System.Xml.Linq;

namespace Fieldkeep.XForms.Xml;

/// <summary>Changes the version of an XForm and nothing else of it.</summary>
public static class XFormVersion
{
    private static readonly XNamespace Forms = "http://www.w3.org/2002/xforms";

    /// <summary>Returns <paramref name="xform"/> with <paramref name="version"/> on the root of its primary instance.</summary>
    /// <exception cref="XFormException">The form has no primary instance.</exception>
    /// <exception cref="XmlException">The text is not XML.</exception>
    public static string Set(string xform, string version)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        using var text = new StringReader(xform);
        using var reader = XmlReader.Create(text, settings);
        var document = XDocument.Load(reader, LoadOptions.PreserveWhitespace);
        var root = document.Descendants(Forms + "instance").FirstOrDefault()?.Elements().FirstOrDefault()
            ?? throw new XFormException(
                XFormFault.MissingInstance, "The form has no primary instance, so it has no place for a version.");
        root.SetAttributeValue("version", version);
        var declaration = document.Declaration is { } found ? found + "\n" : "";
        return declaration + document.ToString(SaveOptions.DisableFormatting);
    }
}
