using Fieldkeep.Server.Database;
using Fieldkeep.Server.Ledger.Verification;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Server.Submissions.Proofs;

/// <summary>Holds the legal holds of a database to what the keyring knows of them: one that stands there must stand here. Writes nothing.</summary>
internal sealed class CompareHolds(Db db, Keyring keyring, IReadOnlyDictionary<long, Guid> keyOfProject, Findings findings)
{
    private const string Standing = "select row_id from submissions.holds where project_id = @project and lifted_at is null";

    /// <summary>Whether the database was just restored: holds placed since the backup are expected to be missing.</summary>
    public bool IsRestored { get; init; }

    /// <summary>Does it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var projects = keyOfProject.ToLookup(pair => pair.Value, pair => pair.Key);
        foreach (var notes in keyring.Holds.Where(note => HoldPlan.Read(note.Plan) is { Lift: null }).GroupBy(note => note.Project))
        {
            foreach (var project in projects[notes.Key])
            {
                var standing = await ListAsync(project, cancellationToken);
                foreach (var note in notes.Where(note => !standing.Contains(note.Id)))
                {
                    Tell($"A legal hold of {note.At:u} on project {project} is not in the database: it was restored from before, or somebody took the hold away beside the server. The server places it again within five minutes of its start.");
                }
            }
        }
    }

    private void Tell(string missing)
    {
        if (IsRestored)
        {
            findings.Remark(missing);
        }
        else
        {
            findings.Add(new Finding("hold.missing", missing));
        }
    }

    private async Task<HashSet<Guid>> ListAsync(long project, CancellationToken cancellationToken)
    {
        try
        {
            return [.. await db.ListAsync<Guid>(Standing, new { project }, cancellationToken)];
        }
        catch (PostgresException missing) when (missing.SqlState is PostgresErrorCodes.UndefinedTable)
        {
            return [];
        }
    }
}
