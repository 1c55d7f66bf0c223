using System.Buffers;
using System.Text;
using System.Xml;

namespace Fieldkeep.XForms.Instances;

/// <summary>Names, attributes and the XML declaration.</summary>
internal ref partial struct InstanceCursor
{
    private static readonly SearchValues<byte> PlainName = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:"u8);

    // The four names of ConfidentialMarks, and none twice.
    private const int MaxOwnAndOther = InstanceReader.MaxAttributes + 4;

    /// <summary>Finds the value of an attribute of the current start tag by its whole name; null when absent.</summary>
    public readonly string? FindAttribute(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _attributeCount; i++)
        {
            if (Slice(_attributes[i].Name).SequenceEqual(name))
            {
                return InstanceText.DecodeAttribute(Slice(_attributes[i].Value));
            }
        }

        return null;
    }

    /// <summary>Finds the namespace the current start tag declares for its own name; null when it declares none.</summary>
    public readonly string? FindOwnNamespace()
    {
        var colon = Name.IndexOf((byte)':');
        if (colon < 0)
        {
            return FindAttribute("xmlns"u8);
        }

        var prefix = Name[..colon];
        for (var i = 0; i < _attributeCount; i++)
        {
            var name = Slice(_attributes[i].Name);
            if (name.StartsWith("xmlns:"u8) && name[6..].SequenceEqual(prefix))
            {
                return InstanceText.DecodeAttribute(Slice(_attributes[i].Value));
            }
        }

        return null;
    }

    private void ReadAttributes()
    {
        _attributeCount = 0;
        var ownCount = 0;
        while (true)
        {
            var isApart = SkipSpace();
            if (Peek() is (byte)'>' or (byte)'/')
            {
                return;
            }

            if (!isApart)
            {
                throw Fault("A tag is not well-formed.");
            }

            var attribute = ReadAttribute();
            var name = Slice(attribute.Name);

            // What Fieldkeep itself adds does not count, so that an instance that was accepted stays readable.
            ownCount += Confidentiality.ConfidentialMarks.IsOwn(name) ? 1 : 0;
            if (_attributeCount - ownCount >= InstanceReader.MaxAttributes || _attributeCount == MaxOwnAndOther)
            {
                throw new InstanceException(
                    InstanceFault.TooLarge, $"An element has more than {InstanceReader.MaxAttributes} attributes.", _at);
            }

            for (var i = 0; i < _attributeCount; i++)
            {
                if (Slice(_attributes[i].Name).SequenceEqual(name))
                {
                    throw Fault("An element has an attribute twice.");
                }
            }

            _attributes[_attributeCount++] = attribute;
        }
    }

    private Attribute ReadAttribute()
    {
        var name = ReadName();
        SkipSpace();
        Expect((byte)'=');
        SkipSpace();
        var quote = Peek();
        if (quote is not ((byte)'"' or (byte)'\''))
        {
            throw Fault("An attribute's value is not quoted.");
        }

        var start = ++_at;
        var length = _xml[start..].IndexOf(quote);
        if (length < 0)
        {
            throw Fault("An attribute's value is not closed.");
        }

        var value = new Range32(start, start + length);
        if (Slice(value).Contains((byte)'<'))
        {
            throw Fault("An attribute's value holds a <.");
        }

        CheckReferences(Slice(value));
        _at = value.End + 1;
        return new Attribute(name, value);
    }

    private Range32 ReadName()
    {
        var start = _at;
        while (_at < _xml.Length)
        {
            var plain = _xml[_at..].IndexOfAnyExcept(PlainName);
            _at = plain < 0 ? _xml.Length : _at + plain;
            if (_at >= _xml.Length || _xml[_at] < 0x80 || !SkipLetter(_at == start))
            {
                break;
            }
        }

        if (_at == start || _xml[start] is (byte)'-' or (byte)'.' or (>= (byte)'0' and <= (byte)'9'))
        {
            throw Fault("A name is not well-formed.");
        }

        return new Range32(start, _at);
    }

    private bool SkipLetter(bool isFirst)
    {
        if (Rune.DecodeFromUtf8(_xml[_at..], out var rune, out var length) != OperationStatus.Done || !rune.IsBmp)
        {
            return false;
        }

        var letter = (char)rune.Value;
        if (isFirst ? !XmlConvert.IsStartNCNameChar(letter) : !XmlConvert.IsNCNameChar(letter))
        {
            return false;
        }

        _at += length;
        return true;
    }

    /// <summary>Checks <c>&lt;?xml version="1.0" encoding="…" standalone="…"?&gt;</c>.</summary>
    private void ReadDeclaration()
    {
        _at = 5;
        var step = 0;
        while (true)
        {
            var isApart = SkipSpace();
            if (Peek() == '?')
            {
                _at++;
                Expect((byte)'>');
                if (step == 0)
                {
                    throw Fault("The XML declaration has no version.");
                }

                return;
            }

            var part = ReadAttribute();
            var name = Slice(part.Name);
            var value = Slice(part.Value);
            var isKnown = step switch
            {
                0 => name.SequenceEqual("version"u8) && value.SequenceEqual("1.0"u8),
                1 when name.SequenceEqual("encoding"u8) => !value.IsEmpty && !value.ContainsAnyExcept(PlainName),
                1 or 2 => name.SequenceEqual("standalone"u8)
                    && (value.SequenceEqual("yes"u8) || value.SequenceEqual("no"u8)),
                _ => false,
            };
            if (!isKnown || !isApart)
            {
                throw Fault("The XML declaration is not well-formed.");
            }

            step = name.SequenceEqual("standalone"u8) ? 3 : step + 1;
        }
    }

    /// <summary>Checks every reference in a text; true when there is one.</summary>
    private readonly bool CheckReferences(ReadOnlySpan<byte> text)
    {
        var at = text.IndexOf((byte)'&');
        if (at < 0)
        {
            return false;
        }

        while (at >= 0)
        {
            text = text[at..];
            if (!InstanceText.TryReadReference(text, out _, out var length))
            {
                throw Fault("A reference (&…;) is not one of XML's own.");
            }

            text = text[length..];
            at = text.IndexOf((byte)'&');
        }

        return true;
    }
}
