using System.Globalization;
using System.Text;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Upgrades;

/// <summary>
/// The snapshots of a data directory: copies of its stopped PostgreSQL of before an upgrade, in <c>DATA/snapshots</c>, as protected as <c>DATA/postgres</c>.
/// docs/operations/upgrade.md.
/// </summary>
public sealed class Snapshots
{
    /// <summary>The folder below the data directory.</summary>
    public const string Folder = "snapshots";

    /// <summary>
    /// How long one is kept once the new version runs: a day less than the intake journal, stray blobs and replaced ones are, so that whoever goes back finds all
    /// that was received since, and every file that the database of before names.
    /// </summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(6);

    // In a copy of the cluster; tells the copy from what lies in its place after a rollback.
    private const string MarkName = "fieldkeep.snapshot";
    private const string Cluster = "postgres";
    private const string Unfinished = ".new";

    // A disk that is mounted here has it, closed to us.
    private const string OfFileSystem = "lost+found";

    // The cluster's folder is closed; in it PostgreSQL's own user reads this for a base backup.
    private const UnixFileMode ReadByAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly ClusterFolders _data;

    private Snapshots(ClusterFolders data) => _data = data;

    /// <summary>Where they lie.</summary>
    public string Root => Path.Combine(_data.Root, Folder);

    /// <summary>The snapshots of a data directory.</summary>
    public static Snapshots Below(string dataDirectory) => new(new ClusterFolders(dataDirectory));

    /// <summary>Those that can be gone back to, the newest first.</summary>
    public IReadOnlyList<SnapshotNote> List() => [.. Notes().Where(note => note.LeftAt is null && IsWhole(note.Name)).OrderByDescending(note => note.TakenAt)];

    /// <summary>What rollbacks left: databases of a newer version, which nothing removes but the operator.</summary>
    public IReadOnlyList<SnapshotNote> ListLeft() => [.. Notes().Where(note => note.LeftAt is not null).OrderByDescending(note => note.TakenAt)];

    /// <summary>The folder of a snapshot, and of what a rollback left in its place.</summary>
    public string PathOf(SnapshotNote note) => Path.Combine(Root, note.Name);

    /// <summary>Notes that the database was brought to a later version than that of the snapshots that have no such note yet.</summary>
    /// <param name="last">The last migration that the database has.</param>
    public void NoteMigrated(string last, DateTimeOffset at) =>
        Change(note => note.MigratedAt is null && note.From != last, note => note with { MigratedAt = at });

    /// <summary>Notes what came of verifying all after an upgrade.</summary>
    /// <param name="problem">What did not hold; null for nothing.</param>
    public void NoteVerified(DateTimeOffset at, string? problem) => Change(
        note => note is { MigratedAt: not null, VerifiedAt: null },
        note => note with { VerifiedAt = problem is null ? at : null, Problem = problem });

    /// <summary>
    /// Removes those whose time has come, and gives their names: <see cref="KeptFor"/> has gone by since a new version began that was verified; or since they were taken
    /// for an upgrade that never came to be.
    /// </summary>
    public IReadOnlyList<string> RemoveOld(DateTimeOffset now)
    {
        var old = List().Where(note => note switch
        {
            { MigratedAt: { } began } => note.VerifiedAt is not null && now - began >= KeptFor,
            _ => now - note.TakenAt >= KeptFor,
        }).ToList();
        old.ForEach(Remove);
        return [.. old.Select(note => note.Name)];
    }

    /// <summary>
    /// Removes what a killed or failed process left of one that was never whole, or was half removed: what was erased since may lie in it. Only under the lock on the
    /// data directory. False when something cannot be removed now; each start tries it again.
    /// </summary>
    public bool TryRemoveUnfinished()
    {
        try
        {
            if (Directory.Exists(Root))
            {
                // By our own names: whoever linked the folder elsewhere may have others there.
                foreach (var folder in Directory.EnumerateDirectories(Root, "????????T??????Z" + Unfinished).Concat(Directory.Exists(PathOfTry) ? [PathOfTry] : []))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }

            return true;
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // What was ended may still write its last file.
            return false;
        }
    }

