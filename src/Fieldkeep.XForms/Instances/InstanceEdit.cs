using System.Buffers;
using System.Text;

namespace Fieldkeep.XForms.Instances;

/// <summary>Copies an instance and puts new answers in the place of old ones.</summary>
internal sealed class InstanceEdit(EditTarget root, IBufferWriter<byte> output)
{
    private int _copied;

    /// <summary>Writes the instance; that it is well-formed and has a place for every answer is known.</summary>
    public void Run(ReadOnlySpan<byte> xml)
    {
        var cursor = new InstanceCursor(xml);
        BeginDeclaration(xml, cursor.Source);
        var target = root;
        var unknown = 0;
        var isAnswered = false;
        cursor.Read();
        root.Begin();
        WriteAttributes(ref cursor, root);
        OpenEmpty(ref cursor, root);
        while (true)
        {
            switch (cursor.Read())
            {
                case InstanceNode.Start:
                    if (unknown == 0)
                    {
                        AddBefore(ref cursor, target);
                    }

                    if (unknown > 0 || target.Enter(Encoding.UTF8.GetString(cursor.LocalName)) is not { } child)
                    {
                        unknown++;
                        break;
                    }

                    target = child;
                    target.Begin();
                    WriteAttributes(ref cursor, target);
                    isAnswered = OpenEmpty(ref cursor, target);
                    break;
                case InstanceNode.Text:
                    if (unknown == 0 && target.Value is { } value)
                    {
                        CopyTo(cursor.Source, cursor.TextStart);
                        if (!isAnswered)
                        {
                            InstanceEscape.WriteText(output, value, target.Path);
                            isAnswered = true;
                        }

                        _copied = cursor.Position;
                    }

                    break;
                case InstanceNode.End when unknown > 0:
                    unknown--;
                    break;
                case InstanceNode.End:
                    Close(ref cursor, target, isAnswered);
                    target = target.Parent ?? target;
                    break;
                default:
                    CopyTo(cursor.Source, cursor.Source.Length);
                    return;
            }
        }
    }

    /// <summary>An instance in another encoding becomes UTF-8, and must say so.</summary>
    private void BeginDeclaration(ReadOnlySpan<byte> xml, ReadOnlySpan<byte> source)
    {
        if (!xml.Overlaps(source) && source.StartsWith("<?xml"u8))
        {
            output.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"u8);
            _copied = source.IndexOf("?>"u8) + 2;
        }
    }

    private void WriteAttributes(ref InstanceCursor cursor, EditTarget target)
    {
        var places = new List<(int Start, int End, string Name, string Value)>();
        foreach (var (name, value) in target.Attributes)
        {
            var isThere = cursor.TryFindValue(Encoding.UTF8.GetBytes(name), out var start, out var end);
            places.Add(isThere ? (start, end, name, value) : (cursor.NameEnd, -1, name, value));
        }

        foreach (var (start, end, name, value) in places.OrderBy(place => place.Start))
        {
            CopyTo(cursor.Source, start);
            if (end >= 0)
            {
                InstanceEscape.WriteAttribute(output, value, $"{target.Path}/@{name}");
                _copied = end;
            }
            else
            {
                WriteNewAttribute(target, name, value);
            }
        }
    }

    private void WriteNewAttribute(EditTarget target, string name, string value)
    {
        if (!Xml.XmlNames.IsNcName(name))
        {
            throw new InstanceException(InstanceFault.UnknownPath, $"{target.Path}/@{name} names no attribute that XML can hold.");
        }

        output.Write(" "u8);
        Encoding.UTF8.GetBytes(name, output);
        output.Write("=\""u8);
        InstanceEscape.WriteAttribute(output, value, $"{target.Path}/@{name}");
        output.Write("\""u8);
    }

    /// <summary>Writes what belongs into an element that closes itself; true when its answer is written.</summary>
    private bool OpenEmpty(ref InstanceCursor cursor, EditTarget target)
    {
        var missing = target.Missing.ToArray();
        if (!cursor.IsEmptyElement || (string.IsNullOrEmpty(target.Value) && missing.Length == 0))
        {
            return cursor.IsEmptyElement;
        }

        // The tag ends with />, as the cursor has checked.
        CopyTo(cursor.Source, cursor.Position - 2);
        output.Write(">"u8);
        InstanceEscape.WriteText(output, target.Value ?? "", target.Path);
        foreach (var child in missing)
        {
            WriteNew(child, Prefix(cursor.Name));
        }

        output.Write("</"u8);
        output.Write(cursor.Name);
        output.Write(">"u8);
        _copied = cursor.Position;
        return true;
    }

    private void Close(ref InstanceCursor cursor, EditTarget target, bool isAnswered)
    {
        var isAnswerDue = target.Value is not null && !isAnswered;
        var missing = target.Missing.ToArray();
        if (!isAnswerDue && missing.Length == 0)
        {
            return;
        }

        CopyTo(cursor.Source, cursor.EndTagStart);
        if (isAnswerDue)
        {
            InstanceEscape.WriteText(output, target.Value ?? "", target.Path);
        }

        foreach (var child in missing)
        {
            WriteNew(child, Prefix(cursor.Name));
        }
    }

    /// <summary>Adds the questions that stand before the tag just read in the form.</summary>
    private void AddBefore(ref InstanceCursor cursor, EditTarget parent)
    {
        if (parent.Missing.Count == 0 || OrderOf(parent, cursor.LocalName) is not { } order)
        {
            return;
        }

        foreach (var child in parent.Missing.TakeWhile(child => child.Element is { } element && element.Order < order).ToArray())
        {
            CopyTo(cursor.Source, cursor.TagStart);
            WriteNew(child, ParentPrefix(cursor.Name, parent));
        }
    }

    private void WriteNew(EditTarget target, string prefix)
    {
        target.IsWritten = true;
        output.Write("<"u8);
        Encoding.UTF8.GetBytes(prefix + target.Name, output);
        foreach (var (name, value) in target.Attributes)
        {
            WriteNewAttribute(target, name, value);
        }

        output.Write(">"u8);
        InstanceEscape.WriteText(output, target.Value ?? "", target.Path);
        foreach (var child in target.Missing.ToArray())
        {
            WriteNew(child, prefix);
        }

        output.Write("</"u8);
        Encoding.UTF8.GetBytes(prefix + target.Name, output);
        output.Write(">"u8);
    }

    private void CopyTo(ReadOnlySpan<byte> source, int end)
    {
        output.Write(source[_copied..end]);
        _copied = end;
    }

    private static int? OrderOf(EditTarget parent, ReadOnlySpan<byte> name)
    {
        var local = Encoding.UTF8.GetString(name);
        return parent.Element?.Children.FirstOrDefault(child => child.Name == local)?.Order;
    }

    // Nodes of meta stand in the namespace of meta; below the root a sibling's prefix may be that of meta itself.
    private static string ParentPrefix(ReadOnlySpan<byte> sibling, EditTarget parent) =>
        parent.Path.Length == 0 ? "" : Prefix(sibling);

    private static string Prefix(ReadOnlySpan<byte> name)
    {
        var colon = name.IndexOf((byte)':');
        return colon < 0 ? "" : Encoding.UTF8.GetString(name[..(colon + 1)]);
    }
}
