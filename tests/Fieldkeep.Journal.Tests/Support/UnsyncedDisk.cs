using Fieldkeep.Journal.Disks;

namespace Fieldkeep.Journal.Tests.Support;

/// <summary>A real disk whose syncs do nothing: a control that must lose records when the power goes.</summary>
internal sealed class UnsyncedDisk(IJournalDisk inner) : IJournalDisk
{
    public IReadOnlyList<string> List(string folder) => inner.List(folder);

    public void CreateFolder(string folder) => inner.CreateFolder(folder);

    public IJournalFile Create(string name, long bytes) => new UnsyncedFile(inner.Create(name, bytes));

    public long LengthOf(string name) => inner.LengthOf(name);

    public int Read(string name, long offset, Span<byte> destination) => inner.Read(name, offset, destination);

    public void SyncFile(string name)
    {
    }

    public void Rename(string name, string newName) => inner.Rename(name, newName);

    public void Unlink(string name) => inner.Unlink(name);

    public void SyncFolder(string folder)
    {
    }

    public long FreeBytes() => inner.FreeBytes();

    private sealed class UnsyncedFile(IJournalFile inner) : IJournalFile
    {
        public void Write(long offset, ReadOnlySpan<byte> bytes) => inner.Write(offset, bytes);

        public void Sync()
        {
        }

        public void SetLength(long bytes) => inner.SetLength(bytes);

        public void Dispose() => inner.Dispose();
    }
}