    /// <summary>Removes those of upgrades that were begun and changed nothing: the database is still what they are, or has gone on.</summary>
    /// <param name="last">The last migration that the database has.</param>
    public void RemoveNeedless(string last)
    {
        foreach (var note in List().Where(note => note.MigratedAt is null && note.From == last))
        {
            Remove(note);
        }
    }

    /// <summary>Where an empty folder is moved to, to see whether one can be; left by a kill, it goes with what is unfinished.</summary>
    internal string PathOfTry => Path.Combine(Root, "try" + Unfinished);

    /// <summary>Begins one: a folder of its own that bears no name yet.</summary>
    internal string Begin(string name)
    {
        DurableFile.CreatePrivateDirectory(Root);
        var folder = Path.Combine(Root, name + Unfinished);
        DurableFile.CreatePrivateDirectory(folder);
        return folder;
    }

    /// <summary>Gives a whole one its name.</summary>
    internal void End(SnapshotNote note)
    {
        var folder = Path.Combine(Root, note.Name + Unfinished);
        DurableFile.Replace(Path.Combine(folder, Cluster, MarkName), Encoding.ASCII.GetBytes(note.Name), ReadByAll);
        note.Write(folder);
        Directory.Move(folder, Path.Combine(Root, note.Name));
        DurableFile.SyncDirectory(Root);
    }

    /// <summary>The copied cluster of a snapshot.</summary>
    internal string ClusterOf(SnapshotNote note) => Path.Combine(PathOf(note), Cluster);

    /// <summary>The snapshot that lies in the place of the database: a rollback was cut off before its end. Null when none does.</summary>
    internal SnapshotNote? FindInPlace() => Notes().FirstOrDefault(note => note.LeftAt is null && MarkOf(_data.Cluster) == note.Name && !IsWhole(note.Name));

    /// <summary>Ends a rollback: what lies in the snapshot's place now is noted as left, and the database is nobody's snapshot any more.</summary>
    internal SnapshotNote EndRollback(SnapshotNote note, DateTimeOffset at)
    {
        var left = note with { LeftAt = at };
        left.Write(PathOf(left));
        // Left by a kill right here, it names what is noted as left, and nothing comes of it.
        File.Delete(Path.Combine(_data.Cluster, MarkName));
        DurableFile.SyncDirectory(_data.Cluster);
        return left;
    }

    /// <summary>A name for one that is taken now.</summary>
    internal static string NameOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private bool IsWhole(string name) => MarkOf(Path.Combine(Root, name, Cluster)) == name;

    private static string? MarkOf(string cluster)
    {
        var path = Path.Combine(cluster, MarkName);
        return File.Exists(path) ? File.ReadAllText(path) : null;
    }

    private void Change(Func<SnapshotNote, bool> isMeant, Func<SnapshotNote, SnapshotNote> change)
    {
        foreach (var note in List().Where(isMeant))
        {
            change(note).Write(PathOf(note));
        }
    }

    // First it is one no more: what is half removed must not be taken for whole.
    private void Remove(SnapshotNote note)
    {
        var gone = Path.Combine(Root, note.Name + Unfinished);
        Directory.Move(PathOf(note), gone);
        DurableFile.SyncDirectory(Root);
        Directory.Delete(gone, recursive: true);
    }

    private IEnumerable<SnapshotNote> Notes() => !Directory.Exists(Root) ? [] : Directory.EnumerateDirectories(Root)
        .Where(folder => !folder.EndsWith(Unfinished, StringComparison.Ordinal) && Path.GetFileName(folder) != OfFileSystem)
        .Select(folder => SnapshotNote.Read(folder) is { } note && note.Name == Path.GetFileName(folder) ? note : null)
        .OfType<SnapshotNote>();
}
