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
        root.Prefix = PrefixOf(cursor.Name);
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
                    target.Prefix = PrefixOf(cursor.Name);
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

    /// <summary>What is written is UTF-8: a declaration of another encoding must say so; a byte order mark stays.</summary>
    private void BeginDeclaration(ReadOnlySpan<byte> xml, ReadOnlySpan<byte> source)
    {
        if (xml.StartsWith(InstanceEncoding.Utf8Mark))
        {
            output.Write(InstanceEncoding.Utf8Mark);
        }

        if (InstanceEncoding.FindDeclaredOther(source) is { } declared)
        {
            CopyTo(source, declared.Start.Value);
            output.Write("UTF-8"u8);
            _copied = declared.End.Value;
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
        AttributePlaces.RequireNew(target.Path, name);
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
            WriteNew(child, target.Prefix);
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
            WriteNew(child, target.Prefix);
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
            WriteNew(child, parent.Prefix);
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

    private static string PrefixOf(ReadOnlySpan<byte> name)
    {
        var colon = name.IndexOf((byte)':');
        return colon < 0 ? "" : Encoding.UTF8.GetString(name[..(colon + 1)]);
    }
}
