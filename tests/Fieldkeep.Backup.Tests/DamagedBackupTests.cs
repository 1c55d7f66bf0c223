using System.Security.Cryptography;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Vault;
using Xunit;

namespace Fieldkeep.Backup.Tests;

public sealed class DamagedBackupTests(SampleTemplate template) : IClassFixture<SampleTemplate>, IAsyncLifetime
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
    public async Task What_a_killed_backup_or_restore_left_is_never_taken_for_whole_and_is_cleared_away()
    {
        var backup = await _sample.BackUpAsync();
        var unfinished = Path.Combine(_sample.Target, "backups", ".unfinished-99999999");
        Directory.CreateDirectory(unfinished);
        File.Copy(Path.Combine(backup.Folder, "manifest.json"), Path.Combine(unfinished, "manifest.json"));
        Directory.CreateDirectory(Path.Combine(_sample.Restored, ".restoring", "postgres"));

        Assert.Equal(backup.Name, (await _sample.RestoreAsync()).Backup);
        Assert.Equal(
            ["blobs", "journal.again", "keys", "lock", "postgres", RestoreBackup.Mark, "tls"],
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

    private async Task RefusesAsync(string what)
    {
        var refused = await Record.ExceptionAsync(_sample.VerifyAsync);
        Assert.True(refused is BackupException or VaultException, $"{what}: {refused?.ToString() ?? "accepted"}");
    }
}
