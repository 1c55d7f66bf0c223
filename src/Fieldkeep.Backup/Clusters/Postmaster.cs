using System.Diagnostics;
using System.Globalization;

namespace Fieldkeep.Backup.Clusters;

/// <summary>A running PostgreSQL, as found through the file it writes and the process behind it.</summary>
/// <param name="ProcessId">The process that owns the cluster.</param>
/// <param name="SocketFolder">Where it listens.</param>
internal sealed record Postmaster(int ProcessId, string SocketFolder)
{
    private const int EndLooks = 50;
    private static readonly TimeSpan EndLook = TimeSpan.FromMilliseconds(100);

    /// <summary>Finds the PostgreSQL that runs on a data directory, or null.</summary>
    /// <remarks>The number in the file is believed only if that process works in this very directory.</remarks>
    public static Postmaster? Find(ClusterFolders folders)
    {
        // Lines: process id, data directory, start time, port, socket folder, listen address, shared memory, state.
        var lines = ReadLines(folders.PostmasterFile);
        return lines.Length >= 5
            && int.TryParse(lines[0].Trim(), CultureInfo.InvariantCulture, out var id)
            && IsPostgresOf(id, folders.Cluster)
                ? new Postmaster(id, lines[4].Trim())
                : null;
    }

    /// <summary>Whether a process is a PostgreSQL whose working directory is the given cluster.</summary>
    /// <exception cref="IOException">It cannot be found out now.</exception>
    public static bool IsPostgresOf(int processId, string cluster)
    {
        try
        {
            var program = Path.GetFileName(File.ReadAllText($"/proc/{processId}/cmdline").Split('\0')[0]);
            return program.StartsWith("postgres", StringComparison.Ordinal)
                && Directory.ResolveLinkTarget($"/proc/{processId}/cwd", returnFinalTarget: false)?.FullName == RealPath(cluster);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && !Directory.Exists($"/proc/{processId}")))
        {
            // Somebody else's, or gone. Any other failure, such as no file handles left, must not pass for a dead PostgreSQL.
            return false;
        }
    }

    /// <summary>All processes of PostgreSQL that work in the cluster, with or without a leader.</summary>
    public static IReadOnlyList<int> ProcessesOf(string cluster) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && IsPostgresOf(id, cluster))];

    /// <summary>Ends all of a cluster that is to be removed: a PostgreSQL lives on after a killed server, and would write into what is removed.</summary>
    /// <exception cref="IOException">Whether there are any cannot be found out now.</exception>
    public static async Task EndAllAsync(string cluster)
    {
        for (var look = 0; look < EndLooks && Directory.Exists(cluster) && ProcessesOf(cluster) is [_, ..] left; look++)
        {
            foreach (var process in left)
            {
                Kill(process);
            }

            await Task.Delay(EndLook, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Ends a process at once; a no-op when it is gone.</summary>
    public static void Kill(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It ended by itself in between: that is what was wanted.
        }
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>A path without links.</summary>
    public static string RealPath(string path)
    {
        var real = "/";
        foreach (var step in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, step);
            real = Directory.ResolveLinkTarget(next, returnFinalTarget: true)?.FullName ?? next;
        }

        return real;
    }
}
