using Fieldkeep.Journal.Tests.Support;
using Xunit;

namespace Fieldkeep.Journal.Tests.Writing;

/// <summary>R2 in small: the power goes after every operation of the disk, and what was not synced is lost, kept, torn and reordered by a seed.</summary>
public sealed class PowerCutTests
{
    private const int Seeds = 4;

    [Fact]
    public async Task Wherever_the_power_goes_all_acknowledged_records_are_there_once_and_in_order()
    {
        var (cuts, complaints) = await CutEverywhereAsync(() => new SimulatedDisk(), _ => false);

        Assert.True(complaints.Count == 0, string.Join("\n", complaints.Take(10)));
        Assert.True(cuts > 100, $"Only {cuts} operations were there to cut after.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{cuts} cuts with {Seeds} seeds each");
    }

    [Fact]
    public async Task Wherever_the_power_goes_again_while_a_cut_is_mended_nothing_acknowledged_is_lost()
    {
        var cuts = 0;
        for (var at = 5; at < 105; at += 19)
        {
            for (var again = 1; ; again++)
            {
                var disk = new SimulatedDisk { CutAfter = at };
                var script = new Script(disk, new ManualClock());
                await script.RunAsync();
                var second = disk.AfterPowerCut((at * 2) + again);
                second.CutAfter = again;
                await script.ContinueAsync(second);
                var complaints = await script.CompareAsync(second.IsCut ? second.AfterPowerCut(at + again) : second.AfterKill());
                Assert.True(complaints.Count == 0, $"cut after {at} and {again}: {string.Join("; ", complaints)}");
                if (!second.IsCut)
                {
                    break;
                }

                cuts++;
            }
        }

        Assert.True(cuts > 60, $"Only {cuts} operations were there to cut after.");
    }

    [Fact]
    public async Task What_a_killed_process_left_to_the_kernel_is_durable_before_the_next_process_builds_on_it()
    {
        for (var at = 1; ; at++)
        {
            var disk = new SimulatedDisk { CutAfter = at };
            var script = new Script(disk, new ManualClock());
            await script.RunAsync();
            if (!disk.IsCut)
            {
                Assert.True(at > 100, $"Only {at} operations were there to be killed after.");
                break;
            }

            var second = disk.Restart();
            await script.ContinueAsync(second);
            var complaints = await script.CompareAsync(second.AfterPowerCut(at));
            Assert.True(complaints.Count == 0, $"killed after {at}: {string.Join("; ", complaints)}");
        }
    }

    [Fact]
    public async Task The_rig_sees_a_disk_that_makes_nothing_durable()
    {
        Assert.True(await SeesLossAsync(() => new SimulatedDisk { SyncDoesNothing = true }));
    }

    [Fact]
    public async Task The_rig_sees_records_that_are_acknowledged_before_they_are_durable()
    {
        Assert.True(await SeesLossAsync(() => new SimulatedDisk { SyncIsLate = true }));
    }

    [Fact]
    public async Task The_rig_sees_names_that_are_not_made_durable()
    {
        Assert.True(await SeesLossAsync(() => new SimulatedDisk { FolderSyncDoesNothing = true }));
    }

    private static async Task<bool> SeesLossAsync(Func<SimulatedDisk> create)
    {
        var (_, complaints) = await CutEverywhereAsync(create, IsLoss);
        return complaints.Exists(IsLoss);
    }

    private static bool IsLoss(string complaint) => complaint.Contains(": lost ", StringComparison.Ordinal);

    private static async Task<(int Cuts, List<string> Complaints)> CutEverywhereAsync(Func<SimulatedDisk> create, Predicate<string> isEnough)
    {
        var complaints = new List<string>();
        for (var at = 1; ; at++)
        {
            var disk = create();
            disk.CutAfter = at;
            var script = new Script(disk, new ManualClock());
            await script.RunAsync();
            if (!disk.IsCut || complaints.Exists(isEnough))
            {
                return (at - 1, complaints);
            }

            for (var seed = 0; seed < Seeds; seed++)
            {
                var found = await script.CompareAsync(disk.AfterPowerCut((at * Seeds) + seed));
                complaints.AddRange(found.Select(complaint => $"cut after {at}, seed {(at * Seeds) + seed}: {complaint}"));
            }
        }
    }
}
