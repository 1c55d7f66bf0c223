namespace Fieldkeep.Journal;

/// <summary>Names the kinds of damage; stable.</summary>
public enum DamageKind
{
    /// <summary>The first bytes are not those of a segment, or were changed.</summary>
    Header = 1,

    /// <summary>The segment says it belongs to another installation.</summary>
    OtherInstallation,

    /// <summary>The segment was sealed with another key.</summary>
    OtherKey,

    /// <summary>The segment's number is not that of its name.</summary>
    OtherNumber,

    /// <summary>A frame, or what lies between frames, was changed or moved.</summary>
    Frame,

    /// <summary>A frame is whole and of a kind that this version does not know.</summary>
    UnknownKind,

    /// <summary>The segment ends before its end.</summary>
    TooShort,

    /// <summary>The disk cannot read the file.</summary>
    Unreadable,
}

/// <summary>Something in the journal that is not as it was written. Records before and after it are still read.</summary>
/// <param name="File">The file's name in the journal's folder.</param>
/// <param name="Offset">Where, bytes from its beginning.</param>
/// <param name="Kind">What.</param>
public sealed record JournalDamage(string File, long Offset, DamageKind Kind);
