using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// What a server leaves in the folder that several share: the number of its run and a lock, both beside the keys and beside the files, since either may be a mount of its own.
/// </summary>
/// <param name="folder">The folder that they share.</param>
/// <param name="server">The name of the server.</param>
internal sealed class ServerMarks(string folder, string server) : IDisposable
{
    // Below “staging” no backup looks for files.
    private static readonly string[] Places = [Path.Combine("keys", "servers"), Path.Combine("blobs", "staging", "servers")];

    // Not the same for two who look at once.
    private const int LeastPause = 50;
    private const int MostPause = 150;

    private readonly List<FileStream> _held = [];

    /// <summary>Finds a part of a folder that had servers' marks before and has none now: it is not mounted, or another. Null where all is there, or nobody was yet.</summary>
    public static string? FindMissing(string folder)
    {
        var places = Places.Select(place => Path.Combine(folder, place)).ToList();
        return places.Exists(place => Directory.Exists(place) && Directory.EnumerateFiles(place).Any(file => Path.GetExtension(file).Length == 0))
            ? places.Find(place => !Directory.Exists(place))
            : null;
    }

    /// <summary>Whether servers that share it left their marks in a part of a folder.</summary>
    /// <param name="part">Where it is, or leads to.</param>
    /// <param name="name">What it is called in the folder that they share: keys or blobs.</param>
    public static bool AreIn(string part, string name) => Array.Exists(
        Places, place => place.StartsWith(name + Path.DirectorySeparatorChar, StringComparison.Ordinal) && Directory.Exists(Path.Combine(part, place[(name.Length + 1)..])));

    /// <summary>Whether a run of a server left its number, and holds its locks.</summary>
    public static bool Has(string folder, string server, Guid run) => Array.TrueForAll(Places, place => Has(PathOf(folder, place, server), run));

    /// <summary>Takes the locks; false while another process has one.</summary>
    public bool TryHold()
    {
        // All folders before any file: who finds a file in one knows that the other was there.
        var paths = Array.ConvertAll(Places, place => PathOf(folder, place, server));
        foreach (var path in paths)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute); // a path below the folder has one
        }

        foreach (var path in paths.Skip(_held.Count))
        {
            if (TryHold(path) is not { } held)
            {
                return false;
            }

            _held.Add(held);
        }

        return true;
    }

    /// <summary>Leaves the number of a run.</summary>
    public async Task WriteAsync(Guid run, CancellationToken cancellationToken)
    {
        foreach (var path in Places.Select(place => PathOf(folder, place, server)))
        {
            await File.WriteAllTextAsync(path + ".new", Of(run), cancellationToken);
            File.Move(path + ".new", path, overwrite: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _held.ForEach(one => one.Dispose());

    private static bool Has(string path, Guid run)
    {
        try
        {
            return IsHeld(path, run) && IsHeldStill(path, run);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Another that looked at the same moment may have held it, and not its owner.
    private static bool IsHeldStill(string path, Guid run)
    {
        Thread.Sleep(RandomNumberGenerator.GetInt32(LeastPause, MostPause));
        return IsHeld(path, run);
    }

    private static bool IsHeld(string path, Guid run)
    {
        using var free = File.ReadAllText(path) == Of(run) ? TryHold(path) : null;
        return free is null && File.ReadAllText(path) == Of(run);
    }

    // FileShare.None is flock(LOCK_EX) on Unix. Null when another process has it.
    private static FileStream? TryHold(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException held) when (held is not (DirectoryNotFoundException or FileNotFoundException))
        {
            return null;
        }
    }

    private static string Of(Guid run) => run.ToString("n");

    private static string PathOf(string folder, string place, string server) =>
        Path.Combine(folder, place, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(server)))[..32]);
}
