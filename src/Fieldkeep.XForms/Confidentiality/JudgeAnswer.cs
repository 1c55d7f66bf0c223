namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Holds a confidential question as it was sent.</summary>
/// <param name="Node">What it is in the plan.</param>
/// <param name="Place">Its place in the instance.</param>
/// <param name="Row">Place of the row it stands in; null outside repeats.</param>
/// <param name="Number">The number its mark bears; null without one.</param>
/// <param name="Head">What stands in its start tag, without marks.</param>
/// <param name="Inner">What stands inside, as written.</param>
/// <param name="Text">Its text; null when it holds elements.</param>
internal sealed record SentAnswer(
    ConfidentialNode Node, string Place, string? Row, int? Number, byte[] Head, byte[] Inner, string? Text);

/// <summary>Decides whether a confidential question keeps the answer it had or takes the one that was sent, and notes what changes.</summary>
internal sealed class JudgeAnswer(PlaceMask? mask, PastValues? past)
{
    private readonly List<ConfidentialChange> _changes = [];

    /// <summary>Gives what the question holds from now on.</summary>
    public ConfidentialValue Decide(SentAnswer sent)
    {
        var isEmpty = sent.Text is not null && string.IsNullOrWhiteSpace(sent.Text);
        var before = past?.Find(sent.Place);
        if (past is null)
        {
            return Taken(sent, 0);
        }

        // A computed answer of someone who was not shown its parts is nonsense, and of someone who may not write, no answer.
        var isIgnored = sent.Node.IsMade && past.Edit.EmptyKeeps
            && (past.Edit.IsReadOnly || (past.IsUnseen(sent.Node.Path) && (before is not null || sent.Row is null)));
        if (before is null)
        {
            if (isIgnored)
            {
                return Taken(sent with { Head = sent.Node.Path.EndsWith(ConfidentialValue.AttributesStep, StringComparison.Ordinal) ? sent.Head : "/"u8.ToArray(), Inner = [], Text = "" }, 0);
            }

            if (!isEmpty)
            {
                _changes.Add(new ConfidentialChange(sent.Place, ConfidentialChangeKind.Added));
            }
            else if (past.IsUnclear(sent.Node, sent.Row))
            {
                _changes.Add(new ConfidentialChange(sent.Place, ConfidentialChangeKind.Unclear));
            }

            return Taken(sent, 0);
        }

        if (past.IsMoved(sent.Place))
        {
            _changes.Add(new ConfidentialChange(sent.Place, ConfidentialChangeKind.Moved));
        }

        if (isIgnored
            || (isEmpty && (sent.Number == before.Number || past.Edit.EmptyKeeps))
            || (before.Masked is { } shown && sent.Text?.Trim() == shown))
        {
            return Kept(sent.Node, before);
        }

        if (!past.Edit.SameIsChange && sent.Inner.AsSpan().SequenceEqual(before.Text))
        {
            return Kept(sent.Node, before) with { Head = sent.Head };
        }

        _changes.Add(new ConfidentialChange(sent.Place, ConfidentialChangeKind.Replaced));
        return Taken(sent, past.Edit.EmptyKeeps ? before.Turn + 1 : before.Turn);
    }

    /// <summary>Lists what changes, with what is lost.</summary>
    public IReadOnlyList<ConfidentialChange> Finish()
    {
        _changes.AddRange(past?.ListLost().Select(value => new ConfidentialChange(value.Place, ConfidentialChangeKind.Removed)) ?? []);
        return _changes;
    }

    private ConfidentialValue Taken(SentAnswer sent, int turn) =>
        Shown(sent.Node, sent.Text, new ConfidentialValue(0, sent.Node.Path, sent.Place, sent.Inner, null) { Head = sent.Head, Turn = turn });

    // Two points for one answer would tell more than one: the one it has stays as long as its radius does.
    private ConfidentialValue Kept(ConfidentialNode node, ConfidentialValue before) =>
        before.Masked is not null && before.Radius == node.Radius ? before
        : Shown(node, node.Radius is null ? null : InstanceSplit.TextOf(before.Text), before with { Masked = null, Radius = null });

    private ConfidentialValue Shown(ConfidentialNode node, string? text, ConfidentialValue value) =>
        node is { IsPlace: true, Radius: { } radius } && text is not null && mask?.Displace(text, radius, node.Path, value.Turn) is { } masked
            ? value with { Masked = masked, Radius = radius }
            : value;
}
