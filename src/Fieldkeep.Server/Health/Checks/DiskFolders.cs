using Fieldkeep.Server.Blobs;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>The folders that the server writes to, the data directory first.</summary>
internal sealed record DiskFolders(IReadOnlyList<DiskFolder> All)
{
    // Beside what nothing can be received without.
    private static readonly string[] Others = ["keys", "keys/copy", "spool", "mail"];

    /// <summary>Those of a data directory, and the intake journal's, which may lie elsewhere. Any may be a mount of its own.</summary>
    public static DiskFolders Of(string data, string journal) => new(
    [
        new DiskFolder(data, IsNeeded: true),
        new DiskFolder(Path.Combine(data, "postgres"), IsNeeded: true),
        new DiskFolder(Path.Combine(data, "blobs"), IsNeeded: true, BlobStore.MinFreeBytes),
        new DiskFolder(journal, IsNeeded: true),
        .. Others.Select(folder => new DiskFolder(Path.Combine(data, folder), IsNeeded: false)),
    ]);
}

/// <summary>A folder that the server writes to.</summary>
/// <param name="IsNeeded">Whether nothing can be received when its disk is full.</param>
/// <param name="KeptFree">Bytes that are left to others on its disk: with less, nothing is written there.</param>
internal sealed record DiskFolder(string Path, bool IsNeeded, long KeptFree = 0)
{
    /// <summary>Those on one file system, named by the first.</summary>
    public static DiskFolder Together(IReadOnlyList<DiskFolder> folders) =>
        new(folders[0].Path, folders.Any(one => one.IsNeeded), folders.Max(one => one.KeptFree));
}
