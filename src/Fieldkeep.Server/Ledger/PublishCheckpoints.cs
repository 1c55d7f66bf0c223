using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Merkle;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Ledger;

/// <summary>Lets checkpoints leave the database: appends those that the checkpoint file lacks, in their order, and syncs it.</summary>
/// <remarks>
/// A kill between the commit of a checkpoint and this leaves the file behind; the next run brings it up. A checkpoint in the file that the database lacks tells
/// that it was set back; those that are signed from then on stand behind it in the file, so that it is noted beside the file before any of them is appended.
/// </remarks>
internal sealed partial class PublishCheckpoints(Db db, CheckpointPlace place, ILogger<PublishCheckpoints> log)
{
    private const int NotesAtOnce = 500;

    // Beside the checkpoint file: the note of the first checkpoint that was found to be lacking.
    private const string AheadSuffix = ".ahead";

    // The newest note in the file when a restore was recorded.
    private const string ForgivenSuffix = ".forgiven";

    private const UnixFileMode UserOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string HasNote = "select exists (select from ledger.checkpoints where note = @note and size = @size)";

    // What this process has seen at the end of the file, and in which life of the database it was compared with it; null until it looked.
    private SignedCheckpoint? _last;
    private long _life = -1;

    /// <summary>Does it; gives how many were appended.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var life = db.Life.Number;
        if (_last is null || _life != life)
        {
            _last = await FindLastAsync(cancellationToken);
            _life = life;
        }

        var count = 0;
        while (await AppendSomeAsync(cancellationToken) is > 0 and var appended)
        {
            count += appended;
        }

        return count;
    }

    /// <summary>Says whether the database lacks a checkpoint that left it: it was set back since, and no restore said so.</summary>
    public async Task<bool> IsAheadAsync(CancellationToken cancellationToken) =>
        File.Exists(place.Path + AheadSuffix) || (CheckpointFile.FindLast(place.Path) is { } last && await IsLackingAsync(db, last, cancellationToken));

    /// <summary>Forgets that the database was set back; for whoever has written into the ledger that a backup was restored.</summary>
    public void Forgive()
    {
        // Until something is signed, the newest in the file is still one that the database lacks.
        if (CheckpointFile.FindLast(place.Path) is { } last)
        {
            DurableFile.Replace(place.Path + ForgivenSuffix, Encoding.UTF8.GetBytes(last.Note), UserOnly);
        }

        // A restored data directory has no folder of checkpoints yet.
        if (File.Exists(place.Path + AheadSuffix))
        {
            File.Delete(place.Path + AheadSuffix);
        }
    }

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
        await NoteUnknownAsync(tx, _last, cancellationToken);
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
        await NoteUnknownAsync(db, last, cancellationToken);
        return last;
    }

    // Durably, and before anything is appended behind it.
    private async Task NoteUnknownAsync(Sql sql, SignedCheckpoint? last, CancellationToken cancellationToken)
    {
        if (last is not null && await IsLackingAsync(sql, last, cancellationToken) && !File.Exists(place.Path + AheadSuffix))
        {
            DurableFile.Replace(place.Path + AheadSuffix, Encoding.UTF8.GetBytes(last.Note), UserOnly);
            LogOlder(log, last.Checkpoint.Size, last.Checkpoint.At);
        }
    }

    private async Task<bool> IsLackingAsync(Sql sql, SignedCheckpoint read, CancellationToken cancellationToken) =>
        !await sql.GetAsync<bool>(HasNote, new { note = read.Note, size = read.Checkpoint.Size }, cancellationToken)
        && !(File.Exists(place.Path + ForgivenSuffix) && await File.ReadAllTextAsync(place.Path + ForgivenSuffix, cancellationToken) == read.Note);

    [LoggerMessage(1, LogLevel.Error, "The database lacks a checkpoint of {Size} entries that was signed at {At}: it was set back, or changed. Run “fieldkeep verify”.")]
    private static partial void LogOlder(ILogger log, long size, DateTimeOffset at);
}

/// <summary>Where checkpoints go when they leave the database.</summary>
/// <param name="Path">The checkpoint file.</param>
internal sealed record CheckpointPlace(string Path);
