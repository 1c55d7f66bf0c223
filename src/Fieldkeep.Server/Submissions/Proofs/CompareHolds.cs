using Fieldkeep.Server.Database;
using Fieldkeep.Server.Ledger.Verification;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Server.Submissions.Proofs;

/// <summary>Holds the legal holds of a database to what the keyring knows of them: one that stands there must stand here, on the same. Writes nothing.</summary>
internal sealed class CompareHolds(Db db, Keyring keyring, IReadOnlyDictionary<long, Guid> keyOfProject, Findings findings)
{
    private const string Standing = "select row_id, submission_id from submissions.holds where project_id = @project and lifted_at is null";

    // The server places again what the keyring knows within five minutes: a hold of that time may be in the one and not yet in the other.
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(10);

    /// <summary>When the database was just restored, what it is from: holds placed since are expected to be missing. Null for one that lives.</summary>
    public DateTimeOffset? RestoredFrom { get; init; }

    /// <summary>Does it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var projects = keyOfProject.ToLookup(pair => pair.Value, pair => pair.Key);
        var known = keyring.Holds.Select(note => (Note: note, Plan: HoldPlan.Read(note.Plan)));
        foreach (var notes in known.Where(one => one.Plan is { Lift: null }).GroupBy(one => one.Note.Project))
        {
            foreach (var project in projects[notes.Key])
            {
                var standing = await ListAsync(project, cancellationToken);
                foreach (var (note, plan) in notes)
                {
                    if (!standing.TryGetValue(note.Id, out var on))
                    {
                        Tell(note, $"A legal hold of {note.At:u} on project {project} is not in the database: it was restored from before, or somebody took the hold away beside the server. The server places it again within five minutes of its start.");
                    }
                    else if (on != plan?.Submission)
                    {
                        // No backup has that.
                        findings.Add(new Finding(
                            "hold.missing",
                            $"A legal hold of {note.At:u} on project {project} stands on something else in the database: somebody changed it beside the server. The server puts it back within five minutes of its start."));
                    }
                }
            }
        }
    }

    private void Tell(HoldNote note, string missing)
    {
        if (RestoredFrom is { } from && note.At + Late > from)
        {
            findings.Remark(missing);
        }
        else
        {
            findings.Add(new Finding("hold.missing", missing));
        }
    }

    private async Task<Dictionary<Guid, Guid?>> ListAsync(long project, CancellationToken cancellationToken)
    {
        try
        {
            return (await db.ListAsync<StandingRow>(Standing, new { project }, cancellationToken)).ToDictionary(row => row.RowId, row => row.SubmissionId);
        }
        catch (PostgresException missing) when (missing.SqlState is PostgresErrorCodes.UndefinedTable)
        {
            return [];
        }
    }

    private sealed record StandingRow(Guid RowId, Guid? SubmissionId);
}
