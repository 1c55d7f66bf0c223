using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Xunit;

namespace Fieldkeep.Backup.Tests.Fetching;

public sealed class PruneFetchedTests(FetchSource made) : FetchTests(made)
{
    private const int KeepDays = 90;

    // docs/formats/backup.md, the head of a file of the log.
    private const int PastAt = 20;

    private static readonly string[] Ids = ["", "11111111", "22222222", "33333333"];

    [Fact]
    public void A_stream_of_false_backups_takes_the_place_of_no_older_one()
    {
        var prune = new PruneFetched(new FetchFiles(Distant.Source, new BackupStore(Distant.Copy)), new BackupStore(Distant.Copy), KeepDays);
        var bases = Enumerable.Range(1, 60).Select(day => new PruneFetched.Base($"good-{day:D3}", day)).ToList();
        for (var today = 61; today < 61 + 60; today++)
        {
            bases.AddRange(Enumerable.Range(0, 50).Select(count => new PruneFetched.Base($"false-{today:D3}-{count:D2}", today)));
            Remove(prune, bases, today);
        }

        // What came in the 30 days before the server was taken over is there yet, a first of each week of it.
        var weeks = bases.Where(one => one.Name.StartsWith("good", StringComparison.Ordinal)).Select(one => one.Day).ToList();
        Assert.Equal([35, 42, 49, 56], weeks.Where(day => day > 31 && day % 7 == 0));
    }

    [Fact]
    public void Never_fewer_than_four_stay_and_all_of_two_weeks_and_then_one_a_week()
    {
        var prune = new PruneFetched(new FetchFiles(Distant.Source, new BackupStore(Distant.Copy)), new BackupStore(Distant.Copy), KeepDays);
        var bases = Enumerable.Range(1, 200).Select(day => new PruneFetched.Base($"{day:D3}", day)).ToList();
        Remove(prune, bases, 200, times: 200);
        Assert.Equal([111, 112, 119, 126, 133, 140, 147, 154, 161, 168, 175, 182, .. Enumerable.Range(187, 14)], bases.Select(one => one.Day));
        Remove(prune, bases, 5000, times: 200);
        Assert.Equal([197, 198, 199, 200], bases.Select(one => one.Day));
    }

    [Fact]
    public async Task A_clock_that_jumps_by_years_removes_nothing()
    {
        await Distant.FetchAsync();
        var before = FetchedCopy.Tree(Distant.Copy);
        foreach (var years in new[] { 10, -5, 30, 0 })
        {
            Distant.Clock.Ahead = TimeSpan.FromDays(365 * years);
            Assert.Empty((await Distant.FetchAsync(FetchOptions.FewestKeepDays)).Removed);
        }

        Assert.Equal(before, FetchedCopy.Tree(Distant.Copy));
        Assert.Equal(3, Distant.Notes.Day);
    }

