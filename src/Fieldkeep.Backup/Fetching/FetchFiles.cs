using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Fetching;

/// <summary>
/// Takes single files from a source into a distant copy. What is there is never overwritten: a new file gets its name once all of it is durable, and one that grew
/// gets the bytes after those it has.
/// </summary>
internal sealed class FetchFiles(string source, BackupStore store)
{
    private const int BufferBytes = 128 * 1024;
    private const int StepBytes = 16 << 20;
    private const int MostBad = 100_000;
    private const int LeastFreeFiles = 10_000;

    // At both ends; in between a file of another origin would differ in its salt.
    private const int ComparedBytes = 64 * 1024;

    private static readonly DateTime OldestTime = new(1980, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime NewestTime = new(2200, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    // What was wrong when it was read is not read again before it changes: a bad file costs its length once.
    private readonly Dictionary<string, (long Length, DateTime ChangedAt, FetchAlarmKind Kind, string Words)> _bad = new(StringComparer.Ordinal);
    // Files that grow, and how far their frames were read. What lies between both ends is compared once: a power cut of before may have taken it.
    private readonly Dictionary<string, WholeFrames> _followed = new(StringComparer.Ordinal);
    private readonly string _arriving = Path.Combine(store.Root, FetchNotes.Folder, "arriving");

    /// <summary>Where a file lies at the source.</summary>
    public string SourceOf(string relative) => Path.Combine(source, relative);

    /// <summary>Where it lies in the distant copy.</summary>
    public string OwnOf(string relative) => Path.Combine(store.Root, relative);

    /// <summary>Requires that so many bytes more, and one more file, leave what is to stay free.</summary>
    /// <exception cref="BackupException">WrongFolder: they do not.</exception>
    public void RequireRoom(long bytes)
    {
        store.RequireRoom(bytes);
        if (store.LeastFreeBytes > 0 && DiskRoom.Of(store.Root) is { TotalInodes: > 0, Inodes: < LeastFreeFiles })
        {
            throw new BackupException(
                BackupTrouble.WrongFolder, $"the disk of {store.Root} has room for fewer than {LeastFreeFiles} more files", "make room: many small files may come from somebody who took the server over");
        }
    }

    /// <summary>Takes a file that is not there yet, as long as it is now. Returns how many bytes came.</summary>
    /// <param name="relative">Its path below the source.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="mostBytes">A longer one is refused.</param>
    /// <param name="why">Why its SHA-256 (hex) or its first bytes are wrong; null when they are right.</param>
    /// <param name="frames">How far it is to be taken; null for all of it.</param>
    /// <exception cref="BackupException">Damaged: it is not what it should be. WrongFolder: there is no room.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public async Task<long> TakeAsync(
        string relative,
        string target,
        long mostBytes,
        Func<string, ReadOnlyMemory<byte>, string?> why,
        WholeFrames? frames,
        CancellationToken cancellationToken)
    {
        await using var file = PlainFile.OpenRead(SourceOf(relative), 0);
        var (length, all) = (file.Length, file.Length);
        if (length > mostBytes)
        {
            throw BackupException.Damaged($"it has {length} bytes; {mostBytes} is the most");
        }

        var changedAt = File.GetLastWriteTimeUtc(SourceOf(relative));
        if (FindBad(relative, all, changedAt) is { Kind: FetchAlarmKind.Refused } bad)
        {
            throw BackupException.Damaged(bad.Words);
        }

        if (frames is not null)
        {
            frames.Walk(file, length, cancellationToken);
            length = frames.At;
            file.Position = 0;
        }

        RequireRoom(length);
        store.MakeFolder(DurableFile.DirectoryOf(_arriving));
        File.Delete(_arriving);
        await using (var arriving = new FileStream(_arriving, SealedFile.NewFile()))
        {
            await using var hashing = new HashingStream(arriving);
            var head = await CopyAsync(file, hashing, length, cancellationToken);
            if (why(hashing.Sha256, head) is { } wrong)
            {
                Remember(relative, all, changedAt, FetchAlarmKind.Refused, wrong);
                throw BackupException.Damaged(wrong);
            }

            DurableFile.Sync(arriving);
        }

        SetTime(_arriving, changedAt);
        store.MakeFolder(DurableFile.DirectoryOf(target));
        File.Move(_arriving, target, overwrite: false);
        DurableFile.SyncDirectory(DurableFile.DirectoryOf(target));
        return length;
    }

    /// <summary>Compares a file that was fetched with the source's, and takes what came behind it. Returns how many bytes came.</summary>
    /// <param name="relative">Its path below both.</param>
    /// <param name="mostBytes">It is not let grow longer.</param>
    /// <param name="mayGrow">Whether it is one that grows, by frames.</param>
    /// <param name="tell">Receives what is wrong with it at the source.</param>
    /// <exception cref="BackupException">WrongFolder: there is no room.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public async Task<long> FollowAsync(
        string relative, long mostBytes, bool mayGrow, Action<FetchAlarmKind, string> tell, CancellationToken cancellationToken)
    {
        var own = OwnOf(relative);
        var (there, here) = (new FileInfo(SourceOf(relative)), new FileInfo(own));
        if (there.Length == here.Length && there.LastWriteTimeUtc == here.LastWriteTimeUtc)
        {
            return 0;
        }

        if (FindBad(relative, there.Length, there.LastWriteTimeUtc) is { } bad)
        {
            tell(bad.Kind, bad.Words);
            return 0;
        }

        await using var file = PlainFile.OpenRead(SourceOf(relative), 0);
        var (length, changedAt, kept) = (file.Length, there.LastWriteTimeUtc, here.Length);
        void Tell(FetchAlarmKind kind, string words)
        {
            Remember(relative, there.Length, changedAt, kind, words);
            tell(kind, words);
        }

        if (length < kept)
        {
            Tell(FetchAlarmKind.Shrunk, $"it has {length} bytes at the source, and {kept} were fetched");
            return 0;
        }

        await using var mine = new FileStream(own, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, 0);
        var isSame = length == kept || !_followed.ContainsKey(relative)
            ? await SameBytes.AreSameAsync(file, mine, 0, kept, cancellationToken)
            : await SameBytes.AreSameAsync(file, mine, 0, Math.Min(kept, ComparedBytes), cancellationToken)
                && await SameBytes.AreSameAsync(file, mine, Math.Max(0, kept - ComparedBytes), kept, cancellationToken);
        if (isSame && length == kept)
        {
            SetTime(own, changedAt);
            return 0;
        }

        if (!mayGrow)
        {
            Tell(FetchAlarmKind.Changed, "what was fetched has other bytes at the source");
            return 0;
        }

        if (!isSame)
        {
            if (await SameBytes.FindTornAsync(file, mine, cancellationToken) is not { } whole)
            {
                Tell(FetchAlarmKind.Changed, "what was fetched has other bytes at the source");
                return 0;
            }

            // A power cut here left zeros where bytes were to be: nothing of the source's is lost with them.
            mine.SetLength(whole);
        }

        if (length > mostBytes)
        {
            Tell(FetchAlarmKind.Refused, $"it grew to {length} bytes; {mostBytes} is the most");
            return 0;
        }

        return await GrowAsync(relative, file, mine, length, changedAt, Tell, cancellationToken);
    }

