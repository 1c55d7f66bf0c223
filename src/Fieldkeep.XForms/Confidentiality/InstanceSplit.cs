using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>
/// Takes the confidential answers out of an instance and puts them back. Every other byte stays; another encoding than UTF-8
/// becomes UTF-8.
/// </summary>
/// <remarks>
/// Where an answer was, the element bears <c>fk:confidential="N"</c>, N being the answer's number, and where others see a
/// displaced point, that point and <c>fk:radius</c>. Attributes of these names that a client sends are never taken for more
/// than a wish to keep the answer the number had before.
/// </remarks>
public static class InstanceSplit
{
    /// <summary>Writes the instance without its confidential answers, and hands these out.</summary>
    /// <param name="xml">The instance as received.</param>
    /// <param name="plan">The plan of the form version it belongs to.</param>
    /// <param name="mask">Displaces points; null to show none.</param>
    /// <param name="edit">The version that was edited; null for a new submission.</param>
    /// <param name="masked">Takes the instance without the answers, in UTF-8.</param>
    /// <exception cref="InstanceException">The instance is not well-formed or beyond a limit. What was written by then is no instance.</exception>
    public static SplitResult Split(
        ReadOnlySpan<byte> xml, ConfidentialPlan plan, PlaceMask? mask, SplitEdit? edit, IBufferWriter<byte> masked)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(masked);
        var posted = PostedInstance.Read(xml, plan, withLeaves: edit is not null);
        var past = edit is null ? null : new PastValues(edit, posted, plan);
        return new SplitWriter(plan, mask, posted, past, masked).Run(xml);
    }

    /// <summary>Writes the whole instance: each answer goes where its number stands. A number without answer stays as it is.</summary>
    /// <exception cref="InstanceException">The instance is not well-formed.</exception>
    public static void Merge(ReadOnlySpan<byte> masked, IReadOnlyList<ConfidentialValue> values, IBufferWriter<byte> whole)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(whole);
        var copy = new InstanceCopy(whole);
        var cursor = new InstanceCursor(masked);
        copy.Begin(masked, cursor.Source);
        while (cursor.Read() is var node and not InstanceNode.Done)
        {
            if (node != InstanceNode.Start)
            {
                continue;
            }

            if (cursor.Depth == 1)
            {
                copy.LeaveOutOwn(ref cursor, isValueBack: false);
            }

            if (FindNumber(ref cursor) is not { } number || number > values.Count || values[number - 1] is not { } value || value.Number != number)
            {
                continue;
            }

            if (value.IsAttributes)
            {
                copy.PutBackHead(ref cursor, value.Head);
            }
            else
            {
                copy.PutBack(ref cursor, value.Head, value.Text);
            }
        }

        copy.End(cursor.Source);
    }

    /// <summary>Reads the number an element bears; null when it bears none that can be one.</summary>
    internal static int? FindNumber(ref InstanceCursor cursor)
    {
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            if (cursor.AttributeName(at).SequenceEqual(ConfidentialMarks.Number))
            {
                var text = cursor.AttributeValue(at);
                return text.Length is > 0 and <= 7 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9') && text[0] != '0'
                    ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
                    : null;
            }
        }

        return null;
    }

    /// <summary>Whether the element whose start tag was read last gives a value to an attribute that its step hides.</summary>
    internal static bool HasHidden(ref InstanceCursor cursor, PlanStep step)
    {
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            if (step.Hides(LocalOf(cursor.AttributeName(at))) && cursor.AttributeValue(at).ContainsAnyExcept(" \t\r\n"u8))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives a name without its prefix.</summary>
    internal static ReadOnlySpan<byte> LocalOf(ReadOnlySpan<byte> name) => name[(name.LastIndexOf((byte)':') + 1)..];

    /// <summary>Whether an attribute says nothing but what names mean, or is a mark of Fieldkeep's own.</summary>
    internal static bool IsOfXml(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("xmlns"u8) || name.StartsWith("xmlns:"u8) || ConfidentialMarks.IsOwn(name);

    /// <summary>Whether what was taken out says nothing: neither text nor the value of any attribute, nor a comment in the place of an answer.</summary>
    /// <param name="head">What stood in the start tag behind the name.</param>
    /// <param name="inner">What stood inside the element.</param>
    internal static bool IsEmpty(ReadOnlySpan<byte> head, ReadOnlySpan<byte> inner)
    {
        var bare = head.TrimEnd(" \t\r\n/"u8);
        var cursor = new InstanceCursor([.. "<f "u8, .. bare, .. ">"u8, .. inner, .. "</f>"u8]);
        var elements = 0;
        while (cursor.Read() is var node && node != InstanceNode.Done)
        {
            elements += node == InstanceNode.Start ? 1 : 0;
            if (node == InstanceNode.Text && cursor.RawText.ContainsAnyExcept(" \t\r\n"u8))
            {
                return false;
            }

            for (var at = 0; node == InstanceNode.Start && at < cursor.AttributeCount; at++)
            {
                if (cursor.AttributeValue(at).ContainsAnyExcept(" \t\r\n"u8) && !IsOfXml(cursor.AttributeName(at)))
                {
                    return false;
                }
            }
        }

        return elements > 1 || (inner.IndexOf("<!--"u8) < 0 && inner.IndexOf("<?"u8) < 0);
    }

    /// <summary>Reads to the end of an element: its bytes, and its text when it holds nothing else.</summary>
    internal static (byte[] Inner, string? Text) ReadInner(ref InstanceCursor cursor)
    {
        if (cursor.IsEmptyElement)
        {
            return ([], "");
        }

        var start = cursor.Position;
        var depth = cursor.Depth;
        var text = new StringBuilder();
        var isPlain = true;
        while (true)
        {
            switch (cursor.Read())
            {
                case InstanceNode.Text when isPlain:
                    text.Append(InstanceText.DecodeToString(cursor.RawText, cursor.IsEscaped, cursor.IsCdata));
                    break;
                case InstanceNode.Start:
                    isPlain = false;
                    break;
                case InstanceNode.End when cursor.Depth < depth:
                    return (cursor.Source[start..cursor.EndTagStart].ToArray(), isPlain ? text.ToString() : null);
                default:
                    break;
            }
        }
    }

    /// <summary>Reads the text of what stood inside an element; null when it held elements.</summary>
    internal static string? TextOf(ReadOnlySpan<byte> inner)
    {
        var cursor = new InstanceCursor([.. "<f>"u8, .. inner, .. "</f>"u8]);
        cursor.Read();
        return ReadInner(ref cursor).Text;
    }
}
