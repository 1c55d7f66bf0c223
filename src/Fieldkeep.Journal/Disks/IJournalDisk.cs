namespace Fieldkeep.Journal.Disks;

/// <summary>
/// The disk as the journal needs it: a folder of files, and one folder in it. There are two: <see cref="LocalDisk"/>, and a simulated one in the tests that
/// fails each operation in turn and forgets at a power cut what was not synced. Everything throws <see cref="IOException"/> when the disk refuses.
/// </summary>
internal interface IJournalDisk
{
    /// <summary>The names of the files in a folder, without the folder; empty when the folder is absent.</summary>
    /// <param name="folder">Empty for the journal's own.</param>
    IReadOnlyList<string> List(string folder);

    /// <summary>Creates a folder in the journal's own if it is absent, and makes its name durable.</summary>
    void CreateFolder(string folder);

    /// <summary>Creates a file that must not exist, for its owner alone, with zeros in the place of what is to come.</summary>
    /// <param name="name">Relative to the journal's folder, such as <c>0000000001.fkj</c>.</param>
    /// <param name="bytes">Its length until something else is said; the disk reserves as much.</param>
    IJournalFile Create(string name, long bytes);

    /// <summary>The length of a file, bytes.</summary>
    long LengthOf(string name);

    /// <summary>Reads from a place on as much as there is and fits; returns the number of bytes.</summary>
    int Read(string name, long offset, Span<byte> destination);

    /// <summary>Makes what an earlier process wrote to a file durable.</summary>
    void SyncFile(string name);

    /// <summary>Renames a file; what has the new name is replaced. The folder is not synced yet.</summary>
    void Rename(string name, string newName);

    /// <summary>Removes a file; the folder is not synced yet.</summary>
    void Unlink(string name);

    /// <summary>Makes names durable that were created, changed or removed in a folder.</summary>
    void SyncFolder(string folder);

    /// <summary>Bytes that may still be written to this disk.</summary>
    long FreeBytes();
}

/// <summary>A file that is being written.</summary>
internal interface IJournalFile : IDisposable
{
    /// <summary>Writes all of it at a place.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Makes what was written durable (fdatasync).</summary>
    void Sync();

    /// <summary>Cuts the file to a length.</summary>
    void SetLength(long bytes);
}
