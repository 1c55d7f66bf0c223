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
    /// <summary>The past that the base backup belongs to; null for a base backup that no log carries on.</summary>
    public WalPast? Past => Manifest.Log?.FindPast();

    /// <summary>Names the base backup that leads to what the database is now; null when there is none.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public static string? FindNewest(BackupStore store, Keyring keyring, IProgress<string> progress)
    {
        try
        {
            return Make(store, new WalShelf(store, keyring.InstallationId, keyring.BackupKey), null, RestoreOptions.Latest, keyring, progress).Backup;
        }
        catch (BackupException none) when (none.Reason == BackupTrouble.NoBackup)
        {
            return null;
        }
    }

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
        var carried = bases.Where(one => one.Past is not null).OrderBy(one => one.Log.EndedAt).ToList();
        if (carried is not [var oldest, ..])
        {
            throw new BackupException(
                BackupTrouble.NoBackup,
                $"no log of changes belongs to {given ?? store.Root}: it can be restored as it was when it was taken, and not to another instant",
                "leave out --to; the log belongs to backups that were taken while a server follows");
        }

        var early = carried.Where(one => one.Log.EndedAt <= instant).ToList();
        if (early is not [.., var newest])
        {
            throw new BackupException(
                BackupTrouble.NoBackup,
                $"nothing is kept of {instant:yyyy-MM-dd HH:mm:ss.ffffff}Z: the first base backup, {oldest.Name}, was complete at {oldest.Log.EndedAt:yyyy-MM-dd HH:mm:ss.ffffff}Z",
                "give a later instant");
        }

        // Of two pasts of one cluster the later is the one that lived on, whatever the clocks said.
        var past = early.Where(one => one.Log.SystemNumber == newest.Log.SystemNumber).MaxBy(one => one.Past!.Value.Number).Past!.Value; // carried have one
        TellOfLaterPasts(shelf, past, to, progress);
        early = [.. early.Where(one => one.Past == past)];
        var kept = shelf.Timelines(past);
        foreach (var timeline in kept.Append(early[^1].Log.Timeline).Distinct().OrderDescending())
        {
            if (timeline != early[^1].Log.Timeline && !HadBegun(shelf, past, timeline, instant))
            {
                continue;
            }

            for (var at = early.Count - 1; at >= 0; at--)
            {
                if (WalPath.Find(shelf, past, early[at].Log, timeline) is { } stretches)
                {
                    if (!kept.Contains(timeline))
                    {
                        throw BackupException.Damaged(
                            $"the log of changes that belongs to the backup {early[at].Name} is not there: was {store.Root} copied without the folder wal?");
                    }

                    return new RestoreChoice(early[at].Name, early[at].Manifest, to, timeline, stretches);
                }
            }
        }

        throw BackupException.Damaged($"the histories of timelines in {store.Root} do not fit its backups");
    }

    private static void TellOfLaterPasts(WalShelf shelf, WalPast past, DateTimeOffset? to, IProgress<string> progress)
    {
        if (to == RestoreOptions.Latest && shelf.Pasts(past.System) is [.., var newest] && newest.Number > past.Number)
        {
            progress.Report(
                "the database was set back after that, and its log begins anew without a base backup yet: what was committed since cannot be restored");
        }
    }

    // A database restored since then lives on a timeline of its own, which was not yet there.
    private static bool HadBegun(WalShelf shelf, WalPast past, uint timeline, DateTimeOffset instant) =>
        shelf.Files(past, timeline).Select(file => shelf.Read(past, file, null, maxFrames: 1).FirstAt).FirstOrDefault(first => first is not null) is { } begun
        && begun <= instant;

    private static List<Candidate> ReadBases(BackupStore store, string? given, Keyring keyring, IProgress<string> progress)
    {
        var bases = new List<Candidate>();
        foreach (var name in given is null ? store.List() : [given])
        {
            try
            {
                var manifest = VerifyBackup.OpenManifest(store.FolderOf(name), keyring).Manifest;
                if (manifest.Log is { } log)
                {
                    bases.Add(new Candidate(name, manifest, log, log.FindPast()));
                }
            }
            catch (Exception damaged) when (given is null && damaged is BackupException { Reason: BackupTrouble.Damaged } or IOException or UnauthorizedAccessException)
            {
                progress.Report($"the backup {name} is passed over: {damaged.Message}");
            }
        }

        return bases;
    }

    private readonly record struct Candidate(string Name, BackupManifest Manifest, BackupLog Log, WalPast? Past);
}
