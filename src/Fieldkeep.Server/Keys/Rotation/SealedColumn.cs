using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>
/// One column whose values are sealed with a project's data key, and how they are sealed anew when that changes. Registered by the room
/// whose table it is; <c>SealedColumnsTests</c> holds the registrations to the tables of the database, so that none can be forgotten.
/// </summary>
/// <param name="Name">The column with its table, such as <c>submissions.versions.xml</c>; envelopes are bound to it.</param>
/// <param name="Purpose">What the envelopes are sealed as.</param>
/// <param name="Next">
/// Gives the next <c>@rows</c> rows of the whole table after the place <c>@after, @afterVersion, @afterOrdinal, @afterName</c>, in order, as
/// <c>at, at_version, at_ordinal, at_name</c> (the place), <c>row, version</c> (what the envelope is bound to) and <c>sealed</c>: its bytes if it was
/// sealed with one of <c>@keys</c>, else null. It never skips rows, so that each page costs the same.
/// </param>
/// <param name="Replace">
/// Puts <c>fresh</c> in the place of <c>old</c> for the rows of <c>unnest(@at, @atVersion, @atOrdinal, @atName, @old, @fresh)</c>, where the bytes are
/// still the old ones: what was changed meanwhile stays.
/// </param>
internal sealed record SealedColumn(string Name, EnvelopePurpose Purpose, string Next, string Replace)
{
    /// <summary>What <see cref="Replace"/> reads: the places, and the envelopes there before and after.</summary>
    public const string FreshRows = """
        from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
            as n (at, version, ordinal, name, old, fresh)
        """;

    /// <summary>Gives what an envelope at a place is bound to, where that is not the column alone.</summary>
    public Func<byte[], string>? BoundTo { get; init; }

    /// <summary>Describes a column of a table whose rows have one uuid as their key, to which the envelopes are bound.</summary>
    /// <param name="name">The column with its schema and table.</param>
    /// <param name="purpose">What the envelopes are sealed as.</param>
    /// <param name="key">The column of the uuid.</param>
    public static SealedColumn ByRow(string name, EnvelopePurpose purpose, string key = "row_id")
    {
        var dot = name.LastIndexOf('.');
        var (table, column) = (name[..dot], name[(dot + 1)..]);
        return new(
            name,
            purpose,
            $"""
            select {key} as at, 0 as at_version, 0 as at_ordinal, ''::bytea as at_name, {key} as row, 1 as version,
                   {SealedIn(column)}
            from {table} where {key} > @after order by {key} limit @rows
            """,
            $"""
            update {table} t set {column} = n.fresh
            {FreshRows}
            where t.{key} = n.at and t.{column} = n.old
            """);
    }

    /// <summary>Gives the envelope of a column as <c>sealed</c>, null when it is sealed with none of <c>@keys</c>.</summary>
    public static string SealedIn(string column) =>
        $"case when substring({column} from 5 for 16) = any (@keys::bytea[]) then {column} end as sealed";
}

/// <summary>One column that names blobs, whose bytes are sealed with a project's data key.</summary>
/// <param name="Name">The column with its table.</param>
/// <param name="BoundTo">The column that the envelopes are bound to.</param>
/// <param name="Purpose">What they are sealed as.</param>
/// <param name="Next">As <see cref="SealedColumn.Next"/>, with the blob's name as <c>sealed</c> where the row belongs to <c>@project</c>.</param>
/// <param name="Replace">
/// Puts the blob <c>@fresh</c> in the place of <c>@old</c> at the place <c>@at, @atVersion, @atOrdinal</c>, and wherever the same row was copied to; only
/// where it is still the old one.
/// </param>
internal sealed record SealedBlobColumn(string Name, string BoundTo, EnvelopePurpose Purpose, string Next, string Replace);

/// <summary>A place in the order of a table.</summary>
internal sealed record SealedPlace(Guid At, int AtVersion, int AtOrdinal, byte[] AtName)
{
    /// <summary>Before the first row.</summary>
    public static readonly SealedPlace Start = new(Guid.Empty, -1, -1, []);
}

/// <summary>A row of a page.</summary>
internal sealed record SealedRow
{
    /// <summary>The place, part one.</summary>
    public Guid At { get; init; }

    /// <summary>The place, part two.</summary>
    public int AtVersion { get; init; }

    /// <summary>The place, part three.</summary>
    public int AtOrdinal { get; init; }

    /// <summary>The place, part four.</summary>
    public byte[] AtName { get; init; } = [];

    /// <summary>The row that the envelope is bound to.</summary>
    public Guid Row { get; init; }

    /// <summary>The version that the envelope is bound to.</summary>
    public int Version { get; init; }

    /// <summary>The envelope, or the name of its blob; null when there is nothing to do here.</summary>
    public byte[]? Sealed { get; init; }

    /// <summary>Where it stands.</summary>
    public SealedPlace Place => new(At, AtVersion, AtOrdinal, AtName);
}
