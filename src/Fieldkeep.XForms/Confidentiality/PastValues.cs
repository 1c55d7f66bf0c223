namespace Fieldkeep.XForms.Confidentiality;

/// <summary>
/// Finds what the confidential questions of an edited instance held before: by their marks, then by their rows, and by their place only where
/// nothing around them has changed.
/// </summary>
internal sealed class PastValues
{
    private readonly SplitEdit _edit;
    private readonly PostedInstance _posted;
    private readonly ConfidentialPlan _plan;
    private readonly Dictionary<int, ConfidentialValue> _byNumber = [];
    private readonly Dictionary<string, ConfidentialValue> _byPlace = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConfidentialValue> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _oldRows = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changedRepeats = new(StringComparer.Ordinal);
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unseen = new(StringComparer.Ordinal);
    private readonly HashSet<string> _moved = new(StringComparer.Ordinal);
    private readonly HashSet<int> _used = [];
    private readonly Dictionary<string, List<ConfidentialValue>> _lostBelow = new(StringComparer.Ordinal);

    public PastValues(SplitEdit edit, PostedInstance posted, ConfidentialPlan plan)
    {
        _edit = edit;
        _posted = posted;
        _plan = plan;
        foreach (var value in edit.Previous)
        {
            _byNumber.TryAdd(value.Number, value);
            _byPlace.TryAdd(value.Place, value);
            HasLeft |= !plan.Holds(value.Path);
            if (!value.Text.AsSpan().IsEmpty)
            {
                _given.Add(value.Path);
            }
        }

        FindByNumber();
        CompareRows();
        foreach (var leaf in posted.Leaves)
        {
            if (!_found.ContainsKey(leaf.Place) && FindWithoutNumber(leaf) is { } value && _used.Add(value.Number))
            {
                _found.Add(leaf.Place, value);
            }
        }

        FindUnseen();
        ListLostByPlace();
    }

    /// <summary>Who edited.</summary>
    public SplitEdit Edit => _edit;

    /// <summary>Whether some earlier answers are not confidential any more.</summary>
    public bool HasLeft { get; }

    /// <summary>Finds what a question held; null when it held nothing, or is new.</summary>
    public ConfidentialValue? Find(string place) => _found.GetValueOrDefault(place);

    /// <summary>Whether an answer would get into a row it does not belong to.</summary>
    public bool IsMoved(string place) => _moved.Contains(place);

    /// <summary>Whether the editor was not shown what a computed answer is made of.</summary>
    public bool IsUnseen(string path) => _unseen.Contains(path);

    /// <summary>Whether an empty question may stand for one that held an answer, and nobody can tell which.</summary>
    public bool IsUnclear(ConfidentialNode node, string? row) =>
        _edit.EmptyKeeps && row is not null && !_posted.KeepsMarks && !_oldRows.ContainsKey(row) && _given.Contains(node.Path)
        && _changedRepeats.Contains(_plan.RepeatOf(node.Path) ?? "");

    /// <summary>Gives the place a container had; null when it was not there.</summary>
    public string? OldPlaceOf(PlanStep step, string place, string? oldAround, ReadOnlySpan<char> name)
    {
        if (step.IsRepeat)
        {
            return _oldRows.TryGetValue(place, out var old) ? old : _changedRepeats.Contains(step.Path) ? null : place;
        }

        return oldAround is null ? null : $"{oldAround}/{name}";
    }

    /// <summary>Takes the answers that stood in a container, or in groups inside, and that nothing in the new instance stands for.</summary>
    public IReadOnlyList<ConfidentialValue> TakeLost(string oldPlace)
    {
        if (!_edit.IsReadOnly || !_lostBelow.TryGetValue(oldPlace, out var lost))
        {
            return [];
        }

        return lost.FindAll(value => _used.Add(value.Number));
    }

    /// <summary>Finds the earlier answer of a question that is not confidential any more, by its mark.</summary>
    public ConfidentialValue? TakeLeft(int number, string path) =>
        _byNumber.TryGetValue(number, out var value) && value.Path == path && !_plan.Holds(path) && _used.Add(number) ? value : null;

    /// <summary>Lists the answers that nothing in the new instance stands for.</summary>
    public IEnumerable<ConfidentialValue> ListLost() =>
        _byNumber.Values.Where(value => !_used.Contains(value.Number) && _plan.Holds(value.Path)).OrderBy(value => value.Number);

