using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Seals the values of one column anew, page by page. Killed anywhere, it leaves values that open with the one key or the other.</summary>
internal sealed class ResealColumn(Db db, Keyring keyring)
{
    // A page of large records is some megabytes.
    private const int RowsAtOnce = 200;

    // Shorter than PostgreSQL waits before it looks for a deadlock: whoever collides with us goes on, and we try again.
    private const string Yield = "select set_config('lock_timeout', '300ms', true), set_config('fieldkeep.resealing', 'on', true)";

    /// <summary>Seals all that was sealed with old keys; gives how many values there were, and how many could not be opened.</summary>
    public async Task<ResealedCount> RunAsync(SealedColumn column, RotationRow rotation, ResealPace pace, CancellationToken cancellationToken)
    {
        var keys = rotation.OldKeys.Select(key => key.ToByteArray(bigEndian: true)).ToArray();
        var (place, total) = (SealedPlace.Start, new ResealedCount(0, 0));
        while (true)
        {
            var page = await db.ListAsync<SealedRow>(column.Next, PageAfter(place, keys), cancellationToken);
            if (page.Count == 0)
            {
                return total;
            }

            total += await ResealAsync(column, rotation, [.. page.Where(row => row.Sealed is not null)], cancellationToken);
            place = page[^1].Place;
            RoundWatch.Step();
            await pace.RestAsync(cancellationToken);
        }
    }

    private static object PageAfter(SealedPlace place, byte[][] keys) => new
    {
        after = place.At,
        afterVersion = place.AtVersion,
        afterOrdinal = place.AtOrdinal,
        afterName = place.AtName,
        keys,
        rows = RowsAtOnce,
    };

    private async Task<ResealedCount> ResealAsync(
        SealedColumn column, RotationRow rotation, IReadOnlyList<SealedRow> rows, CancellationToken cancellationToken)
    {
        var fresh = new List<(SealedRow Row, byte[] Sealed)>();
        var broken = 0;
        foreach (var row in rows)
        {
            if (TryReseal(column, rotation, row) is { } bytes)
            {
                fresh.Add((row, bytes));
            }
            else
            {
                broken++;
            }
        }

        if (fresh.Count > 0)
        {
            await ReplaceAsync(column, rotation, fresh, cancellationToken);
        }

        return new ResealedCount(fresh.Count, broken);
    }

    // A damaged value stays as it is, and its key with it: somebody may still mend it from a backup.
    private byte[]? TryReseal(SealedColumn column, RotationRow rotation, SealedRow row)
    {
        try
        {
            var context = new EnvelopeContext(
                keyring.InstallationId, rotation.ProjectKey, column.BoundTo?.Invoke(row.AtName) ?? column.Name, row.Row, row.Version);
            return Envelope.Reseal(keyring.GetProjectKeys(rotation.ProjectKey), column.Purpose, context, row.Sealed);
        }
        catch (VaultException broken) when (broken.Reason is VaultFailure.Corrupted or VaultFailure.Truncated or VaultFailure.WrongKeyOrContext)
        {
            return null;
        }
    }

    private async Task ReplaceAsync(
        SealedColumn column, RotationRow rotation, List<(SealedRow Row, byte[] Sealed)> fresh, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            at = fresh.Select(one => one.Row.At).ToArray(),
            atVersion = fresh.Select(one => one.Row.AtVersion).ToArray(),
            atOrdinal = fresh.Select(one => one.Row.AtOrdinal).ToArray(),
            atName = fresh.Select(one => one.Row.AtName).ToArray(),
            old = fresh.Select(one => one.Row.Sealed).ToArray(),
            fresh = fresh.Select(one => one.Sealed).ToArray(),
        };
        try
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            await tx.ListAsync<SealedRow>(Yield, null, cancellationToken);
            var replaced = await tx.ExecuteAsync(column.Replace, arguments, cancellationToken);
            await RotationRows.CountAsync(tx, rotation.Id, replaced, cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            // Somebody writes there at this moment; the next pass finds these rows again.
        }
    }
}

/// <summary>How many values had an old key, and how many of them could not be opened.</summary>
internal readonly record struct ResealedCount(int Found, int Broken)
{
    /// <summary>Adds up.</summary>
    public static ResealedCount operator +(ResealedCount one, ResealedCount other) => new(one.Found + other.Found, one.Broken + other.Broken);
}
