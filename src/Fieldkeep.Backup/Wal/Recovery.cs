using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Npgsql;

namespace Fieldkeep.Backup.Wal;

/// <summary>Lets PostgreSQL replay the log over an extracted base backup, up to the instant, on to a timeline of its own.</summary>
internal sealed class Recovery(ClusterFolders folders, RestoreChoice choice, WalReach reach, WalRun verified, Action<long> requireRoom, IProgress<string> progress)
{
    private const string NotReached = "recovery ended before configured recovery target was reached";

    private const string Look = """
        select pg_catalog.pg_is_in_recovery(), pg_catalog.pg_last_xact_replay_timestamp(),
            case when not pg_catalog.pg_is_in_recovery() then pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) end
        """;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private WalRun _run = WalRun.EmptyAt(default);

    private string LogFolder => Path.Combine(folders.Root, "wal");

    /// <summary>What was committed until then is in the log that was brought, PostgreSQL's clock; null if nothing tells.</summary>
    public DateTimeOffset? Until => _run.Until;

    private bool HasInstant => choice.To is { } to && to != RestoreOptions.Latest;

    /// <summary>Makes the extracted copy a database to be recovered. Before its files are given to PostgreSQL's user.</summary>
    public void Prepare(CancellationToken cancellationToken)
    {
        File.WriteAllBytes(Path.Combine(folders.Cluster, "recovery.signal"), []);
        Bring(isAll: false, cancellationToken);
    }

    /// <summary>Replays, lets the database become one that takes writes, and stops it. Returns the last commit's time.</summary>
    /// <exception cref="BackupException">Damaged: replaying ended before the end of the log.</exception>
    /// <exception cref="ClusterException">PostgreSQL cannot be started.</exception>
    public async Task<DateTimeOffset?> RunAsync(CancellationToken cancellationToken)
    {
        await ClusterAccount.GiveTreeAsync(LogFolder, cancellationToken);
        var last = await TryAsync(HasInstant, cancellationToken);
        if (!last.IsDone)
        {
            // No commit after the instant in the part that was brought: in the rest there may be.
            Bring(isAll: true, cancellationToken);
            await ClusterAccount.GiveTreeAsync(LogFolder, cancellationToken);
            last = await TryAsync(HasInstant, cancellationToken);
        }

        if (!last.IsDone)
        {
            // The log goes beyond the instant, as its frames tell, and nothing was committed after it: its end is the instant's state.
            progress.Report("nothing was committed after that instant: restoring to the end of the log");
            last = await TryAsync(hasInstant: false, cancellationToken);
            RequireEnd(last);
            if (last.LastCommit > choice.To)
            {
                throw BackupException.Damaged(
                    $"PostgreSQL stopped before the instant twice, and then went past it to {last.LastCommit:yyyy-MM-dd HH:mm:ss.ffffff}Z: is the new disk full?");
            }
        }
        else if (choice.To == RestoreOptions.Latest)
        {
            RequireEnd(last);
        }

        Directory.Delete(LogFolder, recursive: true);
        return last.LastCommit;
    }

    // The disk is read for the second time, and may give less than at the first.
    private void Bring(bool isAll, CancellationToken cancellationToken)
    {
        _run = reach.Extract(LogFolder, isAll, requireRoom, cancellationToken);
        if (_run.End < verified.End || _run.SegmentCount < verified.SegmentCount || (choice.To == RestoreOptions.Latest && _run.Break is not null))
        {
            throw BackupException.Damaged(
                _run.Break?.Words ?? $"the log was whole to {verified.End} when it was verified, and ends at {_run.End} when it is read again");
        }
    }

    // PostgreSQL takes whatever stops it for the end of the log: a full disk under cp, a segment it does not like.
    private void RequireEnd(Attempt last)
    {
        if (_run.SegmentCount > 0 && !(last.Ended is { } ended && LogEnd.IsAt(ended, _run.End, ReadLog)))
        {
            throw BackupException.Damaged(
                $"PostgreSQL replayed the log to {last.Ended} of timeline {choice.Timeline} only, and it is kept to {_run.End}: is the new disk full? "
                + $"The last commit replayed is of {last.LastCommit:yyyy-MM-dd HH:mm:ss.ffffff}Z");
        }
    }

