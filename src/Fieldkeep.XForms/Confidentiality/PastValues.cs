namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Finds what a confidential question of an edited instance held before: by number first, then by place.</summary>
internal sealed class PastValues
{
    private readonly Dictionary<int, ConfidentialValue> _byNumber = [];
    private readonly Dictionary<string, ConfidentialValue> _byPlace = new(StringComparer.Ordinal);
    private readonly HashSet<int> _claims;
    private readonly HashSet<int> _used = [];

    public PastValues(SplitEdit edit, HashSet<int> claims)
    {
        EmptyKeeps = edit.EmptyKeeps;
        SameIsChange = edit.SameIsChange;
        _claims = claims;
        foreach (var value in edit.Previous)
        {
            _byNumber.TryAdd(value.Number, value);
            _byPlace.TryAdd(value.Place, value);
        }
    }

    /// <summary>Whether an empty question keeps its answer.</summary>
    public bool EmptyKeeps { get; }

    /// <summary>Whether an answer that is given counts as a change even when it is the one there was.</summary>
    public bool SameIsChange { get; }

    /// <summary>Finds the earlier answer an element stands for; null when it stands for none. Each is found once.</summary>
    public ConfidentialValue? Take(int? number, ConfidentialNode node, string place)
    {
        var found = number is { } claimed && _byNumber.TryGetValue(claimed, out var marked) && marked.Path == node.Path && !_used.Contains(claimed)
            ? marked
            : AtPlace(node, place);
        return found is not null && _used.Add(found.Number) ? found : null;
    }

    /// <summary>Lists the answers that nothing in the new instance stands for.</summary>
    public IEnumerable<ConfidentialValue> ListLost() =>
        _byNumber.Values.Where(value => !_used.Contains(value.Number) && value.Text.Length > 0).OrderBy(value => value.Number);

    /// <summary>
    /// A client that keeps numbers leaves them out of new rows only, so there the place of a row says nothing; nor does it
    /// where another element bears the number.
    /// </summary>
    private ConfidentialValue? AtPlace(ConfidentialNode node, string place) =>
        (_claims.Count == 0 || !node.IsRepeated) && _byPlace.TryGetValue(place, out var value) && !_claims.Contains(value.Number)
            ? value
            : null;
}
