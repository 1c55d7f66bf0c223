using System.Text.Json;
using Npgsql;

namespace Fieldkeep.Server.Ledger.Verification;

/// <summary>An entry as it stands in the table, and the leaf it was made.</summary>
internal sealed record StoredEntry(
    long Id,
    DateTimeOffset At,
    long Actor,
    string Door,
    string Action,
    long? Project,
    string SubjectKind,
    string SubjectId,
    Guid Row,
    byte[] Leaf,
    byte[] Body)
{
    /// <summary>Columns in the order that <see cref="Read"/> takes.</summary>
    public const string Columns = """
        e.id, e.at, e.actor_id, e.door, e.action, e.project_id, e.subject_kind, e.subject_id, e.row_id, e.leaf, e.body
        """;

    /// <summary>Reads a row from a column on; null when there is no entry.</summary>
    public static StoredEntry? Read(NpgsqlDataReader row, int from) => row.IsDBNull(from)
        ? null
        : new StoredEntry(
            row.GetInt64(from),
            row.GetFieldValue<DateTimeOffset>(from + 1),
            row.GetInt64(from + 2),
            row.GetString(from + 3),
            row.GetString(from + 4),
            row.IsDBNull(from + 5) ? null : row.GetInt64(from + 5),
            row.GetString(from + 6),
            row.GetString(from + 7),
            row.GetGuid(from + 8),
            row.GetFieldValue<byte[]>(from + 9),
            row.GetFieldValue<byte[]>(from + 10));

    /// <summary>Whether its opened body was sealed for these columns; one of an older release does not tell.</summary>
    public bool Fits(byte[] plain)
    {
        using var told = JsonDocument.Parse(plain);
        return !told.RootElement.TryGetProperty("of", out var of)
            || of.Deserialize<EntryFacts>(JsonSerializerOptions.Web)
                == new EntryFacts(EntryFacts.Microseconds(At), Actor, Door, Action, SubjectKind, SubjectId);
    }

    /// <summary>The leaf that its columns make.</summary>
    public byte[] Rehash() => EntryLeaf.Of(At, Actor, Door, Action, Project, SubjectKind, SubjectId, Row, Body);
}
