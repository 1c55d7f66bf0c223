namespace Fieldkeep.Server.Exports;

/// <summary>The folder where exports wait, sealed with keys that are only in memory: after a restart nothing in it can be read.</summary>
internal sealed class SpoolFolder
{
    private readonly string _path;
    private readonly TimeProvider _clock;

    /// <summary>Opens the folder, making it if needed and clearing what an earlier process left.</summary>
    public SpoolFolder(string path, TimeProvider clock)
    {
        _path = path;
        _clock = clock;
        Directory.CreateDirectory(path);
        foreach (var left in Directory.EnumerateFiles(path, "*.spool"))
        {
            File.Delete(left);
        }
    }

    /// <summary>Begins a spool that stays in memory up to <paramref name="memoryBytes"/>, and goes to a sealed file beyond.</summary>
    public SealedSpool Begin(int memoryBytes) =>
        new(Path.Combine(_path, Guid.CreateVersion7(_clock.GetUtcNow()).ToString("n") + ".spool"), memoryBytes, _clock);
}
