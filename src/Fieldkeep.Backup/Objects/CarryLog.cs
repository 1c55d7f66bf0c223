using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Wal;

namespace Fieldkeep.Backup.Objects;

/// <summary>
/// Carries files that grow by frames, of the log or lists of blobs: what came since the last look as an object of its own, and each file once more as one when
/// it has ended, or each week, so that a restore asks for few objects.
/// </summary>
/// <param name="place">From where and to where.</param>
/// <param name="isLists">Whether lists of blobs are meant, else the log.</param>
/// <param name="rest">How long a file must have rested to count as ended.</param>
internal sealed class CarryLog(CarryPlace place, bool isLists, TimeSpan rest, TimeProvider clock)
{
    private const string Root = "wal/";
    private const string ListsBelow = "wal/blobs/";
    private const long MostPieceBytes = 8L << 20;

    // Frames that only say what time it is are worth no object each second.
    private static readonly TimeSpan QuietPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WholeEvery = TimeSpan.FromDays(7);

    private readonly Dictionary<string, Carried> _carried = new(StringComparer.Ordinal);
    private Dictionary<string, List<(PieceName Piece, DateTimeOffset At)>>? _wholes;

    /// <summary>How long each file is now: for those who carry first what the files name, and then the files as they were before.</summary>
    public IReadOnlyDictionary<string, long> Measure()
    {
        var lengths = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var relative in Names())
        {
            var file = new FileInfo(place.PathOf(relative));
            if (file.Exists)
            {
                lengths[relative] = file.Length;
            }
        }

