namespace Fieldkeep.Journal.Segments;

/// <summary>What is known of one segment. Guarded by the shelf's gate.</summary>
internal sealed class Segment(SegmentName name, DateTimeOffset openedAt)
{
    /// <summary>Its number.</summary>
    public long Number => Name.Number;

    /// <summary>Its name by now.</summary>
    public SegmentName Name { get; set; } = name;

    /// <summary>Its file by now.</summary>
    public string File => Name.ToString();

    /// <summary>When it was begun.</summary>
    public DateTimeOffset OpenedAt { get; } = openedAt;

    /// <summary>Bytes of it that count: up to the end of what is durable.</summary>
    public long End { get; set; }

    /// <summary>Records in it that the database does not have yet.</summary>
    public int Waiting { get; set; }

    /// <summary>True while records are appended.</summary>
    public bool IsOpen { get; set; }

    /// <summary>
    /// The lowest number of a segment with a record that this one says something of: it is marked and removed after those from there on. 0 while that is not
    /// known, <see cref="long.MaxValue"/> when it speaks of none.
    /// </summary>
    public long SpeaksFrom { get; set; } = long.MaxValue;

    /// <summary>Something in it cannot be read: it is never removed.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>It could not be read through, by this version or at this moment: it is left as it is, to be read after the next start.</summary>
    public bool IsHeld { get; set; }

    /// <summary>What the one after it says of it.</summary>
    public SegmentBound Bound { get; set; } = new(IsLast: true, null);

    /// <summary>Closed, and the database has all that can be read of it.</summary>
    public bool IsDrainable => !IsOpen && !IsHeld && Waiting == 0 && Name.Standing == SegmentStanding.Undrained;
}
