using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Xunit;

namespace Fieldkeep.Backup.Tests.Fetching;

public sealed class FetchLogTests(FetchSource made) : IClassFixture<FetchSource>, IAsyncLifetime
{
    private FetchedCopy _copy = null!; // set by InitializeAsync before every test

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _copy = await FetchedCopy.OfAsync(made);

    public ValueTask DisposeAsync()
    {
        _copy.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_file_that_ends_in_zero_is_not_taken_for_one_that_a_power_cut_tore()
    {
        var (there, here) = Log();
        var whole = await File.ReadAllBytesAsync(there, Token);
        whole[^1] = 0;
        await File.WriteAllBytesAsync(there, whole, Token);
        await _copy.FetchAsync();

        await File.WriteAllBytesAsync(there, [.. whole[..^1], 7, 7], Token);
        Assert.Equal(FetchAlarmKind.Changed, Assert.Single((await _copy.FetchAsync()).Alarms).Kind);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task What_is_no_log_is_not_taken_behind_it_and_the_log_before_it_is()
    {
        var (there, here) = Log();
        var whole = await File.ReadAllBytesAsync(there, Token);
        await File.WriteAllBytesAsync(there, whole[..(whole.Length / 2)], Token);
        await _copy.FetchAsync();

        // The length came before the bytes, as after a power cut there.
        await File.WriteAllBytesAsync(there, [.. whole, .. new byte[5000]], Token);
        Assert.Empty((await _copy.FetchAsync()).Alarms);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));

        await File.WriteAllBytesAsync(there, [.. whole, .. RandomNumberGenerator.GetBytes(5000)], Token);
        Assert.Equal(FetchAlarmKind.Refused, Assert.Single((await _copy.FetchAsync()).Alarms).Kind);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task Neither_does_it_come_with_a_file_that_is_new()
    {
        var (there, here) = Log();
        var whole = await File.ReadAllBytesAsync(there, Token);
        await File.WriteAllBytesAsync(there, [.. whole, .. RandomNumberGenerator.GetBytes(5000)], Token);
        Assert.Equal(FetchAlarmKind.Refused, Assert.Single((await _copy.FetchAsync()).Alarms).Kind);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
        Assert.Single((await _copy.FetchAsync()).Alarms);
    }

    [Fact]
    public async Task Zeros_that_a_power_cut_left_here_in_a_file_that_grows_no_more_are_mended()
    {
        var (_, here) = Log();
        await _copy.FetchAsync();
        var whole = await File.ReadAllBytesAsync(here, Token);
        await File.WriteAllBytesAsync(here, [.. whole[..^300], .. new byte[300]], Token);
        Assert.Empty((await _copy.FetchAsync()).Alarms);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task A_few_zeros_may_be_the_files_own_so_that_nothing_is_cut_off()
    {
        var (_, here) = Log();
        await _copy.FetchAsync();
        var torn = await File.ReadAllBytesAsync(here, Token);
        torn.AsSpan(^40..).Clear();
        await File.WriteAllBytesAsync(here, torn, Token);
        Assert.Equal(FetchAlarmKind.Changed, Assert.Single((await _copy.FetchAsync()).Alarms).Kind);
        Assert.Equal(torn, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task A_file_that_ends_within_a_frame_here_goes_on_from_there()
    {
        var (_, here) = Log();
        await _copy.FetchAsync();
        var whole = await File.ReadAllBytesAsync(here, Token);
        await File.WriteAllBytesAsync(here, whole[..^10], Token);
        Assert.Equal(10, (await _copy.FetchAsync()).Bytes);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
    }

    [Fact]
    public async Task Part_of_a_frame_that_stays_at_the_end_is_not_read_at_each_look()
    {
        var (there, here) = Log();
        var whole = await File.ReadAllBytesAsync(there, Token);
        await File.WriteAllBytesAsync(there, whole[..^10], Token);
        var fetch = new FetchBackup(new FetchOptions(_copy.Source, _copy.Copy) { IsNew = true, LeastFreeBytes = 0 }, Follower.Quiet, _copy.Clock);
        await fetch.RunOnceAsync(Token);
        await fetch.RunOnceAsync(Token);
        _copy.Clock.Passed = TimeSpan.FromMinutes(10);
        await fetch.RunOnceAsync(Token);

        // Only who reads it sees this: its length and its time are as before.
        var changedAt = File.GetLastWriteTimeUtc(there);
        await File.WriteAllBytesAsync(there, [.. whole[..50], (byte)(whole[50] ^ 1), .. whole[51..^10]], Token);
        File.SetLastWriteTimeUtc(there, changedAt);
        _copy.Clock.Passed = TimeSpan.FromMinutes(18);
        Assert.Empty((await fetch.RunOnceAsync(Token)).Alarms);
        _copy.Clock.Passed = TimeSpan.FromMinutes(22);
        Assert.Equal(FetchAlarmKind.Changed, Assert.Single((await fetch.RunOnceAsync(Token)).Alarms).Kind);

        // What comes behind it is taken at once.
        await File.WriteAllBytesAsync(there, whole[..^10], Token);
        await fetch.RunOnceAsync(Token);
        _copy.Clock.Passed = TimeSpan.FromMinutes(42);
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
        Assert.Equal(FetchAlarmKind.Refused, Assert.Single((await _copy.FetchAsync()).Alarms).Kind);
        Assert.Equal(whole, await File.ReadAllBytesAsync(here, Token));
        Assert.Null(_copy.Notes.WholeAt);

        await FetchBackup.AcceptAsync(_copy.Copy, _copy.Clock, Token);
        Assert.Empty((await _copy.FetchAsync()).Alarms);
        Assert.NotNull(_copy.Notes.WholeAt);
        Assert.Contains(Path.GetFileName(there), Assert.Single(_copy.Notes.Refused), StringComparison.Ordinal);
    }

    private (string There, string Here) Log()
    {
        var log = Path.GetRelativePath(_copy.Source, FetchedCopy.FileBelow(_copy.Source, "wal", "0000*00000000*.fkw"));
        return (Path.Combine(_copy.Source, log), Path.Combine(_copy.Copy, log));
    }
}
