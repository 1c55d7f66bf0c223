namespace Fieldkeep.Backup.Wal;

/// <summary>Tells where the log stops being whole although there is more of it, or where its end is damaged.</summary>
/// <param name="Path">The file that shows it.</param>
/// <param name="At">The place up to which all is there.</param>
/// <param name="Words">What is wrong, in a lower-case sentence.</param>
internal sealed record WalBreak(string Path, Lsn At, string Words);

/// <summary>A stretch of the log without a gap.</summary>
/// <param name="End">The place after its last byte.</param>
/// <param name="FirstAt">PostgreSQL's clock at its first frame; null if it is empty.</param>
/// <param name="Until">What was committed until then is there, PostgreSQL's clock; null if nothing tells.</param>
/// <param name="SegmentCount">Segments, the last perhaps begun only.</param>
/// <param name="SealedBytes">Bytes of the files that were read.</param>
/// <param name="Break">Why it ends, if that is not simply the end.</param>
/// <param name="TornPath">The last file, when it ends in the beginning of a frame that was never confirmed.</param>
internal sealed record WalRun(
    Lsn End, DateTimeOffset? FirstAt, DateTimeOffset? Until, int SegmentCount, long SealedBytes, WalBreak? Break, string? TornPath)
{
    /// <summary>Where the clock was set back in it.</summary>
    public IReadOnlyList<ClockStep> Steps { get; init; } = [];

    public static WalRun EmptyAt(Lsn place) => new(place, null, null, 0, 0, null, null);
}

/// <summary>Receives a segment with all that is kept of it, zeros after. Returns false to read no more.</summary>
/// <param name="until">What was committed until then is there after this segment; null if nothing in it tells.</param>
internal delegate bool TakeSegment(WalSegment segment, ReadOnlySpan<byte> log, Lsn end, DateTimeOffset? until);

/// <summary>Puts the files of a timeline together to segments and finds where they end or have a gap.</summary>
internal static class WalRunReader
{
    /// <summary>Reads from the beginning of a segment on.</summary>
    /// <param name="from">The beginning of a segment.</param>
    /// <param name="to">The beginning of the segment to stop before; null for all there is.</param>
    /// <param name="take">Receives the segments; null to read only.</param>
    public static WalRun Read(
        WalShelf shelf, WalPast past, uint timeline, Lsn from, Lsn? to, TakeSegment? take, CancellationToken cancellationToken)
    {
        var files = shelf.Files(past, timeline);
        var run = WalRun.EmptyAt(from);
        var buffer = new byte[WalSegment.Bytes];
        var at = 0;
        while (at < files.Count && files[at].Segment.Number < from.Segment)
        {
            at++;
        }

        while (at < files.Count && (to is null || run.End < to))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (files[at].Start > run.End)
            {
                // A name alone is no sign that there was more.
                return FindReal(shelf, past, files, at) is { } real ? run with { Break = Gap(real, run.End, null) } : run;
            }

            var segment = files[at].Segment;
            var last = at;
            while (last + 1 < files.Count && files[last + 1].Segment == segment)
            {
                last++;
            }

            buffer.AsSpan().Clear();
            var read = ReadSegment(shelf, past, files, at, last, segment.Start, buffer);
            at = last + 1;
            run = run with
            {
                End = read.End,
                FirstAt = run.FirstAt ?? read.FirstAt,
                Until = read.Until ?? run.Until,
                SegmentCount = run.SegmentCount + (read.End > segment.Start ? 1 : 0),
                SealedBytes = run.SealedBytes + read.SealedBytes,
                Break = read.Break,
                TornPath = read.TornPath,
                Steps = [.. run.Steps, .. StepBetween(run.Until, read.FirstNote), .. read.Steps],
            };
            if (read.End > segment.Start && take is not null && !take(segment, buffer, read.End, read.Until))
            {
                return run;
            }

            if (run.Break is not null)
            {
                return run;
            }

            if (read.End < segment.End && at < files.Count)
            {
                return FindReal(shelf, past, files, at) is not null ? run with { Break = Gap(files[at], read.End, files[last]), TornPath = null } : run;
            }
        }