    [Fact]
    public async Task A_clock_that_goes_back_and_forth_counts_no_days_and_is_told()
    {
        for (var time = 0; time < 50; time++)
        {
            Distant.Clock.Ahead = TimeSpan.FromDays(time % 2 == 0 ? 0 : 200);
            await Distant.FetchAsync();
        }

        Assert.Equal(2, Distant.Notes.Day);
        Distant.Clock.Ahead = TimeSpan.Zero;
        Assert.Contains("the clock of this machine", Assert.Single((await Distant.FetchAsync()).Troubles), StringComparison.Ordinal);
        await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);
        Assert.Empty((await Distant.FetchAsync()).Troubles);
        Distant.Clock.Ahead = TimeSpan.FromDays(1);
        await Distant.FetchAsync();
        Assert.Equal(3, Distant.Notes.Day);
    }

    [Fact]
    public async Task A_clock_that_is_set_ahead_day_by_day_counts_one_while_it_runs_on()
    {
        var fetch = new FetchBackup(new FetchOptions(Distant.Source, Distant.Copy) { IsNew = true, LeastFreeBytes = 0 }, Follower.Quiet, Distant.Clock);
        for (var day = 0; day < 5; day++)
        {
            await fetch.RunOnceAsync(Token);
            Distant.Clock.Ahead += TimeSpan.FromDays(1);
        }

        Assert.Equal(1, Distant.Notes.Day);
        await Distant.FetchAsync();
        Assert.Equal(2, Distant.Notes.Day);
    }

    [Fact]
    public async Task What_is_old_goes_with_what_only_it_needs_whatever_the_source_still_has()
    {
        var aside = Path.Combine(Distant.Source, "aside");
        Directory.Move(Path.Combine(Distant.Source, "backups", Distant.Backups[1]), aside);
        var bytes = "nobody's blob"u8.ToArray();
        var blob = Path.Combine("blobs", Convert.ToHexStringLower(SHA256.HashData(bytes))[..2], Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Distant.Source, blob)) ?? "");
        await File.WriteAllBytesAsync(Path.Combine(Distant.Source, blob), bytes, Token);
        await Distant.FetchAsync();
        File.Delete(Path.Combine(Distant.Source, blob));
        await Distant.FetchAsync();
        var first = Assert.Single(Distant.Backups);

        // Of the same day, and older by its name: the first of a week is the one that came first.
        var early = Put(aside, "44444444", new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Single((await Distant.FetchAsync()).Backups);

        foreach (var id in Ids)
        {
            // One that only looks like a base backup: whoever has no keys cannot tell.
            Put(aside, id);
            Distant.Clock.Ahead += TimeSpan.FromDays(1);
            Assert.Single((await Distant.FetchAsync()).Backups);
        }

        var log = FetchedCopy.Tree(Distant.Copy).Keys.Where(path => path.StartsWith("wal", StringComparison.Ordinal)).ToList();
        var removed = new List<string>();
        for (var day = Distant.Notes.Day; day < KeepDays; day++)
        {
            Assert.True(File.Exists(Path.Combine(Distant.Copy, blob)));
            Distant.Clock.Ahead += TimeSpan.FromDays(1);
            var daily = await Distant.FetchAsync();
            Assert.Empty(daily.Backups);
            removed.AddRange(daily.Removed);
        }

        Assert.Equal([early], removed);

        // Segments of before and after the place that those that stay need.
        var need = VerifyBackup.ReadClearManifest(aside).Log?.StartPlace ?? throw new InvalidOperationException("It has no log.");
        var timeline = Path.GetDirectoryName(Path.Combine(Distant.Copy, log.First(path => path.Split('/').Length == 5))) ?? "";
        var segments = Enumerable.Range(0, (int)need.Segment + 2)
            .Select(number => Path.Combine(timeline, $"{new WalSegment(1, (ulong)number)}.00000000.00000000.fkw")).ToList();
        segments.ForEach(path => File.WriteAllText(path, "nobody's log"));

        Distant.Clock.Ahead += TimeSpan.FromDays(1);
        var last = await Distant.FetchAsync();
        Assert.Empty(last.Alarms);
        Assert.Empty(last.Troubles);
        Assert.Equal([first], last.Removed);

        Assert.Equal(KeepDays + 1, Distant.Notes.Day);
        Assert.False(File.Exists(Path.Combine(Distant.Copy, blob)));
        Assert.DoesNotContain(ListBackups.Run(Distant.Copy), one => one.Name == first);
        var left = FetchedCopy.Tree(Distant.Copy).Keys.Where(path => path.StartsWith("wal", StringComparison.Ordinal)).ToList();
        Assert.Equal(segments.Skip((int)need.Segment - 1), segments.Where(File.Exists));
        Assert.NotEqual(segments[0], segments.First(File.Exists));
        Assert.Contains(log.First(path => WalFile.TryParse(path)?.Segment.Number == need.Segment), left);

        // Nothing that went comes again, and nobody is told of log that is not needed.
        await File.WriteAllTextAsync(segments[0].Replace(Distant.Copy, Distant.Source, StringComparison.Ordinal), new string('x', 200), Token);
        var again = await Distant.FetchAsync();
        Assert.Empty(again.Backups);
        Assert.Empty(again.Alarms);
        Assert.Equal(0, again.Bytes);
        foreach (var path in segments)
        {
            File.Delete(path);
        }

        var real = Directory.EnumerateDirectories(Path.Combine(Distant.Copy, "backups")).Single(path => !Ids.Contains(path[^8..], StringComparer.Ordinal));
        var plan = await PlanRestore.RunAsync(
            new RestoreOptions(real, Distant.Restored, null, Made.Installation.RecoveryKeyFile) { To = RestoreOptions.Latest }, Follower.Quiet, TimeProvider.System, Token);
        Assert.True(plan.SegmentCount > 0);
    }

    [Fact]
    public async Task Log_that_was_never_here_is_not_passed_over_whatever_a_base_backup_says_of_it()
    {
        var real = Path.Combine(Distant.Source, "backups", Distant.Backups[1]);
        foreach (var id in Ids.Skip(1))
        {
            Put(real, id);
        }

        await Distant.FetchAsync();
        Put(real, "55555555", change: manifest =>
        {
            var need = manifest["log"]!; // it has a log
            need["past"] = need["past"]!.GetValue<uint>() + 1;
            need["start"] = "10000000/0";
        });
        var removed = new List<string>();
        for (var day = 0; day < 20 && removed.Count == 0; day++)
        {
            Distant.Clock.Ahead += TimeSpan.FromDays(1);
            removed.AddRange((await Distant.FetchAsync()).Removed);
        }

        Assert.Single(removed);

        // The server begins its next past.
        var steps = Log().Split('/');
        var past = uint.Parse(steps[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) + 1;
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Distant.Source, Log()), Token);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(PastAt), past);
        steps[2] = past.ToString("X8", CultureInfo.InvariantCulture);
        var next = string.Join('/', steps);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Distant.Source, next)) ?? "");
        await File.WriteAllBytesAsync(Path.Combine(Distant.Source, next), bytes, Token);
        Assert.Empty((await Distant.FetchAsync()).Alarms);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(Distant.Copy, next), Token));
    }

    [Fact]
    public async Task Log_that_went_comes_again_once_a_base_backup_comes_that_needs_it()
    {
        await Distant.FetchAsync();
        var own = Path.Combine(Distant.Copy, Log());
        var notes = Distant.Notes;
        notes.LogFrom[string.Join('/', Log().Split('/')[1..3])] = 1UL << 60;
        notes.Write(Distant.Copy);
        File.Delete(own);
        await Distant.FetchAsync();
        Assert.False(File.Exists(own));

        Put(Path.Combine(Distant.Source, "backups", Distant.Backups[1]), "55555555", change: manifest => manifest["log"]!["start"] = "0/0"); // it has a log
        Assert.Single((await Distant.FetchAsync()).Backups);
        Assert.Empty((await Distant.FetchAsync()).Alarms);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(Distant.Source, Log()), Token), await File.ReadAllBytesAsync(own, Token));
    }

    private string Log() => Path.GetRelativePath(Distant.Source, FetchedCopy.FileBelow(Distant.Source, "wal", "0000*00000000*.fkw"));

    // As it is without an id; else under another name, with a manifest that says so.
    private string Put(string aside, string id, DateTimeOffset? takenAt = null, Action<JsonNode>? change = null)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(aside, "manifest.json")))!; // it is there
        if (id.Length > 0)
        {
            manifest["id"] = id + "-0000-4000-8000-000000000000";
        }

        change?.Invoke(manifest);
        manifest["takenAt"] = takenAt ?? manifest["takenAt"]!.GetValue<DateTimeOffset>();
        var name = manifest["takenAt"]!.GetValue<DateTimeOffset>().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture) + "-" + manifest["id"]!.ToString()[..8];
        var folder = Directory.CreateDirectory(Path.Combine(Distant.Source, "backups", name));
        foreach (var file in Directory.EnumerateFiles(aside))
        {
            File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
        }

        if (id.Length > 0)
        {
            File.WriteAllText(Path.Combine(folder.FullName, "manifest.json"), manifest.ToJsonString());
        }

        return name;
    }

    private static void Remove(PruneFetched prune, List<PruneFetched.Base> bases, int today, int times = 1)
    {
        for (var time = 0; time < times; time++)
        {
            var old = prune.Choose(bases, today);
            bases.RemoveAll(old.Contains);
        }
    }
}
