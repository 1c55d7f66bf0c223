using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Fetching;

public sealed class PruneFetchedTests(FetchSource made) : IClassFixture<FetchSource>, IAsyncLifetime
{
    private const int KeepDays = 90;

    private FetchedCopy _copy = null!; // set by InitializeAsync before every test

    public async ValueTask InitializeAsync() => _copy = await FetchedCopy.OfAsync(made);

    public ValueTask DisposeAsync()
    {
        _copy.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_stream_of_false_backups_takes_the_place_of_no_older_one()
    {
        var prune = new PruneFetched(new FetchFiles(_copy.Source, new BackupStore(_copy.Copy)), new BackupStore(_copy.Copy), KeepDays);
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
        var prune = new PruneFetched(new FetchFiles(_copy.Source, new BackupStore(_copy.Copy)), new BackupStore(_copy.Copy), KeepDays);
        var bases = Enumerable.Range(1, 200).Select(day => new PruneFetched.Base($"{day:D3}", day)).ToList();
        Remove(prune, bases, 200, times: 200);
        Assert.Equal([111, 112, 119, 126, 133, 140, 147, 154, 161, 168, 175, 182, .. Enumerable.Range(187, 14)], bases.Select(one => one.Day));
        Remove(prune, bases, 5000, times: 200);
        Assert.Equal([197, 198, 199, 200], bases.Select(one => one.Day));
    }

    [Fact]
    public async Task A_clock_that_jumps_by_years_removes_nothing()
    {
        await _copy.FetchAsync();
        var before = FetchedCopy.Tree(_copy.Copy);
        foreach (var years in new[] { 10, -5, 30, 0 })
        {
            _copy.Clock.Ahead = TimeSpan.FromDays(365 * years);
            Assert.Empty((await _copy.FetchAsync(FetchOptions.FewestKeepDays)).Removed);
        }

        Assert.Equal(before, FetchedCopy.Tree(_copy.Copy));
        Assert.InRange(_copy.Notes.Day, 1, 4);
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
