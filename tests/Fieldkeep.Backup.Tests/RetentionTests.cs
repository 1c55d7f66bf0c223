using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests;

public sealed class RetentionTests(SampleTemplate template)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 15, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1 2 3 4 5 6", "1 2 3 4 5 6")]
    [InlineData("40 39 38", "39 38")] // nothing newer: the last two stay however old they are
    [InlineData("40 30 29 28 27 26 25 24 23 22 21 20 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1", "29 27 20 13 6 5 4 3 2 1")]
    [InlineData("", "")]
    public void All_of_a_week_stay_then_one_a_week_then_none_but_always_two(string daysAgo, string kept)
    {
        var bases = daysAgo.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(days => int.Parse(days, CultureInfo.InvariantCulture)).ToList();
        var chosen = Retention.Choose(bases, days => Now - TimeSpan.FromDays(days), Now, keepDays: 30, fewest: 2);
        Assert.Equal(kept, string.Join(' ', chosen.Kept));
        Assert.Equal(bases.Count, chosen.Kept.Count + chosen.Old.Count);
    }

    [Fact]
    public async Task What_is_too_old_goes_with_its_log_and_blobs_and_nothing_goes_while_the_newest_is_not_whole()
    {
        using var sample = await template.Installation.CopyAsync();
        using var keyring = Keyring.Open(KeyringFiles.Below(sample.Data), TimeProvider.System);
        var store = new BackupStore(sample.Target);
        var gone = sample.AddBlob("photo that was erased meanwhile", 900);
        var log = new CommitLog();
        int early;
        await using (var running = await sample.StartAsync(sample.Data))
        await using (var receiving = new RunningReceiver(sample, running.Address))
        {
            await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
            await receiving.CatchUpAsync();
            await TakeAsync(50);
            File.Delete(gone);
            foreach (var days in new[] { 20, 0 })
            {
                await log.WriteAsync(running.Address, 5, 10, Token);
                await receiving.CatchUpAsync();
                await TakeAsync(days);
            }

            await log.WriteAsync(running.Address, 5, 10, Token);
            await receiving.CatchUpAsync();
            early = Files().Count;
        }

        var kept = store.BlobPath(Path.GetFileName(gone));
        File.SetLastWriteTimeUtc(kept, DateTime.UtcNow.AddDays(-50));
        var prune = new PruneBackups(store, keyring, sample.Progress, TimeProvider.System);
        var damaged = Path.Combine(store.FolderOf(store.List()[^1]), BackupStore.DatabaseName);
        var good = await File.ReadAllBytesAsync(damaged, Token);
        await File.WriteAllBytesAsync(damaged, [.. good[..^1], (byte)(good[^1] ^ 1)], Token);

        var refused = await Assert.ThrowsAsync<BackupException>(() => prune.RunAsync(30, standsOn: null, isNewestVerified: false, Token));
        Assert.Equal((BackupTrouble.Damaged, 3, early, true), (refused.Reason, store.List().Count, Files().Count, File.Exists(kept)));

        await File.WriteAllBytesAsync(damaged, good, Token);
        // One whose manifest does not open may need all of it.
        var manifest = Path.Combine(store.FolderOf(store.List()[1]), BackupStore.ManifestName);
        File.Move(manifest, manifest + ".aside");
        Assert.Contains(store.List()[1], (await Assert.ThrowsAsync<BackupException>(() => prune.RunAsync(30, standsOn: null, isNewestVerified: false, Token))).Message, StringComparison.Ordinal);
        Assert.Equal((3, early, true), (store.List().Count, Files().Count, File.Exists(kept)));
        File.Move(manifest + ".aside", manifest);
        // By hand nobody wants it removed; it needs no log, for it was taken while none was received.
        var byHand = store.List()[0];
        sample.Seal(byHand, one => one with { IsFollowed = null });
        Assert.Empty((await prune.RunAsync(30, standsOn: null, isNewestVerified: false, Token)).Backups);
        Assert.Empty((await prune.RemoveOldestAsync(TimeSpan.FromDays(7), standsOn: null, isNewestVerified: false, Token)).Backups);
        // Another cluster's, which nobody follows any more, with the log of it.
        sample.Seal(byHand, one => one with { IsFollowed = true, Log = one.Log! with { System = "4711" } });
        var stray = Path.Combine(sample.Target, "wal", 4711.ToString("x16", CultureInfo.InvariantCulture), "00000001");
        var shelf = sample.OpenShelf();
        using (var writer = shelf.Begin(new WalPast(4711, 1), 1, new Lsn(WalSegment.Bytes)))
        {
            writer.Append(0, [1, 2, 3]);
            writer.Sync();
        }

        Assert.NotEmpty(Directory.GetFiles(stray, "*.fkw", SearchOption.AllDirectories));
        Assert.Empty((await prune.RemoveOldestAsync(TimeSpan.FromDays(60), standsOn: null, isNewestVerified: false, Token)).Backups);
        Assert.Empty((await prune.RunAsync(30, standsOn: byHand, isNewestVerified: false, Token)).Backups);
        var pruned = await prune.RunAsync(30, standsOn: null, isNewestVerified: false, Token);

        Assert.Equal((1, 2, 1, false), (pruned.Backups.Count, store.List().Count, pruned.Blobs, File.Exists(kept)));
        Assert.Empty(Directory.GetFiles(stray, "*.fkw", SearchOption.AllDirectories));
        Assert.True(pruned.LogFiles > 1 && Files().Count == early + 1 - pruned.LogFiles, $"{pruned.LogFiles} of {early}");
        // The receiver compares the segment before the place where it goes on.
        var oldest = VerifyBackup.OpenManifest(store.FolderOf(store.List()[0]), keyring).Manifest.Log!; // it was followed
        Assert.Contains(
            shelf.Files(oldest.FindPast()!.Value, oldest.Timeline), file => file.Segment.Number == oldest.StopPlace.SegmentCeiling.Segment - 1);
        Assert.Empty((await prune.RunAsync(30, standsOn: null, isNewestVerified: false, Token)).Backups);
        // From the oldest that stays, too: the log after it is whole.
        await PlanRestore.RunAsync(
            new RestoreOptions(store.FolderOf(store.List()[0]), sample.Restored) { To = RestoreOptions.Latest }, sample.Progress, TimeProvider.System, Token);
        await sample.RestoreAsync(to: RestoreOptions.Latest);
        await using var restored = await sample.StartAsync(sample.Restored);
        Assert.Equal(CommitLog.Exactly(15), await CommitLog.CountAsync(restored.Address));

        Task TakeAsync(int daysAgo) => TakeBackup.RunAsync(
            new BackupOptions(sample.Data, sample.Target), store, keyring, sample.Progress, new EarlierClock(TimeSpan.FromDays(daysAgo)), Token);

        IReadOnlyList<string> Files() => Directory.GetFiles(Path.Combine(sample.Target, "wal"), "*.fkw", SearchOption.AllDirectories);
    }

    [Fact]
    public async Task Where_the_disk_of_the_data_has_too_little_room_all_but_the_last_two_go_before_following_is_given_up()
    {
        using var sample = await template.Installation.CopyAsync();
        using var keyring = Keyring.Open(KeyringFiles.Below(sample.Data), TimeProvider.System);
        var store = new BackupStore(sample.Target);
        foreach (var days in new[] { 9, 2, 1, 0 })
        {
            await TakeBackup.RunAsync(new BackupOptions(sample.Data, sample.Target), keyring, sample.Progress, new EarlierClock(TimeSpan.FromDays(days)), Token);
            sample.Seal(store.List()[^1], one => one with { IsFollowed = true });
        }

        var names = store.List();
        // Of those by hand nobody expects that they are tried out each week.
        sample.Seal(names[0], one => one with { IsFollowed = null });
        Assert.Equal(BackupStore.BegunAtOf(names[1]), Seconds(Rehearsals.FindOldestBase(store)));
        sample.Seal(names[0], one => one with { IsFollowed = true });
        Assert.Equal(BackupStore.BegunAtOf(names[0]), Seconds(Rehearsals.FindOldestBase(store)));
        var options = new FollowOptions(new BackupOptions(sample.Data, sample.Target)) { LeastFreeBytes = 1 << 20 };
        await RoomOf(options).MakeAsync(store, Token);
        Assert.Equal(names, store.List());
        // On another disk nothing is taken from it for the data's sake.
        await RoomOf(options with { LeastFreeBytes = 1L << 58 }, isShared: false).MakeAsync(store, Token);
        Assert.Equal(names, store.List());

        // Whether it is the same disk nobody knows, and its room is the same.
        var room = RoomOf(options with { LeastFreeBytes = 1L << 58 }, isShared: null);
        await room.MakeAsync(store, Token);

        Assert.Equal(names.Skip(2), store.List());
        Assert.Equal(names.Take(2), room.RemovedEarly);
        Assert.Throws<BackupException>(room.Require);
        Assert.True(Disks.HaveOneRoom(sample.Data, sample.Target));
        Assert.False(Disks.HaveOneRoom(sample.Data, "/proc"));

        // As a name says it.
        DateTimeOffset? Seconds(DateTimeOffset? at) => at is { } exact ? DateTimeOffset.FromUnixTimeSeconds(exact.ToUnixTimeSeconds()) : null;

        DataDiskRoom RoomOf(FollowOptions given, bool? isShared = true) =>
            new(given, new ClusterAddress("/nobody/asks"), keyring, sample.Progress, TimeProvider.System) { IsShared = isShared };
    }
}
