namespace Fieldkeep.XForms.Instances;

/// <summary>Where in the bytes the cursor's tags and texts stand, for changing them in place.</summary>
internal ref partial struct InstanceCursor
{
    /// <summary>The instance in UTF-8; every place counts in it.</summary>
    public readonly ReadOnlySpan<byte> Source => _xml;

    /// <summary>First byte behind what was read last.</summary>
    public readonly int Position => _at;

    /// <summary>Whether the start tag read last closes itself.</summary>
    public readonly bool IsEmptyElement => _isEmptyElement;

    /// <summary>First byte of the start tag read last.</summary>
    public readonly int TagStart => _name.Start - 1;

    /// <summary>First byte behind the name in the start tag read last.</summary>
    public readonly int NameEnd => _name.End;

    /// <summary>First byte of the text read last, with what opens a CDATA section.</summary>
    public readonly int TextStart => IsCdata ? _text.Start - "<![CDATA["u8.Length : _text.Start;

    /// <summary>First byte of the end tag read last; where an element closes itself there is none.</summary>
    public readonly int EndTagStart => _xml[.._at].LastIndexOf("</"u8);

    /// <summary>Finds the place of an attribute's value in the start tag read last, without its quotes; false when absent.</summary>
    public readonly bool TryFindValue(ReadOnlySpan<byte> name, out int start, out int end)
    {
        for (var i = 0; i < _attributeCount; i++)
        {
            if (Slice(_attributes[i].Name).SequenceEqual(name))
            {
                (start, end) = (_attributes[i].Value.Start, _attributes[i].Value.End);
                return true;
            }
        }

        (start, end) = (0, 0);
        return false;
    }

    /// <summary>Number of attributes of the start tag read last.</summary>
    public readonly int AttributeCount => _attributeCount;

    /// <summary>Name of an attribute of the start tag read last, with its prefix.</summary>
    public readonly ReadOnlySpan<byte> AttributeName(int at) => Slice(_attributes[at].Name);

    /// <summary>Value of an attribute of the start tag read last, as written.</summary>
    public readonly ReadOnlySpan<byte> AttributeValue(int at) => Slice(_attributes[at].Value);

    /// <summary>Where an attribute stands in the start tag read last: its name's first byte, and the first behind its closing quote.</summary>
    public readonly (int Start, int End) AttributePlace(int at) => (_attributes[at].Name.Start, _attributes[at].Value.End + 1);
}
