using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Objects;

/// <summary>Fetches base backups, each whole or not at all: its files as its manifest names them, then its name.</summary>
internal sealed class StoredBases(StoreSource source)
{
    private const long MostManifestBytes = 32L << 20;

    private static readonly string[] Manifests = [BackupStore.SealedManifestName, BackupStore.ManifestName];
    private static readonly string[] All = [BackupStore.DatabaseName, BackupStore.BlobListName, BackupStore.OtherFilesName, .. Manifests];

    /// <summary>Fetches those that are not here.</summary>
    /// <param name="installation">Those of another are refused.</param>
    public async Task RunAsync(Guid installation, CancellationToken cancellationToken)
    {
        var there = await source.ListAsync(PieceName.Bases, IsFile, cancellationToken);
        var own = source.Directory.List().ToHashSet(StringComparer.Ordinal);
        foreach (var name in there.Keys.Select(file => file.Split('/')[0]).Distinct(StringComparer.Ordinal).OrderDescending(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!own.Contains(name))
            {
                await source.Look.TryAsync($"backups/{name}", () => TakeAsync(name, there, installation, cancellationToken));
            }
        }
    }

    private async Task TakeAsync(string name, IReadOnlyDictionary<string, List<StoredPiece>> there, Guid installation, CancellationToken cancellationToken)
    {
        // It is put last: without it the rest was still on its way, or is gone.
        if (await FindManifestAsync(name, BackupStore.ManifestName, there, cancellationToken) is not { } clear
            || await FindManifestAsync(name, BackupStore.SealedManifestName, there, cancellationToken) is not { } sealedManifest)
        {
            return;
        }

        var troubles = source.Look.TroubleCount;
        var manifest = BackupManifest.Read(clear, $"{name}/{BackupStore.ManifestName}");
        FetchBases.Require(name, manifest, installation);
        var folder = source.Directory.UnfinishedFolderOf(name);
        source.Directory.MakeFolder(folder);
        foreach (var file in manifest.Files)
        {
            var pieces = there.GetValueOrDefault($"{name}/{file.Name}") ?? [];
            foreach (var other in pieces.Where(piece => piece.Name.Sha256 != file.Sha256 || piece.Name.Bytes != file.Bytes))
            {
                source.Alarm(FetchAlarmKind.Refused, other.Key, "it is not the file that the manifest names");
            }

            var target = Path.Combine(folder, file.Name);
            if (await SameBytes.IsAsync(target, file.Bytes, file.Sha256, cancellationToken))
            {
                continue;
            }

            var isHere = false;
            foreach (var right in pieces.Where(piece => piece.Name.Sha256 == file.Sha256 && piece.Name.Bytes == file.Bytes))
            {
                isHere = isHere || await source.TakeAsync(right.Key, file.Bytes, file.Sha256, target, cancellationToken);
            }

            if (!isHere && source.Look.TroubleCount > troubles)
            {
                throw new IOException($"{file.Name} is not given now");
            }

            if (!isHere)
            {
                source.Alarm(FetchAlarmKind.Vanished, $"{PieceName.Bases}/{name}/{file.Name}", "it is gone from the store, or cannot be used: this base backup is not fetched");
                return;
            }
        }

        foreach (var (file, bytes) in new[] { (BackupStore.SealedManifestName, sealedManifest), (BackupStore.ManifestName, clear) })
        {
            File.Delete(Path.Combine(folder, file));
            Vault.Files.DurableFile.WriteNew(Path.Combine(folder, file), bytes, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        source.Directory.FinishBackup(folder, manifest);
        source.Look.Notes.NoteArrival(name);
        source.Look.Backups.Add(name);
    }

    private async Task<byte[]?> FindManifestAsync(string name, string file, IReadOnlyDictionary<string, List<StoredPiece>> there, CancellationToken cancellationToken)
    {
        if (there.GetValueOrDefault($"{name}/{file}") is not { Count: > 0 } pieces)
        {
            if (file == BackupStore.SealedManifestName || there.ContainsKey($"{name}/{BackupStore.SealedManifestName}"))
            {
                source.Alarm(FetchAlarmKind.Vanished, $"{PieceName.Bases}/{name}/{file}", "it is gone from the store, or was not put yet: this base backup is not fetched");
            }

            return null;
        }

        return await source.FindFirstAsync(pieces, MostManifestBytes, cancellationToken);
    }

    private static bool IsFile(string file) =>
        file.Split('/') is [var name, var one] && SourceNames.IsBackup(name) && All.Contains(one, StringComparer.Ordinal);
}