        return lengths;
    }

    /// <summary>Carries what is new.</summary>
    /// <param name="lengths">No more than so much of each file.</param>
    /// <exception cref="IOException">The store or the disk refuses.</exception>
    public async Task RunAsync(IReadOnlyDictionary<string, long> lengths, CancellationToken cancellationToken)
    {
        _wholes ??= await ListWholesAsync(cancellationToken);
        foreach (var gone in _carried.Keys.Where(known => !lengths.ContainsKey(known)).ToList())
        {
            _carried.Remove(gone);
        }

        place.TakeInRemoved();

        var newest = lengths.Keys.GroupBy(FolderOf, StringComparer.Ordinal).ToDictionary(
            folder => folder.Key, folder => folder.Max(relative => File.GetLastWriteTimeUtc(place.PathOf(relative))), StringComparer.Ordinal);
        var heldUp = new HeldUp(place);
        foreach (var (relative, length) in lengths.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                // One that grows again was not at its end: a clock that was set back makes the file that is written to look older than the one before it.
                if (!_carried.TryGetValue(relative, out var carried) || carried.DoneAt != length)
                {
                    await CarryAsync(relative, length, newest[FolderOf(relative)], cancellationToken);
                }
            }
            catch (Exception failed) when (heldUp.Takes(failed))
            {
                // It is tried again at the next look.
            }
        }

        heldUp.ThrowIfAny();
    }

    private async Task CarryAsync(string relative, long length, DateTime newest, CancellationToken cancellationToken)
    {
        await using var file = place.FindFile(relative);
        if (file is null || file.Length < Math.Min(length, WalFileHeader.Size))
        {
            return;
        }

        var changedAt = File.GetLastWriteTimeUtc(place.PathOf(relative));
        var now = clock.GetUtcNow();
        var hasEnded = file.Length <= length
            && (CarryPlace.IsHistory(relative) || (changedAt < newest && now - new DateTimeOffset(changedAt) >= rest));
        if (!_carried.TryGetValue(relative, out var carried))
        {
            carried = new Carried(WholeFrames.Of(relative));
            await FindCarriedAsync(relative, carried, file, Math.Min(length, file.Length), hasEnded, cancellationToken);
            _carried[relative] = carried;
        }

        if (file.Length < carried.Frames.At)
        {
            // Cut to what was durable, after a disk that failed; the store may keep more.
            carried.Frames = WholeFrames.Of(relative);
        }

        var frames = carried.Frames;
        frames.Walk(file, Math.Min(length, file.Length), cancellationToken);
        // Over a network a frame may be read half-written, and whole at the next look.
        place.LeaveOut(relative, frames.IsBroken ? $"{relative}: {frames.Words}; the log before it is carried" : null);

        if (frames.At <= WalFileHeader.Size)
        {
            carried.DoneAt = hasEnded ? length : null;
            return;
        }

        if (!hasEnded)
        {
            await PutTailAsync(relative, carried, file, cancellationToken);
        }

        if (frames.At > carried.WholeTo && (hasEnded || now - (carried.WholeAt ??= now) >= WholeEvery))
        {
            await PutAsync(PieceName.Log, relative, file, 0, frames.At, cancellationToken);
            carried.DoneAt = hasEnded ? length : null;
            (carried.WholeTo, carried.WholeAt) = (frames.At, now);
            carried.At = Math.Max(carried.At, frames.At);
        }
        else
        {
            carried.DoneAt = hasEnded && frames.At <= carried.WholeTo ? length : null;
        }
    }

    private async Task PutTailAsync(string relative, Carried carried, FileStream file, CancellationToken cancellationToken)
    {
        var frames = carried.Frames;
        if (frames.At <= carried.At
            || (frames.End == carried.End && carried.PutAt is { } at && clock.GetElapsedTime(at) < QuietPause))
        {
            return;
        }

        while (carried.At < frames.At)
        {
            var to = Math.Min(frames.At, carried.At + MostPieceBytes);
            await PutAsync(PieceName.Tail, relative, file, carried.At, to, cancellationToken);
            carried.At = to;
        }

        (carried.End, carried.PutAt) = (frames.End, clock.GetTimestamp());
    }

    private async Task PutAsync(string kind, string relative, FileStream file, long from, long to, CancellationToken cancellationToken)
    {
        if (to - from <= MostPieceBytes)
        {
            var bytes = new byte[to - from];
            file.Position = from;
            await file.ReadExactlyAsync(bytes, cancellationToken);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
            using var content = new MemoryStream(bytes, writable: false);
            await place.PutAsync(new PieceName(relative, from, to, sha256).KeyIn(kind), content, sha256, cancellationToken);
            return;
        }

        var digest = await CarryPlace.HashAsync(file, from, to, cancellationToken);
        await using var part = new PartOfFile(file, from, to - from);
        await place.PutAsync(new PieceName(relative, from, to, digest).KeyIn(kind), part, digest, cancellationToken);
    }

    // How far it was carried by an earlier run of the server: the names tell, and the bytes here must be those.
    private async Task FindCarriedAsync(string relative, Carried carried, FileStream file, long length, bool hasEnded, CancellationToken cancellationToken)
    {
        var pieces = _wholes?.GetValueOrDefault(relative) ?? [];
        carried.Frames.Walk(file, length, cancellationToken);
        foreach (var (piece, at) in pieces.OrderBy(one => one.Piece.To))
        {
            // One that has ended by its length: to read all of the log at each start would hold up what is new.
            if (piece.From == 0 && !IsLonger(relative, piece, file) && (hasEnded || await IsSameAsync(relative, piece, file, cancellationToken)))
            {
                (carried.WholeTo, carried.WholeAt, carried.At) = (piece.To, Passed(at), piece.To);
            }
        }

        if (carried.At >= carried.Frames.At)
        {
            return;
        }

        var tails = new List<(PieceName Piece, DateTimeOffset At)>();
        await foreach (var tail in place.ListPiecesAsync(PieceName.Tail, relative + "/", _ => true, cancellationToken))
        {
            tails.Add(tail);
        }

        foreach (var (piece, at) in tails.OrderBy(one => one.Piece.From).ThenByDescending(one => one.Piece.To))
        {
            carried.WholeAt ??= Passed(at);
            if (piece.From <= carried.At && piece.To > carried.At && !IsLonger(relative, piece, file) && await IsSameAsync(relative, piece, file, cancellationToken))
            {
                carried.At = piece.To;
            }
        }
    }

    private async Task<bool> IsSameAsync(string relative, PieceName piece, FileStream file, CancellationToken cancellationToken)
    {
        if (await CarryPlace.HashAsync(file, piece.From, piece.To, cancellationToken) == piece.Sha256)
        {
            return true;
        }

        place.Alarm($"{relative}: bytes {piece.From} to {piece.To} in the store are not what lies in the backup directory");
        return false;
    }

    // A power cut takes from a file what was not durable yet, and the store may have it. It may be somebody else's as well: what lies here is put beside it.
    private bool IsLonger(string relative, PieceName piece, FileStream file)
    {
        if (piece.To <= file.Length)
        {
            return false;
        }

        place.Tell($"{relative} is shorter in the backup directory than in the store");
        return true;
    }

    // The clock of a store may be ahead.
    private DateTimeOffset Passed(DateTimeOffset at) => at < clock.GetUtcNow() ? at : clock.GetUtcNow();

    private async Task<Dictionary<string, List<(PieceName Piece, DateTimeOffset At)>>> ListWholesAsync(CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, List<(PieceName Piece, DateTimeOffset At)>>(StringComparer.Ordinal);
        await foreach (var (piece, at) in place.ListPiecesAsync(PieceName.Log, isLists ? ListsBelow : Root, IsHere, cancellationToken))
        {
            if (!found.TryGetValue(piece.File, out var pieces))
            {
                found[piece.File] = pieces = [];
            }

            pieces.Add((piece, at));
        }

        return found;
    }

    private bool IsHere(string relative) => IsMine(relative) && SourceNames.IsLog(relative) && File.Exists(place.PathOf(relative));

    private IEnumerable<string> Names() => place.Names.Logs().Where(IsMine);

    private bool IsMine(string relative) => relative.StartsWith(ListsBelow, StringComparison.Ordinal) == isLists;

    private static string FolderOf(string relative) => relative[..relative.LastIndexOf('/')];

    /// <summary>How far a file is in the store.</summary>
    private sealed class Carried(WholeFrames frames)
    {
        public WholeFrames Frames { get; set; } = frames;

        /// <summary>The byte after the last that is there without a gap.</summary>
        public long At { get; set; }

        /// <summary>The place in the log after the last frame that was put.</summary>
        public Lsn End { get; set; }

        public long? PutAt { get; set; }

        /// <summary>So much of it is there as one object.</summary>
        public long WholeTo { get; set; }

        public DateTimeOffset? WholeAt { get; set; }

        /// <summary>The length at which it counts as ended, and nothing of it is left to be carried.</summary>
        public long? DoneAt { get; set; }
    }
}
