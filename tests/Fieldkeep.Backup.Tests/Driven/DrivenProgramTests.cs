using Fieldkeep.Backup.Tests.Support;
using Npgsql;
using Xunit;

namespace Fieldkeep.Backup.Tests.Driven;

public sealed class DrivenProgramTests(SampleTemplate template) : DrivenTests(template)
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
        Assert.Empty(Directory.GetDirectories(Chains));
    }

    [Fact]
    public async Task It_writes_through_no_link_in_a_chain_but_begins_another()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        await driven.TakeAsync();
        var chain = Assert.Single(Directory.GetDirectories(Chains));
        var archive = Path.Combine(chain, "repo", "archive", "fieldkeep");
        var elsewhere = Path.Combine(Above, "elsewhere");
        Directory.Move(archive, elsewhere);
        Directory.CreateSymbolicLink(archive, elsewhere);

        await driven.TakeAsync();

        Assert.Equal([1, 1], await DrivenSample.ChainLengthsAsync(Sample));
    }

    [Fact]
    public async Task A_database_with_an_empty_tablespace_is_refused_as_one_with_a_full_one()
    {
        await using var running = await Sample.StartAsync(Sample.Data);
        await using var driven = await DrivenSample.OpenAsync(Sample, running.Address);
        await using (var source = NpgsqlDataSource.Create(running.Address.ForMaintenance() + ";Pooling=false"))
        await using (var connection = await source.OpenConnectionAsync(Token))
        {
            await using var allow = new NpgsqlCommand("set allow_in_place_tablespaces = on", connection);
            await allow.ExecuteNonQueryAsync(Token);
            await using var create = new NpgsqlCommand("create tablespace elsewhere location ''", connection);
            await create.ExecuteNonQueryAsync(Token);
        }

        var refused = await Assert.ThrowsAsync<BackupException>(driven.TakeAsync);
        Assert.Contains("tablespaces", refused.Message, StringComparison.Ordinal);
    }
}
