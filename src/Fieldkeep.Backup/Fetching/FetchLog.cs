using System.Globalization;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Fetching;

/// <summary>Fetches the log of changes: files only grow there, and only what came behind the bytes that were fetched is taken.</summary>
internal sealed class FetchLog(FetchFiles files, SourceNames names, TimeProvider clock)
{
    // A segment of 16 MiB, a note each second for a year, and the frames' own bytes.
    private const long MostBytes = 2L << 30;

    private const int MostBeside = 200;
    private const int MostTails = 100_000;
    private const string HistoryEnd = ".history" + WalFile.Extension;

    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    // Files that end in a part of a frame, as after each kill of a server, and since when: read at each look they would be a gigabyte a day each.
    private readonly Dictionary<string, (Tail Tail, long SeenAt, long ReadAt)> _tails = new(StringComparer.Ordinal);

    /// <summary>Fetches what is new.</summary>
    /// <param name="installation">Files of another are refused.</param>
    public async Task RunAsync(FetchLook look, Guid installation, CancellationToken cancellationToken)
    {
        var there = names.Logs();
        if (there.Count == 0 && Directory.Exists(files.OwnOf("wal")))
        {
            look.Alarm(FetchAlarmKind.Vanished, "wal", "all of the log is gone at the source");
        }

        foreach (var relative in there.Where(relative => !IsRemoved(relative, look.Notes)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await look.TryAsync(relative, () => FollowAsync(relative, look, installation, cancellationToken));
        }
    }

    private async Task FollowAsync(string relative, FetchLook look, Guid installation, CancellationToken cancellationToken)
    {
        var own = new FileInfo(files.OwnOf(relative));
        if (own.Exists)
        {
            var there = new FileInfo(files.SourceOf(relative));
            var tail = new Tail(own.Length, there.Length, there.LastWriteTimeUtc);
            if (IsResting(relative, tail))
            {
                return;
            }

            var (isOther, isTold) = (false, false);
            var came = await files.FollowAsync(
                relative,
                MostBytes,
                mayGrow: !relative.EndsWith(HistoryEnd, StringComparison.Ordinal),
                (kind, words) =>
                {
                    look.Alarm(kind, relative, words);
                    (isOther, isTold) = (kind == FetchAlarmKind.Changed, true);
                },
                cancellationToken);
            if (came == 0 && !isTold && tail.Kept < tail.Length)
            {
                NoteTail(relative, tail);
            }

            if (isOther)
            {
                await TakeBesideAsync(relative, look, cancellationToken);
            }

            look.Files += came > 0 ? 1 : 0;
            look.Bytes += came;
        }
        else if (new FileInfo(files.SourceOf(relative)).Length >= WalFileHeader.Size)
        {
            var frames = WholeFrames.Of(relative);
            look.Bytes += await files.TakeAsync(
                relative, files.OwnOf(relative), MostBytes, (_, head) => WhyNot(relative, head.Span, installation), frames, cancellationToken);
            look.Files++;
            if (frames.IsBroken)
            {
                look.Alarm(FetchAlarmKind.Refused, relative, frames.Words);
            }
        }
    }

    // As long as it has stood like that: over a network the bytes may come after the length.
    private bool IsResting(string relative, Tail tail) =>
        _tails.TryGetValue(relative, out var known) && known.Tail == tail
        && clock.GetElapsedTime(known.ReadAt) is var rest && rest < LongestRest && rest < clock.GetElapsedTime(known.SeenAt, known.ReadAt);

    private void NoteTail(string relative, Tail tail)
    {
        if (_tails.Count >= MostTails)
        {
            _tails.Clear();
        }

        var now = clock.GetTimestamp();
        _tails[relative] = (tail, _tails.TryGetValue(relative, out var known) && known.Tail == tail ? known.SeenAt : now, now);
    }

    // Somebody may want to read them: after a disk that failed at the source they may be the right ones.
    private async Task TakeBesideAsync(string relative, FetchLook look, CancellationToken cancellationToken)
    {
        var there = new FileInfo(files.SourceOf(relative));
        var folder = files.OwnOf($"{FetchNotes.Folder}/beside");
        DurableFile.CreatePrivateDirectory(folder);
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{relative.Replace('/', '.')}.{there.Length}.{there.LastWriteTimeUtc.Ticks:x}");
        if (!File.Exists(Path.Combine(folder, name)) && Directory.EnumerateFiles(folder).Take(MostBeside).Count() < MostBeside)
        {
            look.Bytes += await files.TakeAsync(relative, Path.Combine(folder, name), MostBytes, (_, _) => null, frames: null, cancellationToken);
        }
    }

    // What no base backup here needs any more is not fetched again, however long the source has it.
    private bool IsRemoved(string relative, FetchNotes notes) =>
        WalFile.TryParse(relative) is { } file && relative.Split('/') is [_, var system, var past, _, _]
        && notes.LogFrom.TryGetValue($"{system}/{past}", out var from) && file.Segment.End.Value <= from && !File.Exists(files.OwnOf(relative));

    /// <summary>Why a file of the log is not what its name says; null when it is. Without the key no more can be told than that it is of this installation and of its place.</summary>
    /// <param name="relative">A name of <see cref="SourceNames.Logs"/>.</param>
    /// <param name="head">Its first bytes.</param>
    internal static string? WhyNot(string relative, ReadOnlySpan<byte> head, Guid installation)
    {
        var steps = relative.Split('/');
        var header = steps switch
        {
            [_, "blobs", _] => Header(WalFileKind.Blobs, "0", "0", "0", default, installation),
            [_, var system, var past, var history] => Header(WalFileKind.History, system, past, history.Split('.')[0], default, installation),
            [_, var system, var past, var timeline, var name] when WalFile.TryParse(name) is { } file && file.Segment.Timeline == Number(timeline) =>
                Header(WalFileKind.Log, system, past, timeline, file.Start, installation),
            _ => (WalFileHeader?)null,
        };
        return header?.IsBeginningOf(head) == true && (steps.Length == 4 || WalFile.TryParseMark(relative) == WalFileHeader.Mark(head))
            ? null
            : "it does not begin as its name says, or is another installation's";
    }

    private static WalFileHeader Header(WalFileKind kind, string system, string past, string timeline, Lsn start, Guid installation) => new(
        kind, ulong.Parse(system, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), Number(past), Number(timeline), start, installation, default);

    private static uint Number(string digits) => uint.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private readonly record struct Tail(long Kept, long Length, DateTime ChangedAt);
}
