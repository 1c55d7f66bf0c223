using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Driven;

public sealed class DrivenProgramTests(SampleTemplate template) : SampleTests(template)
{
    private string Above => Path.GetDirectoryName(Sample.Data)!;

    [Fact]
    public async Task It_keeps_no_lock_where_others_may_write()
    {
        var said = Path.Combine(Above, "said");
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address, real => DrivenSample.Wrap(real, $"echo \"$*\" >> '{said}'\n", Above));
        await driven.TakeAsync();
        await driven.TakeAsync();

        var calls = await File.ReadAllLinesAsync(said, Token);
        Assert.Equal(["stanza-create", "backup", "info", "verify", "info", "backup", "info", "verify"], calls.Select(call => call.Split(' ')[^1]));
        // It refuses the option for that one, and locks nothing.
        Assert.All(calls.Where(call => !call.EndsWith(" verify", StringComparison.Ordinal)), call => Assert.Contains($" --lock-path={Sample.Data}/.pgbackrest/lock ", call, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_it_never_says_what_it_took_the_base_backup_fails_in_the_end()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address, real => DrivenSample.Wrap(
            real, "case \"$*\" in *--output=json*info) exec sleep 100;; esac\n", Above));

        var refused = await Assert.ThrowsAsync<BackupException>(() => driven.TakeAsync(all: true, clock: new HurriedClock(TimeSpan.FromMinutes(1))));

        Assert.Equal((BackupTrouble.ToolFailed, true), (refused.Reason, refused.Message.Contains("did not say within", StringComparison.Ordinal)));
        Assert.Empty(Directory.GetDirectories(Path.Combine(Sample.Target, Backup.Driven.Chain.Below)));
    }
}
