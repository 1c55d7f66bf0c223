using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Fetching;

public sealed class FetchBackupTests(FetchSource made) : FetchTests(made)
{
    [Fact]
    public async Task All_there_is_is_fetched_and_restored_from_the_distantDistant_as_from_the_original()
    {
        var report = await Distant.FetchAsync();
        Assert.Empty(report.Alarms);
        Assert.Empty(report.Troubles);
        Assert.Equal(Distant.Backups, report.Backups);
        Assert.Equal(FetchedCopy.Tree(Distant.Source), FetchedCopy.Tree(Distant.Copy));
        Assert.NotEqual(KeyringTargets.FindId(Distant.Source), KeyringTargets.FindId(Distant.Copy));
        Assert.False((await Distant.FetchAsync()).HasNews);

        Directory.Delete(Distant.Source, recursive: true);
        var sample = Made.Installation;
        await VerifyBackup.RunAsync(new VerifyOptions(Distant.Copy, RecoveryKeyFile: sample.RecoveryKeyFile), Follower.Quiet, TimeProvider.System, Token);
        await RestoreBackup.RunAsync(
            new RestoreOptions(Distant.Copy, Distant.Restored, null, sample.RecoveryKeyFile) { To = RestoreOptions.Latest, IsRehearsal = true }, Follower.Quiet, TimeProvider.System, Token);
        await using var again = await sample.StartAsync(Distant.Restored);
        Assert.Equal(CommitLog.Exactly(Made.Commits), await CommitLog.CountAsync(again.Address));
        Assert.Equal(SampleInstallation.Blobs(sample.Data), SampleInstallation.Blobs(Distant.Restored));
    }

    [Fact]
    public async Task Whatever_is_deleted_at_the_source_stays()
    {
        await Distant.FetchAsync();
        var before = FetchedCopy.Tree(Distant.Copy);
        foreach (var folder in new[] { "backups", "blobs", "wal" })
        {
            Directory.Delete(Path.Combine(Distant.Source, folder), recursive: true);
            Directory.CreateDirectory(Path.Combine(Distant.Source, folder));
        }

        var report = await Distant.FetchAsync();
        Assert.Equal(before, FetchedCopy.Tree(Distant.Copy));
        Assert.Contains(report.Alarms, alarm => alarm is { Kind: FetchAlarmKind.Vanished, Path: "wal" });
        Assert.Contains(report.Alarms, alarm => alarm is { Kind: FetchAlarmKind.Vanished, Path: "blobs" });
        Assert.Equal(2, report.Alarms.Count(alarm => alarm.Path.StartsWith("backups/", StringComparison.Ordinal)));

        Directory.Delete(Distant.Source, recursive: true);
        Assert.Equal(BackupTrouble.WrongFolder, (await Assert.ThrowsAsync<BackupException>(() => Distant.FetchAsync())).Reason);
        Assert.Equal(before, FetchedCopy.Tree(Distant.Copy));
    }

