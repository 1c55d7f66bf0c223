using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Driven;

public sealed class DrivenMarkTests(SampleTemplate template) : DrivenTests(template)
{
    [Theory]
    [InlineData("rotten")]
    [InlineData("missing")]
    [InlineData("link")]
    public async Task A_mark_that_does_not_open_is_found_and_written_anew_and_keeps_nobody_from_backing_up(string how)
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        await driven.TakeAsync();
        await driven.CatchUpAsync();
        var mark = Path.Combine(Assert.Single(Directory.GetDirectories(Chains)), Chain.MarkName);
        File.Delete(mark);
        switch (how)
        {
            case "rotten":
                await File.WriteAllTextAsync(mark, "rotten", Token);
                break;
            case "link":
                File.CreateSymbolicLink(mark, "/dev/zero");
                break;
        }

        var refused = await Assert.ThrowsAsync<BackupException>(Sample.VerifyAsync);
        Assert.Equal((BackupTrouble.Damaged, true), (refused.Reason, refused.Message.Contains(mark, StringComparison.Ordinal)));
        await Sample.RestoreAsync();
        await driven.TakeAsync();
        await driven.CatchUpAsync();

        // The chain goes on.
        Assert.Equal([1, 2], await DrivenSample.ChainLengthsAsync(Sample));
        await Sample.VerifyAsync();
    }

    [Fact]
    public async Task A_mark_that_nothing_leads_to_is_told_apart_from_what_is_somebody_elses_and_pruning_goes_on_beside_it()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        await driven.TakeAsync();
        var store = new BackupStore(Sample.Target);
        var lost = Directory.CreateDirectory(Path.Combine(Chains, "6f9619ff8b86d011b42d00c04fc964ff")).FullName;
        File.CreateSymbolicLink(Path.Combine(lost, Chain.MarkName), "/dev/zero");

        var refused = await Assert.ThrowsAsync<BackupException>(() => driven.TakeAsync(all: true));
        Assert.Equal((BackupTrouble.WrongFolder, true), (refused.Reason, refused.Message.Contains("does not open", StringComparison.Ordinal)));
        await new PruneBackups(store, driven.Keyring, Sample.Progress, TimeProvider.System).RunAsync(30, standsOn: null, isNewestVerified: true, Token);
        // A chain that is there goes on.
        await driven.TakeAsync();
        Assert.Equal([1, 2], await DrivenSample.ChainLengthsAsync(Sample));
    }
}
