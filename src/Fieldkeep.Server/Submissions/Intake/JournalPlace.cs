using System.Text;
using Fieldkeep.Journal;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// Knows where the intake journal of a data directory lies, and lay before: a journal in another folder than last time would leave what waits in the old one.
/// </summary>
public static class JournalPlace
{
    /// <summary>The file in the data directory that remembers the place: one line, relative to the data directory when it lies in it.</summary>
    public const string File = "journal.at";

    private const string Usual = "journal";

    // Every journal has it, so a folder without it is not the journal's: the disk is not there.
    private const string Sign = "lock";

    /// <summary>Gives the folder that was used last, or the one to use first.</summary>
    public static string Find(string dataDirectory) => Path.GetFullPath(Read(dataDirectory) ?? Usual, dataDirectory);

    /// <summary>Gives the folder to use, and refuses to leave records behind.</summary>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="wanted">What the operator asked for; null for the folder <c>journal</c> in the data directory.</param>
    /// <param name="leavesOld">The operator says that what the old one holds, or held, is to be left.</param>
    /// <exception cref="JournalException"><see cref="JournalTrouble.Elsewhere"/>.</exception>
    public static string Choose(string dataDirectory, string? wanted, bool leavesOld)
    {
        var folder = Path.GetFullPath(wanted ?? Usual, dataDirectory);
        if (leavesOld || Read(dataDirectory) is not { } remembered)
        {
            return folder;
        }

        var last = Path.GetFullPath(remembered, dataDirectory);
        if (!System.IO.File.Exists(Path.Combine(last, Sign)))
        {
            throw new JournalException(
                JournalTrouble.Elsewhere, $"The intake journal lay in {last}, and there is none now: its disk may not be mounted. It may hold submissions that the database lacks.");
        }

        return folder != last && Holds(last)
            ? throw new JournalException(
                JournalTrouble.Elsewhere, $"The intake journal in {last} holds submissions that the database lacks: serve with it until they are stored, then use {folder}.")
            : folder;
    }

    /// <summary>Remembers the folder.</summary>
    internal static void Remember(string dataDirectory, string folder)
    {
        var relative = Path.GetRelativePath(dataDirectory, folder);
        var line = relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? Path.GetFullPath(folder) : relative;
        if (Read(dataDirectory) != line)
        {
            DurableFile.Replace(Path.Combine(dataDirectory, File), Encoding.UTF8.GetBytes(line + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static string? Read(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, File);
        return System.IO.File.Exists(path) && System.IO.File.ReadAllText(path).Trim() is { Length: > 0 } line ? line : null;
    }

    private static bool Holds(string folder) =>
        Directory.EnumerateFiles(folder, "*.fkj").Any()
        || (Directory.Exists(Path.Combine(folder, "quarantine")) && Directory.EnumerateFiles(Path.Combine(folder, "quarantine"), "*.fkq").Any());
}
