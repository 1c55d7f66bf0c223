using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Fetching;

/// <summary>
/// Fetches base backups, each whole or not at all: its files as its manifest names them, then its name. That a server wrote it, and what is in it, only
/// the keys can tell; a compromised server has them.
/// </summary>
internal sealed class FetchBases(FetchFiles files, SourceNames names, BackupStore store, TimeProvider clock)
{
    private const int MostManifestBytes = 16 << 20;
    private const long MostBytes = long.MaxValue;
    private const int MostInADay = 200;

    // A server keeps all base backups of a week.
    private static readonly TimeSpan KeptBySource = TimeSpan.FromDays(6);

    // Clocks of machines differ. A later one would pass for the newest for as long as that.
    private static readonly TimeSpan MostAhead = TimeSpan.FromDays(2);

    private static readonly string[] Sealed = [BackupStore.DatabaseName, BackupStore.BlobListName, BackupStore.OtherFilesName];
    private static readonly string[] All = [.. Sealed, BackupStore.SealedManifestName, BackupStore.ManifestName];

    /// <summary>The base backups of the source: asked before anything else, for what they need was there before them.</summary>
    public IReadOnlyList<string> List() => names.Backups();

    /// <summary>Fetches those that are new, and compares those that were fetched.</summary>
    /// <param name="listed">Those that were there before the blobs and the log were fetched.</param>
    /// <param name="installation">Those of another are refused.</param>
    public async Task RunAsync(IReadOnlyList<string> listed, FetchLook look, Guid installation, CancellationToken cancellationToken)
    {
        var own = store.List().ToHashSet(StringComparer.Ordinal);
        foreach (var name in own.Order(StringComparer.Ordinal))
        {
            // One that came while the notes could not be written counts from today.
            look.Notes.NoteArrival(name);
        }

        foreach (var name in look.Notes.Removed.Keys.Except(listed, StringComparer.Ordinal).ToList())
        {
            look.Notes.Removed.Remove(name);
        }

        foreach (var gone in own.Except(listed, StringComparer.Ordinal).Where(name => BackupStore.BegunAtOf(name) > clock.GetUtcNow() - KeptBySource))
        {
            look.Alarm(FetchAlarmKind.Vanished, $"backups/{gone}", "this base backup is gone at the source within a week");
        }

        // What was removed here is not fetched again, however long the source has it.
        foreach (var name in listed.Where(name => !look.Notes.Removed.ContainsKey(name)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await look.TryAsync(
                $"backups/{name}", () => own.Contains(name) ? CompareAsync(name, look, cancellationToken) : TakeAsync(name, look, installation, cancellationToken));
        }

        foreach (var remains in store.UnfinishedFolders().Where(path => !listed.Any(name => store.UnfinishedFolderOf(name) == path)))
        {
            Directory.Delete(remains, recursive: true);
        }
    }

    private async Task CompareAsync(string name, FetchLook look, CancellationToken cancellationToken)
    {
        if (!Path.Exists(files.SourceOf($"backups/{name}")))
        {
            // The server removed it since it was listed; the next look tells if that was too early.
            return;
        }

        foreach (var relative in All.Select(file => $"backups/{name}/{file}"))
        {
            if (!File.Exists(files.SourceOf(relative)))
            {
                look.Alarm(FetchAlarmKind.Vanished, relative, "a file of this base backup is gone at the source");
                continue;
            }

            await look.TryAsync(
                relative,
                () => files.FollowAsync(relative, MostBytes, mayGrow: false, (kind, words) => look.Alarm(kind, relative, words), cancellationToken));
        }
    }

    private async Task TakeAsync(string name, FetchLook look, Guid installation, CancellationToken cancellationToken)
    {
        var from = $"backups/{name}";
        if (!Path.Exists(files.SourceOf(from)))
        {
            // The server removed it since it was listed.
            return;
        }

        if (!PlainFile.IsFolder(files.SourceOf(from)))
        {
            throw BackupException.Damaged("it is a link");
        }

        if (BackupStore.BegunAtOf(name) is not { } begun || begun > clock.GetUtcNow() + MostAhead)
        {
            throw BackupException.Damaged("its name is of a time that has not come yet");
        }

        if (look.Notes.Arrived.Values.Count(day => day == look.Notes.Day) >= MostInADay)
        {
            throw new IOException($"{MostInADay} came today already");
        }

        if (files.FindSmall($"{from}/{BackupStore.ManifestName}", MostManifestBytes) is not { } bytes)
        {
            // Unless the server removed it meanwhile.
            if (Path.Exists(files.SourceOf(from)))
            {
                throw BackupException.Damaged("it has no manifest");
            }

            return;
        }

        var manifest = BackupManifest.Read(bytes, $"{from}/{BackupStore.ManifestName}");
        Require(name, manifest, installation);
        if (look.Notes.NeedLog(manifest.Log))
        {
            // Durable before it has its name: nobody looks for it again.
            look.Notes.Write(store.Root);
        }

        files.RequireRoom(manifest.Files.Sum(file => Math.Min(file.Bytes, long.MaxValue / 16)));
        var folder = store.UnfinishedFolderOf(name);
        store.MakeFolder(folder);
        foreach (var file in manifest.Files)
        {
            var target = Path.Combine(folder, file.Name);
            if (await SameBytes.IsAsync(target, file.Bytes, file.Sha256, cancellationToken))
            {
                // From a look that was killed.
                continue;
            }

            File.Delete(target);
            look.Bytes += await files.TakeAsync(
                $"{from}/{file.Name}", target, file.Bytes, (sha256, _) => sha256 == file.Sha256 ? null : $"{file.Name} is not the file its manifest names", frames: null, cancellationToken);
        }

        foreach (var small in new[] { BackupStore.SealedManifestName, BackupStore.ManifestName })
        {
            var target = Path.Combine(folder, small);
            File.Delete(target);
            look.Bytes += await files.TakeAsync($"{from}/{small}", target, 2 * MostManifestBytes, (_, _) => null, frames: null, cancellationToken);
        }

        if (!(await File.ReadAllBytesAsync(Path.Combine(folder, BackupStore.ManifestName), cancellationToken)).AsSpan().SequenceEqual(bytes))
        {
            throw new IOException("its manifest changed meanwhile");
        }

        store.FinishBackup(folder, manifest);
        look.Notes.NoteArrival(name);
        look.Backups.Add(name);
    }

    /// <summary>Requires that a manifest is that of a base backup of this name and installation, and names its files as it should.</summary>
    /// <exception cref="BackupException">Damaged; WrongFolder: pgBackRest took it.</exception>
    internal static void Require(string name, BackupManifest manifest, Guid installation)
    {
        if (manifest.PgBackRest is not null)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder, "pgBackRest took this base backup, and its files are not fetched", "copy the whole backup directory, or let the server take its own base backups");
        }

        if (manifest.Files.Any(file => file is null || file.Name is null || file.Sha256 is null))
        {
            throw BackupException.Damaged("its manifest lacks something");
        }

        if (manifest.Installation != installation)
        {
            throw BackupException.Damaged($"it is of installation {manifest.Installation}, not of {installation}");
        }

        if (BackupStore.NameOf(manifest) != name || !manifest.Files.Select(file => file.Name).Order(StringComparer.Ordinal).SequenceEqual(Sealed.Order(StringComparer.Ordinal))
            || manifest.Files.Any(file => file.Bytes < 0))
        {
            throw BackupException.Damaged("its manifest is not that of a base backup of this name");
        }
    }
}