    [Fact]
    public async Task What_is_overwritten_or_cut_at_the_source_stays_and_is_told_once_until_somebody_looked()
    {
        await Distant.FetchAsync();
        var before = FetchedCopy.Tree(Distant.Copy);
        foreach (var path in FetchedCopy.Tree(Distant.Source).Keys.Where(path => !path.StartsWith("keys", StringComparison.Ordinal)))
        {
            var file = Path.Combine(Distant.Source, path);
            var bytes = await File.ReadAllBytesAsync(file, Token);
            await File.WriteAllBytesAsync(file, path.StartsWith("blobs", StringComparison.Ordinal) ? bytes[..^1] : RandomNumberGenerator.GetBytes(bytes.Length), Token);
        }

        var report = await Distant.FetchAsync();
        Assert.Equal(before, FetchedCopy.Tree(Distant.Copy));
        Assert.Equal(before.Count(one => !one.Key.StartsWith("keys", StringComparison.Ordinal)), report.Alarms.Count);
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(Distant.Copy, "fetched", "beside")));
        Assert.Equal(report.Alarms.Count, (await Distant.FetchAsync()).Alarms.Count);
        Assert.Equal(report.Alarms, (await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token)).Alarms);
        Assert.Empty((await Distant.FetchAsync()).Alarms);
        Assert.Equal(before, FetchedCopy.Tree(Distant.Copy));
    }

    [Fact]
    public async Task A_file_of_the_log_grows_by_what_came_behind_it_and_by_nothing_else()
    {
        var log = Path.GetRelativePath(Distant.Source, FetchedCopy.FileBelow(Distant.Source, "wal", "0000*00000000*.fkw"));
        var (there, here) = (Path.Combine(Distant.Source, log), Path.Combine(Distant.Copy, log));
        var whole = await File.ReadAllBytesAsync(there, Token);
        await File.WriteAllBytesAsync(there, whole[..5000], Token);
        await Distant.FetchAsync();
        // Whole frames only.
        Assert.InRange(new FileInfo(here).Length, 96, 5000);
        Assert.Equal(whole[..(int)new FileInfo(here).Length], await File.ReadAllBytesAsync(here, Token));

        // Zeros that a power cut left behind what was durable.
        await using (var torn = new FileStream(here, FileMode.Append))
        {
            torn.Write(new byte[700]);
        }

        await File.WriteAllBytesAsync(there, whole, Token);
        Assert.Equal(1, (await Distant.FetchAsync()).Files);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));

        var other = (byte[])[.. whole, 1, 2, 3];
        other[80] ^= 1;
        await File.WriteAllBytesAsync(there, other, Token);
        Assert.Equal(FetchAlarmKind.Changed, Assert.Single((await Distant.FetchAsync()).Alarms).Kind);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));

        await File.WriteAllBytesAsync(there, whole[..4000], Token);
        Assert.Contains((await Distant.FetchAsync()).Alarms, alarm => alarm.Kind == FetchAlarmKind.Shrunk);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task Links_pipes_strange_names_wrong_bytes_and_dates_ahead_are_not_taken_and_hold_up_nothing_else()
    {
        var secret = Path.Combine(Path.GetDirectoryName(Distant.Source) ?? "", "secret");
        await File.WriteAllTextAsync(secret, "nobody's", Token);
        var blobs = Path.Combine(Distant.Source, "blobs");
        Directory.CreateDirectory(Path.Combine(blobs, "00"));
        var name = "00" + new string('a', 62);
        File.CreateSymbolicLink(Path.Combine(blobs, "00", name), secret);
        var unused = Enumerable.Range(1, 255).Select(pair => pair.ToString("x2", CultureInfo.InvariantCulture)).First(pair => !Path.Exists(Path.Combine(blobs, pair)));
        Directory.CreateSymbolicLink(Path.Combine(blobs, unused), "/etc");
        await File.WriteAllTextAsync(Path.Combine(blobs, "00", "00" + new string('b', 62)), "not of that hash", Token);
        await RunAsync("mkfifo", [Path.Combine(blobs, "00", "00" + new string('c', 62))]);
        Directory.CreateDirectory(Path.Combine(Distant.Source, "wal", "..hidden"));
        var newest = Distant.Backups[^1];
        var ahead = Path.Combine(Distant.Source, "backups", "29991231T235959Z" + newest[16..]);
        await RunAsync("cp", ["-a", Path.Combine(Distant.Source, "backups", newest), ahead]);
        var renamed = Path.Combine(Distant.Source, "backups", "20200101T000000Z-00000000");
        await RunAsync("cp", ["-a", Path.Combine(Distant.Source, "backups", newest), renamed]);
        Directory.CreateSymbolicLink(Path.Combine(Distant.Source, "backups", "20200101T000000Z-00000001"), Path.Combine(Distant.Source, "backups", newest));

        var report = await Distant.FetchAsync();
        Assert.Equal(2, report.Backups.Count);
        Assert.Equal(3, report.Alarms.Count(alarm => alarm.Kind == FetchAlarmKind.Refused));
        Assert.Contains("is no file", Assert.Single(report.Troubles), StringComparison.Ordinal);
        var all = FetchedCopy.Tree(Distant.Copy);
        Assert.DoesNotContain(all.Keys, path => path.Contains(name[..10], StringComparison.Ordinal) || path.Contains("2999", StringComparison.Ordinal));
        Assert.Equal(3, all.Keys.Count(path => path.StartsWith("blobs", StringComparison.Ordinal)));
        await VerifyBackup.RunAsync(new VerifyOptions(Distant.Copy, RecoveryKeyFile: Made.Installation.RecoveryKeyFile), Follower.Quiet, TimeProvider.System, Token);
    }

    [Fact]
    public async Task A_base_backup_that_is_not_whole_gets_no_name_and_comes_when_it_is()
    {
        var database = Path.Combine(Distant.Source, "backups", Distant.Backups[^1], "database.tar.br.fk1");
        var whole = await File.ReadAllBytesAsync(database, Token);
        await File.WriteAllBytesAsync(database, whole[..^10], Token);
        var first = await Distant.FetchAsync();
        Assert.Equal(Distant.Backups.Take(1), first.Backups);
        Assert.Equal(FetchAlarmKind.Refused, Assert.Single(first.Alarms).Kind);
        Assert.Single(ListBackups.Run(Distant.Copy));

        await File.WriteAllBytesAsync(database, whole, Token);
        Assert.Equal(Distant.Backups.Skip(1), (await Distant.FetchAsync()).Backups);
        Assert.Equal(FetchedCopy.Tree(Distant.Source), FetchedCopy.Tree(Distant.Copy));
    }

    [Fact]
    public async Task Killed_at_any_moment_it_goes_on_and_leaves_nothing_half()
    {
        for (var kill = 0; kill < 6; kill++)
        {
            await FetchProcess.KillAsync(Distant.Source, Distant.Copy, TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(0, 120)), Token);
            if (Directory.Exists(Path.Combine(Distant.Copy, "backups")))
            {
                foreach (var name in ListBackups.Run(Distant.Copy).Select(one => one.Name))
                {
                    Assert.Equal(5, Directory.EnumerateFiles(Path.Combine(Distant.Copy, "backups", name)).Count());
                }
            }
        }

        // Killed before it had begun, or after.
        _ = await new FetchBackup(new FetchOptions(Distant.Source, Distant.Copy) { IsNew = true, LeastFreeBytes = 0 }, Follower.Quiet, TimeProvider.System).RunOnceAsync(Token);
        Assert.Equal(FetchedCopy.Tree(Distant.Source), FetchedCopy.Tree(Distant.Copy));
        Assert.False(Distant.Notes.HasAlarm);
    }

    [Fact]
    public async Task Where_there_is_no_room_it_says_so_and_nothing_is_half()
    {
        var full = new FetchOptions(Distant.Source, Distant.Copy) { IsNew = true, LeastFreeBytes = long.MaxValue / 2 };
        var report = await new FetchBackup(full, Follower.Quiet, TimeProvider.System).RunOnceAsync(Token);
        Assert.NotEmpty(report.Troubles);
        Assert.Empty(report.Alarms);
        Assert.Empty(report.Backups);
        Assert.Equal(2, (await Distant.FetchAsync()).Backups.Count);
        Assert.Equal(FetchedCopy.Tree(Distant.Source), FetchedCopy.Tree(Distant.Copy));
    }

    [Fact]
    public async Task A_folder_that_is_not_a_distantDistant_or_another_source_is_refused()
    {
        var notNew = new FetchBackup(new FetchOptions(Distant.Source, Distant.Copy), Follower.Quiet, TimeProvider.System);
        Assert.Contains("--new", (await Assert.ThrowsAsync<BackupException>(() => notNew.RunOnceAsync(Token))).Hint, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Distant.Copy));
        await Distant.FetchAsync();
        await File.WriteAllTextAsync(Path.Combine(Distant.Source, "keys", "id"), new string('0', 32) + "\n", Token);
        Assert.Contains("another backup directory", (await Assert.ThrowsAsync<BackupException>(() => Distant.FetchAsync())).Message, StringComparison.Ordinal);
        Assert.Throws<BackupException>(() => new FetchBackup(new FetchOptions(Distant.Source, Distant.Copy) { KeepDays = 29 }, Follower.Quiet, TimeProvider.System));
    }

    [Fact]
    public async Task Where_nothing_can_be_fetched_the_notes_say_so_and_how_long()
    {
        await Distant.FetchAsync();
        Assert.Empty(Distant.Notes.Troubles);
        Assert.Empty(Distant.Notes.FindStale(Distant.Clock.GetUtcNow()));
        Assert.Single(Distant.Notes.FindStale(Distant.Clock.GetUtcNow() + TimeSpan.FromDays(2.5)));
        Assert.Equal(2, Distant.Notes.FindStale(Distant.Clock.GetUtcNow() + TimeSpan.FromDays(3.5)).Count);

        // A server that was taken over needs no more than this.
        var id = Path.Combine(Distant.Source, "keys", "id");
        File.Move(id, id + "-aside");
        await Assert.ThrowsAsync<BackupException>(() => Distant.FetchAsync());
        Assert.Contains("nothing is fetched", Assert.Single(Distant.Notes.Troubles), StringComparison.Ordinal);
        File.Move(id + "-aside", id);
        await Distant.FetchAsync();
        Assert.Empty(Distant.Notes.Troubles);

        // What is refused did not come, accepted or not.
        var whole = Distant.Notes.WholeAt;
        var blob = Directory.CreateDirectory(Path.Combine(Distant.Source, "blobs", "00")).FullName;
        await File.WriteAllTextAsync(Path.Combine(blob, "00" + new string('b', 62)), "not of that hash", Token);
        await Distant.FetchAsync();
        await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);
        Assert.Empty((await Distant.FetchAsync()).Alarms);
        Assert.Equal(whole, Distant.Notes.WholeAt);
    }

    [Fact]
    public async Task What_is_gone_a_second_time_is_told_a_second_time()
    {
        await Distant.FetchAsync();
        var (log, aside) = (Path.Combine(Distant.Source, "wal"), Path.Combine(Distant.Source, "aside"));
        for (var time = 0; time < 2; time++)
        {
            Directory.Move(log, aside);
            Assert.Equal("wal", Assert.Single((await Distant.FetchAsync()).Alarms).Path);
            await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);
            Assert.Empty((await Distant.FetchAsync()).Alarms);
            Directory.Move(aside, log);
            Assert.Empty((await Distant.FetchAsync()).Alarms);
        }
    }

    private static async Task RunAsync(string program, string[] words)
    {
        using var process = Process.Start(program, words);
        await process.WaitForExitAsync(Token);
    }
}
