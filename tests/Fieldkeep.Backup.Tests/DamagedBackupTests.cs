using System.Security.Cryptography;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Vault;
using Xunit;

namespace Fieldkeep.Backup.Tests;

public sealed class DamagedBackupTests(SampleTemplate template) : SampleTests(template)
{
    [Fact]
    public async Task A_blob_damaged_before_the_backup_is_named_and_the_good_copy_of_an_earlier_backup_kept()
    {
        var old = await Sample.BackUpAsync();
        var rotten = Sample.AddBlob("photo three", 500);
        var alsoRotten = Directory.EnumerateFiles(Path.Combine(Sample.Data, "blobs"), "*", SearchOption.AllDirectories)
            .First(path => path != rotten);
        foreach (var path in new[] { rotten, alsoRotten })
        {
            var bytes = await File.ReadAllBytesAsync(path, Token);
            bytes[200] ^= 1;
            await File.WriteAllBytesAsync(path, bytes, Token);
        }

        var taken = await Sample.BackUpAsync();

        Assert.Empty(old.DamagedBlobs);
        Assert.Equal([rotten], taken.DamagedBlobs);
        await Sample.RestoreAsync();
        var restored = Path.Combine(Sample.Restored, Path.GetRelativePath(Sample.Data, alsoRotten));
        Assert.Equal(
            Path.GetFileName(restored), Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(restored, Token))));
    }

    [Fact]
    public async Task A_changed_byte_in_any_file_of_a_backup_is_found()
    {
        var backup = await Sample.BackUpAsync();
        await Sample.VerifyAsync();
        var files = Directory.EnumerateFiles(Sample.Target, "*", SearchOption.AllDirectories)
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

        Assert.Equal(backup.TakenAt, (await Sample.VerifyAsync()).TakenAt);
    }

    [Fact]
    public async Task A_blob_that_goes_bad_in_the_backup_directory_is_told_at_a_restore_and_copied_anew_by_the_next_backup()
    {
        await Sample.BackUpAsync();
        var kept = Directory.GetFiles(Path.Combine(Sample.Target, "blobs"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        var good = await File.ReadAllBytesAsync(kept, Token);
        await File.WriteAllBytesAsync(kept, [.. good[..^1], (byte)(good[^1] ^ 1)], Token);

        var restored = await Sample.RestoreAsync();
        Assert.Contains(kept, Assert.Single(restored.Missing), StringComparison.Ordinal);
        Assert.Equal((1, 1), (restored.BlobCount, SampleInstallation.Blobs(Sample.Restored).Count));

        await Sample.BackUpAsync();
        Assert.Equal(good, await File.ReadAllBytesAsync(kept, Token));
        await Sample.VerifyAsync();
    }

    [Fact]
    public async Task A_damaged_backup_is_not_restored_and_the_directory_stays_empty()
    {
        var backup = await Sample.BackUpAsync();
        var path = Path.Combine(backup.Folder, "database.tar.br.fk1");
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[^30] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Token);

        var refused = await Assert.ThrowsAsync<BackupException>(() => Sample.RestoreAsync());

        Assert.Equal(BackupTrouble.Damaged, refused.Reason);
        Assert.False(Directory.Exists(Sample.Restored));
    }

    [Fact]
    public async Task What_a_killed_backup_or_restore_left_is_never_taken_for_whole_and_is_cleared_away()
    {
        var backup = await Sample.BackUpAsync();
        var unfinished = Path.Combine(Sample.Target, "backups", ".unfinished-99999999");
        Directory.CreateDirectory(unfinished);
        File.Copy(Path.Combine(backup.Folder, "manifest.json"), Path.Combine(unfinished, "manifest.json"));
        Directory.CreateDirectory(Path.Combine(Sample.Restored, ".restoring", "postgres"));

        Assert.Equal(backup.Name, (await Sample.RestoreAsync()).Backup);
        Assert.Equal(
            ["blobs", "journal.again", "keys", "lock", "postgres", RestoreBackup.Mark, "tls"],
            Directory.EnumerateFileSystemEntries(Sample.Restored).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await Sample.BackUpAsync();
        Assert.False(Directory.Exists(unfinished));
    }

    [Fact]
    public async Task A_backup_killed_at_any_moment_leaves_the_whole_ones_and_the_next_succeeds()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await Sample.BackUpAsync();
        foreach (var line in new[] { "copying the database", "copying the blobs", "verifying every byte" })
        {
            Sample.AddBlob(line, 100_000);
            await BackupProcess.KillAtAsync(line, Sample.Data, Sample.Target, Token);
            Assert.Single(Directory.EnumerateDirectories(Path.Combine(Sample.Target, "backups"), "2*"));
            await Sample.VerifyAsync();
        }

        Assert.Equal(5, (await Sample.BackUpAsync()).BlobCount);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(Path.Combine(Sample.Target, "backups")).Count());
        // The temporary slots of the killed ones are gone with their connections: nothing holds the log back.
        await SampleInstallation.ExecuteAsync(
            running.Address,
            "do $$ begin if (select count(*) from pg_replication_slots) > 0 then raise 'a slot was left behind'; end if; end $$");
    }

    private async Task RefusesAsync(string what)
    {
        var refused = await Record.ExceptionAsync(Sample.VerifyAsync);
        Assert.True(refused is BackupException or VaultException, $"{what}: {refused?.ToString() ?? "accepted"}");
    }
}
