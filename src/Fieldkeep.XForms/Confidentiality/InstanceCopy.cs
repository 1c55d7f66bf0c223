using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Copies an instance while a cursor walks it, and leaves out or replaces what it is told to.</summary>
internal sealed class InstanceCopy(IBufferWriter<byte> output)
{
    private readonly HashSet<string> _aliases = new(StringComparer.Ordinal);
    private int _copied;

    /// <summary>Begins with what stands before the root; the declaration must name the encoding that is written.</summary>
    public void Begin(ReadOnlySpan<byte> xml, ReadOnlySpan<byte> source)
    {
        if (xml.StartsWith(InstanceEncoding.Utf8Mark))
        {
            output.Write(InstanceEncoding.Utf8Mark);
        }

        if (InstanceEncoding.FindDeclaredOther(source) is { } declared)
        {
            To(source, declared.Start.Value);
            output.Write("UTF-8"u8);
            _copied = declared.End.Value;
        }
    }

    /// <summary>Copies what is left.</summary>
    public void End(ReadOnlySpan<byte> source) => To(source, source.Length);

    /// <summary>Adds attributes behind the name of the start tag read last.</summary>
    public void AddAttributes(ref InstanceCursor cursor, ReadOnlySpan<byte> attributes)
    {
        To(cursor.Source, cursor.NameEnd);
        output.Write(attributes);
    }

