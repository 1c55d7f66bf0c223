using System.Globalization;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Driven;

/// <summary>A folder of this server alone in which pgBackRest keeps its locks while it runs. Its name begins with a dot: backups leave it out.</summary>
internal sealed class DrivenFolder
{
    private const string Name = ".pgbackrest";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private const int Looks = 200;

    private DrivenFolder(string root) => Root = root;

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>For its locks.</summary>
    public string Locks => Path.Combine(Root, "lock");

    /// <summary>For its log, which is turned off.</summary>
    public string Log => Path.Combine(Root, "log");

    /// <summary>Where it lies below a directory.</summary>
    public static string In(string directory) => Path.Combine(directory, Name);

    /// <summary>Makes it below a directory.</summary>
    /// <exception cref="BackupException">WrongFolder: something else lies there, or the path has a character that must not go into a command.</exception>
    public static DrivenFolder Make(string directory)
    {
        RequirePlain(directory);
        var folder = new DrivenFolder(In(directory));
        foreach (var path in new[] { folder.Root, folder.Locks, folder.Log })
        {
            DurableFile.CreatePrivateDirectory(path);
            if (!PlainFile.IsFolder(path))
            {
                throw new BackupException(BackupTrouble.WrongFolder, $"{path} is a link", "remove it: pgBackRest's locks lie in a folder of the server alone");
            }

            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return folder;
    }

    /// <summary>Requires that a path has no character that could end a line.</summary>
    /// <exception cref="BackupException">WrongFolder.</exception>
    public static void RequirePlain(string path)
    {
        if (path.Any(char.IsControl))
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"pgBackRest is given no path with a control character: {new string([.. path.Select(one => char.IsControl(one) ? '?' : one)])}",
                "name another directory, or leave out --backup-with");
        }
    }

    /// <summary>Ends those that a killed server left at work below a folder of repositories.</summary>
    /// <exception cref="BackupException">InUse: one does not end.</exception>
    public static async Task EndLeftAsync(string repositories, CancellationToken cancellationToken)
    {
        var option = "--repo1-path=" + repositories + "/";
        for (var look = 0; ; look++)
        {
            if (FindRunning(option) is not [var first, ..] left)
            {
                return;
            }

            if (look == Looks)
            {
                throw new BackupException(
                    BackupTrouble.InUse, $"pgBackRest, process {first}, still writes below {repositories} and does not end", "end it, then the backup goes on by itself");
            }

            foreach (var process in left)
            {
                End(process);
            }

            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    private static void End(int id)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            process.Kill();
        }
#pragma warning disable CA1031 // The next look tells what became of it.
        catch (SystemException)
#pragma warning restore CA1031
        {
            // It has ended, or is somebody else's.
        }
    }

    private static List<int> FindRunning(string option)
    {
        var found = new List<int>();
        foreach (var folder in Directory.Exists("/proc") ? Directory.EnumerateDirectories("/proc") : [])
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                continue;
            }

            try
            {
                var arguments = File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0');
                if (Path.GetFileName(arguments[0]) == PgBackRest.Program && arguments.Any(one => one.StartsWith(option, StringComparison.Ordinal)))
                {
                    found.Add(id);
                }
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        return found;
    }
}
