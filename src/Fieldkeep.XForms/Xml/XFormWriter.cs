using System.Buffers;
using System.Text;

namespace Fieldkeep.XForms.Xml;

/// <summary>
/// Writes XML text: two spaces of indentation, elements that hold text on one line. Names come
/// from the caller with their prefix; values are escaped here.
/// </summary>
internal sealed class XFormWriter
{
    private static readonly SearchValues<char> SpecialInAttribute = SearchValues.Create("&<>\"\t\n\r");
    private static readonly SearchValues<char> SpecialInText = SearchValues.Create("&<>\r");

    private readonly StringBuilder _text = new(16 * 1024);
    private readonly Stack<Element> _open = new();
    private bool _isTagOpen;

    /// <summary>Starts with the XML declaration.</summary>
    public XFormWriter() => _text.Append("<?xml version=\"1.0\"?>");

    /// <summary>Begins an element.</summary>
    public XFormWriter Start(string name)
    {
        CloseTag();
        var isInline = _open.TryPeek(out var parent) && parent.IsInline;
        if (!isInline)
        {
            NewLine(_open.Count);
        }

        if (parent is not null)
        {
            parent.IsEmpty = false;
        }

        _text.Append('<').Append(name);
        _open.Push(new Element(name) { IsInline = isInline });
        _isTagOpen = true;
        return this;
    }

    /// <summary>Adds an attribute to the element just begun; nothing when the value is null or the name is taken.</summary>
    public XFormWriter Attribute(string name, string? value)
    {
        if (value is not null && _open.Peek().AddAttribute(name))
        {
            _text.Append(' ').Append(name).Append("=\"");
            Escape(value, isAttribute: true);
            _text.Append('"');
        }

        return this;
    }

    /// <summary>Keeps the content of the element just begun on one line, because spaces matter in it.</summary>
    public XFormWriter Inline()
    {
        _open.Peek().IsInline = true;
        return this;
    }

    /// <summary>Writes text into the open element.</summary>
    public XFormWriter Text(ReadOnlySpan<char> text)
    {
        if (text.Length == 0)
        {
            return this;
        }

        CloseTag();
        var element = _open.Peek();
        element.IsInline = true;
        element.IsEmpty = false;
        Escape(text, isAttribute: false);
        return this;
    }

    /// <summary>Ends the open element.</summary>
    public XFormWriter End()
    {
        var element = _open.Pop();
        if (element.IsEmpty)
        {
            _text.Append("/>");
            _isTagOpen = false;
            return this;
        }

        if (!element.IsInline)
        {
            NewLine(_open.Count);
        }

        _text.Append("</").Append(element.Name).Append('>');
        return this;
    }

    /// <summary>Writes a whole element with text in it.</summary>
    public XFormWriter Leaf(string name, string text) => Start(name).Text(text).End();

    /// <summary>Gives the text written, with a final line break.</summary>
    public override string ToString() => _text.ToString() + "\n";

    private void CloseTag()
    {
        if (_isTagOpen)
        {
            _text.Append('>');
            _isTagOpen = false;
        }
    }

    private void NewLine(int depth) => _text.Append('\n').Append(' ', depth * 2);

    private void Escape(ReadOnlySpan<char> text, bool isAttribute)
    {
        while (true)
        {
            var at = isAttribute ? text.IndexOfAny(SpecialInAttribute) : text.IndexOfAny(SpecialInText);
            if (at < 0)
            {
                _text.Append(text);
                return;
            }

            _text.Append(text[..at]).Append(text[at] switch
            {
                // Readers take \r\n and \r for one line break (XML 1.0, 2.11).
                '\r' when at + 1 < text.Length && text[at + 1] == '\n' => "",
                '\r' => isAttribute ? " " : "\n",
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                // A reader turns line breaks in attributes into spaces; so do we, visibly.
                _ => " ",
            });
            text = text[(at + 1)..];
        }
    }

    private sealed class Element(string name)
    {
        public string Name { get; } = name;

        public bool IsInline { get; set; }

        public bool IsEmpty { get; set; } = true;

        private readonly List<string> _attributes = [];

        public bool AddAttribute(string attribute)
        {
            if (_attributes.Contains(attribute, StringComparer.Ordinal))
            {
                return false;
            }

            _attributes.Add(attribute);
            return true;
        }
    }
}
