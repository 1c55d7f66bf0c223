using System.Xml;

namespace Fieldkeep.XForms.Xml;

/// <summary>Reads XML into <see cref="FormNode"/>s within the limits of <see cref="XFormReader"/>.</summary>
internal static class FormNodeReader
{
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        MaxCharactersInDocument = XFormReader.MaxBytes,
        MaxCharactersFromEntities = 1024,
        CloseInput = false,
    };

    /// <summary>Reads from bytes; the stream stays open.</summary>
    /// <exception cref="XFormException">Not XML, a document type, too large or too deep.</exception>
    public static FormNode Read(Stream xml)
    {
        if (xml.CanSeek && xml.Length - xml.Position > XFormReader.MaxBytes)
        {
            throw TooLarge();
        }

        return Guarded(() => XmlReader.Create(xml, Settings));
    }

    /// <summary>Reads from text.</summary>
    /// <exception cref="XFormException">Not XML, a document type, too large or too deep.</exception>
    public static FormNode Read(string xml)
    {
        if (xml.Length > XFormReader.MaxBytes)
        {
            throw TooLarge();
        }

        return Guarded(() => XmlReader.Create(new StringReader(xml), Settings));
    }

    private static FormNode Guarded(Func<XmlReader> open)
    {
        try
        {
            using var reader = open();
            return ReadTree(reader);
        }
        catch (XmlException e) when (e.Message.Contains("DTD", StringComparison.Ordinal))
        {
            throw new XFormException(
                XFormFault.Dtd, "The form declares a document type (DTD); remove it.", e.LineNumber, e.LinePosition);
        }
        catch (XmlException e) when (e.Message.Contains("MaxCharacters", StringComparison.Ordinal))
        {
            throw TooLarge();
        }
        catch (XmlException e)
        {
            // The base library's message can quote the text; it is not passed on.
            throw new XFormException(
                XFormFault.NotXml, "The form is not well-formed XML.", e.LineNumber, e.LinePosition);
        }
        catch (System.Text.DecoderFallbackException)
        {
            throw new XFormException(XFormFault.NotXml, "The form has bytes that do not fit its encoding.");
        }
    }

    private static XFormException TooLarge() =>
        new(XFormFault.TooLarge, $"The form is larger than {XFormReader.MaxBytes / (1024 * 1024)} MiB.");

    private static FormNode ReadTree(XmlReader reader)
    {
        var lines = (IXmlLineInfo)reader;
        var open = new Stack<FormNode>();
        FormNode? root = null;
        var count = 0;
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    if (open.Count >= XFormReader.MaxDepth)
                    {
                        throw new XFormException(
                            XFormFault.TooDeep,
                            $"Elements are nested deeper than {XFormReader.MaxDepth}.",
                            lines.LineNumber,
                            lines.LinePosition);
                    }

                    if (++count > XFormReader.MaxElements)
                    {
                        throw new XFormException(
                            XFormFault.TooLarge, $"The form has more than {XFormReader.MaxElements} elements.");
                    }

                    var isEmpty = reader.IsEmptyElement;
                    var node = ReadElement(reader, lines);
                    if (open.TryPeek(out var parent))
                    {
                        parent.Add(node);
                    }

                    root ??= node;
                    if (!isEmpty)
                    {
                        open.Push(node);
                    }

                    break;
                case XmlNodeType.EndElement:
                    open.Pop();
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA:
                    AddText(reader, open);
                    break;
                case XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace
                    when open.TryPeek(out var holder) && holder.Name is "label" or "hint" or "value":
                    AddText(reader, open);
                    break;
            }
        }

        return root ?? throw new XFormException(XFormFault.NotXml, "The form is empty.");
    }

    private static void AddText(XmlReader reader, Stack<FormNode> open)
    {
        if (open.TryPeek(out var holder))
        {
            holder.Add(new FormNode("", "", 0, 0) { Text = reader.Value });
        }
    }

    private static FormNode ReadElement(XmlReader reader, IXmlLineInfo lines)
    {
        var node = new FormNode(reader.LocalName, reader.NamespaceURI, lines.LineNumber, lines.LinePosition);
        while (reader.MoveToNextAttribute())
        {
            if (reader.Prefix != "xmlns" && reader.Name != "xmlns")
            {
                node.AddAttribute(reader.LocalName, reader.NamespaceURI, reader.Value);
            }
            else if (reader.Prefix == "xmlns")
            {
                node.Declare(reader.LocalName, reader.Value);
            }
        }

        return node;
    }
}