    // Of two elements with one number, the one that stands among the same open answers is meant, then the one at the same place.
    private void FindByNumber()
    {
        var best = new Dictionary<int, (PostedLeaf Leaf, int Rank)>();
        foreach (var leaf in _posted.Leaves)
        {
            if (leaf.Number is { } number && _byNumber.TryGetValue(number, out var value) && value.Path == leaf.Path)
            {
                var rank = (_posted.DigestOf(leaf.Row).AsSpan().SequenceEqual(value.Row) ? 2 : 0) + (leaf.Place == value.Place ? 1 : 0);
                if (!best.TryGetValue(number, out var known) || known.Rank < rank)
                {
                    best[number] = (leaf, rank);
                }
            }
        }

        foreach (var (number, (leaf, rank)) in best)
        {
            var value = _byNumber[number];
            _found[leaf.Place] = value;
            _used.Add(number);
            if (leaf.Row is not { } row || _plan.RowOf(value) is not { } old)
            {
                continue;
            }

            if (rank == 0 || !NoteRow(row, old))
            {
                _moved.Add(leaf.Place);
            }
        }
    }

    /// <summary>Notes which row a row was, and those around it; false when another answer says it was another one.</summary>
    private bool NoteRow(string row, string old)
    {
        if (_oldRows.TryGetValue(row, out var known))
        {
            return known == old;
        }

        _oldRows.Add(row, old);
        return true;
    }

    private void CompareRows()
    {
        var before = new Dictionary<string, (string Repeat, byte[] Digest)>(StringComparer.Ordinal);
        foreach (var value in _edit.Previous)
        {
            if (_plan.RowOf(value) is { } row && _plan.RepeatOf(value.Path) is { } repeat)
            {
                before[row] = (repeat, value.Row);
            }
        }

        foreach (var (place, repeat) in _posted.Rows)
        {
            if (!before.Remove(place, out var row) || !_posted.DigestOf(place).AsSpan().SequenceEqual(row.Digest))
            {
                _changedRepeats.Add(repeat);
            }
        }

        _changedRepeats.UnionWith(before.Values.Select(row => row.Repeat));
    }

    private ConfidentialValue? FindWithoutNumber(PostedLeaf leaf)
    {
        var place = leaf.Place;
        if (leaf.Row is { } row)
        {
            if (_oldRows.TryGetValue(row, out var old))
            {
                place = old + leaf.Place[row.Length..];
            }
            else if (_edit.EmptyKeeps && _changedRepeats.Contains(_plan.RepeatOf(leaf.Path) ?? ""))
            {
                return null;
            }
        }

        return _byPlace.TryGetValue(place, out var value) && value.Path == leaf.Path && !_used.Contains(value.Number) ? value : null;
    }

    /// <summary>Finds the computed answers that are made of one the editor was not shown.</summary>
    private void FindUnseen()
    {
        if (!_edit.EmptyKeeps)
        {
            return;
        }

        var posted = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Queue<string>();
        foreach (var leaf in _posted.Leaves)
        {
            posted.Add(leaf.Path);
            if (leaf.IsEmpty && _given.Contains(leaf.Path) && _found.TryGetValue(leaf.Place, out var value) && value.Text.Length > 0)
            {
                waiting.Enqueue(leaf.Path);
            }
        }

        foreach (var path in _given.Where(path => !posted.Contains(path)))
        {
            waiting.Enqueue(path);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (waiting.TryDequeue(out var source))
        {
            foreach (var made in seen.Add(source) ? _plan.ListMadeOf(source) : [])
            {
                _unseen.Add(made);
                waiting.Enqueue(made);
            }
        }
    }

    // By every container up to the row: a group that was left out with all that is inside is put back as well.
    private void ListLostByPlace()
    {
        foreach (var value in _edit.IsReadOnly ? ListLost().Where(value => !value.IsAttributes) : [])
        {
            var row = _plan.RowOf(value);
            for (var end = value.Place.LastIndexOf('/'); end > 0; end = value.Place.LastIndexOf('/', end - 1))
            {
                var container = value.Place[..end];
                if (!_lostBelow.TryGetValue(container, out var list))
                {
                    _lostBelow[container] = list = [];
                }

                list.Add(value);
                if (container == row)
                {
                    break;
                }
            }
        }
    }
}
