namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A scratch folder on another disk than a given one, where the machine has such.</summary>
internal sealed class OtherDisk : IDisposable
{
    private static readonly string[] Places = ["/dev/shm", "/var/tmp", "/tmp"];

    private OtherDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Finds one that nothing can be moved to from a folder; null when there is none.</summary>
    public static OtherDisk? Find(string folder)
    {
        foreach (var place in Places.Where(Directory.Exists))
        {
            var (here, there) = (System.IO.Path.Combine(folder, "moved"), System.IO.Path.Combine(place, $"fieldkeep-{Guid.NewGuid():n}"));
            Directory.CreateDirectory(here);
            try
            {
                Directory.Move(here, there);
                Directory.Delete(there);
            }
            catch (IOException)
            {
                Directory.Delete(here);
                Directory.CreateDirectory(there);
                return new OtherDisk(there);
            }
        }

        return null;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
