using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Wal;

/// <summary>Notes copied blobs in the sealed lists beside the log, docs/formats/backup.md, “Write-ahead log”; what was noted counts after <see cref="Sync"/>.</summary>
/// <param name="shelf">Where the lists lie.</param>
/// <param name="clock">Tells when a blob was noted.</param>
internal sealed class BlobNotes(WalShelf shelf, TimeProvider clock)
{
    private WalFileWriter? _list;

    /// <summary>Notes one; a list that is full is made durable and another one begun.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Note(BlobEntry entry)
    {
        var line = BlobList.Line(entry);
        if (_list is { } full && full.End + line.Length > full.Segment.End)
        {
            full.Sync();
            Close();
        }

        _list ??= shelf.BeginBlobs();
        _list.Append(WalFrame.ClockOf(clock.GetUtcNow()), line);
    }

    /// <summary>Makes durable what was noted.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Sync() => _list?.Sync();

    /// <summary>Ends the list and gives up what was not made durable of it.</summary>
    public void Abandon()
    {
        _list?.Abandon();
        Close();
    }

    /// <summary>Ends the list; what is noted next begins another.</summary>
    public void Close()
    {
        _list?.Dispose();
        _list = null;
    }
}
