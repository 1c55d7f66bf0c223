using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Wal;

/// <summary>What a restore begins with and how it is carried on.</summary>
/// <param name="Backup">The base backup's name.</param>
/// <param name="Manifest">Its manifest, believed.</param>
/// <param name="To">The instant; null for the base backup alone, <see cref="RestoreOptions.Latest"/> for all there is.</param>
/// <param name="Timeline">The timeline to follow.</param>
/// <param name="Stretches">The log to replay; empty for the base backup alone.</param>
internal sealed record RestoreChoice(
    string Backup, BackupManifest Manifest, DateTimeOffset? To, uint Timeline, IReadOnlyList<WalStretch> Stretches)
{
    /// <summary>Chooses a base backup and the timeline, from names, manifests and the first frames; reads no log yet.</summary>
    /// <param name="given">One backup, when a person named it.</param>
    /// <exception cref="BackupException">NoBackup: no base backup reaches back so far. Damaged.</exception>
    public static RestoreChoice Make(
        BackupStore store, WalShelf shelf, string? given, DateTimeOffset? to, Keyring keyring, IProgress<string> progress)
    {
        if (to is not { } instant)
        {
            var name = given ?? VerifyBackup.Newest(store);
            return new RestoreChoice(name, VerifyBackup.OpenManifest(store.FolderOf(name), keyring).Manifest, null, 0, []);
        }

        if (given is null)
        {
            VerifyBackup.Newest(store);
        }

        var bases = ReadBases(store, given, keyring, progress);
        var carried = bases.Where(one => one.Manifest.Log is not null).ToList();
        if (carried is not [var oldest, ..])
        {
            throw new BackupException(
                BackupTrouble.NoBackup,
                $"no log of changes belongs to {given ?? store.Root}: it can be restored as it was when it was taken, and not to another instant",
                "leave out --to; a server of this release keeps the log from its next backup on");
        }

        var early = carried.Where(one => one.Manifest.Log!.EndedAt <= instant).ToList(); // carried has those with a log only
        if (early is not [.., var newest])
        {
            throw new BackupException(
                BackupTrouble.NoBackup,
                $"nothing is kept of {instant:yyyy-MM-dd HH:mm:ss.ffffff}Z: the first base backup, {oldest.Name}, was complete at {oldest.Manifest.Log!.EndedAt:yyyy-MM-dd HH:mm:ss.ffffff}Z",
                "give a later instant");
        }

        var log = newest.Manifest.Log!; // as above
        var system = log.SystemNumber;
        foreach (var timeline in shelf.Timelines(system).Append(log.Timeline).Distinct().OrderDescending())
        {
            if (timeline != log.Timeline && !HadBegun(shelf, system, timeline, instant))
            {
                continue;
            }

            for (var at = early.Count - 1; at >= 0; at--)
            {
                var found = early[at].Manifest.Log!; // as above
                if (found.SystemNumber == system && WalPath.Find(shelf, found, timeline) is { } stretches)
                {
                    return new RestoreChoice(early[at].Name, early[at].Manifest, to, timeline, stretches);
                }
            }
        }

        throw BackupException.Damaged($"the histories of timelines in {store.Root} do not fit its backups");
    }

    // A database restored since then lives on a timeline of its own, which was not yet there.
    private static bool HadBegun(WalShelf shelf, ulong system, uint timeline, DateTimeOffset instant) =>
        shelf.Files(system, timeline).Select(file => shelf.Read(system, file, null).FirstAt).FirstOrDefault(first => first is not null) is { } begun
        && begun <= instant;

    private static List<(string Name, BackupManifest Manifest)> ReadBases(
        BackupStore store, string? given, Keyring keyring, IProgress<string> progress)
    {
        var bases = new List<(string Name, BackupManifest Manifest)>();
        foreach (var name in given is null ? store.List() : [given])
        {
            try
            {
                bases.Add((name, VerifyBackup.OpenManifest(store.FolderOf(name), keyring).Manifest));
            }
            catch (BackupException damaged) when (damaged.Reason == BackupTrouble.Damaged && given is null)
            {
                progress.Report($"the backup {name} is passed over: {damaged.Message}");
            }
        }

        return bases;
    }
}
