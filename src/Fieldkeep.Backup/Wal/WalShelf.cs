using System.Globalization;
using System.Text;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Wal;

/// <summary>The folder <c>wal</c> of a backup directory: by cluster and timeline, the sealed files of the log and the histories.</summary>
internal sealed class WalShelf(BackupStore store, Guid installation, DataKey key)
{
    private readonly string _root = Path.Combine(store.Root, "wal");

    /// <summary>Takes the folder for one receiver; the lock ends with the process.</summary>
    /// <exception cref="BackupException">InUse, WrongFolder.</exception>
    public FileStream Lock()
    {
        DurableFile.CreatePrivateDirectory(store.Root);
        DurableFile.CreatePrivateDirectory(_root);
        var path = Path.Combine(_root, "lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException busy) when (File.Exists(path))
        {
            throw new BackupException(
                BackupTrouble.InUse, $"another process writes the log of changes to {_root}", "stop the other server first; a killed one holds nothing", busy);
        }
    }

    /// <summary>The timelines kept of a cluster, lowest first.</summary>
    public IReadOnlyList<uint> Timelines(ulong system)
    {
        var folder = FolderOf(system);
        return Directory.Exists(folder)
            ?
            [
                .. Directory.EnumerateDirectories(folder)
                    .Select(path => uint.TryParse(
                        Path.GetFileName(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var timeline) ? timeline : 0)
                    .Where(timeline => timeline > 0).Order(),
            ]
            : [];
    }

    /// <summary>All files of a timeline, in the order of the log.</summary>
    public IReadOnlyList<WalFile> Files(ulong system, uint timeline)
    {
        var folder = FolderOf(system, timeline);
        return Directory.Exists(folder)
            ?
            [
                .. Directory.EnumerateFiles(folder, "*" + WalFile.Extension)
                    .Select(WalFile.TryParse).OfType<WalFile>().Where(file => file.Segment.Timeline == timeline)
                    .OrderBy(file => file.Start).ThenBy(file => file.Path, StringComparer.Ordinal),
            ]
            : [];
    }

    /// <summary>Begins a new file.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public WalFileWriter Begin(ulong system, uint timeline, Lsn start)
    {
        var folder = FolderOf(system, timeline);
        DurableFile.CreatePrivateDirectory(FolderOf(system));
        DurableFile.CreatePrivateDirectory(folder);
        return WalFileWriter.Create(folder, Header(WalFileKind.Log, system, timeline, start), key);
    }

    /// <summary>Begins a new list of blobs that are copied as they come.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public WalFileWriter BeginBlobs()
    {
        DurableFile.CreatePrivateDirectory(_root);
        DurableFile.CreatePrivateDirectory(BlobFolder);
        return WalFileWriter.Create(BlobFolder, Header(WalFileKind.Blobs, 0, 0, default), key);
    }

    /// <summary>Reads all lists of blobs that were copied as they came, each frame a few lines.</summary>
    /// <param name="tell">Receives a sentence for each list that is not whole; all whole frames are taken.</param>
    /// <param name="take">Receives the clock of a frame and its lines.</param>
    public void ReadBlobs(Action<string> tell, Action<DateTimeOffset, string> take)
    {
        if (!Directory.Exists(BlobFolder))
        {
            return;
        }

        foreach (var path in Directory.EnumerateFiles(BlobFolder, "*" + WalFile.Extension).Order(StringComparer.Ordinal))
        {
            var mark = WalFile.TryParse(path)?.Mark;
            var content = WalFileReader.Read(
                path, Header(WalFileKind.Blobs, 0, 0, default), mark, key, (frame, lines) => take(frame.At, Encoding.UTF8.GetString(lines)));
            if (content.Tail == WalTail.Damaged)
            {
                tell($"the list of blobs {path} is damaged, or was sealed with another key");
            }
        }
    }

    /// <summary>Reads one file of the log.</summary>
    public WalFileContent Read(ulong system, WalFile file, WalSink? sink) =>
        WalFileReader.Read(file.Path, Header(WalFileKind.Log, system, file.Segment.Timeline, file.Start), file.Mark, key, sink);

    /// <summary>Reads the history of a timeline; null if none is kept.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public byte[]? FindHistory(ulong system, uint timeline)
    {
        var path = HistoryPath(system, timeline);
        if (!File.Exists(path))
        {
            return null;
        }

        byte[]? history = null;
        var content = WalFileReader.Read(
            path, Header(WalFileKind.History, system, timeline, default), null, key, (_, bytes) => history ??= bytes.ToArray());
        return content is { Frames: 1, Tail: WalTail.None } && history is not null
            ? history
            : throw BackupException.Damaged($"the history of timeline {timeline}, {path}, is damaged or another installation's");
    }

    /// <summary>Keeps the history of a timeline, durably.</summary>
    public void KeepHistory(ulong system, uint timeline, ReadOnlySpan<byte> history)
    {
        var bytes = new byte[WalFileHeader.Size + WalFrame.HeaderBytes + history.Length + Vault.Frames.FrameCipher.TagBytes];
        using var cipher = Header(WalFileKind.History, system, timeline, default).Begin(key, bytes);
        new WalFrame(default, 0, history.Length).Write(bytes.AsSpan(WalFileHeader.Size));
        cipher.Seal(
            UInt128.Zero, bytes.AsSpan(WalFileHeader.Size, WalFrame.HeaderBytes), history, bytes.AsSpan(WalFileHeader.Size + WalFrame.HeaderBytes));
        DurableFile.CreatePrivateDirectory(FolderOf(system));
        DurableFile.Replace(HistoryPath(system, timeline), bytes, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The timelines whose history is kept.</summary>
    public IReadOnlyList<uint> Histories(ulong system)
    {
        var folder = FolderOf(system);
        return Directory.Exists(folder)
            ?
            [
                .. Directory.EnumerateFiles(folder, "*.history" + WalFile.Extension)
                    .Select(path => uint.TryParse(
                        Path.GetFileName(path).Split('.')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var timeline) ? timeline : 0)
                    .Where(timeline => timeline > 0).Order(),
            ]
            : [];
    }

    private string BlobFolder => Path.Combine(_root, "blobs");

    private string FolderOf(ulong system) => Path.Combine(_root, system.ToString("x16", CultureInfo.InvariantCulture));

    private string FolderOf(ulong system, uint timeline) =>
        Path.Combine(FolderOf(system), timeline.ToString("X8", CultureInfo.InvariantCulture));

    private string HistoryPath(ulong system, uint timeline) =>
        Path.Combine(FolderOf(system), TimelineHistory.NameOf(timeline) + WalFile.Extension);

    private WalFileHeader Header(WalFileKind kind, ulong system, uint timeline, Lsn start) =>
        new(kind, system, timeline, start, installation, key.Id);
}
