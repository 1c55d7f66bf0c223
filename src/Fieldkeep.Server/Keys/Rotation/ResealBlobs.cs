using System.Runtime.ExceptionServices;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>
/// Seals files anew. A blob never changes, so a new one takes its place in the rows; the old one stays for a week, for backups that
/// are being made, and for whoever goes back on an upgrade (<see cref="DroppedBlobs.ReplacedKeptFor"/>).
/// </summary>
internal sealed class ResealBlobs(Db db, Keyring keyring, BlobStore blobs, DroppedBlobs dropped)
{
    private const int RowsAtOnce = 100;
    private const int CopyBytes = 128 * 1024;

    private const string Yield = "select set_config('lock_timeout', '300ms', true), set_config('fieldkeep.resealing', 'on', true)";

    /// <summary>Seals all files that were sealed with old keys; gives how many there were, and how many could not be opened.</summary>
    /// <exception cref="IOException">There was no room for one, or its disk fails; thrown after all others had their turn, for it is tried again.</exception>
    public async Task<ResealedCount> RunAsync(SealedBlobColumn column, RotationRow rotation, ResealPace pace, CancellationToken cancellationToken)
    {
        var (place, total) = (SealedPlace.Start, new ResealedCount(0, 0));
        ExceptionDispatchInfo? failure = null;
        while (true)
        {
            var arguments = new
            {
                after = place.At,
                afterVersion = place.AtVersion,
                afterOrdinal = place.AtOrdinal,
                afterName = place.AtName,
                project = rotation.ProjectId,
                rows = RowsAtOnce,
            };
            var page = await db.ListAsync<SealedRow>(column.Next, arguments, cancellationToken);
            if (page.Count == 0)
            {
                failure?.Throw();
                return total;
            }

            foreach (var row in page)
            {
                if (row.Sealed is not { } blob || await HasOldKeyAsync(rotation, blob, cancellationToken) is not { } isReadable)
                {
                    continue;
                }

                try
                {
                    var isSealed = isReadable && await TryResealAsync(column, rotation, row, blob, cancellationToken);
                    total += new ResealedCount(1, isSealed ? 0 : 1);
                }
                catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
                {
                    // No room to write anew is no damage, and one file on a bad sector holds up no other.
                    failure ??= ExceptionDispatchInfo.Capture(problem);
                }

                await pace.RestAsync(cancellationToken);
            }

            place = page[^1].Place;
            RoundWatch.Step();
            await pace.RestAsync(cancellationToken);
        }
    }

    // Null for a file of another key, false for one that cannot be read: as long as it is not, its key stays, so that a copy of it from a backup opens.
    private async Task<bool?> HasOldKeyAsync(RotationRow rotation, byte[] blob, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = blobs.OpenRead(new BlobId(blob));
            var header = new byte[EnvelopeHeader.Size];
            var read = await file.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken);
            return rotation.OldKeys.Contains(EnvelopeHeader.Read(header.AsSpan(0, read)).KeyId.Value) ? true : null;
        }
        catch (Exception broken) when (broken is VaultException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task<bool> TryResealAsync(
        SealedBlobColumn column, RotationRow rotation, SealedRow row, byte[] blob, CancellationToken cancellationToken)
    {
        try
        {
            var fresh = await SealAsync(column, rotation, row, blob, cancellationToken);
            await ReplaceAsync(column, rotation, row, blob, fresh, cancellationToken);
            return true;
        }
        catch (Exception broken) when (broken is VaultException { Reason: not VaultFailure.KeyMissing } or FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private async Task<StoredBlob> SealAsync(
        SealedBlobColumn column, RotationRow rotation, SealedRow row, byte[] blob, CancellationToken cancellationToken)
    {
        var keys = keyring.GetProjectKeys(rotation.ProjectKey);
        var context = new EnvelopeContext(keyring.InstallationId, rotation.ProjectKey, column.BoundTo, row.Row, row.Version);
        await using var stage = blobs.Begin();
        await using (var from = await OpeningStream.OpenAsync(
            blobs.OpenRead(new BlobId(blob)), keys, column.Purpose, context, leaveOpen: false, cancellationToken))
        {
            await using var into = new SealingStream(stage, keys.SealingFor(column.Purpose), column.Purpose, context, leaveOpen: true);
            await from.CopyToAsync(into, CopyBytes, cancellationToken);
            await into.CompleteAsync(cancellationToken);
        }

        return await stage.FinishAsync(cancellationToken);
    }

    // What somebody works at stays for the next round.
    private async Task ReplaceAsync(
        SealedBlobColumn column, RotationRow rotation, SealedRow row, byte[] blob, StoredBlob fresh, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            at = row.At,
            atVersion = row.AtVersion,
            atOrdinal = row.AtOrdinal,
            row = row.Row,
            old = blob,
            fresh = fresh.Id.Sha256.ToArray(),
        };
        try
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            blobs.DiscardOnRollback(tx, fresh);
            await tx.ListAsync<SealedRow>(Yield, null, cancellationToken);
            if (await tx.ExecuteAsync(column.Replace, arguments, cancellationToken) == 0)
            {
                return;
            }

            await blobs.RecordAsync(tx, [fresh], cancellationToken);
            await dropped.NoteReplacedAsync(tx, blob, cancellationToken);
            await RotationRows.CountAsync(tx, rotation.Id, 1, cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            // Rolled back, and with it the fresh file.
        }
    }
}
