using Fieldkeep.Journal.Tests.Support;
using Xunit;

namespace Fieldkeep.Journal.Tests;

/// <summary>What was taken back stays so, whatever is killed; what a person gives back waits again.</summary>
public sealed class WithdrawalTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_taken_back_does_not_come_after_a_kill_though_its_segment_does()
    {
        await using var journal = Open(_disk);
        await AppendAsync(journal, "refused");
        await AppendAsync(journal, "kept");
        await CloseSegmentAsync(journal);
        await journal.WithdrawAsync(Some.Uuid("refused"));

        await using var again = Open(_disk.AfterKill());

        Assert.Equal([Some.Uuid("kept")], await ReadAsync(again.ReadUndrainedAsync(Token)));
        Assert.Equal(1, again.State.WaitingRecords);
        Assert.Empty(again.State.Damage);
    }

    [Fact]
    public async Task The_segment_that_takes_back_is_marked_and_removed_after_all_before_it()
    {
        await using var journal = Open(_disk);
        await AppendAsync(journal, "refused");
        await AppendAsync(journal, "kept");
        await CloseSegmentAsync(journal);
        await journal.WithdrawAsync(Some.Uuid("refused"));
        await CloseSegmentAsync(journal);
        Assert.Equal(2, Segments(_disk).Count(file => file.EndsWith(".fkj", StringComparison.Ordinal)));

        // Later ones are drained and go; what waits before the withdrawal keeps it.
        foreach (var name in new[] { "a", "b", "c" })
        {
            await AppendAsync(journal, name);
            journal.Done(Some.Uuid(name));
            await CloseSegmentAsync(journal);
        }

        await using (var again = Open(_disk.AfterKill()))
        {
            Assert.Equal([Some.Uuid("kept")], await ReadAsync(again.ReadUndrainedAsync(Token)));
        }

        journal.Done(Some.Uuid("kept"));
        await journal.TendAsync();

        Assert.DoesNotContain(Segments(_disk), file => file.EndsWith(".fkj", StringComparison.Ordinal));
        Assert.DoesNotContain(Some.Uuid("refused"), await ReadAsync(journal.ReadKeptAsync(DateTimeOffset.MinValue, Some.None, Token)));
        Assert.Contains(Some.Uuid("kept"), await ReadAsync(journal.ReadKeptAsync(DateTimeOffset.MinValue, Some.None, Token)));
    }

    [Fact]
    public async Task A_record_that_waits_long_holds_no_later_segment_that_speaks_of_its_own_records()
    {
        await using var journal = Open(_disk);
        await AppendAsync(journal, "waits long");
        await CloseSegmentAsync(journal);
        foreach (var name in new[] { "a", "b", "c" })
        {
            await AppendAsync(journal, name);
            await journal.WithdrawAsync(Some.Uuid(name));
            await CloseSegmentAsync(journal);
        }

        Assert.Single(Segments(_disk), file => file.EndsWith(".fkj", StringComparison.Ordinal));

        await using var again = Open(_disk.AfterKill());
        Assert.Equal([Some.Uuid("waits long")], await ReadAsync(again.ReadUndrainedAsync(Token)));
    }

    [Fact]
    public async Task What_the_database_is_noted_to_have_does_not_wait_after_a_kill_and_is_given_after_a_restore()
    {
        await using var journal = Open(_disk);
        await AppendAsync(journal, "had");
        await AppendAsync(journal, "kept");
        await journal.NoteDoneAsync(Some.Uuid("had"));

        await using var again = Open(_disk.AfterKill());

        Assert.Equal([Some.Uuid("kept")], await ReadAsync(again.ReadUndrainedAsync(Token)));
        again.Done(Some.Uuid("kept"));
        await again.TendAsync();
        Assert.Contains(Some.Uuid("had"), await ReadAsync(again.ReadKeptAsync(DateTimeOffset.MinValue, Some.None, Token)));
    }

    [Fact]
    public async Task A_withdrawal_that_the_disk_refuses_is_told_and_the_record_waits()
    {
        await using var journal = Open(_disk);
        await AppendAsync(journal, "refused");
        (_disk.FailAt, _disk.Failures) = (_disk.Operations + 1, 100);

        await Assert.ThrowsAsync<JournalException>(() => journal.WithdrawAsync(Some.Uuid("refused")));

        Assert.Equal(1, journal.State.WaitingRecords);
        Assert.True(journal.HasWaiting(id => id != Some.Uuid("refused")));
        Assert.False(journal.HasWaiting(id => id == Some.Uuid("refused")));
    }

    [Fact]
    public async Task What_a_person_gives_back_from_quarantine_waits_again_and_is_there_no_more()
    {
        await using var journal = Open(_disk);
        var id = Some.Uuid("poison");
        await AppendAsync(journal, "poison");
        await journal.QuarantineAsync(id, "form.not_found", Token);
        Assert.False(await journal.ReleaseAsync("nothing.fkq", content => content, Token));

        Assert.True(await journal.ReleaseAsync($"{id:N}.fkq", content => new byte[] { 7 }.Concat(content.ToArray()).ToArray(), Token));

        Assert.Equal((1, 0), (journal.State.WaitingRecords, journal.State.Quarantined));
        await using var again = Open(_disk.AfterKill());
        await foreach (var record in again.ReadUndrainedAsync(Token))
        {
            Assert.Equal([7, .. Some.Bytes(id, 150)], record.Content.ToArray());
        }

        Assert.Equal([id], await ReadAsync(again.ReadUndrainedAsync(Token)));
        Assert.Equal(0, again.State.Quarantined);

        // After a restore it comes as it was given back, and as that alone; whatever lies between.
        await AppendAsync(again, "later");
        again.Done(id);
        var kept = new List<(Guid Id, int Length)>();
        await foreach (var record in again.ReadKeptAsync(DateTimeOffset.MinValue, Some.None, Token))
        {
            kept.Add((record.Id, record.Content.Length));
        }

        Assert.Equal([(id, 151), (Some.Uuid("later"), 150)], kept);
    }

    [Fact]
    public async Task A_close_does_not_wait_for_a_disk_that_hangs()
    {
        var journal = Some.Open(_disk, _clock, Some.Options with { ClosePatience = TimeSpan.FromMilliseconds(100) });
        var never = new TaskCompletionSource();
        var (reached, release) = _disk.Hold(never.Task);
        var appending = AppendAsync(journal, "hangs");
        await reached;

        await journal.DisposeAsync();

        Assert.False(appending.IsCompleted);
        release();
        await appending;
    }

    private static async Task AppendAsync(IntakeJournal journal, string name) =>
        await journal.AppendAsync(Some.Uuid(name), Some.Bytes(Some.Uuid(name), 150), Token);

    private static async Task<List<Guid>> ReadAsync(IAsyncEnumerable<JournalRecord> records)
    {
        var ids = new List<Guid>();
        await foreach (var record in records)
        {
            ids.Add(record.Id);
        }

        return ids;
    }

    private static IReadOnlyList<string> Segments(SimulatedDisk disk) => ((Fieldkeep.Journal.Disks.IJournalDisk)disk).List(string.Empty);

    private async Task CloseSegmentAsync(IntakeJournal journal)
    {
        _clock.Advance(Some.Options.SegmentAge);
        await journal.TendAsync();
    }

    private IntakeJournal Open(SimulatedDisk disk) => Some.Open(disk, _clock);
}
