namespace Fieldkeep.Server.Exports.Spool;

/// <summary>The folder where exports wait, sealed with keys that are only in memory: after a restart nothing in it can be read.</summary>
internal sealed class SpoolFolder
{
    private readonly string _path;
    private readonly SpoolLimits _limits;
    private readonly TimeProvider _clock;

    /// <summary>Opens the folder, making it if needed.</summary>
    public SpoolFolder(string path, SpoolLimits limits, TimeProvider clock)
    {
        _path = path;
        _limits = limits;
        _clock = clock;
        Directory.CreateDirectory(path);
    }

    /// <summary>Clears what an earlier process left: nobody has its keys. For the server alone, before it listens: another's exports lie here, too.</summary>
    public void Clear()
    {
        foreach (var left in Directory.EnumerateFiles(_path, "*.spool"))
        {
            File.Delete(left);
        }
    }

    /// <summary>Begins a spool that stays in memory up to <paramref name="memoryBytes"/>, and goes to a sealed file beyond.</summary>
    /// <param name="mostBytes">Beyond this the spool refuses with <c>export.spool_full</c>.</param>
    public SealedSpool Begin(int memoryBytes, long mostBytes = long.MaxValue) =>
        new(Path.Combine(_path, Guid.CreateVersion7(_clock.GetUtcNow()).ToString("n") + ".spool"), memoryBytes, _clock, RequireRoom)
        { MostBytes = mostBytes };

    /// <summary>Refuses when the disk has no room for more.</summary>
    /// <exception cref="Kernel.ProblemException"><c>export.disk_full</c>.</exception>
    public void RequireRoom()
    {
        if (new DriveInfo(_path).AvailableFreeSpace < _limits.MinFreeBytes)
        {
            throw ExportProblems.DiskFull();
        }
    }
}
