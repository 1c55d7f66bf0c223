using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Wal;

/// <summary>Finds out how far the log carries a choice, and brings its segments to where PostgreSQL can take them.</summary>
internal sealed class WalReach(WalShelf shelf, RestoreChoice choice)
{
    // PostgreSQL stops at the first commit after the instant. That is nearly always in what it sent within this time.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    // What was committed before a clock that was set back was noted is noted this much later at most.
    private static readonly TimeSpan NotedWithin = TimeSpan.FromSeconds(10);

    private WalPast Past => choice.Past ?? default;

    /// <summary>Reads every byte of the log that is needed, and opens it.</summary>
    /// <param name="isAll">Whether to read to the end although the instant comes before it.</param>
    public WalRun Read(bool isAll, CancellationToken cancellationToken) => choice.Stretches.Count == 0
        ? WalRun.EmptyAt(default)
        : WalPath.Read(shelf, Past, choice.Stretches, (segment, _, _, until) => isAll || IsNeededAfter(segment, until), cancellationToken);

    /// <summary>Requires that the log reaches the instant.</summary>
    /// <exception cref="BackupException">Damaged, or NoBackup with the last instant there is.</exception>
    public void Require(WalRun run, IProgress<string> progress)
    {
        if (choice.To is not { } to)
        {
            return;
        }

        // Not when the backup was complete: what was committed between its copy of the database and then is in the log alone.
        var isReached = to == RestoreOptions.Latest ? run.Break is null : to <= run.Until;
        if (!isReached && run.Break is { } broken)
        {
            throw new BackupException(
                BackupTrouble.Damaged,
                broken.Words,
                (run.Until is { } whole ? $"with --to {whole:yyyy-MM-ddTHH:mm:ss.ffffffZ} or earlier" : "without --to")
                    + " all is restored that is whole before; find out what damaged the file");
        }

        if (!isReached)
        {
            throw run.Until is { } until
                ? new BackupException(
                    BackupTrouble.NoBackup,
                    $"the log that is kept ends at {until:yyyy-MM-dd HH:mm:ss.ffffff}Z: it cannot be restored to {to.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}Z",
                    "give --to latest, or an instant until then")
                : new BackupException(
                    BackupTrouble.NoBackup, $"no log is kept after the backup {choice.Backup}", "leave out --to: it can be restored as it was when it was taken");
        }

        if (to != RestoreOptions.Latest && run.Steps.Where(step => to >= step.To - NotedWithin && to < step.From).Take(1).ToList() is [var back])
        {
            throw new BackupException(
                BackupTrouble.NoBackup,
                $"PostgreSQL's clock was set back from {back.From:yyyy-MM-dd HH:mm:ss.ffffff}Z to about {back.To:yyyy-MM-dd HH:mm:ss.ffffff}Z: an instant in between was twice",
                $"give --to {back.From:yyyy-MM-ddTHH:mm:ss.ffffffZ} or later, or an instant before {back.To - NotedWithin:yyyy-MM-ddTHH:mm:ss.ffffffZ}");
        }

        if (run.TornPath is { } torn)
        {
            progress.Report($"{torn} ends within a frame that was not confirmed yet; all before it is whole");
        }
    }

    /// <summary>Writes the segments and the histories into a folder, named as PostgreSQL asks for them.</summary>
    /// <param name="isAll">Whether to write all, although the instant comes before.</param>
    /// <param name="requireRoom">Asked before each segment; throws when there is no room for so many bytes.</param>
    public WalRun Extract(string folder, bool isAll, Action<long> requireRoom, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (choice.Past is null)
        {
            return WalRun.EmptyAt(default);
        }

        var histories = shelf.Histories(Past);
        // A number that a timeline had must not be given again, though its history was never seen here.
        for (var timeline = 2U; histories is [.., var newest] && timeline <= newest; timeline++)
        {
            Write(Path.Combine(folder, TimelineHistory.NameOf(timeline)), FindHistory(timeline) ?? []);
        }

        return choice.Stretches.Count == 0
            ? WalRun.EmptyAt(default)
            : WalPath.Read(
                shelf, Past, choice.Stretches,
                (segment, log, _, until) =>
                {
                    requireRoom(log.Length);
                    Write(Path.Combine(folder, segment.ToString()), log);
                    return isAll || IsNeededAfter(segment, until);
                },
                cancellationToken);
    }

    // One that is damaged and not on the way must not be in it; PostgreSQL asks for those that are.
    private byte[]? FindHistory(uint timeline)
    {
        try
        {
            return shelf.FindHistory(Past, timeline);
        }
        catch (BackupException) when (timeline != choice.Timeline)
        {
            return null;
        }
    }

    private bool IsNeededAfter(WalSegment segment, DateTimeOffset? until) =>
        choice.To is not { } to || to == RestoreOptions.Latest || segment.Timeline != choice.Timeline || until is null || until - Margin <= to;

    // What was brought at the first time is the same at the second.
    private static void Write(string path, ReadOnlySpan<byte> content)
    {
        if (File.Exists(path))
        {
            return;
        }

        using var file = new FileStream(path, SealedFile.NewFile());
        file.Write(content);
    }
}
