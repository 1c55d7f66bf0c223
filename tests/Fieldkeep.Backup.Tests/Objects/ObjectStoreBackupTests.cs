using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Objects;

/// <summary>Carries a backup directory to a real object store and back.</summary>
public sealed class ObjectStoreBackupTests(FetchSource made, ObjectServer server) : IClassFixture<ObjectServer>, IAsyncLifetime
{
    private FetchedCopy _copy = null!; // set by InitializeAsync before every test

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _copy = await FetchedCopy.OfAsync(made);
        var isOfPieces = TestContext.Current.TestMethod?.MethodName.StartsWith("What_comes", StringComparison.Ordinal) == true;
        Thin(_copy.Source, isOfPieces ? long.MaxValue : 1 << 20);
    }

    public ValueTask DisposeAsync()
    {
        _copy.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task All_there_is_comes_back_from_the_store()
    {
        var options = server.Options();
        Assert.Empty((await Carrying.AllAsync(options, _copy.Source)).Alarms);
        var report = await Carrying.FetchAsync(options, _copy.Copy);
        Assert.Empty(report.Alarms);
        Assert.Empty(report.Troubles);
        Assert.Equal(_copy.Backups, report.Backups.Order(StringComparer.Ordinal));
        Assert.Equal(WholeTree(_copy.Source), WholeTree(_copy.Copy));
        Assert.NotEqual(KeyringTargets.FindId(_copy.Source), KeyringTargets.FindId(_copy.Copy));
        Assert.False((await Carrying.FetchAsync(options, _copy.Copy)).HasNews);
        Assert.Empty(FetchBackup.Describe(_copy.Copy).FindStale(TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task What_comes_is_put_behind_what_was_there_and_what_is_there_is_not_sent_again()
    {
        var options = server.Options();
        var log = FetchedCopy.FileBelow(_copy.Source, "wal", "0000*00000000*.fkw");
        var whole = await File.ReadAllBytesAsync(log, Token);
        await File.WriteAllBytesAsync(log, whole[..5000], Token);
        await Carrying.AllAsync(options, _copy.Source);
        var before = Times(options);
        // As a server that was started again; a file that grew.
        await File.WriteAllBytesAsync(log, whole, Token);
        await Carrying.AllAsync(options, _copy.Source);
        var after = Times(options);
        Assert.All(before, one => Assert.Equal(one.Value, after[one.Key]));
        Assert.All(
            after.Keys.Except(before.Keys, StringComparer.Ordinal),
            fresh => Assert.Contains($"/tail/{Path.GetRelativePath(_copy.Source, log)}/", fresh, StringComparison.Ordinal));
        // 16 MiB, by eights.
        Assert.Equal(before.Count + 3, after.Count);
        await Carrying.AllAsync(options, _copy.Source);
        Assert.Equal(after, Times(options));
        await Carrying.FetchAsync(options, _copy.Copy);
        Assert.Equal(WholeTree(_copy.Source), WholeTree(_copy.Copy));
    }

    [Fact]
    public async Task What_came_last_is_carried_before_it_ends()
    {
        // It does not look again by itself.
        var options = server.Options() with { LookEvery = TimeSpan.FromHours(1) };
        var comes = await TakeLastAsync();
        var carrying = new Carrying(options, _copy.Source) { Meanwhile = comes };
        await carrying.UntilAsync(() => carrying.State.WholeAt is not null);
        await carrying.DisposeAsync();
        Assert.Empty(carrying.Told);
        await Carrying.FetchAsync(options, _copy.Copy);
        Assert.Equal(WholeTree(_copy.Source), WholeTree(_copy.Copy));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_holds_up_nobody_who_stops_the_server()
    {
        await using var store = new StrangeStore();
        var options = store.Options with { LookEvery = TimeSpan.FromHours(1), LastLookWithin = TimeSpan.FromMilliseconds(300) };
        var comes = await TakeLastAsync();
        var carrying = new Carrying(options, _copy.Source)
        {
            Meanwhile = async () =>
            {
                store.Answer = async _ =>
                {
                    await Task.Delay(TimeSpan.FromMinutes(2), CancellationToken.None);
                    return true;
                };
                await comes();
            },
        };
        await carrying.UntilAsync(() => carrying.State.WholeAt is not null);
        await carrying.DisposeAsync();
        Assert.Equal("what came last is not all in s3://bucket/here, and goes there at the next start: it took too long", Assert.Single(carrying.Told));
    }

    [Fact]
    public async Task A_file_that_has_ended_is_put_once_more_as_one_and_suffices()
    {
        var options = server.Options() with { Rest = TimeSpan.Zero };
        // All but the newest of each folder have ended.
        await Carrying.AllAsync(options with { Rest = TimeSpan.FromDays(1) }, _copy.Source);
        await Carrying.AllAsync(options, _copy.Source);
        var logs = server.Keys(options).Where(key => key.Contains("/log/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(logs);
        // Where the one is changed, those as they came serve.
        await FlipAsync(server.FileOf(logs[0]));
        foreach (var tail in logs.Skip(1).SelectMany(log => server.Keys(options).Where(key => key.StartsWith(Path.GetDirectoryName(log)!.Replace("/log/", "/tail/", StringComparison.Ordinal) + "/", StringComparison.Ordinal))))
        {
            File.Delete(server.FileOf(tail));
        }

        var report = await Carrying.FetchAsync(options, _copy.Copy);
        Assert.EndsWith(Assert.Single(report.Alarms).Path, logs[0], StringComparison.Ordinal);
        Assert.Equal(WholeTree(_copy.Source), WholeTree(_copy.Copy));
    }

    [Fact]
    public async Task False_objects_of_a_file_of_the_log_are_neither_believed_by_the_server_nor_in_the_way_of_the_true_ones()
    {
        var options = server.Options();
        var log = Directory.EnumerateFiles(Path.Combine(_copy.Source, "wal"), "0000*00000000*.fkw", SearchOption.AllDirectories).MinBy(path => new FileInfo(path).Length)!;
        var true48 = (await File.ReadAllBytesAsync(log, Token))[..WalFileHeader.Size];
        var relative = Path.GetRelativePath(_copy.Source, log);
        byte[] longer = [.. true48, .. RandomNumberGenerator.GetBytes((int)new FileInfo(log).Length)];
        var digest = StoreSource.HashOf(longer);
        var far = new PieceName(relative, 999_999_999_998, 999_999_999_999, StoreSource.HashOf([1]));
        // What is true until a frame, and zeros: a length that came before its bytes, as after a power cut.
        byte[] zeros = [.. true48, .. new byte[(int)new FileInfo(log).Length]];
        var end = (int)FirstFrameEnd(log, relative);
        var whole = await File.ReadAllBytesAsync(log, Token);
        byte[] part = [.. whole[..end], .. new byte[whole.Length]];
        // Frames that are cut off: nothing about them is false as long as their end is not there.
        byte[] cut = [.. whole[..(end + WalFrame.HeaderBytes)], .. RandomNumberGenerator.GetBytes(5)];
        var stub = RandomNumberGenerator.GetBytes(10);
        (string Key, byte[] Bytes)[] objects =
        [
            (new PieceName(relative, 0, zeros.Length, StoreSource.HashOf(zeros)).KeyIn(PieceName.Tail), zeros),
            (new PieceName(relative, 0, part.Length, StoreSource.HashOf(part)).KeyIn(PieceName.Tail), part),
            (new PieceName(relative, 0, longer.Length, digest).KeyIn(PieceName.Log), longer),
            (new PieceName(relative, 0, longer.Length, digest).KeyIn(PieceName.Tail), longer),
            (new PieceName(relative, 0, cut.Length, StoreSource.HashOf(cut)).KeyIn(PieceName.Tail), cut),
            (new PieceName(relative, end, end + stub.Length, StoreSource.HashOf(stub)).KeyIn(PieceName.Tail), stub),
            (far.KeyIn(PieceName.Tail), [1]),
            (far.KeyIn(PieceName.Log), [1]),
        ];
        using (var store = new ObjectStore(options))
        {
            foreach (var (key, bytes) in objects)
            {
                using var content = new MemoryStream(bytes);
                await store.PutAsync($"{KeyringTargets.FindId(_copy.Source)}/{key}", content, StoreSource.HashOf(bytes), Token);
            }
        }

        // The store tells whole seconds: of one second, the longest object is looked at first.
        var put = TimeProvider.System.GetUtcNow();
        while (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() == put.ToUnixTimeSeconds())
        {
            await Task.Delay(50, Token);
        }

        await Carrying.AllAsync(options, _copy.Source);
        var report = await Carrying.FetchAsync(options, _copy.Copy);
        Assert.Equal(objects.Select(one => one.Key).Order(StringComparer.Ordinal), report.Alarms.Select(alarm => alarm.Path).Order(StringComparer.Ordinal));
        Assert.Equal(WholeTree(_copy.Source), WholeTree(_copy.Copy));
    }

    [Fact]
    public async Task A_file_that_looked_ended_because_the_clock_was_set_back_is_carried_when_it_grows()
    {
        var options = server.Options() with { Rest = TimeSpan.Zero };
        var log = FetchedCopy.FileBelow(_copy.Source, "wal", "0000*00000000*.fkw");
        var whole = await File.ReadAllBytesAsync(log, Token);
        await File.WriteAllBytesAsync(log, whole[..5000], Token);
        // The file before it, of an hour that the clock has not reached again.
        var before = Path.Combine(Path.GetDirectoryName(log)!, "000000010000000000000000.00000000.00000000.fkw");
        await File.WriteAllBytesAsync(before, [], Token);
        File.SetLastWriteTimeUtc(before, DateTime.UtcNow.AddHours(1));
        await using (var carrying = new Carrying(options, _copy.Source))
        {
            await carrying.UntilWholeAsync();
            await File.AppendAllBytesAsync(log, whole[5000..], Token);
            await carrying.UntilWholeAsync();
        }

        await Carrying.FetchAsync(options, _copy.Copy);
        Assert.Equal(WholeTree(_copy.Source), WholeTree(_copy.Copy));
    }

    [Fact]
    public async Task A_server_killed_while_it_carries_goes_on_where_it_was()
    {
        var options = server.Options();
        foreach (var enough in new[] { 1, 6 })
        {
            await Carrying.KillAsync(options, _copy.Source, () => server.Keys(options).Count >= enough);
        }

        // s3rver keeps what came of an object whose sender died; that is told, and the object is put beside it.
        Assert.All((await Carrying.AllAsync(options, _copy.Source)).Alarms, words => Assert.Contains("bytes", words, StringComparison.Ordinal));
        await Carrying.FetchAsync(options, _copy.Copy);
        Assert.Equal(WholeTree(_copy.Source), WholeTree(_copy.Copy));
    }

    [Fact]
    public async Task A_store_that_was_away_has_all_of_it_when_it_is_back()
    {
        var options = server.Options();
        await using (var carrying = new Carrying(options, _copy.Source))
        {
            await carrying.UntilWholeAsync();
            await server.StopAsync();
            try
            {
                var blob = RandomNumberGenerator.GetBytes(3000);
                var name = Convert.ToHexStringLower(SHA256.HashData(blob));
                Directory.CreateDirectory(Path.Combine(_copy.Source, "blobs", name[..2]));
                await File.WriteAllBytesAsync(Path.Combine(_copy.Source, "blobs", name[..2], name), blob, Token);
                await carrying.UntilAsync(() => carrying.State.Troubles.Count > 0);
                Assert.All(carrying.State.Troubles, words => Assert.DoesNotContain("S3RVER", words, StringComparison.Ordinal));
                Assert.Empty(carrying.State.Alarms);
            }
            finally
            {
                await server.StartAsync();
            }

            await carrying.UntilWholeAsync();
            await carrying.UntilAsync(() => carrying.State.Troubles.Count == 0);
        }

        await Carrying.FetchAsync(options, _copy.Copy);
        Assert.Equal(WholeTree(_copy.Source), WholeTree(_copy.Copy));
    }

    [Fact]
    public async Task A_large_blob_goes_in_parts_and_comes_back_whole()
    {
        var options = server.Options() with { PartsFrom = 6 << 20, PartBytes = 5 << 20 };
        var blob = RandomNumberGenerator.GetBytes((12 << 20) + 17);
        var name = Convert.ToHexStringLower(SHA256.HashData(blob));
        Directory.CreateDirectory(Path.Combine(_copy.Source, "blobs", name[..2]));
        await File.WriteAllBytesAsync(Path.Combine(_copy.Source, "blobs", name[..2], name), blob, Token);
        Assert.Empty((await Carrying.AllAsync(options, _copy.Source)).Alarms);
        await Carrying.FetchAsync(options, _copy.Copy);
        Assert.Equal(WholeTree(_copy.Source), WholeTree(_copy.Copy));
    }

    [Fact]
    public async Task What_somebody_changed_cut_added_or_took_away_in_the_store_is_told_and_holds_up_nothing_else()
    {
        var options = server.Options();
        await Carrying.AllAsync(options, _copy.Source);
        var keys = server.Keys(options);
        var blobs = keys.Where(key => key.Contains("/blobs/", StringComparison.Ordinal)).Take(2).ToList();
        await FlipAsync(server.FileOf(blobs[0]));
        await File.WriteAllBytesAsync(server.FileOf(blobs[1]), (await File.ReadAllBytesAsync(server.FileOf(blobs[1]), Token))[..^3], Token);
        var database = keys.First(key => key.Contains("/database.tar.br.fk1/", StringComparison.Ordinal));
        File.Delete(server.FileOf(database));
        var log = keys.First(key => key.Contains("/tail/wal/", StringComparison.Ordinal) && !key.Contains("/wal/blobs/", StringComparison.Ordinal));
        await FlipAsync(server.FileOf(log));
        var stray = Path.Combine(Path.GetDirectoryName(log)!, "somebody");
        foreach (var end in new[] { "._S3rver_object", "._S3rver_object.md5", "._S3rver_metadata.json" })
        {
            File.Copy(Path.Combine(server.Objects, log + end), Path.Combine(server.Objects, stray + end));
        }

        var report = await Carrying.FetchAsync(options, _copy.Copy);
        Assert.True(report.Troubles.Count == 0, string.Join("\n", report.Troubles));
        Assert.Contains(report.Alarms, alarm => alarm.Kind == FetchAlarmKind.Changed && blobs[0].EndsWith(alarm.Path, StringComparison.Ordinal));
        Assert.Contains(report.Alarms, alarm => alarm.Kind == FetchAlarmKind.Changed && blobs[1].EndsWith(alarm.Path, StringComparison.Ordinal));
        Assert.Contains(report.Alarms, alarm => alarm.Kind == FetchAlarmKind.Changed && log.EndsWith(alarm.Path, StringComparison.Ordinal));
        Assert.Contains(report.Alarms, alarm => alarm.Kind == FetchAlarmKind.Refused && stray.EndsWith(alarm.Path, StringComparison.Ordinal));
        Assert.Contains(report.Alarms, alarm => alarm.Kind == FetchAlarmKind.Vanished && alarm.Path.EndsWith("/database.tar.br.fk1", StringComparison.Ordinal));
        Assert.Equal(_copy.Backups.Count - 1, report.Backups.Count);
        var (there, came) = (WholeTree(_copy.Source), WholeTree(_copy.Copy));
        Assert.All(came, one => Assert.Equal(there[one.Key], one.Value));
        // One file of the log, two blobs, one base backup.
        Assert.Equal(there.Count - 3 - 5, came.Count);

        // The server tells what it can see, sends again what is gone, and overwrites nothing.
        var changed = Times(options);
        var state = await Carrying.AllAsync(options, _copy.Source);
        Assert.Contains(state.Alarms, words => words.Contains(Path.GetFileName(blobs[1]), StringComparison.Ordinal));
        Assert.Contains(state.Alarms, words => words.Contains("somebody", StringComparison.Ordinal));
        Assert.Contains(database, Times(options).Keys);
        var after = Times(options);
        Assert.All(changed, one => Assert.Equal(one.Value, after[one.Key]));
        // What lies beside what was changed is good: it all comes, told.
        report = await Carrying.FetchAsync(options, _copy.Copy);
        Assert.Equal(1, report.Blobs);
        Assert.Single(report.Backups);
    }

    [Fact]
    public async Task What_the_store_got_after_an_instant_does_not_count_when_one_is_given()
    {
        var options = server.Options();
        await Carrying.AllAsync(options, _copy.Source);
        var until = TimeProvider.System.GetUtcNow().AddHours(1);
        var before = WholeTree(_copy.Source);
        var blob = RandomNumberGenerator.GetBytes(100);
        var name = Convert.ToHexStringLower(SHA256.HashData(blob));
        Directory.CreateDirectory(Path.Combine(_copy.Source, "blobs", name[..2]));
        await File.WriteAllBytesAsync(Path.Combine(_copy.Source, "blobs", name[..2], name), blob, Token);
        await Carrying.AllAsync(options, _copy.Source);
        foreach (var later in server.Keys(options).Where(key => key.EndsWith(name, StringComparison.Ordinal)))
        {
            File.SetLastWriteTimeUtc(server.FileOf(later), until.AddHours(1).UtcDateTime);
        }

        var came = await Carrying.FetchAsync(options, _copy.Copy, until);
        Assert.True(came.Alarms.Count == 0, string.Join("\n", came.Alarms));
        Assert.Equal(before, WholeTree(_copy.Copy));
        Assert.Equal(1, (await Carrying.FetchAsync(options, _copy.Copy)).Blobs);
    }

    [Fact]
    public async Task Two_backup_directories_do_not_mix_in_one_store()
    {
        var options = server.Options();
        await Carrying.AllAsync(options, _copy.Source);
        using var other = await FetchedCopy.OfAsync(made);
        Thin(other.Source, 1 << 20);
        await File.WriteAllTextAsync(Path.Combine(other.Source, "keys", "id"), new string('a', 32) + "\n", Token);
        await Carrying.AllAsync(options, other.Source);
        var both = await Assert.ThrowsAsync<BackupException>(() => Carrying.FetchAsync(options, _copy.Copy));
        Assert.Contains(new string('a', 32), both.Message, StringComparison.Ordinal);
        await Carrying.FetchAsync(options with { Prefix = $"{options.Prefix}/{new string('a', 32)}" }, _copy.Copy);
        Assert.Equal(WholeTree(other.Source), WholeTree(_copy.Copy));
    }

    // The last two segments, and the beginning of each, tell as much as five whole ones.
    private static void Thin(string source, long mostBytes)
    {
        var paths = Directory.EnumerateFiles(Path.Combine(source, "wal"), "0000*00000000*.fkw", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        paths.SkipLast(2).ToList().ForEach(File.Delete);
        foreach (var path in paths.TakeLast(2).Where(path => new FileInfo(path).Length > mostBytes))
        {
            var changedAt = File.GetLastWriteTimeUtc(path);
            using (var file = File.OpenWrite(path))
            {
                file.SetLength(mostBytes);
            }

            File.SetLastWriteTimeUtc(path, changedAt);
        }
    }

    private SortedDictionary<string, DateTime> Times(ObjectStoreOptions options) =>
        new(server.Keys(options).ToDictionary(key => key, key => File.GetLastWriteTimeUtc(server.FileOf(key)), StringComparer.Ordinal), StringComparer.Ordinal);

    private static async Task FlipAsync(string path)
    {
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Token);
    }

    private static long FirstFrameEnd(string path, string relative)
    {
        using var file = File.OpenRead(path);
        for (var length = WalFileHeader.Size + WalFrame.HeaderBytes; ; length++)
        {
            var frames = WholeFrames.Of(relative);
            frames.Walk(file, length, Token);
            if (frames.At > WalFileHeader.Size)
            {
                return frames.At;
            }

            Assert.True(length < file.Length, "it has no frame");
        }
    }

    // Of the log what is carried: to the end of its whole frames.
    // What makes a blob and the end of the log come back that were there.
    private async Task<Func<Task>> TakeLastAsync()
    {
        string[] paths = [FetchedCopy.FileBelow(_copy.Source, "blobs", "*"), FetchedCopy.FileBelow(_copy.Source, "wal", "0000*00000000*.fkw")];
        var whole = await Task.WhenAll(paths.Select(path => File.ReadAllBytesAsync(path, Token)));
        File.Delete(paths[0]);
        await File.WriteAllBytesAsync(paths[1], whole[1][..5000], Token);
        return () => Task.WhenAll(paths.Zip(whole, (path, bytes) => File.WriteAllBytesAsync(path, bytes, Token)));
    }

    private static SortedDictionary<string, string> WholeTree(string root)
    {
        var tree = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (relative, hash) in FetchedCopy.Tree(root))
        {
            if (!relative.EndsWith(".fkw", StringComparison.Ordinal))
            {
                tree[relative] = hash;
                continue;
            }

            using var file = File.OpenRead(Path.Combine(root, relative));
            var frames = WholeFrames.Of(relative);
            frames.Walk(file, file.Length, Token);
            if (frames.At > WalFileHeader.Size)
            {
                var bytes = new byte[frames.At];
                file.Position = 0;
                file.ReadExactly(bytes);
                tree[relative] = Convert.ToHexString(SHA256.HashData(bytes));
            }
        }

        return tree;
    }
}
