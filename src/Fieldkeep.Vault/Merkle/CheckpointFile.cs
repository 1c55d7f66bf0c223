using System.Text;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Vault.Merkle;

/// <summary>
/// The checkpoints that left the database: a file of notes that only grows, each followed by an empty line.
/// docs/formats/ledger.md, “Checkpoint file”.
/// </summary>
public static class CheckpointFile
{
    // Six lines and a gap are under 500 bytes; one torn note and a whole one are found in this many.
    private const int TailBytes = 4096;

    /// <summary>Where the file is below a data directory.</summary>
    public static string Below(string dataDirectory) => Path.Combine(dataDirectory, "checkpoints", "log");

    /// <summary>Appends notes and syncs; makes the file and its folder if needed. One writer at a time.</summary>
    public static void Append(string path, IEnumerable<string> notes)
    {
        DurableFile.CreatePrivateDirectory(DurableFile.DirectoryOf(path));
        var isNew = !File.Exists(path);
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(path, options))
        {
            // What a power cut tore stays, ended by empty lines: nothing that was written is taken away.
            var tail = TailOf(file);
            var text = new StringBuilder(tail.Length == 0 || tail.EndsWith(LastIn(tail)?.Note + "\n", StringComparison.Ordinal) ? "" : "\n\n\n");
            foreach (var note in notes)
            {
                text.Append(note).Append('\n');
            }

            file.Seek(0, SeekOrigin.End);
            file.Write(Encoding.UTF8.GetBytes(text.ToString()));
            DurableFile.Sync(file);
        }

        if (isNew)
        {
            DurableFile.SyncDirectory(DurableFile.DirectoryOf(path));
        }
    }

    /// <summary>Reads the notes in their order, one after another, with their text and first line; what is no note has a null checkpoint. Memory stays flat.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">How much of it to read, bytes; the rest came later.</param>
    public static IEnumerable<(SignedCheckpoint? Checkpoint, string Text, long Line)> Read(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        var (note, gaps, line, first, bytes) = (new StringBuilder(), 0, 0L, 1L, 0L);
        while (bytes < length && reader.ReadLine() is { } text)
        {
            line++;
            bytes += Encoding.UTF8.GetByteCount(text) + 1;
            if (text.Length > 0)
            {
                first = note.Length == 0 ? line : first;
                note.Append(text).Append('\n');
                gaps = note.Length > TailBytes ? 2 : gaps;
            }
            else if (note.Length > 0)
            {
                gaps++;
                note.Append(gaps == 1 ? "\n" : "");
            }

            if (gaps == 2)
            {
                yield return (SignedCheckpoint.Read(note.ToString()), note.ToString(), first);
                (gaps, note) = (0, new StringBuilder());
            }
        }

        if (note.Length > 0)
        {
            yield return (SignedCheckpoint.Read(note.ToString()), note.ToString(), first);
        }
    }

    /// <summary>Says whether a text of the file may be what a kill or a power cut left of a note: its beginning, perhaps with zeros after.</summary>
    public static bool IsTorn(string text, string note) =>
        // The last character may be cut in two.
        note.StartsWith(text.TrimEnd('\n').TrimEnd('\0').TrimEnd('\uFFFD'), StringComparison.Ordinal);

    /// <summary>The last whole note of the file; null when there is none.</summary>
    public static SignedCheckpoint? FindLast(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return LastIn(TailOf(file));
    }

    private static string TailOf(FileStream file)
    {
        file.Seek(Math.Max(0, file.Length - TailBytes), SeekOrigin.Begin);
        using var reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: -1, leaveOpen: true);
        return reader.ReadToEnd();
    }

    private static SignedCheckpoint? LastIn(string tail)
    {
        for (var start = tail.LastIndexOf("fieldkeep/", StringComparison.Ordinal); start >= 0;)
        {
            var end = tail.IndexOf("\n\n", start, StringComparison.Ordinal);
            var stop = end < 0 ? -1 : tail.IndexOf('\n', end + 2);
            if (stop >= 0 && SignedCheckpoint.Read(tail[start..(stop + 1)]) is { } whole)
            {
                return whole;
            }

            start = start == 0 ? -1 : tail.LastIndexOf("fieldkeep/", start - 1, StringComparison.Ordinal);
        }

        return null;
    }
}
