using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Counts attempts for all processes of an installation, in a table that holds no names and no addresses.</summary>
/// <remarks>
/// What is counted is known by its HMAC. Attempts at the same counter take turns by advisory locks, so that a thousand at once
/// through several processes get no more than the budget. No attempt waits for a disk or a copy of the database: what a crash takes is the last half second.
/// </remarks>
internal sealed class AttemptStore(Db db, Keyring keyring, TimeProvider clock) : IDisposable
{
    private const string Lightly = "set local synchronous_commit = off";
    private const string TakeTurns = """
        select pg_advisory_xact_lock(turn) from unnest(@turns) as turn
        """;
    private const string Counters = """
        select key, at, account, is_open from accounts.attempts where key = any (@keys) and until > @now order by at
        """;
    private const string Insert = """
        insert into accounts.attempts (id, key, account, at, until, is_open)
        select @id, key, @account, @now, until, true from unnest(@keys, @untils) as limits (key, until)
        """;
    private const string Close = """
        update accounts.attempts set is_open = false where id = @id
        """;
    private const string Remove = """
        delete from accounts.attempts where id = @id
        """;
    private const string Forgive = """
        delete from accounts.attempts where account = any (@accounts)
        """;
    private const string Outdated = """
        delete from accounts.attempts where until <= @now
        """;

    // Whoever waits for a turn holds a connection; phones need the others.
    private readonly SemaphoreSlim _connections = new(4);

    /// <summary>Counts the start of an attempt, unless a limit stands in its way.</summary>
    /// <returns>The verdict, and whether this attempt filled a limit that locks the account.</returns>
    public async Task<(Verdict Verdict, bool IsLast)> BeginAsync(
        IReadOnlyList<Limit> limits, Guid id, string account, CancellationToken cancellationToken)
    {
        await _connections.WaitAsync(cancellationToken);
        try
        {
            var keys = limits.Select(limit => HashOf(limit.Key)).ToArray();
            await using var tx = await db.BeginAsync(cancellationToken);
            // In one order, so that no two wait for each other.
            var turns = keys.Select(key => BitConverter.ToInt64(key)).Order().ToArray();
            await tx.ExecuteAsync(TakeTurns, new { turns }, cancellationToken);
            var now = clock.GetUtcNow();
            var rows = await tx.ListAsync<Row>(Counters, new { keys, now }, cancellationToken);
            var own = HashOf(account);
            var (verdict, isLast) = Judge(limits, keys, Convert.ToHexString(own), rows, now);
            if (verdict.Passes)
            {
                var untils = limits.Select(limit => now + limit.Window).ToArray();
                await tx.ExecuteAsync(Insert, new { id, account = own, now, keys, untils }, cancellationToken);
                await tx.ExecuteAsync(Lightly, null, cancellationToken);
                await tx.CommitAsync(cancellationToken);
            }

            return (verdict, isLast);
        }
        finally
        {
            _connections.Release();
        }
    }

    /// <summary>Says that an attempt failed.</summary>
    public Task FailAsync(Guid id, CancellationToken cancellationToken) => LightlyAsync(Close, id, cancellationToken);

    /// <summary>Takes an attempt out of the counters.</summary>
    public Task TakeBackAsync(Guid id, CancellationToken cancellationToken) => LightlyAsync(Remove, id, cancellationToken);

    /// <summary>Forgets every attempt at the secrets of some accounts.</summary>
    public Task ForgetAsync(Tx tx, IReadOnlySet<string> accounts, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Forgive, new { accounts = accounts.Select(HashOf).ToArray() }, cancellationToken);

    /// <summary>Deletes what no longer counts.</summary>
    public Task<int> SweepAsync(CancellationToken cancellationToken) =>
        db.ExecuteAsync(Outdated, new { now = clock.GetUtcNow() }, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _connections.Dispose();

    private static (Verdict Verdict, bool IsLast) Judge(
        IReadOnlyList<Limit> limits, byte[][] keys, string account, IReadOnlyList<Row> rows, DateTimeOffset now)
    {
        var byKey = rows.ToLookup(row => Convert.ToHexString(row.Key), StringComparer.Ordinal);
        var (wait, isBusy, isLast) = (TimeSpan.Zero, false, false);
        for (var index = 0; index < limits.Count; index++)
        {
            var counted = byKey[Convert.ToHexString(keys[index])]
                .Select(row => new Counted(row.At, Convert.ToHexString(row.Account), row.IsOpen)).ToList();
            var verdict = AttemptJudge.Of(limits[index], account, counted, now);
            (wait, isBusy) = (verdict.Wait > wait ? verdict.Wait : wait, isBusy || verdict.IsBusy);
            isLast |= limits[index].IsLock && counted.Count + 1 == limits[index].Most;
        }

        return (new Verdict(wait, isBusy), isLast);
    }

    private async Task LightlyAsync(string statement, Guid id, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.TogetherAsync(
            async () =>
            {
                await tx.ExecuteAsync(Lightly, null, cancellationToken);
                await tx.ExecuteAsync(statement, new { id }, cancellationToken);
            },
            cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private byte[] HashOf(string text) => keyring.Pepper.Compute("accounts.attempt", text);

    private sealed record Row(byte[] Key, DateTimeOffset At, byte[] Account, bool IsOpen);
}
