using System.Buffers;
using System.Globalization;
using System.Text;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Walks one instance and takes out what its plan says.</summary>
internal sealed class SplitWriter(
    ConfidentialPlan plan, PlaceMask? mask, PostedInstance posted, PastValues? past, IBufferWriter<byte> output)
{
    private readonly InstanceCopy _copy = new(output);
    private readonly JudgeAnswer _judge = new(mask, past);
    private readonly Stack<Open> _open = new();
    private readonly List<string> _unknown = [];
    private readonly List<ConfidentialValue> _values = [];
    private readonly List<string> _files = [];

    public SplitResult Run(ReadOnlySpan<byte> xml)
    {
        var cursor = new InstanceCursor(xml);
        _copy.Begin(xml, cursor.Source);
        cursor.Read();
        DeclarePrefix(ref cursor);
        var root = PlanFrame.Root(plan, cursor.LocalName);
        _open.Push(new Open(root, root.Place, IsSelfClosing: cursor.IsEmptyElement));
        TakeAttributes(ref cursor, root);
        _copy.LeaveOutOwn(ref cursor);
        while (cursor.Read() is var node and not InstanceNode.Done)
        {
            if (node == InstanceNode.Start)
            {
                Start(ref cursor);
            }
            else if (node == InstanceNode.End && _unknown.Count > 0)
            {
                _unknown.RemoveAt(_unknown.Count - 1);
            }
            else if (node == InstanceNode.End)
            {
                PutLostBack(ref cursor, _open.Pop());
            }
        }

        _copy.End(cursor.Source);
        return new SplitResult(_values, [.. _files.Distinct(StringComparer.Ordinal)], _judge.Finish());
    }

    private void Start(ref InstanceCursor cursor)
    {
        var (frame, old, _) = _open.Peek();
        if (_unknown.Count > 0 || frame.Find(cursor.LocalName) is not { } step)
        {
            StartOpen(ref cursor, frame);
            return;
        }

        var isSelfClosing = cursor.IsEmptyElement;
        if (step.Node is { } leaf)
        {
            TakeOut(ref cursor, leaf, frame.Enter(step, cursor.LocalName), frame.Row);
            return;
        }

        var next = frame.Open(step, cursor.LocalName);
        if (posted.WithText.Contains(cursor.TagStart))
        {
            var whole = new ConfidentialNode(step.Path, ConfidentialCause.Inherited, null, null, IsFile: false, IsPlace: false);
            TakeOut(ref cursor, whole, next.Place, frame.Row);
            return;
        }

        _open.Push(new Open(next, past?.OldPlaceOf(step, next.Place, old, Encoding.UTF8.GetString(cursor.LocalName)), isSelfClosing));
        TakeAttributes(ref cursor, next);
        _copy.LeaveOutOwn(ref cursor);
    }

    /// <summary>Passes an element that is not confidential; what it held while it was comes back at its mark.</summary>
    private void StartOpen(ref InstanceCursor cursor, PlanFrame frame)
    {
        var name = past is { HasLeft: true } ? Encoding.UTF8.GetString(cursor.LocalName) : "";
        if (name.Length > 0 && cursor.IsEmptyElement && InstanceSplit.FindNumber(ref cursor) is { } number
            && past?.TakeLeft(number, string.Join('/', [frame.Step.Path, .. _unknown, name])) is { } value)
        {
            _copy.Fill(ref cursor, value.Text);
            return;
        }

        _unknown.Add(name);
        _copy.LeaveOutOwn(ref cursor);
    }

    private void DeclarePrefix(ref InstanceCursor cursor)
    {
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            if (cursor.AttributeName(at).SequenceEqual(ConfidentialMarks.Declaration) && !InstanceCopy.IsOwnAddress(cursor.AttributeValue(at)))
            {
                // Someone else's prefix stays theirs: Fieldkeep reads its marks by their whole name.
                _copy.AddAttributes(ref cursor, " fk:marks=\"kept\""u8);
                return;
            }
        }

        _copy.AddAttributes(ref cursor, " xmlns:fk=\"https://fieldkeep.org/xforms/confidential\" fk:marks=\"kept\""u8);
    }

    private void TakeOut(ref InstanceCursor cursor, ConfidentialNode node, string place, string? row)
    {
        var number = InstanceSplit.FindNumber(ref cursor);
        var head = _copy.HeadOf(ref cursor);
        var ahead = cursor;
        var (inner, text) = InstanceSplit.ReadInner(ref ahead);
        var sent = new SentAnswer(node, place, row, number, head, inner, text);
        var value = Add(_judge.Decide(sent), place, posted.DigestOf(row));
        _copy.Replace(ref cursor, AttributesOf(value), Encoding.UTF8.GetBytes(value.Masked ?? ""));
        if (node.IsFile && InstanceSplit.TextOf(value.Text)?.Trim() is { Length: > 0 } name)
        {
            _files.Add(name);
        }
    }

    /// <summary>Takes confidential attributes out of an element, whose other attributes and children stay.</summary>
    private void TakeAttributes(ref InstanceCursor cursor, PlanFrame frame)
    {
        if (frame.Step.AttributesNode is not { } node)
        {
            return;
        }

        var attributes = new StringBuilder();
        var values = new StringBuilder();
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            if (frame.Step.Hides(InstanceSplit.LocalOf(cursor.AttributeName(at))))
            {
                var (start, end) = cursor.AttributePlace(at);
                attributes.Append(' ').Append(Encoding.UTF8.GetString(cursor.Source[start..end]));
                values.Append(Encoding.UTF8.GetString(cursor.AttributeValue(at)));
            }
        }

        var place = frame.Place + ConfidentialValue.AttributesStep;
        var sent = new SentAnswer(
            node, place, frame.Row, InstanceSplit.FindNumber(ref cursor), _copy.HeadOf(ref cursor), Encoding.UTF8.GetBytes(attributes.ToString()), values.ToString());
        var rest = _copy.HeadOf(ref cursor, frame.Step);
        var decided = _judge.Decide(sent);

        // As it was where it is as it was sent; else what was kept, before what is open and may be new.
        decided = decided.Text.AsSpan().SequenceEqual(sent.Inner) ? decided with { Head = sent.Head } : decided with { Head = [.. decided.Text, .. rest] };
        var value = Add(decided with { Head = decided.Head is [.. var bare, (byte)'/'] ? bare : decided.Head }, place, posted.DigestOf(frame.Row));
        _copy.AddAttributes(ref cursor, AttributesOf(value));
        _copy.LeaveOutOwn(ref cursor, hidden: frame.Step);
    }

    /// <summary>Puts back what a client left out of a container that is still there.</summary>
    private void PutLostBack(ref InstanceCursor cursor, Open open)
    {
        if (open.OldPlace is not { } old || past?.TakeLost(old) is not { Count: > 0 } lost)
        {
            return;
        }

        var name = Encoding.UTF8.GetString(cursor.Name);
        var prefix = name.Contains(':', StringComparison.Ordinal) ? name[..(name.IndexOf(':', StringComparison.Ordinal) + 1)] : "";
        var text = new StringBuilder();
        foreach (var value in lost)
        {
            var steps = value.Place[(old.Length + 1)..].Split('/').Select(step => prefix + step.Split('[')[0]).ToList();
            var kept = Add(value, open.Frame.Place + value.Place[old.Length..], posted.DigestOf(open.Frame.Row));
            text.Append(string.Concat(steps.SkipLast(1).Select(step => $"<{step}>")));
            var marks = Encoding.UTF8.GetString(AttributesOf(kept));
            text.Append(kept.Masked is null ? $"<{steps[^1]}{marks}/>" : $"<{steps[^1]}{marks}>{kept.Masked}</{steps[^1]}>");
            text.Append(string.Concat(steps.SkipLast(1).Reverse().Select(step => $"</{step}>")));
            if (plan.Find(value.Path) is { IsFile: true } && InstanceSplit.TextOf(value.Text)?.Trim() is { Length: > 0 } file)
            {
                _files.Add(file);
            }
        }

        _copy.AddInside(ref cursor, open.IsSelfClosing, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private ConfidentialValue Add(ConfidentialValue value, string place, byte[] row)
    {
        var numbered = value with { Number = _values.Count + 1, Place = place, Row = row };
        _values.Add(numbered);
        return numbered;
    }

    private static byte[] AttributesOf(ConfidentialValue value) => Encoding.UTF8.GetBytes(
        value.Masked is not null && value.Radius is { } radius
            ? string.Create(CultureInfo.InvariantCulture, $" fk:confidential=\"{value.Number}\" fk:radius=\"{radius:0.###}\"")
            : string.Create(CultureInfo.InvariantCulture, $" fk:confidential=\"{value.Number}\""));

    private sealed record Open(PlanFrame Frame, string? OldPlace, bool IsSelfClosing);
}
