using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Merkle;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Ledger;

/// <summary>Lets checkpoints leave the database: appends those that the checkpoint file lacks, in their order, and syncs it.</summary>
/// <remarks>A kill between the commit of a checkpoint and this leaves the file behind; the next run brings it up.</remarks>
internal sealed partial class PublishCheckpoints(Db db, CheckpointPlace place, ILogger<PublishCheckpoints> log)
{
    private const int NotesAtOnce = 500;

    private const string HasNote = "select exists (select from ledger.checkpoints where note = @note and size = @size)";

    // What this process has seen at the end of the file; null until it looked.
    private SignedCheckpoint? _last;

    /// <summary>Does it; gives how many were appended.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        _last ??= await FindLastAsync(cancellationToken);
        var count = 0;
        while (await AppendSomeAsync(cancellationToken) is > 0 and var appended)
        {
            count += appended;
        }

        return count;
    }

    /// <summary>Says whether the newest checkpoint in the file is not in the database: it was set back since.</summary>
    public async Task<bool> IsAheadAsync(CancellationToken cancellationToken) =>
        CheckpointFile.FindLast(place.Path) is { } last && !await IsKnownAsync(last, cancellationToken);

    private async Task<int> AppendSomeAsync(CancellationToken cancellationToken)
    {
        var after = _last?.Checkpoint.At ?? DateTimeOffset.UnixEpoch;
        if ((await Checkpoints.ListAfterAsync(db, after, 1, cancellationToken)).Count == 0)
        {
            return 0;
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        if (!await tx.GetAsync<bool>(SealEntries.TryLock, null, cancellationToken))
        {
            return 0;
        }

        // Read under the lock: another server may have appended.
        _last = CheckpointFile.FindLast(place.Path);
        after = _last?.Checkpoint.At ?? DateTimeOffset.UnixEpoch;
        var fresh = await Checkpoints.ListAfterAsync(tx, after, NotesAtOnce, cancellationToken);
        if (fresh.Count > 0)
        {
            CheckpointFile.Append(place.Path, fresh.Select(row => row.Note));
            _last = SignedCheckpoint.Read(fresh[^1].Note);
        }

        return fresh.Count;
    }

    private async Task<SignedCheckpoint?> FindLastAsync(CancellationToken cancellationToken)
    {
        var last = CheckpointFile.FindLast(place.Path);
        if (last is not null && !await IsKnownAsync(last, cancellationToken))
        {
            LogOlder(log, last.Checkpoint.Size, last.Checkpoint.At);
        }

        return last;
    }

    private Task<bool> IsKnownAsync(SignedCheckpoint read, CancellationToken cancellationToken) =>
        db.GetAsync<bool>(HasNote, new { note = read.Note, size = read.Checkpoint.Size }, cancellationToken);

    [LoggerMessage(1, LogLevel.Error, "The database lacks a checkpoint of {Size} entries that was signed at {At}: it was set back, or changed. Run “fieldkeep verify”.")]
    private static partial void LogOlder(ILogger log, long size, DateTimeOffset at);
}

/// <summary>Where checkpoints go when they leave the database.</summary>
/// <param name="Path">The checkpoint file.</param>
internal sealed record CheckpointPlace(string Path);
