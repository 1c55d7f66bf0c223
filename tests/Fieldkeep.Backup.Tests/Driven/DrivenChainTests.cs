using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Driven;

public sealed class DrivenChainTests(SampleTemplate template) : DrivenTests(template)
{
    [Fact]
    public async Task A_chain_stays_while_one_of_its_backups_is_kept_and_goes_with_the_last()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        foreach (var all in new[] { true, false, true, false })
        {
            await driven.TakeAsync(all);
        }

        await driven.CatchUpAsync();
        Assert.Equal(2, Directory.GetDirectories(Chains).Length);
        var store = new BackupStore(Sample.Target);
        var names = store.List();
        // Somebody's own, beside what the server made.
        var notes = Directory.CreateDirectory(Path.Combine(Chains, driven.ChainOf(names[0]), "notes")).FullName;
        Assert.Equal([names[0]], (await PruneAsync(driven)).Backups);
        Assert.Equal(2, Directory.GetDirectories(Chains).Length);
        foreach (var name in names.Skip(1))
        {
            await VerifyBackup.RunAsync(new VerifyOptions(store.FolderOf(name)), Sample.Progress, TimeProvider.System, Token);
        }

        Assert.Equal([names[1]], (await PruneAsync(driven)).Backups);
        Assert.True(Directory.Exists(notes));
        Directory.Delete(notes);
        await driven.TakeAsync();
        Assert.Single(Directory.GetDirectories(Chains));
        await Sample.VerifyAsync();
    }

    [Fact]
    public async Task What_an_operator_keeps_at_that_place_is_neither_used_nor_removed()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        foreach (var name in new[] { "archive", "6f9619ff8b86d011b42d00c04fc964ff" })
        {
            var own = Path.Combine(Chains, name);
            Directory.CreateDirectory(Path.Combine(own, "repo"));
            await File.WriteAllTextAsync(Path.Combine(own, "repo", "theirs"), "theirs", Token);
            var refused = await Assert.ThrowsAsync<BackupException>(driven.TakeAsync);
            Assert.Equal(BackupTrouble.WrongFolder, refused.Reason);
            Assert.Contains(own, refused.Message, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(own, "repo", "theirs")));
            Directory.Delete(own, recursive: true);
        }

        Directory.Delete(Chains);
        var elsewhere = Directory.CreateDirectory(Path.Combine(Sample.Target, "..", "elsewhere")).FullName;
        Directory.CreateSymbolicLink(Chains, elsewhere);
        Assert.Equal(BackupTrouble.WrongFolder, (await Assert.ThrowsAsync<BackupException>(driven.TakeAsync)).Reason);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
        Assert.Empty(new BackupStore(Sample.Target).List());
    }

    [Fact]
    public async Task One_that_is_killed_leaves_nothing_that_counts_and_does_not_hold_up_the_next()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        await BackupProcess.KillAtAsync("pgBackRest copies all of the database", Sample.Data, Sample.Target, Token, isDriven: true);
        Assert.Empty(new BackupStore(Sample.Target).List());
        var left = Assert.Single(Directory.GetDirectories(Chains));

        await driven.TakeAsync();
        await BackupProcess.KillAtAsync("verifying every byte", Sample.Data, Sample.Target, Token, isDriven: true);
        Assert.Equal(2, Directory.GetDirectories(Chains).Length);
        await driven.TakeAsync();
        await driven.CatchUpAsync();

        Assert.False(Directory.Exists(left));
        Assert.Single(Directory.GetDirectories(Chains));
        Assert.Equal([1, 2], await DrivenSample.ChainLengthsAsync(Sample));
        await Sample.VerifyAsync();
        using var stopped = new CancellationTokenSource();
        var taking = driven.TakeAsync(all: true, stopped.Token);
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking);
        await driven.TakeAsync();
        Assert.Equal([1, 2, 3], await DrivenSample.ChainLengthsAsync(Sample));
    }

    [Fact]
    public async Task What_a_killed_one_left_in_a_chain_is_part_of_no_other()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        await driven.TakeAsync();
        var chain = driven.ChainOf(new BackupStore(Sample.Target).List()[0]);
        var backups = Chain.BackupsOf(new BackupStore(Sample.Target), Guid.ParseExact(chain, "N"));

        // Killed while it copied: with files, without the list at the end. The next one is named after another second.
        var full = Assert.Single(Directory.GetDirectories(backups, "*F"));
        var half = $"{full}_{TimeProvider.System.GetUtcNow().AddSeconds(-1):yyyyMMdd-HHmmss}I";
        Directory.CreateDirectory(Path.Combine(half, "pg_data"));
        File.Copy(Path.Combine(full, "backup.manifest"), Path.Combine(half, "backup.manifest.copy"));
        await File.WriteAllTextAsync(Path.Combine(half, "pg_data", "half.gz"), "half", Token);
        await SampleInstallation.ExecuteAsync(running.Address, "insert into field.rows values (0, 'one more')");
        await driven.TakeAsync();
        Assert.False(Directory.Exists(half));
        Assert.Equal([1, 2], await DrivenSample.ChainLengthsAsync(Sample));

        // Killed when pgBackRest had copied all and not yet told of it.
        var infos = Directory.GetFiles(backups, "backup.info*").ToDictionary(path => path, File.ReadAllBytes);
        await SampleInstallation.ExecuteAsync(running.Address, "insert into field.rows values (-1, 'and another')");
        await driven.TakeAsync();
        Directory.Delete(new BackupStore(Sample.Target).FolderOf(new BackupStore(Sample.Target).List()[^1]), recursive: true);
        foreach (var (path, bytes) in infos)
        {
            await File.WriteAllBytesAsync(path, bytes, Token);
        }

        // While a manifest does not open, it stays, and is found out.
        var manifest = Path.Combine(Sample.Target, "backups", new BackupStore(Sample.Target).List()[0], BackupStore.ManifestName);
        File.Move(manifest, manifest + ".aside");
        var refused = await Assert.ThrowsAsync<BackupException>(driven.TakeAsync);
        Assert.Contains("another backup than it was told to", refused.Message, StringComparison.Ordinal);
        File.Move(manifest + ".aside", manifest);
        await driven.TakeAsync(all: true);
        await driven.CatchUpAsync();

        Assert.Equal(2, Directory.GetDirectories(backups, "*F*").Length);
        Assert.Equal([1, 2, 1], await DrivenSample.ChainLengthsAsync(Sample));
        await Sample.VerifyAsync();
        await Sample.RestoreAsync();
    }

    [Fact]
    public async Task Its_key_stands_in_no_argument_and_no_file_in_clear_and_its_folders_are_the_servers_alone()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(Sample.Data)!, "bin")).FullName;
        var said = Path.Combine(folder, "said");
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(
            Sample, running.Address, real => DrivenSample.Wrap(real, Listing(said), folder));
        await driven.TakeAsync();
        await driven.TakeAsync();
        await driven.CatchUpAsync();

        var store = new BackupStore(Sample.Target);
        var pass = Assert.Single(new Chains(store, driven.Keyring, Sample.Progress).List()).Pass;
        var arguments = await File.ReadAllTextAsync(said, Token);
        Assert.Contains("--repo1-cipher-type=aes-256-cbc", arguments, StringComparison.Ordinal);
        // Its helpers, too.
        Assert.Contains(" backup:local", arguments, StringComparison.Ordinal);
        Assert.DoesNotContain(
            DrivenSample.FilesBelow(Sample.Target).Where(path => Path.GetFileName(path) != "lock").Concat(DrivenSample.FilesBelow(Path.Combine(Sample.Data, ".pgbackrest"))).Append(said),
            path => File.ReadAllText(path).Contains(pass, StringComparison.Ordinal));
        foreach (var own in new[] { Path.Combine(Sample.Data, ".pgbackrest"), Chains, Directory.GetDirectories(Chains)[0], Path.Combine(Directory.GetDirectories(Chains)[0], "repo") })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(own));
        }
    }

    [Fact]
    public async Task When_pgBackRest_cannot_carry_a_chain_on_it_says_why_and_the_next_begins_another()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(Sample.Data)!, "bin")).FullName;
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(
            Sample, running.Address, real => DrivenSample.Wrap(real, "case \"$*\" in *--type=incr*) echo 'ERROR: [099]: no such luck'; exit 99;; esac\n", folder));
        await driven.TakeAsync();

        var refused = await Assert.ThrowsAsync<BackupException>(driven.TakeAsync);
        Assert.Equal((BackupTrouble.ToolFailed, true), (refused.Reason, refused.Message.Contains("no such luck", StringComparison.Ordinal)));
        await driven.TakeAsync(all: true);
        var info = Directory.GetFiles(Chains, "backup.info*", SearchOption.AllDirectories).ToList();
        foreach (var path in info)
        {
            await File.WriteAllTextAsync(path, "rotten", Token);
        }

        // It begins anew by itself where it finds the chain not as it was left.
        await driven.TakeAsync();
        await driven.CatchUpAsync();

        Assert.Equal([1, 1, 1], await DrivenSample.ChainLengthsAsync(Sample));
        await Sample.VerifyAsync();
    }

    private Task<PruneReport> PruneAsync(DrivenSample driven) =>
        new PruneBackups(new BackupStore(Sample.Target), driven.Keyring, Sample.Progress, TimeProvider.System)
            .RemoveOldestAsync(TimeSpan.Zero, null, isNewestVerified: false, Token);

    // Lists the arguments of every process again and again while the program runs that takes this one's place.
    private static string Listing(string file) =>
        $"( while [ -d /proc/$$ ]; do for one in /proc/[0-9]*; do tr '\\0' ' ' < $one/cmdline; done >> '{file}'; sleep 0.02; done ) > /dev/null 2>&1 < /dev/null &\n";
}
