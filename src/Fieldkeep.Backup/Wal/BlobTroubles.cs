namespace Fieldkeep.Backup.Wal;

/// <summary>What went wrong with single blobs of one look: the first, and how many more.</summary>
internal sealed class BlobTroubles
{
    private const int MaxCount = 100;

    private string? _first;
    private int _count;

    /// <summary>A sentence; null when nothing went wrong.</summary>
    public string? Words => _count > 1 ? $"{_first}, and {_count - 1} more" : _first;

    /// <summary>Adds one.</summary>
    /// <exception cref="IOException">There are so many that it is not they but the disk.</exception>
    public void Add(string path, Exception failed)
    {
        _first ??= $"{path}: {failed.Message}";
        if (++_count >= MaxCount)
        {
            throw new IOException(Words, failed);
        }
    }
}
