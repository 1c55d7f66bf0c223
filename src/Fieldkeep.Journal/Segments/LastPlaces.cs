namespace Fieldkeep.Journal.Segments;

/// <summary>Knows of all records in some segments where each lies last, and which are not to be given. Of most there is one, and only that it is there is kept.</summary>
/// <param name="leftOut">Records that are not to be given.</param>
internal sealed class LastPlaces(IEnumerable<Guid> leftOut)
{
    private readonly HashSet<Guid> _leftOut = [.. leftOut];
    private readonly HashSet<Guid> _seen = [];
    private readonly Dictionary<Guid, (Segment Segment, FramePlace Place)> _again = [];

    /// <summary>Notes one; in the order in which they lie.</summary>
    public void Note(Guid id, Segment segment, FramePlace place)
    {
        if (!_seen.Add(id))
        {
            _again[id] = (segment, place);
        }
    }

    /// <summary>Leaves records out.</summary>
    public void LeaveOut(IEnumerable<Guid> ids) => _leftOut.UnionWith(ids);

    /// <summary>Whether a record is to be given, and lies nowhere behind this place.</summary>
    public bool IsLast(Guid id, Segment segment, FramePlace place) =>
        !_leftOut.Contains(id) && (!_again.TryGetValue(id, out var last) || last == (segment, place));
}
