using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Ledger;

/// <summary>
/// Makes the ledger's entries leaves of the log, once a second, and signs a checkpoint whenever the log grew. One server at a time
/// (advisory lock); each run is one transaction, so that a kill at any moment leaves either all of it or nothing.
/// </summary>
/// <remarks>
/// An entry is taken when no transaction that is under way can still write one before it: its transaction is below the horizon
/// of the snapshot. Those that commit late are taken later, by their transaction's number, not by their id.
/// </remarks>
internal sealed partial class SealEntries(
    Db db, Keyring keyring, PublishCheckpoints publish, SealDelay delay, Measures measures, TimeProvider clock, ILogger<SealEntries> log)
    : BackgroundService, IWatchedLoop
{
    /// <summary>One number for all who seal or publish on this database.</summary>
    public const string TryLock = "select pg_try_advisory_xact_lock(7224010020)";

    // A group of phones' submissions is far below; what was there before the log began goes in parts of this size.
    private const int MostAtOnce = 10_000;

    // What is looked at with one statement after a start, so that none takes long however many entries there are.
    private const int IdsAtOnce = 100_000;

    private const string LastId = "select coalesce(max(id), 0) from ledger.entries";

    private const string Recent = """
        select e.id, e.leaf from ledger.entries e
        where e.xid >= (@from::text)::xid8 and e.xid < (@low::text)::xid8
          and not exists (select from ledger.leaves l where l.entry_id = e.id)
        order by e.id limit @most
        """;

    // Transactions of another cluster, whose dump was read into this one, have numbers that are still to come here: at or above the end
    // of this statement's own snapshot, where nothing of this cluster can be seen.
    private const string All = """
        select e.id, e.leaf from ledger.entries e
        where e.id > @after and e.id <= @upTo and (e.xid < (@low::text)::xid8 or e.xid >= pg_snapshot_xmax(pg_current_snapshot()))
          and not exists (select from ledger.leaves l where l.entry_id = e.id)
        order by e.id limit @most
        """;
    private const string InsertLeaves = """
        insert into ledger.leaves (leaf_index, entry_id, leaf)
        select @first + ordinal - 1, id, leaf from unnest(@id::bigint[], @leaf::bytea[]) with ordinality as input (id, leaf, ordinal)
        """;
    private const string InsertNodes = """
        insert into ledger.nodes (level, node_index, hash)
        select * from unnest(@level::smallint[], @index::bigint[], @hash::bytea[])
        """;
    private const string InsertCheckpoint = """
        insert into ledger.checkpoints (size, root, at, note) values (@size, @root, @at, @note)
        """;

    private const string Waiting = """
        select min(e.id) from ledger.entries e
        where e.xid >= (@from::text)::xid8 and e.xid < pg_snapshot_xmax(pg_current_snapshot())
            and not exists (select from ledger.leaves l where l.entry_id = e.id)
        """;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1);

    private readonly SealedBelow _from = new();
    private MerkleFrontier _edge = new();
    private volatile bool _isChanged;
    private readonly RoundWatch _watch = new();

    /// <summary>Whether the database contradicts what was signed before: nothing more is sealed while it does.</summary>
    public bool IsChanged => _isChanged;

    /// <inheritdoc/>
    public TimeSpan? FailingFor => _watch.FailingFor;

    /// <summary>Seals what is due and publishes what was signed; gives how many entries became leaves.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var count = 0;
            if (await _from.IsDueAsync(db, cancellationToken))
            {
                count = await SealAllAsync(cancellationToken);
            }

            await NoteDelayAsync(cancellationToken);
            await publish.RunAsync(cancellationToken);
            return count;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            // Whoever stops the server in order leaves nothing unsealed.
            await RunAsync(cancellationToken);
        }
