using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Fetching;

/// <summary>
/// Removes what is too old from a distant copy, by the days on which was fetched since it came: all base backups of two weeks stay, then the first that came in each
/// week. Nothing while somebody has to look at something, and never more than two in a day; what the source removes, or says of time, counts for nothing.
/// </summary>
internal sealed class PruneFetched(FetchFiles files, BackupStore store, int keepDays)
{
    private const int AllOfDays = 14;
    private const int WeekDays = 7;
    private const int FewestKept = 4;
    private const int MostInADay = 2;

    /// <summary>Removes it.</summary>
    public void Run(FetchLook look, CancellationToken cancellationToken)
    {
        var notes = look.Notes;
        if (keepDays == 0 || notes.HasAlarm || notes.PrunedOn == notes.Day)
        {
            return;
        }

        var bases = store.List().Select(name => new Base(name, notes.Arrived.TryGetValue(name, out var day) ? day : notes.Day))
            .OrderBy(one => one.Day).ThenBy(one => notes.Order.TryGetValue(one.Name, out var number) ? number : long.MaxValue).ThenBy(one => one.Name, StringComparer.Ordinal)
            .ToList();
        var old = Choose(bases, notes.Day);
        if (old.Count == 0)
        {
            return;
        }

        notes.PrunedOn = notes.Day;
        IReadOnlyList<Base> kept = [.. bases.Except(old)];
        PruneLog(notes, kept, cancellationToken);
        foreach (var one in old)
        {
            store.RemoveBackup(one.Name);
            notes.NoteRemoval(one.Name);
            look.Removed.Add(one.Name);
        }

        PruneBlobs(notes, kept[0].Day, cancellationToken);
    }

    /// <summary>Chooses those that go, oldest first.</summary>
    /// <param name="bases">In the order in which they came.</param>
    /// <param name="today">The number of today.</param>
    internal IReadOnlyList<Base> Choose(IReadOnlyList<Base> bases, int today)
    {
        var weeks = new HashSet<int>();
        var old = new List<Base>();
        foreach (var one in bases.SkipLast(FewestKept))
        {
            var age = today - one.Day;
            // Weeks are counted from the beginning: what comes later takes the place of none that came before.
            var isFirstOfWeek = weeks.Add(one.Day / WeekDays);
            if (age >= keepDays || (age >= AllOfDays && !isFirstOfWeek))
            {
                old.Add(one);
            }
        }

        return [.. old.Take(MostInADay)];
    }

    // What those that stay need, as they say: of many the earliest counts, so that a new one takes nothing from an old one.
    private void PruneLog(FetchNotes notes, IReadOnlyList<Base> kept, CancellationToken cancellationToken)
    {
        var needs = new List<BackupLog>();
        foreach (var one in kept)
        {
            if (FindManifest(one.Name) is not { } manifest)
            {
                return;
            }

            if (manifest.Log is { Past: not null } log)
            {
                needs.Add(log);
            }
        }

        foreach (var past in needs.GroupBy(log => FetchNotes.PastOf(log), StringComparer.Ordinal))
        {
            var from = past.Min(log => FetchNotes.FromOf(log));
            var folder = files.OwnOf($"wal/{past.Key}");
            foreach (var timeline in Directory.Exists(folder) ? Directory.EnumerateDirectories(folder) : [])
            {
                // No more than goes is passed over from now on: what a manifest says of log that was never here counts for nothing.
                notes.PassOver(past.Key, Directory.EnumerateFiles(timeline).Select(EndOf).Where(end => end <= from).DefaultIfEmpty().Max());
                Remove(timeline, path => EndOf(path) <= from, cancellationToken);
            }
        }
    }

    // Of what is no log, beyond all of it.
    private static ulong EndOf(string path) => WalFile.TryParse(path) is { } file ? file.Segment.End.Value : ulong.MaxValue;

    // Of a blob that is gone at the source none of those knows that came after it was gone.
    private void PruneBlobs(FetchNotes notes, int oldestDay, CancellationToken cancellationToken)
    {
        var old = notes.Gone.Where(one => one.Value < oldestDay && notes.Day - one.Value >= keepDays).Select(one => one.Key).ToList();
        foreach (var pair in old.GroupBy(name => name[..2], StringComparer.Ordinal))
        {
            var gone = pair.ToHashSet(StringComparer.Ordinal);
            Remove(files.OwnOf($"blobs/{pair.Key}"), path => gone.Contains(Path.GetFileName(path)), cancellationToken);
        }

        old.ForEach(name => notes.Gone.Remove(name));
    }

    private static void Remove(string folder, Func<string, bool> isOld, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Where(isOld).ToList() : [])
        {
            cancellationToken.ThrowIfCancellationRequested();
            File.Delete(path);
            removed++;
        }

        if (removed > 0)
        {
            DurableFile.SyncDirectory(folder);
        }
    }

    private BackupManifest? FindManifest(string name)
    {
        try
        {
            var manifest = VerifyBackup.ReadClearManifest(store.FolderOf(name));
            // Places that cannot be read are as bad as no manifest.
            return manifest.Log is null or { SystemNumber: > 0, StartPlace: { Value: >= 0 } } ? manifest : null;
        }
        catch (BackupException)
        {
            return null;
        }
    }

    /// <summary>A base backup and the day on which it came.</summary>
    internal sealed record Base(string Name, int Day);
}
