using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Xunit;

namespace Fieldkeep.Backup.Tests.Fetching;

public sealed class FetchLogTests(FetchSource made) : FetchTests(made)
{
    [Fact]
    public async Task A_file_that_ends_in_zero_is_not_taken_for_one_that_a_power_cut_tore()
    {
        var (there, here) = Log();
        var whole = await File.ReadAllBytesAsync(there, Token);
        whole[^1] = 0;
        await File.WriteAllBytesAsync(there, whole, Token);
        await Distant.FetchAsync();

        await File.WriteAllBytesAsync(there, [.. whole[..^1], 7, 7], Token);
        Assert.Equal(FetchAlarmKind.Changed, Assert.Single((await Distant.FetchAsync()).Alarms).Kind);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task What_is_no_log_is_not_taken_behind_it_and_the_log_before_it_is()
    {
        var (there, here) = Log();
        var whole = await File.ReadAllBytesAsync(there, Token);
        await File.WriteAllBytesAsync(there, whole[..(whole.Length / 2)], Token);
        await Distant.FetchAsync();

        // The length came before the bytes, as after a power cut there.
        await File.WriteAllBytesAsync(there, [.. whole, .. new byte[5000]], Token);
        Assert.Empty((await Distant.FetchAsync()).Alarms);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));

        await File.WriteAllBytesAsync(there, [.. whole, .. RandomNumberGenerator.GetBytes(5000)], Token);
        Assert.Equal(FetchAlarmKind.Refused, Assert.Single((await Distant.FetchAsync()).Alarms).Kind);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task Neither_does_it_come_with_a_file_that_is_new()
    {
        var (there, here) = Log();
        var whole = await File.ReadAllBytesAsync(there, Token);
        await File.WriteAllBytesAsync(there, [.. whole, .. RandomNumberGenerator.GetBytes(5000)], Token);
        Assert.Equal(FetchAlarmKind.Refused, Assert.Single((await Distant.FetchAsync()).Alarms).Kind);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
        Assert.Single((await Distant.FetchAsync()).Alarms);
    }

    [Fact]
    public async Task Zeros_that_a_power_cut_left_here_in_a_file_that_grows_no_more_are_mended()
    {
        var (_, here) = Log();
        await Distant.FetchAsync();
        var whole = await File.ReadAllBytesAsync(here, Token);
        await File.WriteAllBytesAsync(here, [.. whole[..^300], .. new byte[300]], Token);
        Assert.Empty((await Distant.FetchAsync()).Alarms);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task A_few_zeros_may_be_the_files_own_so_that_nothing_is_cut_off()
    {
        var (_, here) = Log();
        await Distant.FetchAsync();
        var torn = await File.ReadAllBytesAsync(here, Token);
        torn.AsSpan(^40..).Clear();
        await File.WriteAllBytesAsync(here, torn, Token);
        Assert.Equal(FetchAlarmKind.Changed, Assert.Single((await Distant.FetchAsync()).Alarms).Kind);
        Assert.Equal(torn, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task A_file_that_ends_within_a_frame_here_goes_on_from_there()
    {
        var (_, here) = Log();
        await Distant.FetchAsync();
        var whole = await File.ReadAllBytesAsync(here, Token);
        await File.WriteAllBytesAsync(here, whole[..^10], Token);
        Assert.Equal(10, (await Distant.FetchAsync()).Bytes);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task Part_of_a_frame_that_stays_at_the_end_is_not_read_at_each_look()
    {
        var (there, here) = Log();
        var whole = await File.ReadAllBytesAsync(there, Token);
        await File.WriteAllBytesAsync(there, whole[..^10], Token);
        var fetch = new FetchBackup(new FetchOptions(Distant.Source, Distant.Copy) { IsNew = true, LeastFreeBytes = 0 }, Follower.Quiet, Distant.Clock);
        await fetch.RunOnceAsync(Token);
        await fetch.RunOnceAsync(Token);
        Distant.Clock.Passed = TimeSpan.FromMinutes(10);
        await fetch.RunOnceAsync(Token);

        // Only who reads it sees this: its length and its time are as before.
        var changedAt = File.GetLastWriteTimeUtc(there);
        await File.WriteAllBytesAsync(there, [.. whole[..50], (byte)(whole[50] ^ 1), .. whole[51..^10]], Token);
        File.SetLastWriteTimeUtc(there, changedAt);
        Distant.Clock.Passed = TimeSpan.FromMinutes(18);
        Assert.Empty((await fetch.RunOnceAsync(Token)).Alarms);
        Distant.Clock.Passed = TimeSpan.FromMinutes(22);
        Assert.Equal(FetchAlarmKind.Changed, Assert.Single((await fetch.RunOnceAsync(Token)).Alarms).Kind);

        // What comes behind it is taken at once.
        await File.WriteAllBytesAsync(there, whole[..^10], Token);
        await fetch.RunOnceAsync(Token);
        Distant.Clock.Passed = TimeSpan.FromMinutes(42);
        await fetch.RunOnceAsync(Token);
        await File.WriteAllBytesAsync(there, whole, Token);
        await fetch.RunOnceAsync(Token);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task A_frame_of_another_place_is_not_taken_and_once_somebody_accepted_that_all_is_there()
    {
        var (there, here) = Log();
        var whole = await File.ReadAllBytesAsync(there, Token);
        var forged = new byte[2000];
        new WalFrame(new Lsn(1), 1, 100).Write(forged);
        await File.WriteAllBytesAsync(there, [.. whole, .. forged], Token);
        Assert.Equal(FetchAlarmKind.Refused, Assert.Single((await Distant.FetchAsync()).Alarms).Kind);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
        Assert.Null(Distant.Notes.WholeAt);

        await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);
        Assert.Empty((await Distant.FetchAsync()).Alarms);
        Assert.NotNull(Distant.Notes.WholeAt);
        Assert.Contains(Path.GetFileName(there), Assert.Single(Distant.Notes.Refused), StringComparison.Ordinal);
    }

    private (string There, string Here) Log()
    {
        var log = Path.GetRelativePath(Distant.Source, FetchedCopy.FileBelow(Distant.Source, "wal", "0000*00000000*.fkw"));
        return (Path.Combine(Distant.Source, log), Path.Combine(Distant.Copy, log));
    }
}
