using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Server.Ledger.Verification;

/// <summary>Verifies the ledger of a database: entries, tree, checkpoints, and the checkpoints that left it. Writes nothing.</summary>
internal sealed class VerifyLedger(Db db, Keyring? keyring, EntryBodies? bodies, Findings findings)
{
    /// <summary>Does it; null when the database has no tree yet.</summary>
    /// <param name="path">The checkpoint file of the data directory.</param>
    /// <param name="witnesses">Other files with checkpoints.</param>
    /// <param name="kept">Single checkpoints kept elsewhere, and where.</param>
    public async Task<LedgerCounts?> RunAsync(
        string path, IReadOnlyList<string> witnesses, IReadOnlyList<(string Note, string Place)> kept, CancellationToken cancellationToken)
    {
        if (!await Checkpoints.HasTreeAsync(db, cancellationToken))
        {
            findings.NotVerified.Add("the ledger: this database is of a version that did not seal it yet; start the server once");
            return null;
        }

        var origin = keyring is null ? null : Checkpoint.OriginOf(keyring.InstallationId);
        var judge = new CheckpointJudge(origin, keyring?.LedgerSigningKey.PublicKey, findings);
        var last = await Checkpoints.FindLastAsync(db, cancellationToken)
            ?? new CheckpointRow(0, MerkleHash.Empty.ToArray(), DateTimeOffset.UnixEpoch, "");
        var entries = new VerifyEntries(db, judge, bodies, findings);
        await entries.RunAsync(last, cancellationToken);
        if (last.Size == 0 && entries.Unsealed > 0)
        {
            findings.NotVerified.Add($"{entries.Unsealed} entries: none was sealed yet; start the server once");
        }

        var file = new VerifyCheckpointFile(db, judge, bodies, findings);
        await file.ReadRestoresAsync(last, cancellationToken);
        if (last.Size > 0 || File.Exists(path))
        {
            await file.RunAsync(path, last, cancellationToken);
        }

        foreach (var witness in witnesses)
        {
            await file.CheckWitnessAsync(witness, cancellationToken);
        }

        foreach (var (note, place) in kept)
        {
            await file.CheckWitnessAsync(note, place, cancellationToken);
        }

        return new LedgerCounts(
            last.Size, Convert.ToBase64String(last.Root), last.Size == 0 ? null : last.At, entries.CheckpointCount, entries.Unsealed, entries.Erased);
    }
}

/// <summary>Tells what there was to verify.</summary>
/// <param name="Entries">Entries that are leaves.</param>
/// <param name="Root">The newest root, base64.</param>
/// <param name="SealedAt">When it was signed; null when nothing was sealed.</param>
/// <param name="Checkpoints">How many there are.</param>
/// <param name="Unsealed">Entries that wait.</param>
/// <param name="Erased">Entries whose bodies nobody can open any more, because their project was erased.</param>
internal sealed record LedgerCounts(long Entries, string Root, DateTimeOffset? SealedAt, long Checkpoints, long Unsealed, long Erased);
