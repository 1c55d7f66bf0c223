using System.Buffers;
using System.Globalization;
using System.Text;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Walks one instance and takes out what its plan says.</summary>
internal sealed class SplitWriter(ConfidentialPlan plan, PlaceMask? mask, PastValues? past, IBufferWriter<byte> output)
{
    private readonly InstanceCopy _copy = new(output);
    private readonly Stack<Frame> _open = new();
    private readonly List<ConfidentialValue> _values = [];
    private readonly List<string> _files = [];
    private readonly List<ConfidentialChange> _changes = [];

    public SplitResult Run(ReadOnlySpan<byte> xml)
    {
        var cursor = new InstanceCursor(xml);
        _copy.Begin(xml, cursor.Source);
        cursor.Read();
        DeclarePrefix(ref cursor);
        _copy.LeaveOutOwn(ref cursor);
        _open.Push(new Frame(plan.Start, "/" + Encoding.UTF8.GetString(cursor.LocalName)));
        var unknown = 0;
        while (cursor.Read() is var node and not InstanceNode.Done)
        {
            if (node == InstanceNode.Start)
            {
                if (unknown == 0 && _open.Peek().Step.Find(cursor.LocalName) is { } step)
                {
                    var place = _open.Peek().Enter(step, cursor.LocalName);
                    if (step.Node is { } leaf)
                    {
                        TakeOut(ref cursor, leaf, place);
                        continue;
                    }

                    _open.Push(new Frame(step, place));
                }
                else
                {
                    unknown++;
                }

                _copy.LeaveOutOwn(ref cursor);
            }
            else if (node == InstanceNode.End && unknown > 0)
            {
                unknown--;
            }
            else if (node == InstanceNode.End)
            {
                _open.Pop();
            }
        }

        _copy.End(cursor.Source);
        _changes.AddRange(past?.ListLost().Select(value => new ConfidentialChange(value.Place, ConfidentialChangeKind.Removed)) ?? []);
        return new SplitResult(_values, [.. _files.Distinct(StringComparer.Ordinal)], _changes);
    }

    private void DeclarePrefix(ref InstanceCursor cursor)
    {
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            if (cursor.AttributeName(at).SequenceEqual(ConfidentialMarks.Declaration) && !InstanceCopy.IsOwnAddress(cursor.AttributeValue(at)))
            {
                // Someone else's prefix stays theirs: Fieldkeep reads its marks by their whole name.
                return;
            }
        }

        _copy.AddAttributes(ref cursor, " xmlns:fk=\"https://fieldkeep.org/xforms/confidential\""u8);
    }

    private void TakeOut(ref InstanceCursor cursor, ConfidentialNode node, string place)
    {
        var number = InstanceSplit.FindNumber(ref cursor);
        var ahead = cursor;
        var (inner, text) = ReadInner(ref ahead);
        var value = Decide(node, place, number, inner, text) with { Number = _values.Count + 1, Place = place };
        _values.Add(value);
        _copy.AddAttributes(ref cursor, AttributesOf(value, node));
        _copy.LeaveOutOwn(ref cursor);
        _copy.ReplaceInner(ref cursor, Encoding.UTF8.GetBytes(value.Masked ?? ""));
        if (node.IsFile && FileNameOf(value, inner, text) is { Length: > 0 } name)
        {
            _files.Add(name);
        }
    }

    private ConfidentialValue Decide(ConfidentialNode node, string place, int? number, ReadOnlySpan<byte> inner, string? text)
    {
        var before = past?.Take(number, node, place);
        var masked = node is { IsPlace: true, Radius: { } radius } && text is not null ? mask?.Displace(text, radius, place) : null;
        var isEmpty = text is not null && string.IsNullOrWhiteSpace(text);
        if (before is not null)
        {
            var isKept = (isEmpty && (number == before.Number || past is { EmptyKeeps: true }))
                || (past is { SameIsChange: false } && inner.SequenceEqual(before.Text))
                || (before.Masked is { } shown && text?.Trim() == shown);
            if (isKept)
            {
                // Not displaced anew: a row may have moved, and two points for one answer would tell more than one.
                return node.Radius is null ? before with { Masked = null } : before;
            }

            _changes.Add(new ConfidentialChange(place, ConfidentialChangeKind.Replaced));
        }
        else if (past is not null && !isEmpty)
        {
            _changes.Add(new ConfidentialChange(place, ConfidentialChangeKind.Added));
        }

        return new ConfidentialValue(0, node.Path, place, inner.ToArray(), masked);
    }

    /// <summary>Reads to the end of an element: its bytes, and its text when it holds nothing else.</summary>
    private static (byte[] Inner, string? Text) ReadInner(ref InstanceCursor cursor)
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

    /// <summary>The name of the file; what was kept is read again from what is kept.</summary>
    private static string? FileNameOf(ConfidentialValue value, ReadOnlySpan<byte> inner, string? text)
    {
        if (inner.SequenceEqual(value.Text))
        {
            return text?.Trim();
        }

        var element = new byte[value.Text.Length + 7];
        "<f>"u8.CopyTo(element);
        value.Text.CopyTo(element.AsSpan(3));
        "</f>"u8.CopyTo(element.AsSpan(3 + value.Text.Length));
        var cursor = new InstanceCursor(element);
        cursor.Read();
        return ReadInner(ref cursor).Text?.Trim();
    }

    private static byte[] AttributesOf(ConfidentialValue value, ConfidentialNode node) => Encoding.UTF8.GetBytes(
        value.Masked is not null && node.Radius is { } radius
            ? string.Create(CultureInfo.InvariantCulture, $" fk:confidential=\"{value.Number}\" fk:radius=\"{radius:0.###}\"")
            : string.Create(CultureInfo.InvariantCulture, $" fk:confidential=\"{value.Number}\""));

    /// <summary>One open element on the way to confidential questions.</summary>
    private sealed class Frame(PlanStep step, string place)
    {
        private readonly Dictionary<PlanStep, int> _rows = [];

        public PlanStep Step => step;

        public string Enter(PlanStep child, ReadOnlySpan<byte> name)
        {
            var row = _rows[child] = _rows.GetValueOrDefault(child) + 1;
            return InstanceAnswers.Below(place, Encoding.UTF8.GetString(name), row);
        }
    }
}
