using System.Text;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests;

public sealed class BackupKeysTests(SampleTemplate template) : SampleTests(template)
{
    [Fact]
    public async Task No_answer_can_be_read_in_a_backup()
    {
        await Sample.BackUpAsync();
        var planted = Encoding.UTF8.GetBytes(SampleInstallation.Planted);
        var root = (await File.ReadAllBytesAsync(KeyringFiles.Below(Sample.Data).RootKeyPath, Token))[8..40];
        // The control: in the data directory the answers can be found.
        Assert.Contains(
            Directory.EnumerateFiles(Path.Combine(Sample.Data, "postgres", "base"), "*", SearchOption.AllDirectories),
            file => File.ReadAllBytes(file).AsSpan().IndexOf(planted) >= 0);
        foreach (var file in Directory.EnumerateFiles(Sample.Target, "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file, Token);
            Assert.Equal(-1, bytes.AsSpan().IndexOf(planted));
            Assert.Equal(-1, bytes.AsSpan().IndexOf(root));
            Assert.Equal(-1, bytes.AsSpan().IndexOf("authority"u8));
            Assert.Equal(-1, bytes.AsSpan().IndexOf("PG_VERSION"u8));
        }
    }

    [Fact]
    public async Task With_one_keyring_copy_left_a_backup_still_restores()
    {
        await Sample.BackUpAsync();
        File.Delete(Path.Combine(Sample.Target, "keys", "keyring"));
        await Sample.RestoreAsync();
        Assert.Contains(Sample.Told, line => line.Contains("using the other one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_or_missing_key_is_refused_with_a_sentence_that_says_what_to_give()
    {
        await Sample.BackUpAsync();
        using var other = await OtherInstallationAsync();
        var wrong = await Assert.ThrowsAsync<VaultException>(() => Sample.RestoreAsync(recoveryKeyFile: other.RecoveryKeyFile));
        Assert.Equal(VaultFailure.RecoveryKeyWrong, wrong.Reason);
        var foreign = await Assert.ThrowsAsync<VaultException>(
            () => Sample.RestoreAsync(rootKey: KeyringFiles.Below(other.Data).RootKeyPath));
        Assert.Equal(VaultFailure.RootKeyMismatch, foreign.Reason);

        Directory.Delete(Sample.Data, recursive: true);
        var missing = await Assert.ThrowsAsync<BackupException>(() => Sample.RestoreAsync());
        Assert.Equal(BackupTrouble.NoKey, missing.Reason);
        Assert.Contains("--recovery-key-file", missing.Hint, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Sample.Restored));
    }

    [Fact]
    public async Task A_backup_that_no_recovery_key_opens_says_so()
    {
        await Sample.BackUpAsync();
        Assert.DoesNotContain(Sample.Told, line => line.Contains("no recovery key", StringComparison.Ordinal));
        Directory.Delete(Path.Combine(Sample.Data, "keys"), recursive: true);
        Directory.Delete(Sample.Target, recursive: true);
        Keyring.Create(KeyringFiles.Below(Sample.Data), TimeProvider.System).Dispose();

        await Sample.BackUpAsync();

        Assert.Contains(Sample.Told, line => line.StartsWith("no recovery key was made yet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_installation_cannot_use_the_same_backup_directory()
    {
        await Sample.BackUpAsync();
        using var other = await OtherInstallationAsync();
        var refused = await Assert.ThrowsAsync<VaultException>(() => TakeBackup.RunAsync(
            new BackupOptions(other.Data, Sample.Target), Sample.Progress, TimeProvider.System, Token));
        Assert.Equal(VaultFailure.CopyIsNewer, refused.Reason);
        await Sample.VerifyAsync();
    }

    [Fact]
    public async Task An_erased_project_cannot_be_opened_from_an_older_backup_nor_by_who_has_the_root_key_and_all_copies()
    {
        var before = await Sample.BackUpAsync();
        using (var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System))
        {
            Assert.All(keyring.DestroyProjectKeys(SampleInstallation.Project).Copies, copy => Assert.Null(copy.Problem));
        }

        // No backup was taken since; the older one is whole, and its blobs are there.
        await Sample.RestoreAsync(from: before.Folder);
        Assert.Equal(2, SampleInstallation.Blobs(Sample.Restored).Count);
        using var restored = Keyring.Open(KeyringFiles.Below(Sample.Restored), TimeProvider.System);
        Assert.Null(restored.FindProjectKeys(SampleInstallation.Project));
        Assert.Equal([SampleInstallation.Project], restored.ErasedProjects.Select(erased => erased.Project));
        foreach (var folder in new[] { Sample.Data, Sample.Target, Sample.Restored })
        {
            foreach (var path in Directory.EnumerateFiles(Path.Combine(folder, "keys"), "keyring*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)))
            {
                // Whoever has the root key opens every copy there is, and finds no key of that project.
                using var holder = Keyring.OpenReadOnly(RootKey.Read(KeyringFiles.Below(Sample.Data).RootKeyPath), [path], TimeProvider.System);
                Assert.Null(holder.FindProjectKeys(SampleInstallation.Project));
            }
        }
    }

    [Fact]
    public async Task What_is_restored_knows_the_backup_directories_unless_it_is_a_rehearsal()
    {
        KeyringTargets.Add(KeyringFiles.Below(Sample.Data).KeyringPaths, "/media/far-away-that-is-not-there");
        await Sample.BackUpAsync();
        var known = KeyringTargets.List(KeyringFiles.Below(Sample.Data).KeyringPaths);

        await Sample.RestoreAsync();

        Assert.Equal(2, known.Count);
        Assert.Equal(known, KeyringTargets.List(KeyringFiles.Below(Sample.Restored).KeyringPaths));
        using (var restored = Keyring.Open(KeyringFiles.Below(Sample.Restored), TimeProvider.System))
        {
            // The one that is not there is unknown, not replaced.
            var copies = restored.DestroyProjectKeys(SampleInstallation.Project).Copies;
            Assert.Equal([(false, known[0].Id), (true, known[1].Id)], copies.Where(copy => copy.Target is not null).Select(copy => (copy.Problem is null, copy.Target)).Distinct());
        }

        Directory.Delete(Sample.Restored, recursive: true);
        var options = new RestoreOptions(Sample.Target, Sample.Restored) { IsRehearsal = true };
        await RestoreBackup.RunAsync(options, Sample.Progress, TimeProvider.System, Token);
        Assert.Empty(KeyringTargets.List(KeyringFiles.Below(Sample.Restored).KeyringPaths));
    }

    private static async Task<SampleInstallation> OtherInstallationAsync() => await SampleInstallation.CreateAsync();
}
