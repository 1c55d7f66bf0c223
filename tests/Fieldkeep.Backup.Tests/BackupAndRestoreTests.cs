using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests;

public sealed class BackupAndRestoreTests(SampleTemplate template) : SampleTests(template)
{
    [Fact]
    public async Task What_was_destroyed_comes_back_from_a_backup_and_the_recovery_key()
    {
        string? digest;
        await using (var running = await Sample.StartAsync(Sample.Data))
        {
            digest = await SampleInstallation.DigestAsync(running.Address);
        }

        var blobs = SampleInstallation.Blobs(Sample.Data);
        var taken = await Sample.BackUpAsync();
        Directory.Delete(Sample.Data, recursive: true);

        var restored = await Sample.RestoreAsync(recoveryKeyFile: Sample.RecoveryKeyFile);

        Assert.Equal(taken.Name, restored.Backup);
        Assert.Equal(2, taken.BlobCount);
        Assert.Equal(1, restored.TableCount);
        Assert.Equal(blobs, SampleInstallation.Blobs(Sample.Restored));
        await using (var running = await Sample.StartAsync(Sample.Restored))
        {
            Assert.Equal(digest, await SampleInstallation.DigestAsync(running.Address));
        }

        var authority = Path.Combine(Sample.Restored, "tls", "ca.key");
        Assert.Equal("the authority phones trust", await File.ReadAllTextAsync(authority, Token));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(authority));
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Restored), TimeProvider.System);
        Assert.Empty(keyring.LaggingCopies);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(KeyringFiles.Below(Sample.Restored).RootKeyPath));
        foreach (var blob in Directory.EnumerateFiles(Path.Combine(Sample.Restored, "blobs"), "*", SearchOption.AllDirectories))
        {
            Assert.NotEmpty(Envelope.Open(
                keyring.GetProjectKeys(SampleInstallation.Project), EnvelopePurpose.Attachment,
                SampleInstallation.BlobPlace(keyring.InstallationId), await File.ReadAllBytesAsync(blob, Token)));
        }
    }

    [Fact]
    public async Task A_backup_while_rows_are_written_restores_a_consistent_moment()
    {
        await using (var running = await Sample.StartAsync(Sample.Data))
        {
            await SampleInstallation.ExecuteAsync(
                running.Address, "create table field.a (n int); create table field.b (n int)");
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
            // A phone's upload under way: locked, not whole, named by no row.
            Directory.CreateDirectory(Path.Combine(Sample.Data, "blobs", "staging"));
            await using var upload = new FileStream(
                Path.Combine(Sample.Data, "blobs", "staging", "0198"), FileMode.CreateNew, FileAccess.Write, FileShare.None);
            var writing = WriteAsync(running.Address, enough.Token);
            Assert.Equal(2, (await Sample.BackUpAsync()).BlobCount);
            await enough.CancelAsync();
            Assert.True(await writing > 0);
            Assert.True(running.Cluster.State == ClusterState.Running);
        }

        // The root key is found where it lay when the backup was taken.
        await Sample.RestoreAsync();
        await using var again = await Sample.StartAsync(Sample.Restored);
        // Every transaction wrote one row to each of two tables: both or none.
        await SampleInstallation.ExecuteAsync(
            again.Address,
            """
            do $$ begin
              if (select count(*) from field.a) <> (select count(*) from field.b) then raise 'half a transaction'; end if;
            end $$
            """);
    }

    [Fact]
    public async Task A_second_backup_copies_only_new_blobs_and_leaves_the_first_alone()
    {
        var first = await Sample.BackUpAsync();
        var before = FilesOf(first.Folder);
        Sample.AddBlob("photo three", 9);
        var second = await Sample.BackUpAsync();

        Assert.Equal((2, 2), (first.BlobCount, first.NewBlobCount));
        Assert.Equal((3, 1), (second.BlobCount, second.NewBlobCount));
        Assert.Equal(before, FilesOf(first.Folder));
        var restored = await Sample.RestoreAsync(from: first.Folder);
        Assert.Equal((first.Name, 2), (restored.Backup, restored.BlobCount));
    }

    [Fact]
    public async Task A_data_directory_that_is_not_empty_is_never_restored_into()
    {
        await Sample.BackUpAsync();
        Directory.CreateDirectory(Sample.Restored);
        await File.WriteAllTextAsync(Path.Combine(Sample.Restored, "notes.txt"), "mine", Token);
        var refused = await Assert.ThrowsAsync<BackupException>(() => Sample.RestoreAsync());
        Assert.Equal(BackupTrouble.WrongFolder, refused.Reason);
        Assert.Equal(["notes.txt"], Directory.EnumerateFileSystemEntries(Sample.Restored).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_backup_directory_inside_the_data_directory_is_refused()
    {
        var refused = await Assert.ThrowsAsync<BackupException>(() => TakeBackup.RunAsync(
            new BackupOptions(Sample.Data, Path.Combine(Sample.Data, "backup")), Sample.Progress, TimeProvider.System, Token));
        Assert.Equal(BackupTrouble.WrongFolder, refused.Reason);
    }

    private static IReadOnlyList<(string, DateTime, long)> FilesOf(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => (file.Name, file.LastWriteTimeUtc, file.Length)),
    ];

    private static async Task<long> WriteAsync(ClusterAddress address, CancellationToken enough)
    {
        long written = 0;
        while (!enough.IsCancellationRequested)
        {
            await SampleInstallation.ExecuteAsync(
                address, "insert into field.a select generate_series(1, 50); insert into field.b select generate_series(1, 50)");
            written++;
        }

        return written;
    }
}
