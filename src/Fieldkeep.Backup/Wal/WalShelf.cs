using System.Globalization;
using System.Text;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Wal;

/// <summary>
/// The folder <c>wal</c> of a backup directory: by cluster, past and timeline, the sealed files of the log and the histories. Names are not believed: what
/// does not open with this installation's key is as if it were not there.
/// </summary>
internal sealed class WalShelf(BackupStore store, Guid installation, DataKey key)
{
    private const string HistoryEnd = ".history" + WalFile.Extension;

    private readonly string _root = Path.Combine(store.Root, "wal");

    private string BlobFolder => Path.Combine(_root, "blobs");

    private string LockPath => Path.Combine(_root, "lock");

    /// <summary>Requires that the directory is the one that is meant, and the folder the one that was taken.</summary>
    /// <exception cref="BackupException">WrongFolder; Damaged: somebody removed the folder.</exception>
    public void RequireTaken()
    {
        store.Require();
        if (!File.Exists(LockPath))
        {
            throw BackupException.Damaged($"the log of changes in {_root} was removed");
        }
    }

    /// <summary>Takes the folder for one receiver; the lock ends with the process.</summary>
    /// <exception cref="BackupException">InUse, WrongFolder.</exception>
    /// <exception cref="IOException">Something else lies in its place, a link for instance.</exception>
    public FileLock Lock()
    {
        store.Require();
        store.MakeFolder(_root);
        return FileLock.TryTake(LockPath) ?? throw new BackupException(
            BackupTrouble.InUse, $"another process writes the log of changes to {_root}", "stop the other server first; a killed one holds nothing");
    }

    /// <summary>The pasts kept of a cluster, oldest first.</summary>
    public IReadOnlyList<WalPast> Pasts(ulong system) =>
        [.. Numbers(FolderOf(system)).Select(number => new WalPast(system, number)).Where(past => Timelines(past).Count > 0)];

    /// <summary>A past that is not there yet, after those that are.</summary>
    public WalPast NextPast(ulong system)
    {
        var next = new WalPast(system, Pasts(system) is [.., var newest] ? newest.Number + 1 : 1);
        while (Path.Exists(FolderOf(next)))
        {
            next = next with { Number = next.Number + 1 };
        }

        return next;
    }

    /// <summary>The timelines of which something is kept, lowest first.</summary>
    public IReadOnlyList<uint> Timelines(WalPast past) =>
        [.. Numbers(FolderOf(past)).Where(timeline => Files(past, timeline).Any(file => HasFrames(past, file)))];

    /// <summary>All files of a timeline, in the order of the log.</summary>
    public IReadOnlyList<WalFile> Files(WalPast past, uint timeline) =>
    [
        .. FilesIn(FolderOf(past, timeline))
            .Select(WalFile.TryParse).OfType<WalFile>().Where(file => file.Segment.Timeline == timeline)
            .OrderBy(file => file.Start).ThenBy(file => file.Path, StringComparer.Ordinal),
    ];

    /// <summary>Removes the files of a timeline that end before a place, oldest first; all of them without one. Returns how many.</summary>
    public int Remove(WalPast past, uint timeline, Lsn? before, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var file in Files(past, timeline).Where(file => before is null || file.Segment.End <= before))
        {
            cancellationToken.ThrowIfCancellationRequested();
            File.Delete(file.Path);
            count++;
        }

        if (count > 0)
        {
            DurableFile.SyncDirectory(FolderOf(past, timeline));
        }

