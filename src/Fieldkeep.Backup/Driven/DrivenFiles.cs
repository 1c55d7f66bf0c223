using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Driven;

/// <summary>A base backup that pgBackRest took, to be verified and restored.</summary>
internal sealed class DrivenFiles(BackupStore store, string folder, BackupManifest manifest, SealedFile sealedFile)
{
    /// <summary>Requires that every file it needs is the one that was listed. Returns the list.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public async Task<DrivenList> VerifyAsync(CancellationToken cancellationToken)
    {
        var list = await ReadAsync(null, cancellationToken);
        await list.VerifyAsync(Chain.BackupsOf(store, list.Chain), cancellationToken);
        return list;
    }

    /// <summary>The list of its files, believed.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public Task<DrivenList> ReadListAsync(CancellationToken cancellationToken) => ReadAsync(null, cancellationToken);

    /// <summary>
    /// Restores it into a new directory. What pgBackRest goes by it gets from the sealed file, never from the disk it was kept on: by that it finds each
    /// other file to be the right one while it reads it.
    /// </summary>
    /// <param name="cluster">The new directory.</param>
    /// <param name="scratch">A folder for its work, removed with what is prepared there.</param>
    /// <param name="requireRoom">Throws when there is no room for so many bytes.</param>
    /// <exception cref="BackupException">Damaged; ToolFailed: pgBackRest is not on this machine, or fails.</exception>
    public async Task RestoreAsync(string cluster, string scratch, Action<long> requireRoom, CancellationToken cancellationToken)
    {
        var program = await FindProgramAsync(Path.GetFileName(folder), cancellationToken);
        var work = DrivenFolder.Make(scratch);
        DrivenFolder.RequirePlain(store.Root);
        requireRoom(manifest.PgBackRest?.DatabaseBytes ?? 0);
        DurableFile.CreatePrivateDirectory(cluster);
        var repository = Path.Combine(work.Root, "repo");
        var backups = Chain.BackupsIn(repository);
        var brought = Path.Combine(work.Root, "brought");
        MakeFolder(backups);
        MakeFolder(Path.Combine(brought, "pg_wal"));
        var list = await ReadAsync(
            async (name, content, token) =>
            {
                await using var file = new FileStream(Path.Combine(brought, name), SealedFile.NewFile());
                await using var roomy = new RoomStream(file, requireRoom);
                await content.CopyToAsync(roomy, token);
            },
            cancellationToken);
        var kept = Chain.BackupsOf(store, list.Chain);
        foreach (var label in list.Labels)
        {
            MakeFolder(Path.Combine(backups, label));
            Directory.CreateSymbolicLink(Path.Combine(backups, label, DrivenList.DataFolder), Path.Combine(kept, label, DrivenList.DataFolder));
        }

        File.Move(Path.Combine(brought, DrivenContent.InfoName), Path.Combine(backups, DrivenContent.InfoName));
        File.Move(Path.Combine(brought, DrivenContent.ManifestName), Path.Combine(backups, list.Label, DrivenContent.ManifestName));
        await program.RunAsync(
            "restore", work, repository, list.Pass, [$"--pg1-path={cluster}", "--type=none", $"--set={list.Label}", $"--spool-path={Path.Combine(work.Root, "spool")}"], cancellationToken);
        var log = Path.Combine(cluster, "pg_wal");
        MakeFolder(log);
        foreach (var segment in Directory.EnumerateFiles(Path.Combine(brought, "pg_wal")))
        {
            File.Move(segment, Path.Combine(log, Path.GetFileName(segment)));
        }

        if (!File.Exists(Path.Combine(cluster, "PG_VERSION")) || !File.Exists(Path.Combine(cluster, "backup_label")))
        {
            throw BackupException.Damaged($"what pgBackRest restored of {Path.GetFileName(folder)} is not a whole cluster");
        }

        var tablespaces = Path.Combine(cluster, "pg_tblspc");
        if (Directory.Exists(tablespaces) && Directory.EnumerateFileSystemEntries(tablespaces).Any())
        {
            throw BackupException.Damaged($"the base backup {Path.GetFileName(folder)} is of a database with tablespaces, and what lay in them is not in it");
        }

        Directory.Delete(work.Root, recursive: true);
    }

    /// <summary>The program, to restore a base backup that it took.</summary>
    /// <exception cref="BackupException">ToolFailed: it is not on this machine, or too old.</exception>
    public static Task<PgBackRest> FindProgramAsync(string backup, CancellationToken cancellationToken) =>
        PgBackRest.FindAsync($"the base backup {backup}, which pgBackRest took,", cancellationToken);

    private async Task<DrivenList> ReadAsync(Func<string, Stream, CancellationToken, Task>? place, CancellationToken cancellationToken)
    {
        DrivenList? list = null;
        await sealedFile.ReadAsync(
            folder, manifest.File(BackupStore.DrivenName), DrivenContent.Column,
            async stream => list = await DrivenContent.ReadAsync(stream, manifest.Log, place, cancellationToken), cancellationToken);
        return list is { } read && read.Chain == manifest.PgBackRest?.Chain && read.Label == manifest.PgBackRest.Label
            ? read
            : throw BackupException.Damaged($"the list of pgBackRest's files in {folder} is of another backup");
    }

    private static void MakeFolder(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
