using System.Diagnostics;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Upgrades;
using Xunit;

namespace Fieldkeep.Backup.Tests.Upgrades;

public sealed class SnapshotTests(UpgradedInstallation upgraded) : IClassFixture<UpgradedInstallation>
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rollback_brings_the_database_of_before_and_keeps_that_of_after_beside_it()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        using (var held = DataLock.Take(sample.Data))
        {
            var note = Assert.Single(Snapshots.Below(sample.Data).List());
            Directory.CreateDirectory(Path.Combine(sample.Data, "kept"));

            var left = await RollBack.RunAsync(held, note, sample.Progress, TimeProvider.System, Token);

            Assert.NotNull(left.LeftAt);
            Assert.Empty(Snapshots.Below(sample.Data).List());
            Assert.Equal(left, Assert.Single(Snapshots.Below(sample.Data).ListLeft()));
            Assert.Null(RollBack.FindCutOff(held));
            Assert.True(File.Exists(Path.Combine(sample.Data, "restored")) && File.Exists(Path.Combine(sample.Data, "journal.again")));
            Assert.False(Directory.Exists(Path.Combine(sample.Data, "kept")));
            Assert.DoesNotContain(OtherFiles.Find(sample.Data), path => path.EndsWith(Snapshots.Folder, StringComparison.Ordinal));
        }

        Assert.Equal(upgraded.Before, await DigestAsync(sample));

        // Nothing of the newer one is lost: it can be put back by hand.
        Directory.Delete(Path.Combine(sample.Data, "postgres"), recursive: true);
        Directory.Move(Path.Combine(Snapshots.Below(sample.Data).Root, upgraded.Note.Name, "postgres"), Path.Combine(sample.Data, "postgres"));
        Assert.Equal(upgraded.After, await DigestAsync(sample));
    }

    [Fact]
    public async Task A_rollback_that_was_killed_goes_on_from_wherever_it_was()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        var copy = Path.Combine(Snapshots.Below(sample.Data).Root, upgraded.Note.Name, "postgres");
        var cluster = Path.Combine(sample.Data, "postgres");
        using (var held = DataLock.Take(sample.Data))
        {
            // A file system that exchanges nothing at once: the first step of three.
            Directory.Move(cluster, copy + ".aside");
            var refused = Assert.Throws<ClusterException>(() => RollBack.RequireWhole(held));
            Assert.Contains("fieldkeep rollback", refused.Hint, StringComparison.Ordinal);
            Assert.NotNull(RollBack.FindCutOff(held));

            // No command makes a new database in its place.
            await Assert.ThrowsAsync<ClusterException>(() => PrivateCluster.StartAsync(held, ClusterMode.Durable, _ => { }, TimeProvider.System, Token));
            Assert.False(Directory.Exists(cluster));

            // The second.
            Directory.Move(copy, cluster);
            RollBack.RequireWhole(held);
            var note = RollBack.FindCutOff(held);

            // The third, and what follows an exchange in one step.
            Assert.NotNull(note);
            RollBack.End(held, note, TimeProvider.System);
            Assert.Null(RollBack.FindCutOff(held));
            Assert.True(Directory.Exists(copy));
            Assert.Empty(Snapshots.Below(sample.Data).List());
        }

        Assert.Equal(upgraded.Before, await DigestAsync(sample));
    }

    [Theory]
    [InlineData("2", true)]
    [InlineData("60", false)]
    public async Task What_PostgreSQL_still_runs_on_is_neither_copied_nor_exchanged_and_one_that_ends_is_waited_for(string seconds, bool goesOn)
    {
        using var sample = await upgraded.Sample.CopyAsync();
        using (var held = DataLock.Take(sample.Data))
        using (var ending = Process.Start(new ProcessStartInfo("bash", ["-c", $"exec -a postgres sleep {seconds}"]) { WorkingDirectory = held.Folders.Cluster })!)
        {
            while (Postmaster.ProcessesOf(held.Folders.Cluster).Count == 0)
            {
                await Task.Delay(10, Token);
            }

            var thrown = await Record.ExceptionAsync(() => RollBack.RunAsync(held, upgraded.Note, sample.Progress, TimeProvider.System, Token));

            Assert.Equal(goesOn, thrown is null);
            Assert.Equal(goesOn ? null : ClusterTrouble.DataDirectoryInUse, (thrown as ClusterException)?.Reason);
            Assert.Equal(goesOn, ending.HasExited);
            ending.Kill();
        }

        Assert.Equal(goesOn ? upgraded.Before : upgraded.After, await DigestAsync(sample));
    }

    [Fact]
    public async Task Exchanged_in_three_steps_each_lies_in_the_place_of_the_other()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        var (cluster, copy) = (Path.Combine(sample.Data, "postgres"), Path.Combine(Snapshots.Below(sample.Data).PathOf(upgraded.Note), "postgres"));

        RollBack.ExchangeInSteps(cluster, copy);

        using (var held = DataLock.Take(sample.Data))
        {
            Assert.Equal(upgraded.Note.Name, RollBack.FindCutOff(held)?.Name);
            Assert.Equal([copy], Directory.EnumerateDirectories(Snapshots.Below(sample.Data).PathOf(upgraded.Note)));
            RollBack.End(held, upgraded.Note, TimeProvider.System);
        }

        Assert.Equal(upgraded.Before, await DigestAsync(sample));
    }

    [Fact]
    public async Task A_damaged_snapshot_is_refused_and_nothing_is_changed()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        using (var held = DataLock.Take(sample.Data))
        {
            var note = Assert.Single(Snapshots.Below(sample.Data).List());
            Damage(Path.Combine(Snapshots.Below(sample.Data).PathOf(note), "postgres"));

            var refused = await Assert.ThrowsAsync<BackupException>(() => RollBack.RunAsync(held, note, sample.Progress, TimeProvider.System, Token));
            Assert.Equal(BackupTrouble.Damaged, refused.Reason);
            Assert.False(File.Exists(Path.Combine(sample.Data, "restored")));
        }

        Assert.Equal(upgraded.After, await DigestAsync(sample));
    }

    [Fact]
    public async Task A_snapshot_that_is_half_is_none_and_goes_with_the_next()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        var snapshots = Snapshots.Below(sample.Data);
        var half = Path.Combine(snapshots.Root, "20261120T000000Z.new");
        Directory.CreateDirectory(Path.Combine(half, "postgres"));
        Directory.CreateDirectory(Path.Combine(snapshots.Root, "20261121T000000Z"));
        using var held = DataLock.Take(sample.Data);
        Assert.Single(snapshots.List());

        var second = await TakeSnapshot.RunAsync(held, "0002", "0003", 9, sample.Progress, TimeProvider.System, Token);

        Assert.False(Directory.Exists(half));
        Assert.Equal([second.Name, upgraded.Note.Name], snapshots.List().Select(note => note.Name));

        // One more for the same upgrade takes its place: that upgrade changed nothing.
        await Task.Delay(1100, Token);
        var third = await TakeSnapshot.RunAsync(held, "0002", "0003", 9, sample.Progress, TimeProvider.System, Token);
        Assert.Equal([third.Name, upgraded.Note.Name], snapshots.List().Select(note => note.Name));
    }

    [Fact]
    public async Task A_log_that_lies_elsewhere_is_no_snapshot_and_a_running_database_is_none_either()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        await using (var running = await sample.StartAsync(sample.Data))
        {
            await Assert.ThrowsAsync<ClusterException>(
                () => TakeSnapshot.RunAsync(running.Held, "0002", "0003", 0, sample.Progress, TimeProvider.System, Token));
        }

        var log = Path.Combine(sample.Data, "postgres", "pg_wal");
        Directory.Move(log, Path.Combine(sample.Data, "wal-elsewhere"));
        Directory.CreateSymbolicLink(log, Path.Combine(sample.Data, "wal-elsewhere"));
        using var held = DataLock.Take(sample.Data);
        var refused = await Assert.ThrowsAsync<BackupException>(
            () => TakeSnapshot.RunAsync(held, "0002", "0003", 0, sample.Progress, TimeProvider.System, Token));
        Assert.Contains("pg_wal", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--no-snapshot", refused.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_itself_a_link_is_no_snapshot_for_its_copy_would_be_the_living_one()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        var cluster = Path.Combine(sample.Data, "postgres");
        Directory.Move(cluster, Path.Combine(sample.Data, "postgres-elsewhere"));
        Directory.CreateSymbolicLink(cluster, Path.Combine(sample.Data, "postgres-elsewhere"));
        using var held = DataLock.Take(sample.Data);

        var refused = await Assert.ThrowsAsync<BackupException>(
            () => TakeSnapshot.RunAsync(held, "0002", "0003", 0, sample.Progress, TimeProvider.System, Token));

        Assert.Equal(BackupTrouble.WrongFolder, refused.Reason);
        Assert.Contains(cluster, refused.Message, StringComparison.Ordinal);
        Assert.Single(Snapshots.Below(sample.Data).List());
    }

    [Fact]
    public async Task A_folder_of_snapshots_on_another_disk_is_refused_before_anything_is_copied_and_a_rollback_from_there_leaves_no_mark()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        using var elsewhere = OtherDisk.Find(sample.Data);
        Assert.SkipWhen(elsewhere is null, "not run: needs a folder on another disk");
        var snapshots = Snapshots.Below(sample.Data);
        using (var cp = Process.Start("cp", ["--archive", snapshots.Root + "/.", elsewhere.Path]))
        {
            await cp.WaitForExitAsync(Token);
        }

        Directory.Delete(snapshots.Root, recursive: true);
        Directory.CreateSymbolicLink(snapshots.Root, elsewhere.Path);
        using (var held = DataLock.Take(sample.Data))
        {
            var refused = await Assert.ThrowsAsync<BackupException>(
                () => TakeSnapshot.RunAsync(held, "0002", "0003", 0, sample.Progress, TimeProvider.System, Token));
            Assert.Equal(BackupTrouble.WrongFolder, refused.Reason);
            Assert.Contains(snapshots.Root, refused.Hint, StringComparison.Ordinal);
            Assert.Single(Directory.EnumerateFileSystemEntries(elsewhere.Path));
            Assert.DoesNotContain(Directory.EnumerateDirectories(sample.Data), path => path.EndsWith(".try", StringComparison.Ordinal));

            await Assert.ThrowsAsync<IOException>(
                () => RollBack.RunAsync(held, Assert.Single(snapshots.List()), sample.Progress, TimeProvider.System, Token));
            Assert.False(File.Exists(Path.Combine(sample.Data, "restored")) || File.Exists(Path.Combine(sample.Data, "journal.again")));
            Assert.Null(RollBack.FindCutOff(held));
        }

        Assert.Equal(upgraded.After, await DigestAsync(sample));
    }

    [Fact]
    public async Task A_copy_that_fails_leaves_nothing_behind()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        using var held = DataLock.Take(sample.Data);
        Damage(Path.Combine(sample.Data, "postgres"));

        var refused = await Assert.ThrowsAsync<BackupException>(
            () => TakeSnapshot.RunAsync(held, "0002", "0003", 0, sample.Progress, TimeProvider.System, Token));

        Assert.Equal(BackupTrouble.Damaged, refused.Reason);
        Assert.Equal([Snapshots.Below(sample.Data).PathOf(upgraded.Note)], Directory.EnumerateFileSystemEntries(Snapshots.Below(sample.Data).Root));
    }

    [Fact]
    public async Task A_snapshot_of_an_upgrade_that_never_came_to_be_is_not_taken_for_a_later_one()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        var snapshots = Snapshots.Below(sample.Data);
        snapshots.RemoveNeedless("0000");
        Assert.Single(snapshots.List());

        // The database still has the last migration that it had: days later it goes on without a snapshot.
        snapshots.RemoveNeedless("0001");
        snapshots.NoteMigrated("0003", Noon);

        Assert.Empty(snapshots.List());
    }

    [Fact]
    public async Task A_snapshot_stays_until_the_new_version_was_verified_and_six_days_went_by()
    {
        using var sample = await upgraded.Sample.CopyAsync();
        var snapshots = Snapshots.Below(sample.Data);
        snapshots.NoteMigrated("0001", Noon);
        Assert.Null(snapshots.List()[0].MigratedAt);

        snapshots.NoteMigrated("0002", Noon);
        Assert.Empty(snapshots.RemoveOld(Noon.AddDays(100)));
        snapshots.NoteVerified(Noon, "3 things do not hold");
        Assert.Equal("3 things do not hold", snapshots.List()[0].Problem);
        Assert.Empty(snapshots.RemoveOld(Noon.AddDays(100)));
        snapshots.NoteUnverified();
        Assert.Null(snapshots.List()[0].Problem);
        Assert.Empty(snapshots.RemoveOld(Noon.AddDays(100)));
        snapshots.NoteVerified(Noon, null);
        Assert.Empty(snapshots.RemoveOld(Noon.AddDays(5.9)));

        Assert.Equal([upgraded.Note.Name], snapshots.RemoveOld(Noon.AddDays(6)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(snapshots.Root));
    }

    private static void Damage(string cluster)
    {
        var file = new DirectoryInfo(Path.Combine(cluster, "base")).EnumerateFiles("*", SearchOption.AllDirectories)
            .First(one => one.Length >= 8192 && one.Name.All(char.IsAsciiDigit));
        using var stream = file.Open(FileMode.Open);
        stream.Seek(4000, SeekOrigin.Begin);
        stream.Write("damage"u8);
    }

    private static async Task<string?> DigestAsync(SampleInstallation sample)
    {
        await using var running = await sample.StartAsync(sample.Data);
        return await SampleInstallation.DigestAsync(running.Address);
    }
}
