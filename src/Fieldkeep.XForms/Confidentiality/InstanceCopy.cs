using System.Buffers;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Copies an instance while a cursor walks it, and leaves out or replaces what it is told to.</summary>
internal sealed class InstanceCopy(IBufferWriter<byte> output)
{
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

    /// <summary>Leaves out the attributes of the start tag read last that only Fieldkeep writes.</summary>
    /// <param name="isValueBack">Whether the marks go; the declaration of their prefix always does.</param>
    public void LeaveOutOwn(ref InstanceCursor cursor, bool isValueBack = true)
    {
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            var name = cursor.AttributeName(at);
            var isDeclaration = name.SequenceEqual(ConfidentialMarks.Declaration);
            if (isDeclaration ? IsOwnAddress(cursor.AttributeValue(at)) : isValueBack && ConfidentialMarks.IsOwn(name))
            {
                var (start, end) = cursor.AttributePlace(at);
                if (start >= _copied)
                {
                    To(cursor.Source, start - 1);
                    _copied = end;
                }
            }
        }
    }

    /// <summary>Writes other bytes in place of what is inside the element whose start tag was read last, and reads to its end.</summary>
    public void ReplaceInner(ref InstanceCursor cursor, ReadOnlySpan<byte> inner)
    {
        var source = cursor.Source;
        if (cursor.IsEmptyElement)
        {
            if (!inner.IsEmpty)
            {
                To(source, cursor.Position - "/>"u8.Length);
                output.Write(">"u8);
                output.Write(inner);
                output.Write("</"u8);
                output.Write(cursor.Name);
                output.Write(">"u8);
                _copied = cursor.Position;
            }

            cursor.Read();
            return;
        }

        To(source, cursor.Position);
        output.Write(inner);
        var depth = cursor.Depth;
        while (cursor.Read() != InstanceNode.End || cursor.Depth >= depth)
        {
            // What is inside goes, whatever it is; a text that ends before throws.
        }

        _copied = cursor.EndTagStart;
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