        return run;
    }

    private static WalFile? FindReal(WalShelf shelf, WalPast past, IReadOnlyList<WalFile> files, int from) =>
        files.Skip(from).FirstOrDefault(file => shelf.HasFrames(past, file));

    private static IEnumerable<ClockStep> StepBetween(DateTimeOffset? before, DateTimeOffset? next) =>
        before is { } from && next is { } to && to < from ? [new ClockStep(from, to)] : [];

    /// <summary>The durable end of a timeline: what is kept in whole frames, looked for in its last two segments. Null if nothing is.</summary>
    public static Lsn? FindEnd(WalShelf shelf, WalPast past, uint timeline)
    {
        var files = shelf.Files(past, timeline);
        Lsn? end = null;
        for (var last = files.Count - 1; last >= 0;)
        {
            var segment = files[last].Segment;
            var first = last;
            while (first > 0 && files[first - 1].Segment == segment)
            {
                first--;
            }

            Settle(files, first, last);
            var read = ReadSegment(shelf, past, files, first, last, files[first].Start, null);
            if (end is not null)
            {
                // What is missing in the segment before is asked for again, while PostgreSQL has it.
                return read.End == segment.End ? end : read.End;
            }

            end = read.FirstAt is null ? null : read.End;
            last = first - 1;
            if (end is not null && (last < 0 || files[last].Segment.Number != segment.Number - 1))
            {
                return end;
            }
        }

        return end;
    }

    // A killed receiver's bytes may be in the system's memory only; they are to be confirmed now.
    private static void Settle(IReadOnlyList<WalFile> files, int first, int last)
    {
        for (var at = first; at <= last; at++)
        {
            using var file = Vault.Files.PlainFile.FindRead(files[at].Path);
            if (file is not null)
            {
                Vault.Files.DurableFile.Sync(file.SafeFileHandle);
            }
        }

        Vault.Files.DurableFile.SyncDirectory(Vault.Files.DurableFile.DirectoryOf(files[first].Path));
    }

    private static SegmentContent ReadSegment(
        WalShelf shelf, WalPast past, IReadOnlyList<WalFile> files, int first, int final, Lsn from, byte[]? buffer)
    {
        var end = from;
        long sealedBytes = 0;
        DateTimeOffset? firstAt = null, until = null, firstNote = null;
        List<ClockStep> steps = [];
        WalFile? last = null;
        var lastTail = WalTail.None;
        for (var at = first; at <= final; at++)
        {
            var file = files[at];
            if (file.Start > end)
            {
                return new SegmentContent(end, firstAt, until, sealedBytes, Gap(file, end, last), null);
            }

            var isOther = false;
            var reached = end;
            WalFileContent content;
            try
            {
                content = shelf.Read(past, file, (frame, log) =>
                {
                    isOther = isOther || (buffer is not null && !Place(buffer, frame, log, reached));
                    reached = frame.End > reached ? frame.End : reached;
                });
                sealedBytes += new FileInfo(file.Path).Length;
            }
            catch (IOException)
            {
                // As if nothing in it could be opened: another file may make up for it.
                content = new WalFileContent(file.Start, 0, null, null, WalTail.Damaged, 0);
            }

            if (isOther)
            {
                return new SegmentContent(
                    end, firstAt, until, sealedBytes,
                    new WalBreak(file.Path, end, $"{file.Path} tells another past than the file before it: two databases wrote here"), null);
            }

            firstAt ??= content.FirstAt;
            firstNote ??= content.FirstNote;
            // Where files overlap, one may be of before and after the other.
            steps.AddRange([.. file.Start == end && last is { } one && one.Start < file.Start ? StepBetween(until, content.FirstNote) : [], .. content.Steps]);
            until = content.Until is { } later && !(until > later) ? later : until;
            if (content.End >= end)
            {
                (last, lastTail) = (file, content.Tail);
            }

            end = content.End > end ? content.End : end;
        }

        // Bytes that no writer leaves, and nothing after them that makes up for it.
        return last is not null && lastTail == WalTail.Damaged && end < files[final].Segment.End
            ? new SegmentContent(
                end, firstAt, until, sealedBytes,
                new WalBreak(last.Path, end, $"{last.Path} cannot be read after {end}: it is damaged, is not what its name says, or was sealed with another key"), null)
            : new SegmentContent(end, firstAt, until, sealedBytes, null, lastTail == WalTail.Torn ? last?.Path : null) { FirstNote = firstNote, Steps = steps };
    }

    // Where files overlap they must say the same.
    private static bool Place(byte[] buffer, WalFrame frame, ReadOnlySpan<byte> log, Lsn end)
    {
        var target = buffer.AsSpan(frame.Start.Offset, log.Length);
        var known = frame.Start < end ? (int)Math.Min(end - frame.Start, log.Length) : 0;
        if (!target[..known].SequenceEqual(log[..known]))
        {
            return false;
        }

        log.CopyTo(target);
        return true;
    }

    private static WalBreak Gap(WalFile next, Lsn end, WalFile? before) => before is null
        ? new WalBreak(next.Path, end, $"the log is missing from {end} to {next.Start}, where {next.Path} begins")
        : new WalBreak(before.Path, end, $"{before.Path} is damaged or cut off, or a file after it is gone: the log is missing from {end} to {next.Start}");

    private sealed record SegmentContent(
        Lsn End, DateTimeOffset? FirstAt, DateTimeOffset? Until, long SealedBytes, WalBreak? Break, string? TornPath)
    {
        public DateTimeOffset? FirstNote { get; init; }

        public IReadOnlyList<ClockStep> Steps { get; init; } = [];
    }
}
