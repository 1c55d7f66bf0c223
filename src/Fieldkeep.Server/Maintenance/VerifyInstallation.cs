using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Ledger.Verification;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Proofs;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;
using Npgsql;

namespace Fieldkeep.Server.Maintenance;

/// <summary>Says what to verify.</summary>
/// <param name="ConnectionString">The database.</param>
/// <param name="DataDirectory">Where blobs and the checkpoint file lie.</param>
/// <param name="Keyring">The opened keys; null when they cannot be opened.</param>
internal sealed record VerifyPlan(string ConnectionString, string DataDirectory, Keyring? Keyring)
{
    /// <summary>Why there are no keys; null with them.</summary>
    public string? WhyNoKeys { get; init; }

    /// <summary>Whether this was just restored: what was placed since the backup is not there yet, and the server brings it.</summary>
    public bool IsRestored { get; init; }

    /// <summary>Other files with checkpoints.</summary>
    public IReadOnlyList<string> Witnesses { get; init; } = [];

    /// <summary>Single checkpoints kept elsewhere, and where.</summary>
    public IReadOnlyList<(string Note, string Place)> Kept { get; init; } = [];
}

/// <summary>Verifies that nobody changed the past: the ledger, and the submissions it tells of. Writes nothing and needs no server.</summary>
internal static class VerifyInstallation
{
    private const string KeysOfProjects = "select id, key_id from organisations.project_keys_view";

    /// <summary>Does it. Memory is flat, whatever the size.</summary>
    /// <exception cref="Fieldkeep.Vault.VaultException">KeyringMissing: the database belongs to other keys.</exception>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    public static async Task<VerifyReport> RunAsync(VerifyPlan plan, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        await using var db = Db.OpenForReading(plan.ConnectionString);
        if (plan.Keyring is { } given)
        {
            // With keys of another installation all would look changed.
            await new OwnInstallation(db, given, TimeProvider.System).RequireAsync(cancellationToken);
        }

        progress.Report("making the tree anew from every entry");
        var keys = await KeysAsync(db, findings, cancellationToken);
        var bodies = plan.Keyring is null || keys is null ? null : new EntryBodies(plan.Keyring, keys);
        var counts = await new VerifyLedger(db, plan.Keyring, bodies, findings)
            .RunAsync(CheckpointFile.Below(plan.DataDirectory), plan.Witnesses, plan.Kept, cancellationToken);
        if (plan.Keyring is null)
        {
            findings.NotVerified.Add($"signatures of checkpoints, bodies of entries, and submissions: {plan.WhyNoKeys}");
        }

        long? versions = null, missing = null;
        if (plan.Keyring is { } keyring && keys is not null && bodies is not null && counts is not null)
        {
            progress.Report("comparing every submission with its entries");
            var blobs = BlobStore.ForReading(Path.Combine(plan.DataDirectory, "blobs"), TimeProvider.System);
            await new CompareHolds(db, keyring, keys, findings) { RestoredFrom = plan.IsRestored ? counts.SealedAt ?? DateTimeOffset.MinValue : null }.RunAsync(cancellationToken);
            await new VerifyErasures(db, bodies, keys, findings).RunAsync(cancellationToken);
            versions = await new CompareWithLedger(db, new SealedContents(new Sealer(keyring), blobs), bodies, keys, findings)
                .RunAsync(cancellationToken);
            // Beside a server that lives a file may go, with its row, while this is looked at.
            missing = plan.IsRestored ? await MissingBlobs.CountAsync(db, blobs, cancellationToken) : null;
            if (missing > 0)
            {
                findings.Remark($"{missing} photos or other files that the database names are not there");
            }
        }

        return new VerifyReport(
            findings.Count == 0 && findings.NotVerified.Count == 0,
            plan.Keyring?.InstallationId,
            counts?.Entries ?? 0,
            counts?.Root,
            counts?.SealedAt,
            counts?.Checkpoints ?? 0,
            counts?.Unsealed ?? 0,
            counts?.Erased ?? 0,
            versions,
            findings.Count,
            findings.Kept,
            findings.NotVerified,
            findings.Remarks)
        {
            MissingFiles = missing,
        };
    }

    private static async Task<IReadOnlyDictionary<long, Guid>?> KeysAsync(Db db, Findings findings, CancellationToken cancellationToken)
    {
        try
        {
            var rows = await db.ListAsync<ProjectKeyRow>(KeysOfProjects, null, cancellationToken);
            return rows.ToDictionary(row => row.Id, row => row.KeyId);
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            findings.NotVerified.Add("submissions: this database is of an older version; start the server once");
            return null;
        }
    }

    private sealed record ProjectKeyRow(long Id, Guid KeyId);
}

/// <summary>Tells what was verified and what does not hold.</summary>
/// <param name="Holds">Whether all could be verified and all of it holds.</param>
/// <param name="Installation">Whose ledger; null without keys.</param>
/// <param name="Entries">Entries that are leaves.</param>
/// <param name="Root">The newest root, base64; null when there is no tree.</param>
/// <param name="SealedAt">When it was signed.</param>
/// <param name="Checkpoints">Checkpoints in the database.</param>
/// <param name="Unsealed">Entries that wait for the sealer.</param>
/// <param name="Erased">Entries whose bodies nobody can open any more, because their project was erased.</param>
/// <param name="Versions">Versions of submissions that were compared; null when none could be.</param>
/// <param name="FindingCount">What does not hold.</param>
/// <param name="Findings">The first thousand of it.</param>
/// <param name="NotVerified">What could not be looked at, and why.</param>
/// <param name="Remarks">What people should know and is no fault.</param>
internal sealed record VerifyReport(
    bool Holds,
    Guid? Installation,
    long Entries,
    string? Root,
    DateTimeOffset? SealedAt,
    long Checkpoints,
    long Unsealed,
    long Erased,
    long? Versions,
    long FindingCount,
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<string> NotVerified,
    IReadOnlyList<string> Remarks)
{
    /// <summary>Photos and other files that the database names and that are not there; null where nobody counted, which is done after a restore only.</summary>
    public long? MissingFiles { get; init; }
}
