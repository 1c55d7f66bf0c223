using System.Text;
using System.Xml;
using Fieldkeep.XForms.Instances;
using Xunit;

namespace Fieldkeep.XForms.Tests.Instances;

public sealed class InstanceCursorTests
{
    private static readonly string[] Seeds =
    [
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='yes'?>\n<d id=\"f\" v='1'><a>x &amp; y</a><b/>\r\n<c t='&#x41;'>é漢<![CDATA[<&>]]></c></d>\n<!-- end -->",
        "<d><!-- a - b --><?go now?><e-1.x_y>&lt;&gt;&quot;&apos;&#65;&#x1F600;</e-1.x_y><é>à</é></d>",
        "<a:d xmlns:a='u' a:b='c'><a:e>]] ></a:e>\t</a:d>",
    ];

    private static readonly string[] Splices =
    [
        "<", ">", "/", "&", ";", "'", "\"", "=", " ", "--", "]]>", "<!", "<?", "?>", "<![CDATA[", "&#", "&#x110000;", "&#xFFFE;", "&#xD800;",
        "\r", "\n", "\0", "\u0001", "\uFFFF", "1", ":", "-", ".", "é", "<a>", "</a>", "<a/>", "<d>", "</d>", "<?xml version='1.0'?>", "<!DOCTYPE d>", "&amp;", "&foo;",
    ];

    /// <summary>Mutates small documents and demands the verdict and text of the base library's reader, each time.</summary>
    [Fact]
    public void It_accepts_and_reads_exactly_what_XmlReader_does()
    {
        var state = 0x2545F491u;
        var accepted = 0;
        for (var round = 0; round < 60_000; round++)
        {
            var text = Seeds[Next(ref state, Seeds.Length)];
            for (var edits = Next(ref state, 3); edits >= 0; edits--)
            {
                var at = Next(ref state, text.Length + 1);
                var cut = Math.Min(Next(ref state, 4), text.Length - at);
                text = text[..at] + (Next(ref state, 3) == 0 ? "" : Splices[Next(ref state, Splices.Length)]) + text[(at + cut)..];
                text = text.Length == 0 ? " " : text;
            }

            var expected = IsBaseLibraryLenient(text) ? null : ReadWithXmlReader(text);
            var actual = ReadWithCursor(text);
            Assert.True(expected == actual, $"{text}\nXmlReader: {expected ?? "refused"}\ncursor: {actual ?? "refused"}");
            accepted += actual is null ? 0 : 1;
        }

        Assert.True(accepted > 5_000, $"Only {accepted} of the documents were well-formed: the test says little.");
    }

    /// <summary>The old reader of the base library ignores a NUL after the root and what follows 1.0 in a version.</summary>
    private static bool IsBaseLibraryLenient(string text) =>
        text.Contains('\0', StringComparison.Ordinal)
        || (text.StartsWith("<?xml version=\"1.0", StringComparison.Ordinal)
            && !text.StartsWith("<?xml version=\"1.0\"", StringComparison.Ordinal));

    private static string? ReadWithCursor(string xml)
    {
        try
        {
            var cursor = new InstanceCursor(Encoding.UTF8.GetBytes(xml));
            var seen = new StringBuilder();
            while (true)
            {
                switch (cursor.Read())
                {
                    case InstanceNode.Start:
                        seen.Append('<').Append(Encoding.UTF8.GetString(cursor.Name));
                        seen.Append(' ').Append(cursor.FindAttribute("id"u8)).Append(cursor.FindAttribute("v"u8)).Append(cursor.FindAttribute("t"u8)).Append('>');
                        break;
                    case InstanceNode.End:
                        seen.Append("</").Append(Encoding.UTF8.GetString(cursor.Name)).Append('>');
                        break;
                    case InstanceNode.Text:
                        seen.Append(InstanceText.DecodeToString(cursor.RawText, cursor.IsEscaped, cursor.IsCdata));
                        break;
                    default:
                        return seen.ToString();
                }
            }
        }
        catch (InstanceException)
        {
            return null;
        }
    }

    private static string? ReadWithXmlReader(string xml)
    {
        try
        {
            using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(xml));
            using var reader = new XmlTextReader(bytes) { Namespaces = false, DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, WhitespaceHandling = WhitespaceHandling.All, Normalization = true, EntityHandling = EntityHandling.ExpandEntities };
            var seen = new StringBuilder();
            while (reader.Read())
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        seen.Append('<').Append(reader.Name).Append(' ');
                        seen.Append(reader.GetAttribute("id")).Append(reader.GetAttribute("v")).Append(reader.GetAttribute("t")).Append('>');
                        if (reader.IsEmptyElement)
                        {
                            seen.Append("</").Append(reader.Name).Append('>');
                        }

                        break;
                    case XmlNodeType.EndElement:
                        seen.Append("</").Append(reader.Name).Append('>');
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace:
                        seen.Append(reader.Value);
                        break;
                    case XmlNodeType.Whitespace when reader.Depth > 0:
                        seen.Append(reader.Value);
                        break;
                }
            }

            return seen.ToString();
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static int Next(ref uint state, int bound)
    {
        unchecked
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
        }

        return (int)(state % (uint)bound);
    }
}
