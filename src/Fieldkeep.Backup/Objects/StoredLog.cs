using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Objects;

/// <summary>Puts the files of the log together from their pieces, each to the last byte that is there without a gap.</summary>
internal sealed class StoredLog(StoreSource source)
{
    // A segment of 16 MiB, a note each second for a year, and the frames' own bytes.
    private const long MostBytes = 2L << 30;

    private const int BufferBytes = 128 * 1024;

    // So many beginnings of frames are taken off again; who may put there may put any number.
    private const int MostTurns = 100;

    private readonly string _arriving = source.OwnOf($"{FetchNotes.Folder}/arriving");
    private readonly string _joined = source.OwnOf($"{FetchNotes.Folder}/joined");

    /// <summary>Fetches what is new.</summary>
    /// <param name="installation">Files of another are refused.</param>
    public async Task RunAsync(Guid installation, CancellationToken cancellationToken)
    {
        var wholes = await source.ListAsync(PieceName.Log, SourceNames.IsLog, cancellationToken);
        // Of a year there are millions: those that lie in an object of the whole file are asked for only where it cannot be used.
        var ends = wholes.ToDictionary(one => one.Key, one => one.Value.Select(piece => piece.Name.To).Where(to => to <= MostBytes).DefaultIfEmpty().Max(), StringComparer.Ordinal);
        var tails = await source.ListAsync(PieceName.Tail, "", SourceNames.IsLog, piece => piece.To > ends.GetValueOrDefault(piece.File), cancellationToken);
        foreach (var relative in wholes.Keys.Union(tails.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<StoredPiece> pieces = [.. wholes.GetValueOrDefault(relative) ?? [], .. tails.GetValueOrDefault(relative) ?? []];
            await source.Look.TryAsync(relative, () => JoinAsync(relative, pieces, installation, cancellationToken));
        }

        File.Delete(_joined);
        File.Delete(_arriving);
    }

    private async Task JoinAsync(string relative, List<StoredPiece> pieces, Guid installation, CancellationToken cancellationToken)
    {
        // What lies so far behind is no part of it; anybody who may put there may have put that, and it holds up nothing.
        foreach (var far in pieces.Where(piece => piece.Name.To > MostBytes))
        {
            source.Alarm(FetchAlarmKind.Refused, far.Key, $"no file of the log has more than {MostBytes} bytes");
        }

        pieces.RemoveAll(piece => piece.Name.To > MostBytes);
        var own = source.OwnOf(relative);
        var (kept, most) = (File.Exists(own) ? new FileInfo(own).Length : 0, pieces.Select(piece => piece.Name.To).DefaultIfEmpty().Max());
        if (most <= kept)
        {
            return;
        }

        var folder = Path.GetDirectoryName(own) ?? throw new InvalidOperationException($"{own} lies in no folder");
        source.Directory.MakeFolder(folder);
        File.Delete(_joined);
        await using (var joined = new FileStream(_joined, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            if (kept > 0)
            {
                await using var before = PlainFile.OpenRead(own, BufferBytes);
                await before.CopyToAsync(joined, cancellationToken);
                joined.SetLength(Math.Min(kept, Walked(relative, joined, cancellationToken).At));
                kept = joined.Length;
            }

            await AddAllAsync(relative, joined, pieces, most, installation, cancellationToken);
            if (joined.Length <= kept)
            {
                return;
            }

            DurableFile.Sync(joined);
        }

        File.Move(_joined, own, overwrite: true);
        DurableFile.SyncDirectory(folder);
        source.Look.Files++;
    }

    private async Task AddAllAsync(
        string relative, FileStream joined, List<StoredPiece> pieces, long most, Guid installation, CancellationToken cancellationToken)
    {
        var troubles = source.Look.TroubleCount;
        var left = await AddAsync(relative, joined, pieces, installation, cancellationToken);
        if (joined.Length >= most)
        {
            return;
        }

        // An object of the whole file cannot be used, or is false: those that it stands for were not asked for.
        var all = await source.ListAsync(PieceName.Tail, relative + "/", SourceNames.IsLog, piece => piece.To <= MostBytes, cancellationToken);
        left = await AddAsync(relative, joined, [.. left, .. (all.GetValueOrDefault(relative) ?? []).Except(pieces)], installation, cancellationToken);
        if (source.Look.TroubleCount == troubles)
        {
            TellGap(relative, joined.Length, left);
        }
    }

    // Those that came first before others, by the store's clock. What is wrong with one is told, and another taken. What follows the last whole frame is loose:
    // anybody may have put the beginning of a frame there, and where others have something else, that is taken off and those are tried. Gives what was not taken.
    private async Task<List<StoredPiece>> AddAsync(
        string relative, FileStream joined, List<StoredPiece> pieces, Guid installation, CancellationToken cancellationToken)
    {
        var (left, later, same) = (Sorted(pieces), new List<StoredPiece>(), new List<StoredPiece>());
        var loose = new Stack<(StoredPiece Piece, long Before)>();
        var frames = Walked(relative, joined, cancellationToken);
        for (var turns = 0; ;)
        {
            if (Next(left, joined.Length, frames.At) is not { } next)
            {
                if (later.Count == 0 || turns++ == MostTurns)
                {
                    break;
                }

                TakeOff(joined, loose, frames.At);
                left = Sorted([.. left, .. later, .. same]);
                later.Clear();
                same.Clear();
                continue;
            }

            left.Remove(next);
            if (!await TakeAsync(next, cancellationToken))
            {
                continue;
            }

            await using var came = PlainFile.OpenRead(_arriving, 0);
            var (before, isLoose) = (joined.Length, joined.Length > frames.At);
            if (!await IsSameAsync(joined, next.Name, came, Math.Min(before, next.Name.To), cancellationToken))
            {
                if (isLoose && await IsSameAsync(joined, next.Name, came, frames.At, cancellationToken))
                {
                    later.Add(next);
                    continue;
                }

                source.Alarm(FetchAlarmKind.Changed, next.Key, "it has other bytes than another object of the same file, which was taken");
                continue;
            }

            if (next.Name.To <= before)
            {
                same.Add(next);
                continue;
            }

            (came.Position, joined.Position) = (before - next.Name.From, before);
            await came.CopyToAsync(joined, cancellationToken);
            if (WhyNot(relative, joined, frames, next.Kind == PieceName.Log, installation, cancellationToken) is { } why)
            {
                joined.SetLength(before);
                frames = Walked(relative, joined, cancellationToken);
                if (isLoose)
                {
                    later.Add(next);
                }
                else
                {
                    source.Alarm(FetchAlarmKind.Refused, next.Key, why);
                }

                continue;
            }

            loose.Push((next, before));
            Settle(joined, loose, frames.At);
        }

        if (later.Count > 0)
        {
            source.Tell($"{relative}: behind its byte {frames.At} more objects contradict one another than are tried");
        }

        if (loose.Count > 0)
        {
            // Half a frame opens nothing; it comes with the piece that ends it.
            joined.SetLength(frames.At);
        }

        return [.. left, .. later, .. same, .. loose.Select(one => one.Piece)];
    }

    private static List<StoredPiece> Sorted(IEnumerable<StoredPiece> pieces) =>
        [.. pieces.OrderBy(piece => piece.At).ThenByDescending(piece => piece.Name.To).ThenBy(piece => piece.Name.From)];

    private static WholeFrames Walked(string relative, FileStream joined, CancellationToken cancellationToken)
    {
        var frames = WholeFrames.Of(relative);
        frames.Walk(joined, joined.Length, cancellationToken);
        return frames;
    }

    // One that goes on, or else one that may have something else in place of what is loose.
    private static StoredPiece? Next(List<StoredPiece> left, long length, long at) =>
        left.Find(piece => piece.Name.From <= length && piece.Name.To > length)
        ?? (length > at ? left.Find(piece => piece.Name.From <= length && piece.Name.To > at) : null);

    private void TakeOff(FileStream joined, Stack<(StoredPiece Piece, long Before)> loose, long at)
    {
        if (loose.TryPop(out var last))
        {
            source.Alarm(FetchAlarmKind.Refused, last.Piece.Key, $"what follows its byte {at} is no whole frame, and another object of the same file has other bytes there");
            joined.SetLength(Math.Max(last.Before, at));
            Settle(joined, loose, at);
        }
    }

    private static void Settle(FileStream joined, Stack<(StoredPiece Piece, long Before)> loose, long at)
    {
        if (joined.Length <= at)
        {
            loose.Clear();
        }
    }

    // A false one may be longer than the disk has room for.
    private async Task<bool> TakeAsync(StoredPiece piece, CancellationToken cancellationToken)
    {
        try
        {
            return await source.TakeAsync(piece.Key, piece.Name.Bytes, piece.Name.Sha256, _arriving, cancellationToken);
        }
        catch (BackupException noRoom) when (noRoom.Reason == BackupTrouble.WrongFolder)
        {
            source.Tell($"{piece.Key} is not fetched: {noRoom.Message}");
            return false;
        }
    }

    // Without keys: that it is of this installation and of its place, and that its frames follow one another. Pieces end anywhere, those of the whole with a frame.
    private static string? WhyNot(string relative, FileStream joined, WholeFrames frames, bool isWhole, Guid installation, CancellationToken cancellationToken)
    {
        var head = new byte[WalFileHeader.Size];
        joined.Position = 0;
        var read = joined.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (FetchLog.WhyNot(relative, head.AsSpan(0, read), installation) is { } why)
        {
            return why;
        }

        frames.Walk(joined, joined.Length, cancellationToken);
        return frames.IsBroken ? frames.Words
            : IsZeros(joined, frames.At) ? $"what follows its byte {frames.At} is zeros"
            : isWhole && frames.At != joined.Length ? "it does not end with a frame"
            : null;
    }

    // In a backup directory a length may come before its bytes; what is carried ends with a frame, and zeros would stand where the true ones belong.
    private static bool IsZeros(FileStream joined, long at)
    {
        Span<byte> clear = stackalloc byte[WalFrame.HeaderBytes];
        if (joined.Length - at < clear.Length)
        {
            return false;
        }

        joined.Position = at;
        joined.ReadExactly(clear);
        return !clear.ContainsAnyExcept((byte)0);
    }

    private void TellGap(string relative, long length, List<StoredPiece> left)
    {
        if (left.Where(piece => piece.Name.From > length).Min(piece => (long?)piece.Name.From) is { } from)
        {
            source.Alarm(FetchAlarmKind.Vanished, relative, $"the objects with its bytes {length} to {from} are gone from the store, or cannot be used");
        }
    }

    private static async Task<bool> IsSameAsync(FileStream joined, PieceName name, FileStream came, long to, CancellationToken cancellationToken)
    {
        var common = to - name.From;
        return common <= 0 || await HashAsync(joined, name.From, common, cancellationToken) == await HashAsync(came, 0, common, cancellationToken);
    }

    private static async Task<string> HashAsync(FileStream file, long start, long length, CancellationToken cancellationToken)
    {
        await using var part = new PartOfFile(file, start, length);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(part, cancellationToken));
    }
}