    private int ReadLog(Lsn place, Span<byte> bytes)
    {
        var path = Path.Combine(LogFolder, new WalSegment(choice.Timeline, place.Segment).ToString());
        if (!File.Exists(path))
        {
            // An earlier timeline, or what the base backup has in itself: far from the end.
            return 0;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        file.Position = place.Offset;
        return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
    }

    private async Task<Attempt> TryAsync(bool hasInstant, CancellationToken cancellationToken)
    {
        var control = await ClusterControl.OpenAsync(folders, ClusterMode.Durable, progress.Report, cancellationToken);
        foreach (var old in Directory.EnumerateFiles(folders.Log, "*.log"))
        {
            File.Delete(old);
        }

        // Written anew at every start: nothing of this stays.
        await File.AppendAllTextAsync(Path.Combine(folders.Cluster, ClusterSettings.FileName), Settings(hasInstant), cancellationToken);
        try
        {
            await control.StartAsync(attempts: 1, cancellationToken);
            var attempt = await UntilPromotedAsync(control, cancellationToken);
            await control.StopAsync(CancellationToken.None);
            return attempt;
        }
        catch (ClusterException) when (hasInstant && WasNotReached())
        {
            return new Attempt(false, null, null);
        }
        finally
        {
            // Whatever was given up is removed next: it needs no checkpoint.
            await control.StopAtOnceAsync(CancellationToken.None);
        }
    }

    private async Task<Attempt> UntilPromotedAsync(ClusterControl control, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(control.Address.ForMaintenance() + ";Pooling=false");
                await connection.OpenAsync(cancellationToken);
                await using var look = new NpgsqlCommand(Look, connection);
                await using var row = await look.ExecuteReaderAsync(cancellationToken);
                if (await row.ReadAsync(cancellationToken) && !row.GetBoolean(0))
                {
                    return new Attempt(
                        true,
                        await row.IsDBNullAsync(1, cancellationToken) ? null : new DateTimeOffset(row.GetDateTime(1).ToUniversalTime()),
                        FindEnd(row.GetString(2)));
                }
            }
            catch (NpgsqlException) when (control.IsAlive)
            {
                // It is between two states.
            }
            catch (NpgsqlException)
            {
                throw new ClusterException(
                    ClusterTrouble.DoesNotStart, $"PostgreSQL gave up replaying the log: {control.LastComplaint()}", "see its complaint");
            }

            await Task.Delay(LookEvery, TimeProvider.System, cancellationToken);
        }
    }

    // The history of the timeline that PostgreSQL began says where it left the one it replayed.
    private Lsn? FindEnd(string segment)
    {
        var history = Path.Combine(
            folders.Cluster, "pg_wal", TimelineHistory.NameOf(WalSegment.TryParse(segment)?.Timeline ?? 0));
        return File.Exists(history) && TimelineHistory.Parse(File.ReadAllBytes(history)) is [.., var fork] ? fork.End : null;
    }

    private bool WasNotReached() => Directory.EnumerateFiles(folders.Log, "*.log")
        .Any(path => File.ReadLines(path).Any(line => line.Contains(NotReached, StringComparison.Ordinal)));

    private string Settings(bool hasInstant)
    {
        var command = $"cp {Shell(LogFolder)}/%f \"%p\"";
        // Without hot standby: settings that were raised since the base backup would stop a standby without a word.
        var settings = $"""

            restore_command = {Quote(command)}
            recovery_target_timeline = '{(choice.To is null ? "current" : choice.Timeline.ToString(CultureInfo.InvariantCulture))}'
            hot_standby = off

            """;
        return hasInstant
            ? settings + $"""
                recovery_target_time = '{choice.To!.Value.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}+00'
                recovery_target_inclusive = on
                recovery_target_action = 'promote'

                """ // HasInstant has checked it
            : settings;
    }

    // PostgreSQL reads % in the command as its own, the shell everything but what stands in single quotes.
    private static string Shell(string path) =>
        "'" + path.Replace("%", "%%", StringComparison.Ordinal).Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private static string Quote(string text) =>
        "'" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal) + "'";

    private readonly record struct Attempt(bool IsDone, DateTimeOffset? LastCommit, Lsn? Ended);
}
