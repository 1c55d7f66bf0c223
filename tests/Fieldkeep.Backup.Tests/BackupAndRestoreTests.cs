using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests;

public sealed class BackupAndRestoreTests(SampleTemplate template) : IClassFixture<SampleTemplate>, IAsyncLifetime
{
    private SampleInstallation _sample = null!; // set by InitializeAsync before every test

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _sample = await template.Installation.CopyAsync();

    public ValueTask DisposeAsync()
    {
        _sample.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_was_destroyed_comes_back_from_a_backup_and_the_recovery_key()
    {
        string? digest;
        await using (var running = await _sample.StartAsync(_sample.Data))
        {
            digest = await SampleInstallation.DigestAsync(running.Address);
        }

        var blobs = SampleInstallation.Blobs(_sample.Data);
        var taken = await _sample.BackUpAsync();
        Directory.Delete(_sample.Data, recursive: true);

        var restored = await _sample.RestoreAsync(recoveryKeyFile: _sample.RecoveryKeyFile);

        Assert.Equal(taken.Name, restored.Backup);
        Assert.Equal(2, taken.BlobCount);
        Assert.Equal(1, restored.TableCount);
        Assert.Equal(blobs, SampleInstallation.Blobs(_sample.Restored));
        await using (var running = await _sample.StartAsync(_sample.Restored))
        {
            Assert.Equal(digest, await SampleInstallation.DigestAsync(running.Address));
        }

        var authority = Path.Combine(_sample.Restored, "tls", "ca.key");
        Assert.Equal("the authority phones trust", await File.ReadAllTextAsync(authority, Token));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(authority));
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Restored), TimeProvider.System);
        Assert.Empty(keyring.LaggingCopies);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(KeyringFiles.Below(_sample.Restored).RootKeyPath));
        foreach (var blob in Directory.EnumerateFiles(Path.Combine(_sample.Restored, "blobs"), "*", SearchOption.AllDirectories))
        {
            Assert.NotEmpty(Envelope.Open(
                keyring.GetProjectKeys(SampleInstallation.Project), EnvelopePurpose.Attachment,
                SampleInstallation.BlobPlace(keyring.InstallationId), await File.ReadAllBytesAsync(blob, Token)));
        }
    }

    [Fact]
    public async Task A_backup_while_rows_are_written_restores_a_consistent_moment()
    {
        await using (var running = await _sample.StartAsync(_sample.Data))
        {
            await SampleInstallation.ExecuteAsync(
                running.Address, "create table field.a (n int); create table field.b (n int)");
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
            // A phone's upload under way: locked, not whole, named by no row.
            Directory.CreateDirectory(Path.Combine(_sample.Data, "blobs", "staging"));
            await using var upload = new FileStream(
                Path.Combine(_sample.Data, "blobs", "staging", "0198"), FileMode.CreateNew, FileAccess.Write, FileShare.None);
            var writing = WriteAsync(running.Address, enough.Token);
            Assert.Equal(2, (await _sample.BackUpAsync()).BlobCount);
            await enough.CancelAsync();
            Assert.True(await writing > 0);
            Assert.True(running.Cluster.State == ClusterState.Running);
        }

        // The root key is found where it lay when the backup was taken.
        await _sample.RestoreAsync();
        await using var again = await _sample.StartAsync(_sample.Restored);
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
        var first = await _sample.BackUpAsync();
        var before = FilesOf(first.Folder);
        _sample.AddBlob("photo three", 9);
        var second = await _sample.BackUpAsync();

        Assert.Equal((2, 2), (first.BlobCount, first.NewBlobCount));
        Assert.Equal((3, 1), (second.BlobCount, second.NewBlobCount));
        Assert.Equal(before, FilesOf(first.Folder));
        var restored = await _sample.RestoreAsync(from: first.Folder);
        Assert.Equal((first.Name, 2), (restored.Backup, restored.BlobCount));
    }

    [Fact]
    public async Task A_blob_damaged_before_the_backup_is_named_and_the_good_copy_of_an_earlier_backup_kept()
    {
        var old = await _sample.BackUpAsync();
        var rotten = _sample.AddBlob("photo three", 500);
        var alsoRotten = Directory.EnumerateFiles(Path.Combine(_sample.Data, "blobs"), "*", SearchOption.AllDirectories)
            .First(path => path != rotten);
        foreach (var path in new[] { rotten, alsoRotten })
        {
            var bytes = await File.ReadAllBytesAsync(path, Token);
            bytes[200] ^= 1;
            await File.WriteAllBytesAsync(path, bytes, Token);
        }

        var taken = await _sample.BackUpAsync();

        Assert.Empty(old.DamagedBlobs);
        Assert.Equal([rotten], taken.DamagedBlobs);
        await _sample.RestoreAsync();
        var restored = Path.Combine(_sample.Restored, Path.GetRelativePath(_sample.Data, alsoRotten));
        Assert.Equal(
            Path.GetFileName(restored), Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(restored, Token))));
    }

    [Fact]
    public async Task No_answer_can_be_read_in_a_backup()
    {
        await _sample.BackUpAsync();
        var planted = Encoding.UTF8.GetBytes(SampleInstallation.Planted);
        var root = (await File.ReadAllBytesAsync(KeyringFiles.Below(_sample.Data).RootKeyPath, Token))[8..40];
        // The control: in the data directory the answers can be found.
        Assert.Contains(
            Directory.EnumerateFiles(Path.Combine(_sample.Data, "postgres", "base"), "*", SearchOption.AllDirectories),
            file => File.ReadAllBytes(file).AsSpan().IndexOf(planted) >= 0);
        foreach (var file in Directory.EnumerateFiles(_sample.Target, "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file, Token);
            Assert.Equal(-1, bytes.AsSpan().IndexOf(planted));
            Assert.Equal(-1, bytes.AsSpan().IndexOf(root));
            Assert.Equal(-1, bytes.AsSpan().IndexOf("authority"u8));
            Assert.Equal(-1, bytes.AsSpan().IndexOf("PG_VERSION"u8));
        }
    }

    [Fact]
    public async Task A_changed_byte_in_any_file_of_a_backup_is_found()
    {
        var backup = await _sample.BackUpAsync();
        await _sample.VerifyAsync();
        var files = Directory.EnumerateFiles(_sample.Target, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) is not ("lock" or "keyring.lock" or "id")).ToList(); // id tells disks apart, and is no part of a backup
        Assert.Equal(5 + 2 + 2, files.Count);
        foreach (var path in files)
        {
            var good = await File.ReadAllBytesAsync(path, Token);
            var places = new[] { 0, 1, 21, 50, 90, good.Length / 3, good.Length / 2, good.Length - 20, good.Length - 1 };
            foreach (var at in places.Where(at => at >= 0 && at < good.Length).Distinct())
            {
                await File.WriteAllBytesAsync(path, [.. good[..at], (byte)(good[at] ^ 4), .. good[(at + 1)..]], Token);
                await RefusesAsync($"{path} byte {at}");
            }

            foreach (var length in new[] { 0, 75, good.Length / 2, good.Length - 1 }.Where(length => length < good.Length))
            {
                await File.WriteAllBytesAsync(path, good[..length], Token);
                await RefusesAsync($"{path} cut to {length}");
            }

            File.Delete(path);
            await RefusesAsync($"{path} deleted");
            await File.WriteAllBytesAsync(path, good, Token);
        }

        Assert.Equal(backup.TakenAt, (await _sample.VerifyAsync()).TakenAt);
    }

    [Fact]
    public async Task A_blob_that_goes_bad_in_the_backup_directory_is_told_at_a_restore_and_copied_anew_by_the_next_backup()
    {
        await _sample.BackUpAsync();
        var kept = Directory.GetFiles(Path.Combine(_sample.Target, "blobs"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        var good = await File.ReadAllBytesAsync(kept, Token);
        await File.WriteAllBytesAsync(kept, [.. good[..^1], (byte)(good[^1] ^ 1)], Token);

        var restored = await _sample.RestoreAsync();
        Assert.Contains(kept, Assert.Single(restored.Missing), StringComparison.Ordinal);
        Assert.Equal((1, 1), (restored.BlobCount, SampleInstallation.Blobs(_sample.Restored).Count));

        await _sample.BackUpAsync();
        Assert.Equal(good, await File.ReadAllBytesAsync(kept, Token));
        await _sample.VerifyAsync();
    }

    [Fact]
    public async Task A_damaged_backup_is_not_restored_and_the_directory_stays_empty()
    {
        var backup = await _sample.BackUpAsync();
        var path = Path.Combine(backup.Folder, "database.tar.br.fk1");
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[^30] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Token);

        var refused = await Assert.ThrowsAsync<BackupException>(() => _sample.RestoreAsync());

        Assert.Equal(BackupTrouble.Damaged, refused.Reason);
        Assert.False(Directory.Exists(_sample.Restored));
    }

    [Fact]
    public async Task With_one_keyring_copy_left_a_backup_still_restores()
    {
        await _sample.BackUpAsync();
        File.Delete(Path.Combine(_sample.Target, "keys", "keyring"));
        await _sample.RestoreAsync();
        Assert.Contains(_sample.Told, line => line.Contains("using the other one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_or_missing_key_is_refused_with_a_sentence_that_says_what_to_give()
    {
        await _sample.BackUpAsync();
        using var other = await OtherInstallationAsync();
        var wrong = await Assert.ThrowsAsync<VaultException>(() => _sample.RestoreAsync(recoveryKeyFile: other.RecoveryKeyFile));
        Assert.Equal(VaultFailure.RecoveryKeyWrong, wrong.Reason);
        var foreign = await Assert.ThrowsAsync<VaultException>(
            () => _sample.RestoreAsync(rootKey: KeyringFiles.Below(other.Data).RootKeyPath));
        Assert.Equal(VaultFailure.RootKeyMismatch, foreign.Reason);

        Directory.Delete(_sample.Data, recursive: true);
        var missing = await Assert.ThrowsAsync<BackupException>(() => _sample.RestoreAsync());
        Assert.Equal(BackupTrouble.NoKey, missing.Reason);
        Assert.Contains("--recovery-key-file", missing.Hint, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_sample.Restored));
    }

    [Fact]
    public async Task A_backup_that_no_recovery_key_opens_says_so()
    {
        await _sample.BackUpAsync();
        Assert.DoesNotContain(_sample.Told, line => line.Contains("no recovery key", StringComparison.Ordinal));
        Directory.Delete(Path.Combine(_sample.Data, "keys"), recursive: true);
        Directory.Delete(_sample.Target, recursive: true);
        Keyring.Create(KeyringFiles.Below(_sample.Data), TimeProvider.System).Dispose();

        await _sample.BackUpAsync();

        Assert.Contains(_sample.Told, line => line.StartsWith("no recovery key was made yet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_data_directory_that_is_not_empty_is_never_restored_into()
    {
        await _sample.BackUpAsync();
        Directory.CreateDirectory(_sample.Restored);
        await File.WriteAllTextAsync(Path.Combine(_sample.Restored, "notes.txt"), "mine", Token);
        var refused = await Assert.ThrowsAsync<BackupException>(() => _sample.RestoreAsync());
        Assert.Equal(BackupTrouble.WrongFolder, refused.Reason);
        Assert.Equal(["notes.txt"], Directory.EnumerateFileSystemEntries(_sample.Restored).Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_a_killed_backup_or_restore_left_is_never_taken_for_whole_and_is_cleared_away()
    {
        var backup = await _sample.BackUpAsync();
        var unfinished = Path.Combine(_sample.Target, "backups", ".unfinished-99999999");
        Directory.CreateDirectory(unfinished);
        File.Copy(Path.Combine(backup.Folder, "manifest.json"), Path.Combine(unfinished, "manifest.json"));
        Directory.CreateDirectory(Path.Combine(_sample.Restored, ".restoring", "postgres"));

        Assert.Equal(backup.Name, (await _sample.RestoreAsync()).Backup);
        Assert.Equal(
            ["blobs", "keys", "lock", "postgres", RestoreBackup.Mark, "tls"],
            Directory.EnumerateFileSystemEntries(_sample.Restored).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await _sample.BackUpAsync();
        Assert.False(Directory.Exists(unfinished));
    }

    [Fact]
    public async Task A_backup_killed_at_any_moment_leaves_the_whole_ones_and_the_next_succeeds()
    {
        await using var running = await _sample.StartAsync(_sample.Data);
        await _sample.BackUpAsync();
        foreach (var line in new[] { "copying the database", "copying the blobs", "verifying every byte" })
        {
            _sample.AddBlob(line, 100_000);
            await BackupProcess.KillAtAsync(line, _sample.Data, _sample.Target, Token);
            Assert.Single(Directory.EnumerateDirectories(Path.Combine(_sample.Target, "backups"), "2*"));
            await _sample.VerifyAsync();
        }

        Assert.Equal(5, (await _sample.BackUpAsync()).BlobCount);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(Path.Combine(_sample.Target, "backups")).Count());
        // The temporary slots of the killed ones are gone with their connections: nothing holds the log back.
        await SampleInstallation.ExecuteAsync(
            running.Address,
            "do $$ begin if (select count(*) from pg_replication_slots) > 0 then raise 'a slot was left behind'; end if; end $$");
    }

    [Fact]
    public async Task Another_installation_cannot_use_the_same_backup_directory()
    {
        await _sample.BackUpAsync();
        using var other = await OtherInstallationAsync();
        var refused = await Assert.ThrowsAsync<VaultException>(() => TakeBackup.RunAsync(
            new BackupOptions(other.Data, _sample.Target), _sample.Progress, TimeProvider.System, Token));
        Assert.Equal(VaultFailure.CopyIsNewer, refused.Reason);
        await _sample.VerifyAsync();
    }

    [Fact]
    public async Task An_erased_project_cannot_be_opened_from_an_older_backup_nor_by_who_has_the_root_key_and_all_copies()
    {
        var before = await _sample.BackUpAsync();
        using (var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System))
        {
            Assert.All(keyring.DestroyProjectKeys(SampleInstallation.Project).Copies, copy => Assert.Null(copy.Problem));
        }

        // No backup was taken since; the older one is whole, and its blobs are there.
        await _sample.RestoreAsync(from: before.Folder);
        Assert.Equal(2, SampleInstallation.Blobs(_sample.Restored).Count);
        using var restored = Keyring.Open(KeyringFiles.Below(_sample.Restored), TimeProvider.System);
        Assert.Null(restored.FindProjectKeys(SampleInstallation.Project));
        Assert.Equal([SampleInstallation.Project], restored.ErasedProjects.Select(erased => erased.Project));
        foreach (var folder in new[] { _sample.Data, _sample.Target, _sample.Restored })
        {
            foreach (var path in Directory.EnumerateFiles(Path.Combine(folder, "keys"), "keyring*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)))
            {
                // Whoever has the root key opens every copy there is, and finds no key of that project.
                using var holder = Keyring.OpenReadOnly(RootKey.Read(KeyringFiles.Below(_sample.Data).RootKeyPath), [path], TimeProvider.System);
                Assert.Null(holder.FindProjectKeys(SampleInstallation.Project));
            }
        }
    }

    [Fact]
    public async Task What_is_restored_knows_the_backup_directories_unless_it_is_a_rehearsal()
    {
        KeyringTargets.Add(KeyringFiles.Below(_sample.Data).KeyringPaths, "/media/far-away-that-is-not-there");
        await _sample.BackUpAsync();
        var known = KeyringTargets.List(KeyringFiles.Below(_sample.Data).KeyringPaths);

        await _sample.RestoreAsync();

        Assert.Equal(2, known.Count);
        Assert.Equal(known, KeyringTargets.List(KeyringFiles.Below(_sample.Restored).KeyringPaths));
        using (var restored = Keyring.Open(KeyringFiles.Below(_sample.Restored), TimeProvider.System))
        {
            // The one that is not there is unknown, not replaced.
            var copies = restored.DestroyProjectKeys(SampleInstallation.Project).Copies;
            Assert.Equal([(false, known[0].Id), (true, known[1].Id)], copies.Where(copy => copy.Target is not null).Select(copy => (copy.Problem is null, copy.Target)).Distinct());
        }

        Directory.Delete(_sample.Restored, recursive: true);
        var options = new RestoreOptions(_sample.Target, _sample.Restored) { IsRehearsal = true };
        await RestoreBackup.RunAsync(options, _sample.Progress, TimeProvider.System, Token);
        Assert.Empty(KeyringTargets.List(KeyringFiles.Below(_sample.Restored).KeyringPaths));
    }

    [Fact]
    public async Task A_backup_directory_inside_the_data_directory_is_refused()
    {
        var refused = await Assert.ThrowsAsync<BackupException>(() => TakeBackup.RunAsync(
            new BackupOptions(_sample.Data, Path.Combine(_sample.Data, "backup")), _sample.Progress, TimeProvider.System, Token));
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

    private static async Task<SampleInstallation> OtherInstallationAsync() => await SampleInstallation.CreateAsync();

    private async Task RefusesAsync(string what)
    {
        var refused = await Record.ExceptionAsync(_sample.VerifyAsync);
        Assert.True(refused is BackupException or VaultException, $"{what}: {refused?.ToString() ?? "accepted"}");
    }
}
