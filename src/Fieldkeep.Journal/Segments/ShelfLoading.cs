using Fieldkeep.Journal.Disks;

namespace Fieldkeep.Journal.Segments;

/// <summary>What was written last before this process.</summary>
/// <param name="Segment">The last segment with a header; null when there is none.</param>
/// <param name="Number">The highest number that any file has.</param>
/// <param name="DurableEnd">Up to where the last segment is durable, bytes.</param>
internal sealed record LastSegment(Segment? Segment, long Number, long DurableEnd);

/// <summary>Reads what lies in the journal's folder when it is opened.</summary>
internal sealed class ShelfLoading(IJournalDisk disk, SegmentReader reader, Shelf shelf)
{
    private readonly List<(SegmentName Name, SegmentHeader Header)> _found = [];
    private readonly List<(SegmentName Name, DamageKind Damage)> _headless = [];
    private readonly HashSet<Guid> _settled = [];
    private readonly List<(Segment Segment, List<Guid> Said)> _said = [];

    /// <summary>Puts all segments on the shelf, and the records that wait.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public LastSegment Run()
    {
        var names = disk.List(string.Empty).Select(SegmentName.TryParse).OfType<SegmentName>().OrderBy(name => name.Number).ToList();
        foreach (var name in names)
        {
            ReadHeader(name);
        }

        RemoveUnborn();
        var last = new LastSegment(null, names.Count == 0 ? 0 : names[^1].Number, 0);
        for (var at = 0; at < _found.Count; at++)
        {
            var (name, header) = _found[at];
            var isLast = at == _found.Count - 1;
            var next = isLast ? null : _found[at + 1].Header;
            var segment = new Segment(name, header.OpenedAt)
            {
                Bound = new SegmentBound(isLast && !_headless.Exists(other => other.Name.Number > name.Number), next?.Before == name.Number ? next.BeforeEnd : null),
            };
            segment.SpeaksFrom = 0;
            var end = isLast || name.Standing != SegmentStanding.Drained ? Scan(segment, isLast) : 0;
            shelf.Add(segment);
            last = isLast ? last with { Segment = segment, DurableEnd = end } : last;
        }

        // What is said of a record may stand in another segment. One that is in none that was read may be in any.
        foreach (var (segment, said) in _said)
        {
            segment.SpeaksFrom = said.Count == 0 ? long.MaxValue : said.Min(id => shelf.Find(id)?.Segment.Number ?? 0);
        }

        foreach (var id in _settled)
        {
            shelf.Done(id, out _);
        }

        return last;
    }

    private void ReadHeader(SegmentName name)
    {
        if (reader.TryReadHeader(name.ToString(), name.Number, out var damage) is { } header)
        {
            _found.Add((name, header));
            return;
        }

        _headless.Add((name, damage));
    }

    // A segment whose creation did not end well held no record. It is known of the last, when its header is not whole, and of one that the next passes over.
    private void RemoveUnborn()
    {
        var unborn = new List<SegmentName>();
        foreach (var (name, damage) in _headless.ToList())
        {
            var next = _found.Find(one => one.Name.Number > name.Number).Header;
            if (damage == DamageKind.Header && (next is null || next.Before < name.Number) && reader.IsUnborn(name.ToString()))
            {
                unborn.Add(name);
                _headless.Remove((name, damage));
            }
            else
            {
                shelf.Note(null, [new JournalDamage(name.ToString(), 0, damage)]);
            }
        }

        for (var at = _found.Count - 2; at >= 0; at--)
        {
            if (_found[at + 1].Header.Before < _found[at].Name.Number && reader.IsUnborn(_found[at].Name.ToString()))
            {
                unborn.Add(_found[at].Name);
                _found.RemoveAt(at);
            }
        }

        unborn.ForEach(name => disk.Unlink(name.ToString()));
        if (unborn.Count > 0)
        {
            disk.SyncFolder(string.Empty);
        }
    }

    // Reads a segment through; gives up to where it is durable.
    private long Scan(Segment segment, bool isLast)
    {
        var isSynced = !isLast || TrySync(segment.File);
        var cursor = reader.TryOpen(segment.File, segment.Number, out var damage);
        if (cursor is null)
        {
            shelf.Note(segment, [new JournalDamage(segment.File, 0, damage)]);
            return 0;
        }

        while (cursor.Next())
        {
            if (segment.Name.Standing == SegmentStanding.Undrained)
            {
                shelf.Found(cursor.Id, cursor.At, segment, cursor.Place);
            }
        }

        segment.End = cursor.End;
        _said.Add((segment, [.. cursor.Withdrawn, .. cursor.Noted]));
        _settled.UnionWith(cursor.Withdrawn);
        _settled.UnionWith(cursor.Noted);
        shelf.Note(segment, reader.Judge(segment.File, cursor, segment.Bound));
        return isSynced ? cursor.DurableEnd : cursor.LastBatch;
    }

    // What a killed process wrote may be in the kernel only. When the disk refuses, the last batch counts as not durable; its records are drained all the same.
    private bool TrySync(string file)
    {
        try
        {
            disk.SyncFile(file);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            shelf.Note(new JournalException(JournalTrouble.Broken, $"The journal's disk refused: {e.Message}", e));
            return false;
        }
    }
}