    /// <summary>Reads a small file of the source; null when there is none.</summary>
    /// <exception cref="BackupException">Damaged: it is longer.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[]? FindSmall(string relative, long mostBytes) => ReadSmall(SourceOf(relative), mostBytes);

    /// <summary>Reads a small file; null when there is none.</summary>
    /// <exception cref="BackupException">Damaged: it is longer.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[]? ReadSmall(string path, long mostBytes)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = PlainFile.OpenRead(path, 0);
        if (file.Length > mostBytes)
        {
            throw BackupException.Damaged($"it has {file.Length} bytes; {mostBytes} is the most");
        }

        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    // By whole frames: behind something else nobody would read the frames that come later.
    private async Task<long> GrowAsync(
        string relative, FileStream there, FileStream mine, long length, DateTime changedAt, Action<FetchAlarmKind, string> tell, CancellationToken cancellationToken)
    {
        var kept = mine.Length;
        if (!_followed.TryGetValue(relative, out var frames) || frames.At > kept)
        {
            if (_followed.Count >= MostBad)
            {
                _followed.Clear();
            }

            _followed[relative] = frames = WholeFrames.Of(relative);
        }

        frames.Walk(mine, kept, cancellationToken);
        if (!frames.IsBroken)
        {
            frames.Walk(there, length, cancellationToken);
        }

        var came = Math.Max(0, frames.At - kept);
        if (came > 0)
        {
            RequireRoom(came);
            (there.Position, mine.Position) = (kept, kept);
            await CopyAsync(there, mine, came, cancellationToken);
            DurableFile.Sync(mine);
        }

        if (frames.IsBroken)
        {
            tell(FetchAlarmKind.Refused, frames.Words);
        }
        else if (kept + came == length)
        {
            SetTime(mine.Name, changedAt);
        }

        return came;
    }

    private (FetchAlarmKind Kind, string Words)? FindBad(string relative, long length, DateTime changedAt) =>
        _bad.TryGetValue(relative, out var bad) && bad.Length == length && bad.ChangedAt == changedAt ? (bad.Kind, bad.Words) : null;

    private void Remember(string relative, long length, DateTime changedAt, FetchAlarmKind kind, string words)
    {
        if (_bad.Count >= MostBad)
        {
            _bad.Clear();
        }

        _bad[relative] = (length, changedAt, kind, words);
    }

    // Only to see without reading that nothing changed: a time that cannot be kept makes it be read each time.
    private static void SetTime(string path, DateTime changedAt)
    {
        if (changedAt > OldestTime && changedAt < NewestTime)
        {
            File.SetLastWriteTimeUtc(path, changedAt);
        }
    }

    // No more than was there when it was opened: a file may have no end. Returns its first bytes.
    private async Task<ReadOnlyMemory<byte>> CopyAsync(Stream from, Stream to, long bytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        ReadOnlyMemory<byte>? head = null;
        for (long left = bytes, asked = 0; left > 0;)
        {
            var read = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellationToken);
            if (read == 0)
            {
                throw new IOException("it became shorter while it was read");
            }

            head ??= buffer.AsMemory(0, Math.Min(read, Wal.WalFileHeader.Size)).ToArray();
            if ((asked += read) > StepBytes)
            {
                RequireRoom(StepBytes);
                asked = 0;
            }

            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            left -= read;
        }

        return head ?? ReadOnlyMemory<byte>.Empty;
    }
}