    /// <summary>Leaves out the attributes of the start tag read last that only Fieldkeep writes, under whatever prefix.</summary>
    /// <param name="isValueBack">Whether the marks go; the declaration of their prefix always does.</param>
    /// <param name="hidden">A step whose confidential attributes are left out too.</param>
    public void LeaveOutOwn(ref InstanceCursor cursor, bool isValueBack = true, PlanStep? hidden = null)
    {
        NoteAliases(ref cursor);
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            var (start, end) = cursor.AttributePlace(at);
            if (start >= _copied && (IsOwn(ref cursor, at, isValueBack) || hidden?.Hides(InstanceSplit.LocalOf(cursor.AttributeName(at))) == true))
            {
                To(cursor.Source, start - 1);
                _copied = end;
            }
        }
    }

    /// <summary>Gives what stands behind the name in the start tag read last, without what only Fieldkeep writes.</summary>
    /// <param name="hidden">A step whose confidential attributes are left out too.</param>
    public byte[] HeadOf(ref InstanceCursor cursor, PlanStep? hidden = null)
    {
        NoteAliases(ref cursor);
        var head = new ArrayBufferWriter<byte>();
        var from = cursor.NameEnd;
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            if (IsOwn(ref cursor, at, isValueBack: true) || hidden?.Hides(InstanceSplit.LocalOf(cursor.AttributeName(at))) == true)
            {
                var (start, end) = cursor.AttributePlace(at);
                head.Write(cursor.Source[from..(start - 1)]);
                from = end;
            }
        }

        head.Write(cursor.Source[from..(cursor.Position - 1)]);
        return head.WrittenSpan.ToArray();
    }

    /// <summary>Writes a masked element in place of the one whose start tag was read last, and reads to its end: all look alike.</summary>
    public void Replace(ref InstanceCursor cursor, ReadOnlySpan<byte> marks, ReadOnlySpan<byte> shown)
    {
        var source = cursor.Source;
        var name = cursor.Name;
        To(source, cursor.NameEnd);
        output.Write(marks);
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            // Prefixes its own name may need.
            if (cursor.AttributeName(at).StartsWith("xmlns"u8) && !IsOwn(ref cursor, at, isValueBack: true))
            {
                var (start, end) = cursor.AttributePlace(at);
                output.Write(" "u8);
                output.Write(source[start..end]);
            }
        }

        Close(name, shown);
        Skip(ref cursor);
    }

    /// <summary>Writes an element as it was in place of the masked one whose start tag was read last, and reads to its end.</summary>
    public void PutBack(ref InstanceCursor cursor, ReadOnlySpan<byte> head, ReadOnlySpan<byte> inner)
    {
        var name = cursor.Name;
        To(cursor.Source, cursor.NameEnd);
        output.Write(head);
        output.Write(">"u8);
        if (head is not [.., (byte)'/'])
        {
            output.Write(inner);
            WriteEnd(name);
        }

        Skip(ref cursor);
    }

    /// <summary>Writes the head of an element as it was; what is inside follows as it is.</summary>
    public void PutBackHead(ref InstanceCursor cursor, ReadOnlySpan<byte> head)
    {
        To(cursor.Source, cursor.NameEnd);
        output.Write(head);
        _copied = cursor.Position - (cursor.IsEmptyElement ? "/>"u8.Length : ">"u8.Length);
    }

    /// <summary>Writes text into the empty element whose start tag was read last, which stays open to its end; the marks go.</summary>
    public void Fill(ref InstanceCursor cursor, ReadOnlySpan<byte> inner)
    {
        var head = HeadOf(ref cursor);
        PutBack(ref cursor, head is [.. var open, (byte)'/'] ? open : head, inner);
    }

    /// <summary>Writes elements before the end of the element whose end was read last.</summary>
    /// <param name="isSelfClosing">Whether it closed itself.</param>
    public void AddInside(ref InstanceCursor cursor, bool isSelfClosing, ReadOnlySpan<byte> elements)
    {
        if (!isSelfClosing)
        {
            To(cursor.Source, cursor.EndTagStart);
            output.Write(elements);
            return;
        }

        To(cursor.Source, cursor.Position - "/>"u8.Length);
        _copied = cursor.Position;
        output.Write(">"u8);
        output.Write(elements);
        WriteEnd(cursor.Name);
    }

    private void Close(ReadOnlySpan<byte> name, ReadOnlySpan<byte> inner)
    {
        if (inner.IsEmpty)
        {
            output.Write("/>"u8);
            return;
        }

        output.Write(">"u8);
        output.Write(inner);
        WriteEnd(name);
    }

    private void WriteEnd(ReadOnlySpan<byte> name)
    {
        output.Write("</"u8);
        output.Write(name);
        output.Write(">"u8);
    }

    private void Skip(ref InstanceCursor cursor)
    {
        if (cursor.IsEmptyElement)
        {
            _copied = cursor.Position;
            cursor.Read();
            return;
        }

        var depth = cursor.Depth;
        while (cursor.Read() != InstanceNode.End || cursor.Depth >= depth)
        {
            // What is inside goes, whatever it is; a text that ends before throws.
        }

        _copied = cursor.Position;
    }

    /// <summary>Notes other prefixes that the start tag read last declares for the marks: left as they are, an attribute could stand twice.</summary>
    private void NoteAliases(ref InstanceCursor cursor)
    {
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            var name = cursor.AttributeName(at);
            if (name.StartsWith("xmlns:"u8) && !name.SequenceEqual(ConfidentialMarks.Declaration) && IsOwnAddress(cursor.AttributeValue(at)))
            {
                _aliases.Add(Encoding.UTF8.GetString(name["xmlns:"u8.Length..]));
            }
        }
    }

    private bool IsOwn(ref InstanceCursor cursor, int at, bool isValueBack)
    {
        var name = cursor.AttributeName(at);
        if (name.SequenceEqual(ConfidentialMarks.Declaration))
        {
            return IsOwnAddress(cursor.AttributeValue(at));
        }

        if (!isValueBack)
        {
            return name.SequenceEqual(ConfidentialMarks.Kept);
        }

        return ConfidentialMarks.IsOwn(name)
            || (_aliases.Count > 0 && name.IndexOf((byte)':') is > 0 and var colon && _aliases.Contains(Encoding.UTF8.GetString(name[..colon])));
    }

    /// <summary>Says whether an address is that of the marks, as this class writes it.</summary>
    public static bool IsOwnAddress(ReadOnlySpan<byte> value) => value.SequenceEqual(OwnAddress);

    private static ReadOnlySpan<byte> OwnAddress => "https://fieldkeep.org/xforms/confidential"u8;

    private void To(ReadOnlySpan<byte> source, int end)
    {
        output.Write(source[_copied..end]);
        _copied = end;
    }
}
