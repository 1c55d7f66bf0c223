using System.Diagnostics;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Driven;

public sealed class DrivenLeftTests(SampleTemplate template) : DrivenTests(template)
{
    private const int LeftBytes = 100_000;

    [Theory]
    [InlineData("*--type=full*", "exit 99")] // nothing was copied
    [InlineData("*--output=text*verify", "exit 99")] // all was copied
    [InlineData("*--output=text*verify", "echo 'backup: none, status: invalid,'; exit 0")]
    public async Task A_full_one_that_fails_leaves_nothing_also_while_a_manifest_does_not_open(string command, string answer)
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address, real => DrivenSample.Wrap(
            real, $"[ -e '{Sample.Target}/fails' ] && case \"$*\" in {command}) {answer};; esac\n", Path.GetDirectoryName(Sample.Data)!));
        await driven.TakeAsync();
        await File.WriteAllTextAsync(Path.Combine(Sample.Target, "fails"), "", Token);
        var manifest = Path.Combine(Sample.Target, "backups", new BackupStore(Sample.Target).List()[0], BackupStore.ManifestName);
        File.Move(manifest, manifest + ".aside");

        for (var time = 0; time < 2; time++)
        {
            await Assert.ThrowsAsync<BackupException>(() => driven.TakeAsync(all: true));
            Assert.Single(Directory.GetDirectories(Chains));
        }

        File.Move(manifest + ".aside", manifest);
        await Sample.VerifyAsync();
    }

    [Fact]
    public async Task What_a_killed_one_left_goes_where_there_is_no_room_before_anything_else_does_and_where_nothing_is_old()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        await driven.TakeAsync();
        var store = new BackupStore(Sample.Target);
        var kept = Assert.Single(Directory.GetDirectories(Chains));
        var options = new FollowOptions(new BackupOptions(Sample.Data, Sample.Target)) { LeastFreeBytes = 1L << 58 };

        Leave(driven);
        var before = Bytes();
        var room = new BaseRoom(options, store, isOnDataDisk: true, () => BaseRoom.SpareBytes - 1 + before - Bytes(), driven.Keyring, Sample.Progress, TimeProvider.System);
        await room.MakeAsync(new KeptBackup(store.List()[0], DateTimeOffset.UtcNow, 1), isChange: false, _ => Task.FromResult(0L), Token);
        Assert.Equal([kept], Directory.GetDirectories(Chains));

        Leave(driven);
        await new DataDiskRoom(options, new ClusterAddress("/nobody/asks"), driven.Keyring, Sample.Progress, TimeProvider.System) { IsShared = true }.MakeAsync(store, Token);
        Assert.Equal([kept], Directory.GetDirectories(Chains));

        Leave(driven);
        Assert.Empty((await new PruneBackups(store, driven.Keyring, Sample.Progress, TimeProvider.System).RunAsync(30, store.List()[0], isNewestVerified: true, Token)).Backups);
        Assert.Equal([kept], Directory.GetDirectories(Chains));
        await Sample.VerifyAsync();

        long Bytes() => DrivenSample.FilesBelow(Sample.Target).Sum(path => new FileInfo(path).Length);
    }

    [Fact]
    public async Task What_was_half_removed_or_half_begun_holds_nothing_up()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        var store = new BackupStore(Sample.Target);
        var empty = Leave(driven).Id;
        Directory.Delete(Path.Combine(Chain.RootOf(store, empty), "repo"), recursive: true);
        File.Delete(Path.Combine(Chain.RootOf(store, empty), Chain.MarkName));
        var unnamed = Leave(driven);
        Directory.Delete(unnamed.Repository, recursive: true);
        Directory.Move(Chain.RootOf(store, unnamed.Id), Path.Combine(Chains, ".new-" + unnamed.Id.ToString("N")));

        await driven.TakeAsync();

        Assert.Equal(driven.ChainOf(store.List()[0]), Path.GetFileName(Assert.Single(Directory.GetDirectories(Chains))));
    }

    [Fact]
    public async Task Of_what_changed_nothing_is_left_in_a_chain_that_stays_where_it_failed_or_was_killed()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address, real => DrivenSample.Wrap(
            real, $"[ -e '{Sample.Target}/fails' ] && case \"$*\" in *--output=text*verify) exit 99;; esac\n", Path.GetDirectoryName(Sample.Data)!));
        await driven.TakeAsync();
        await driven.TakeAsync();
        var backups = Path.Combine(Assert.Single(Directory.GetDirectories(Chains)), "repo", "backup", "fieldkeep");
        var kept = Labels();
        Directory.CreateDirectory(Path.Combine(backups, kept[0] + "_20991231-235959I", DrivenList.DataFolder));
        await driven.TakeAsync();
        Assert.Equal([.. kept, Labels()[^1]], Labels());

        kept = Labels();
        await File.WriteAllTextAsync(Path.Combine(Sample.Target, "fails"), "", Token);
        await Assert.ThrowsAsync<BackupException>(driven.TakeAsync);
        Assert.Equal(kept, Labels());
        File.Delete(Path.Combine(Sample.Target, "fails"));
        await driven.TakeAsync();
        await driven.CatchUpAsync();

        Assert.Equal([1, 2, 3, 1], await DrivenSample.ChainLengthsAsync(Sample));
        await Sample.VerifyAsync();

        List<string> Labels() => [.. Directory.GetDirectories(backups, "2*").Where(path => new DirectoryInfo(path).LinkTarget is null).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task What_a_killed_server_left_at_work_ends_when_the_next_one_follows_whoever_copies_the_database_now()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        var start = new ProcessStartInfo("bash", ["-c", $"exec -a {PgBackRest.Program} bash -c 'read line' --repo1-path={Chains}/9b24/repo"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
        };
        using var left = Process.Start(start)!; // it was started
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var following = new FollowBackup(new FollowOptions(new BackupOptions(Sample.Data, Sample.Target)), running.Address, keyring, Follower.Quiet, TimeProvider.System);
        var run = following.RunAsync(ending.Token);

        await Follower.UntilAsync(() => left.HasExited, run, () => following.State.ToString());

        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    // As of a server that was killed.
    private Chain Leave(DrivenSample driven)
    {
        var chain = Chain.Begin(new BackupStore(Sample.Target), driven.Keyring);
        File.WriteAllBytes(Path.Combine(chain.Repository, "half"), new byte[LeftBytes]);
        return chain;
    }
}
