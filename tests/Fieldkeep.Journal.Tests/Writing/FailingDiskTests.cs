using Fieldkeep.Journal.Tests.Support;
using Xunit;

namespace Fieldkeep.Journal.Tests.Writing;

/// <summary>R3 in small: every operation of the disk fails once, and nothing acknowledged is lost.</summary>
public sealed class FailingDiskTests
{
    [Theory]
    [InlineData("refused", 1)]
    [InlineData("short", 1)]
    [InlineData("refused", 4)]
    [InlineData("short", 7)]
    public async Task Whichever_operation_of_the_disk_fails_nothing_acknowledged_is_lost(string how, int failures)
    {
        var runs = 0;
        for (var at = 1; ; at++)
        {
            var disk = new SimulatedDisk { FailAt = at, Failures = failures, Failure = how == "short" ? DiskFailure.Short : DiskFailure.Refused };
            var script = new Script(disk, new ManualClock());
            await script.RunAsync();
            if (disk.Operations < at)
            {
                break;
            }

            runs++;
            Assert.Equal(0, disk.UsesAfterFailedSync);
            await AssertWholeAsync(script, disk.AfterKill(), $"killed, operation {at}");
            await AssertWholeAsync(script, disk.AfterPowerCut(at), $"power cut, operation {at}");
        }

        Assert.True(runs > 100, $"Only {runs} operations were there to fail.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{runs} operations failed in turn");
    }

    [Fact]
    public async Task A_disk_that_works_acknowledges_everything()
    {
        var disk = new SimulatedDisk();
        var script = new Script(disk, new ManualClock());

        await script.RunAsync();

        Assert.Equal(16, script.Acknowledged);
        await AssertWholeAsync(script, disk.AfterKill(), "nothing failed");
    }

    [Fact]
    public async Task A_disk_that_stays_full_is_not_asked_again_and_again_and_is_used_when_it_has_room()
    {
        var disk = new SimulatedDisk();
        var clock = new ManualClock();
        await using var journal = Some.Open(disk, clock);
        disk.Failure = DiskFailure.Short;
        (disk.FailAt, disk.Failures) = (disk.Operations + 1, 1_000_000);
        var before = disk.Operations;
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var refusal = await Assert.ThrowsAsync<JournalException>(
                () => journal.AppendAsync(Some.Uuid($"{attempt}"), new byte[100], TestContext.Current.CancellationToken));
            Assert.Equal(JournalTrouble.Full, refusal.Reason);
        }

        Assert.InRange(disk.Operations - before, 2, 10);
        Assert.Equal(JournalTrouble.Full, journal.State.Trouble?.Reason);
        Assert.Equal(0, journal.State.WaitingRecords);

        disk.FailAt = 0;
        clock.Advance(TimeSpan.FromSeconds(5));
        await journal.AppendAsync(Some.Uuid("at last"), new byte[100], TestContext.Current.CancellationToken);
        Assert.Null(journal.State.Trouble);
        Assert.Equal(1, journal.State.WaitingRecords);
    }

    private static async Task AssertWholeAsync(Script script, SimulatedDisk left, string when)
    {
        var complaints = await script.CompareAsync(left);
        Assert.True(complaints.Count == 0, $"{when}: {string.Join("; ", complaints)}");
    }
}
