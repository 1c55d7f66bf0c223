using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Driven;

public sealed class DrivenRoomTests(SampleTemplate template) : DrivenTests(template)
{
    [Fact]
    public async Task Where_room_cannot_be_made_whole_chains_go_and_of_one_that_stays_nothing()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        foreach (var all in new[] { true, false, false })
        {
            await driven.TakeAsync(all);
        }

        var store = new BackupStore(Sample.Target);
        var names = store.List();
        await MakeAsync();
        Assert.Equal(names, store.List());

        await driven.TakeAsync(all: true);
        await driven.TakeAsync();
        names = store.List();
        Assert.Equal(names.Take(3), await MakeAsync());

        Assert.Equal(names.Skip(3), store.List());
        Assert.Single(Directory.GetDirectories(Chains));
        await driven.CatchUpAsync();
        await Sample.VerifyAsync();

        async Task<IReadOnlyList<string>> MakeAsync()
        {
            var options = new FollowOptions(new BackupOptions(Sample.Data, Sample.Target)) { LeastFreeBytes = 1L << 58 };
            var room = new DataDiskRoom(options, new ClusterAddress("/nobody/asks"), driven.Keyring, Sample.Progress, TimeProvider.System) { IsShared = true };
            await room.MakeAsync(store, Token);
            return room.RemovedEarly;
        }
    }

    [Theory]
    [InlineData(true, 3, 10)] // what changed
    [InlineData(true, 7, 600)] // the chain is long enough: another begins
    [InlineData(false, 3, 600)]
    public async Task The_next_is_expected_to_be_as_the_last_of_its_kind(bool isChange, int position, long expected)
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        const long Gib = 1L << 30;
        var place = new DrivenPlace(Guid.NewGuid(), "20261122-150000F", 640 * Gib, 900 * Gib, 600 * Gib, 10 * Gib, position);
        var carried = new KeptBackup("one", DateTimeOffset.UtcNow, 1) { Bytes = place.Bytes, PgBackRest = place };
        var needed = BaseRoom.SpareBytes + (expected * Gib * 3 / 2);
        await MakeAsync(needed);
        await Assert.ThrowsAsync<BackupException>(() => MakeAsync(needed - 1));

        Task MakeAsync(long free) => new BaseRoom(
            new FollowOptions(new BackupOptions(Sample.Data, Sample.Target)), new BackupStore(Sample.Target), isOnDataDisk: false, () => free, keyring, Sample.Progress, TimeProvider.System)
            .MakeAsync(carried, isChange, _ => Task.FromResult(0L), Token);
    }

    [Fact]
    public async Task What_is_counted_is_counted_once_and_nothing_behind_a_link()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        await driven.TakeAsync();
        var chains = new Chains(new BackupStore(Sample.Target), driven.Keyring, Sample.Progress);
        var backups = Path.Combine(Assert.Single(Directory.GetDirectories(Chains)), "repo", "backup", "fieldkeep");
        Assert.NotNull(new DirectoryInfo(Path.Combine(backups, "latest")).LinkTarget);
        File.Delete(Path.Combine(backups, "latest"));
        var bytes = chains.CountOthers(_ => false);
        File.CreateSymbolicLink(Path.Combine(backups, "latest"), Path.GetFileName(Directory.GetDirectories(backups, "*F")[0]));

        Assert.Equal(bytes, chains.CountOthers(_ => false));
        Assert.True(bytes > 0);
        var label = Path.Combine(backups, "20260101-000000F");
        Directory.CreateDirectory(Path.Combine(label, DrivenList.DataFolder));
        Directory.CreateSymbolicLink(Path.Combine(label, DrivenList.DataFolder, "base"), Sample.Data);
        await Assert.ThrowsAsync<BackupException>(() => DrivenList.FindAsync(backups, Path.GetFileName(label), Token));
    }
}
