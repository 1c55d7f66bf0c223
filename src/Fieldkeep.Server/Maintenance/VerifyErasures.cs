using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Ledger.Verification;
using Npgsql;

namespace Fieldkeep.Server.Maintenance;

/// <summary>
/// Holds projects to the entries of erasures: what was sealed for an erased project opens for nobody, so whoever gave a project the key entry of an erased one
/// would hide what he changed there. Rows are streamed; writes nothing.
/// </summary>
internal sealed class VerifyErasures(Db db, EntryBodies bodies, IReadOnlyDictionary<long, Guid> keyOfProject, Findings findings)
{
    private const string Erasures = """
        select e.id, e.subject_id, e.row_id, e.body from ledger.entries_view e
        where e.project_id is null and e.subject_kind = 'project' and e.action = 'project.erase' order by e.id
        """;

    /// <summary>Does it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var projects = keyOfProject.ToLookup(one => one.Value, one => one.Key);
        await foreach (var (entry, subject, row, body) in db.StreamAsync(Erasures, _ => { }, Read, cancellationToken))
        {
            if (bodies.Open(null, row, body, out var plain) == BodyState.Opened && KeyOf(plain) is { } key
                && projects[key].FirstOrDefault(number => number.ToString(CultureInfo.InvariantCulture) != subject, -1) is >= 0 and var other)
            {
                findings.Add(new Finding(
                    "project.exchanged",
                    $"Project {other} stands with the keys of project {subject}, which entry {entry} tells was erased: somebody exchanged them beside the server.")
                {
                    Entry = entry,
                });
            }
        }
    }

    private static Guid? KeyOf(byte[]? plain)
    {
        if (plain is null)
        {
            return null;
        }

        using var told = JsonDocument.Parse(plain);
        return told.RootElement.TryGetProperty("before", out var before) && before.ValueKind == JsonValueKind.Object
            && before.TryGetProperty("key", out var key) && key.TryGetGuid(out var id) ? id : null;
    }

    private static (long Entry, string Subject, Guid Row, byte[] Body) Read(NpgsqlDataReader row) =>
        (row.GetInt64(0), row.GetString(1), row.GetGuid(2), row.GetFieldValue<byte[]>(3));
}