#pragma warning disable CA1031 // Stopping goes on: the next start seals what was left.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isToldOf = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                _watch.Move();
                await RunAsync(stoppingToken);
                _watch.End(isDone: true);
                isToldOf = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                _watch.End(isDone: false);

                // Once for as long as it lasts: a database that is gone is told of by others, too.
                if (!isToldOf)
                {
                    LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
                    isToldOf = true;
                }
            }

            await Task.Delay(Every, stoppingToken).ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    // Whoever holds the lock, or a transaction open, keeps everything from being signed; it must not go unseen.
    private async Task NoteDelayAsync(CancellationToken cancellationToken)
    {
        var first = _from.Xid is { } from ? await db.GetAsync<long?>(Waiting, new { from }, cancellationToken) : 0;
        if (delay.Note(first))
        {
            LogHeld(log, (int)delay.Patience.TotalSeconds);
        }
    }

    private async Task<int> SealAllAsync(CancellationToken cancellationToken)
    {
        var horizon = await SealedBelow.AskAsync(db, cancellationToken);
        var end = _from.Xid is null ? await db.GetAsync<long>(LastId, null, cancellationToken) : 0;
        var (sum, after) = (0, 0L);
        while (true)
        {
            if (await SealSomeAsync(horizon.Xid, after, cancellationToken) is not { } batch)
            {
                // Another server seals at this moment; this one looks again in a second.
                return sum;
            }

            sum += batch.Count;
            var isFull = batch.Count == MostAtOnce;
            after = isFull ? batch[^1].Id : after + IdsAtOnce;
            if (!isFull && (_from.Xid is not null || after >= end))
            {
                _from.Move(horizon);
                return sum;
            }
        }
    }

    private async Task<IReadOnlyList<DueEntry>?> SealSomeAsync(string horizon, long after, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        if (!await tx.GetAsync<bool>(TryLock, null, cancellationToken))
        {
            return null;
        }

        var bounds = new { from = _from.Xid ?? "", low = horizon, after, upTo = after + IdsAtOnce, most = MostAtOnce };
        var due = await tx.ListAsync<DueEntry>(_from.Xid is null ? All : Recent, bounds, cancellationToken);
        if (due.Count == 0)
        {
            return due;
        }

        var previous = await Checkpoints.FindLastAsync(tx, cancellationToken);
        var edge = _edge;
        // Taken up again where the database is: another server may have sealed meanwhile, or this transaction may fail.
        _edge = new MerkleFrontier();
        if (edge.Size != (previous?.Size ?? 0) || !edge.Root().AsSpan().SequenceEqual(previous?.Root ?? MerkleHash.Empty))
        {
            edge = await new LedgerTree(tx).EdgeAsync(previous?.Size ?? 0, cancellationToken);
            if (previous is not null && !edge.Root().AsSpan().SequenceEqual(previous.Root))
            {
                // Nothing is signed that contradicts what was signed before. It is told once.
                if (!_isChanged)
                {
                    _isChanged = true;
                    LogChanged(log, previous.Size, previous.At);
                }

                return null;
            }
        }

        _isChanged = false;
        await WriteAsync(tx, edge, previous, due, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        _edge = edge;
        measures.CountSealed(due.Count);
        return due;
    }

    private async Task WriteAsync(
        Tx tx, MerkleFrontier edge, CheckpointRow? previous, IReadOnlyList<DueEntry> due, CancellationToken cancellationToken)
    {
        var first = edge.Size;
        var nodes = due.SelectMany(entry => edge.Append(entry.Leaf)).Where(node => LedgerTree.IsKept(node.Level)).ToList();
        await tx.ExecuteAsync(
            InsertLeaves, new { first, id = due.Select(entry => entry.Id).ToArray(), leaf = due.Select(entry => entry.Leaf).ToArray() }, cancellationToken);
        if (nodes.Count > 0)
        {
            var columns = new
            {
                level = nodes.Select(node => (short)node.Level).ToArray(),
                index = nodes.Select(node => node.Index).ToArray(),
                hash = nodes.Select(node => node.Hash).ToArray(),
            };
            await tx.ExecuteAsync(InsertNodes, columns, cancellationToken);
        }

        var checkpoint = new Checkpoint(
            Checkpoint.OriginOf(keyring.InstallationId),
            edge.Size,
            edge.Root(),
            InstantAfter(previous?.At),
            previous?.Size ?? 0,
            previous?.Root ?? MerkleHash.Empty.ToArray());
        var row = new { size = checkpoint.Size, root = checkpoint.Root, at = checkpoint.At, note = checkpoint.Sign(keyring.LedgerSigningKey) };
        await tx.ExecuteAsync(InsertCheckpoint, row, cancellationToken);
    }

    // To the microsecond, and never back: a clock that is set back must not put checkpoints in another order.
    private DateTimeOffset InstantAfter(DateTimeOffset? previous)
    {
        var now = clock.GetUtcNow();
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        return previous is { } before && now <= before ? before.AddTicks(TimeSpan.TicksPerMicrosecond) : now;
    }

    [LoggerMessage(3, LogLevel.Error, "Entries of the ledger wait to be sealed for more than {Seconds} s: something holds its lock, or a transaction open. See “docs/operations/verify.md”.")]
    private static partial void LogHeld(ILogger log, int seconds);

    [LoggerMessage(2, LogLevel.Error, "The ledger's tree does not have the root that was signed for {Size} entries at {At}: it was changed. Nothing more is sealed. Run “fieldkeep verify”.")]
    private static partial void LogChanged(ILogger log, long size, DateTimeOffset at);

    [LoggerMessage(1, LogLevel.Warning, "The ledger cannot be sealed at this moment ({Failure} {Code}); tried again in a second.")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    private sealed record DueEntry(long Id, byte[] Leaf);
}
