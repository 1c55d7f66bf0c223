using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests;

public sealed class BaseRoomTests(SampleTemplate template)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_many_go_as_the_next_one_needs_or_none_and_never_the_one_that_leads_to_the_present()
    {
        using var sample = await template.Installation.CopyAsync();
        using var keyring = Keyring.Open(KeyringFiles.Below(sample.Data), TimeProvider.System);
        var store = new BackupStore(sample.Target);
        await using (var running = await sample.StartAsync(sample.Data))
        await using (var receiving = new RunningReceiver(sample, running.Address))
        {
            await receiving.CatchUpAsync();
            foreach (var days in new[] { 4, 3, 2, 1 })
            {
                var clock = new EarlierClock(TimeSpan.FromDays(days));
                await TakeBackup.RunAsync(new BackupOptions(sample.Data, sample.Target), store, keyring, sample.Progress, clock, Token);
                await receiving.CatchUpAsync();
            }
        }

        // As after a restore to an old instant: what is received now goes on from the oldest.
        var names = store.List();
        var oldest = sample.Seal(names[0], one => one with { Log = one.Log! with { Past = 2 } });
        using (var writer = sample.OpenShelf().Begin(oldest.Log!.FindPast()!.Value, oldest.Log.Timeline, oldest.Log.StopPlace.SegmentStart))
        {
            writer.Append(0, [1, 2, 3]);
            writer.Sync();
        }

        Assert.Equal(names[0], RestoreChoice.FindNewest(store, keyring, sample.Progress));
        var needed = BaseRoom.SpareBytes + (oldest.File(BackupStore.DatabaseName).Bytes * 3 / 2);
        var carried = new KeptBackup(names[^1], DateTimeOffset.UtcNow, 1) { Bytes = oldest.File(BackupStore.DatabaseName).Bytes };
        // What the log carries on already can wait for room: the week stays.
        await RefusedAsync(Room(needed - 1), carried, "removing all that may go would not be enough");
        await RefusedAsync(Room(needed - (1L << 40)), null, "removing all that may go would not be enough");
        await RefusedAsync(Room(needed - 1, isOnDataDisk: false), carried, "removing all that may go would not be enough");
        // On another disk nobody knows how large the first of a new past will be, and a week stays.
        await RefusedAsync(Room(BaseRoom.SpareBytes - 1, isOnDataDisk: false), null, "removing all that may go would not be enough");
        Assert.Equal(names, store.List());

        var room = Room(needed - 1);
        await room.MakeAsync(null, isChange: false, HugeAsync, Token);

        Assert.Equal([names[1]], room.RemovedEarly);
        Assert.Equal([names[0], names[2], names[3]], store.List());

        BaseRoom Room(long free, bool? isOnDataDisk = null)
        {
            var before = BytesOf(sample.Target);
            return new BaseRoom(
                new FollowOptions(new BackupOptions(sample.Data, sample.Target)), store, isOnDataDisk, () => free + before - BytesOf(sample.Target), keyring, sample.Progress, TimeProvider.System);
        }

        static async Task RefusedAsync(BaseRoom room, KeptBackup? carried, string why) =>
            Assert.Contains(why, (await Assert.ThrowsAsync<BackupException>(() => room.MakeAsync(carried, isChange: false, HugeAsync, Token))).Message, StringComparison.Ordinal);
    }

    // The database is several times what is sealed of it: whoever reckons with it finds no room at all.
    private static Task<long> HugeAsync(CancellationToken cancellationToken) => Task.FromResult(1L << 50);

    private static long BytesOf(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