        return count;
    }

    /// <summary>Bytes that <see cref="Remove"/> would remove.</summary>
    public long CountBytes(WalPast past, uint timeline, Lsn? before, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        foreach (var file in Files(past, timeline).Where(file => before is null || file.Segment.End <= before))
        {
            cancellationToken.ThrowIfCancellationRequested();
            bytes += new FileInfo(file.Path).Length;
        }

        return bytes;
    }

    /// <summary>Begins a new file.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    /// <exception cref="BackupException">WrongFolder: the directory is not there.</exception>
    public WalFileWriter Begin(WalPast past, uint timeline, Lsn start)
    {
        var folder = FolderOf(past, timeline);
        store.Require();
        store.MakeFolder(folder);
        return WalFileWriter.Create(folder, Header(WalFileKind.Log, past, timeline, start), key);
    }

    /// <summary>Begins a new list of blobs that are copied as they come.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    /// <exception cref="BackupException">WrongFolder: the directory is not there.</exception>
    public WalFileWriter BeginBlobs()
    {
        store.Require();
        store.MakeFolder(BlobFolder);
        return WalFileWriter.Create(BlobFolder, BlobHeader(), key);
    }

    /// <summary>The lists of blobs that were copied as they came, oldest name first.</summary>
    public IReadOnlyList<string> BlobLists() => [.. FilesIn(BlobFolder).Order(StringComparer.Ordinal)];

    /// <summary>Reads one list of blobs, each frame a few lines.</summary>
    /// <param name="take">Receives the clock of a frame and its lines.</param>
    public WalFileContent ReadBlobs(string path, Action<DateTimeOffset, string> take) => WalFileReader.Read(
        path, BlobHeader(), WalFile.TryParseMark(path) ?? "", key, (frame, lines) => take(frame.At, Encoding.UTF8.GetString(lines)));

    /// <summary>How many frames each list of blobs has now, by its name: what is noted from now on comes after them, whatever the clocks say.</summary>
    public IReadOnlyDictionary<string, long> CountBlobs()
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var path in BlobLists())
        {
            try
            {
                counts[Path.GetFileName(path)] = ReadBlobs(path, (_, _) => { }).Frames;
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                // All that is in it counts as noted later: some that was erased comes back rather than some is missing.
            }
        }

        return counts;
    }

    /// <summary>Reads all lists of blobs; what is damaged in one holds up no other.</summary>
    /// <param name="tell">Receives a sentence for each list that is not whole; all whole frames are taken.</param>
    public void ReadBlobs(Action<string> tell, Action<NotedBlob> take)
    {
        foreach (var path in BlobLists())
        {
            try
            {
                var name = Path.GetFileName(path);
                var frame = 0L;
                var content = ReadBlobs(path, (at, lines) =>
                {
                    foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                    {
                        take(new NotedBlob(name, frame, at, BlobList.Parse(line)));
                    }

                    frame++;
                });
                if (content.Tail == WalTail.Damaged)
                {
                    tell($"the list of blobs {path} is damaged, or was sealed with another key");
                }
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or BackupException)
            {
                tell($"the list of blobs {path} cannot be read: {failed.Message}");
            }
        }
    }

    /// <summary>Reads one file of the log.</summary>
    public WalFileContent Read(WalPast past, WalFile file, WalSink? sink, long maxFrames = long.MaxValue) => WalFileReader.Read(
        file.Path, Header(WalFileKind.Log, past, file.Segment.Timeline, file.Start), file.Mark, key, sink, maxFrames);

    /// <summary>Reads the history of a timeline; null if none is kept.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public byte[]? FindHistory(WalPast past, uint timeline)
    {
        var path = HistoryPath(past, timeline);
        if (!Path.Exists(path))
        {
            return null;
        }

        byte[]? history = null;
        try
        {
            var content = WalFileReader.Read(
                path, Header(WalFileKind.History, past, timeline, default), null, key, (_, bytes) => history ??= bytes.ToArray());
            return content is { Frames: 1, Tail: WalTail.None } && history is not null
                ? history
                : throw BackupException.Damaged($"the history of timeline {timeline}, {path}, is damaged or another installation's");
        }
        catch (IOException failed)
        {
            throw BackupException.Damaged($"the history of timeline {timeline}, {path}, cannot be read: {failed.Message}", failed);
        }
    }

    /// <summary>Keeps the history of a timeline, durably.</summary>
    public void KeepHistory(WalPast past, uint timeline, ReadOnlySpan<byte> history)
    {
        var bytes = new byte[WalFileHeader.Size + WalFrame.HeaderBytes + history.Length + Vault.Frames.FrameCipher.TagBytes];
        using var cipher = Header(WalFileKind.History, past, timeline, default).Begin(key, bytes);
        new WalFrame(default, 0, history.Length).Write(bytes.AsSpan(WalFileHeader.Size));
        cipher.Seal(
            UInt128.Zero, bytes.AsSpan(WalFileHeader.Size, WalFrame.HeaderBytes), history, bytes.AsSpan(WalFileHeader.Size + WalFrame.HeaderBytes));
        store.Require();
        store.MakeFolder(FolderOf(past));
        DurableFile.Replace(HistoryPath(past, timeline), bytes, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The timelines whose history is kept and opens, lowest first.</summary>
    public IReadOnlyList<uint> Histories(WalPast past) =>
    [
        .. FilesIn(FolderOf(past)).Select(path => Path.GetFileName(path))
            .Where(name => name.EndsWith(HistoryEnd, StringComparison.Ordinal))
            .Select(name => NumberOf(name[..^HistoryEnd.Length])).Where(timeline => timeline > 0 && Opens(past, timeline)).Order(),
    ];

    /// <summary>Whether a file has a frame that opens: a name alone is nothing.</summary>
    public bool HasFrames(WalPast past, WalFile file)
    {
        try
        {
            return Read(past, file, null, maxFrames: 1).Frames > 0;
        }
        catch (IOException)
        {
            // One file that cannot be read hides no other; who reads the log stops there.
            return false;
        }
    }

    private bool Opens(WalPast past, uint timeline)
    {
        try
        {
            return FindHistory(past, timeline) is not null;
        }
        catch (BackupException)
        {
            // Where it is needed it is looked for by its number, and missed.
            return false;
        }
    }

    private static IEnumerable<uint> Numbers(string folder) => PlainFile.IsFolder(folder)
        ? Directory.EnumerateDirectories(folder).Where(PlainFile.IsFolder)
            .Select(path => NumberOf(Path.GetFileName(path))).Where(number => number is > 0 and < int.MaxValue).Order()
        : [];

    private static IEnumerable<string> FilesIn(string folder) => PlainFile.IsFolder(folder)
        ? Directory.EnumerateFiles(folder, "*" + WalFile.Extension).Where(path => new FileInfo(path).LinkTarget is null)
        : [];

    // As we write it, and in no other way: two names for one number would be read twice.
    private static uint NumberOf(string name) =>
        uint.TryParse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && NameOf(number) == name ? number : 0;

    private static string NameOf(uint number) => number.ToString("X8", CultureInfo.InvariantCulture);

    private string FolderOf(ulong system) => Path.Combine(_root, system.ToString("x16", CultureInfo.InvariantCulture));

    private string FolderOf(WalPast past) => Path.Combine(FolderOf(past.System), NameOf(past.Number));

    private string FolderOf(WalPast past, uint timeline) => Path.Combine(FolderOf(past), NameOf(timeline));

    private string HistoryPath(WalPast past, uint timeline) => Path.Combine(FolderOf(past), TimelineHistory.NameOf(timeline) + WalFile.Extension);

    private WalFileHeader Header(WalFileKind kind, WalPast past, uint timeline, Lsn start) =>
        new(kind, past.System, past.Number, timeline, start, installation, key.Id);

    private WalFileHeader BlobHeader() => new(WalFileKind.Blobs, 0, 0, 0, default, installation, key.Id);
}

/// <summary>A blob as it was noted beside the log.</summary>
/// <param name="List">The name of the list.</param>
/// <param name="Frame">Which frame of it, from 0.</param>
/// <param name="At">The clock of the frame.</param>
/// <param name="Entry">The blob.</param>
internal readonly record struct NotedBlob(string List, long Frame, DateTimeOffset At, BlobEntry Entry);
