using Fieldkeep.Journal.Disks;
using Fieldkeep.Journal.Tests.Support;
using Xunit;

namespace Fieldkeep.Journal.Tests;

/// <summary>What becomes of records after the database has them, or cannot have them.</summary>
public sealed class KeepingTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_segment_of_which_the_database_has_all_is_marked_kept_seven_days_and_removed()
    {
        await using var journal = Open();
        await DrainOneSegmentEachAsync(journal, 4);

        Assert.Equal(4, Segments().Count(file => file.EndsWith(".fkd", StringComparison.Ordinal)));
        Assert.Equal(4, journal.State.KeptSegments);
        Assert.Equal(0, journal.State.UndrainedBytes);
        _clock.Advance(TimeSpan.FromDays(6.9));
        await journal.TendAsync();
        Assert.Equal(4, Segments().Count);
        _clock.Advance(TimeSpan.FromDays(0.2));
        await journal.TendAsync();

        // Two stay whatever the clock says.
        Assert.Equal(2, Segments().Count);
    }

    [Fact]
    public async Task A_segment_with_one_record_that_waits_stays_and_so_does_the_one_that_tells_of_its_end()
    {
        await using var journal = Open();
        await AppendAsync(journal, "stuck");
        await CloseSegmentAsync(journal);
        await DrainOneSegmentEachAsync(journal, 5);
        _clock.Advance(TimeSpan.FromDays(30));
        await journal.TendAsync();
        _clock.Advance(TimeSpan.FromDays(2));
        await journal.TendAsync();

        Assert.Equal(["0000000001", "0000000002", "0000000005", "0000000006"], Segments().Select(file => file[..10]));
    }

    [Theory]
    [InlineData(12 * 365)]
    [InlineData(-12 * 365)]
    [InlineData(8)]
    public async Task A_clock_that_jumps_removes_nothing(int days)
    {
        await using var journal = Open();
        await DrainOneSegmentEachAsync(journal, 4);
        _clock.Jump(TimeSpan.FromDays(days));
        await journal.TendAsync();
        _clock.Advance(TimeSpan.FromHours(20));
        await journal.TendAsync();
        Assert.Equal(4, Segments().Count);

        // Somebody sets it right: what was marked before and after the jump has its seven days.
        _clock.Jump(-TimeSpan.FromDays(days));
        await journal.TendAsync();
        _clock.Advance(TimeSpan.FromDays(5));
        await journal.TendAsync();
        Assert.Equal(4, Segments().Count);
    }

    [Fact]
    public async Task A_clock_that_is_years_ahead_at_the_start_removes_nothing_on_the_first_day()
    {
        await using (var journal = Open())
        {
            await DrainOneSegmentEachAsync(journal, 4);
        }

        _clock.Jump(TimeSpan.FromDays(12 * 365));
        await using var again = Open();
        await again.TendAsync();
        _clock.Advance(TimeSpan.FromHours(23));
        await again.TendAsync();
        Assert.Equal(4, Segments().Count);
        _clock.Advance(TimeSpan.FromHours(2));
        await again.TendAsync();
        Assert.Equal(2, Segments().Count);
    }

    [Fact]
    public async Task Segments_marked_while_the_clock_was_ahead_have_their_days_from_when_that_is_seen()
    {
        await using var journal = Open();
        _clock.Jump(TimeSpan.FromDays(1000));
        await DrainOneSegmentEachAsync(journal, 4);
        _clock.Jump(TimeSpan.FromDays(-1000));
        await journal.TendAsync();
        _clock.Advance(TimeSpan.FromDays(2));
        await journal.TendAsync();
        Assert.Equal(4, Segments().Count);
        _clock.Advance(TimeSpan.FromDays(8));
        await journal.TendAsync();

        Assert.Equal(2, Segments().Count);
    }

    [Fact]
    public async Task Drained_records_are_given_again_from_an_instant_on()
    {
        await using var journal = Open();
        await DrainOneSegmentEachAsync(journal, 2);
        _clock.Advance(TimeSpan.FromHours(3));
        var since = _clock.GetUtcNow();
        _clock.Advance(TimeSpan.FromHours(1));
        await DrainOneSegmentEachAsync(journal, 2, from: 2);
        await AppendAsync(journal, "waits");

        Assert.Equal(
            [.. Enumerable.Range(0, 4).Select(at => Some.Uuid($"drained {at}")), Some.Uuid("waits")],
            await ReadAsync(journal.ReadKeptAsync(DateTimeOffset.MinValue, Some.None, Token)));
        Assert.Equal([Some.Uuid("drained 2"), Some.Uuid("drained 3"), Some.Uuid("waits")], await ReadAsync(journal.ReadKeptAsync(since, Some.None, Token)));
        Assert.Equal([Some.Uuid("waits")], await ReadAsync(journal.ReadUndrainedAsync(Token)));
    }

    [Fact]
    public async Task After_a_kill_everything_is_given_again_in_order_that_of_the_segment_left_open_too()
    {
        await using var journal = Open();
        await DrainOneSegmentEachAsync(journal, 1);
        await AppendAsync(journal, "done");
        await AppendAsync(journal, "refused");
        await AppendAsync(journal, "waits");
        journal.Done(Some.Uuid("done"));
        await journal.WithdrawAsync(Some.Uuid("refused"));

        await using var again = Some.Open(_disk.AfterKill(), _clock);

        Assert.Equal(
            [Some.Uuid("drained 0"), Some.Uuid("done"), Some.Uuid("waits")], await ReadAsync(again.ReadKeptAsync(DateTimeOffset.MinValue, Some.None, Token)));
        Assert.Empty(again.State.Damage);
    }

    [Fact]
    public async Task What_is_under_way_or_is_appended_meanwhile_is_not_given_again()
    {
        await using var journal = Open();
        await AppendAsync(journal, "settled");
        await AppendAsync(journal, "under way");
        var given = new List<Guid>();
        await foreach (var record in journal.ReadKeptAsync(DateTimeOffset.MinValue, () => new HashSet<Guid> { Some.Uuid("under way") }, Token))
        {
            given.Add(record.Id);
            await AppendAsync(journal, $"later {given.Count}");
        }

        Assert.Equal([Some.Uuid("settled")], given);
        Assert.Empty(journal.State.Damage);
    }

    [Fact]
    public async Task A_kept_record_goes_into_quarantine_once_whether_it_waits_or_not_and_though_no_more_may_wait()
    {
        await using var journal = Some.Open(_disk, _clock, Some.Options with { MaxUndrainedBytes = 3 * 4096 });
        await DrainOneSegmentEachAsync(journal, 1);
        await AppendAsync(journal, "waits");
        await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync(Some.Uuid("large"), new byte[8192], Token));
        var kept = new List<JournalRecord>();
        await foreach (var record in journal.ReadKeptAsync(DateTimeOffset.MinValue, Some.None, Token))
        {
            kept.Add(record);
        }

        foreach (var record in kept.Concat(kept))
        {
            await journal.QuarantineKeptAsync(record, "instance.missing", Token);
        }

        Assert.Equal((0, 2), (journal.State.WaitingRecords, journal.State.Quarantined));
        await using var again = Some.Open(_disk.AfterKill(), _clock);
        Assert.Equal(2, again.State.Quarantined);
    }

    [Fact]
    public async Task A_quiet_segment_is_closed_when_it_is_old_and_gives_back_what_it_did_not_use()
    {
        await using var journal = Open();
        await AppendAsync(journal, "one");
        Assert.Equal(Some.Options.SegmentBytes, _disk["0000000001.fkj"].Length);
        _clock.Advance(TimeSpan.FromMinutes(9));
        await journal.TendAsync();
        Assert.Equal(Some.Options.SegmentBytes, _disk["0000000001.fkj"].Length);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await journal.TendAsync();

        // Header, record, end.
        Assert.Equal(3 * 4096, _disk["0000000001.fkj"].Length);
        Assert.Equal(["0000000001.fkj"], Segments());
    }

    [Fact]
    public async Task A_record_in_quarantine_is_kept_whole_and_waits_no_more()
    {
        var id = Some.Uuid("poison");
        await using (var journal = Open())
        {
            await journal.AppendAsync(id, Some.Bytes(id, 5000), Token);
            await AppendAsync(journal, "good");
            await journal.QuarantineAsync(id, "content.differs", Token);
            var unknown = await Assert.ThrowsAsync<JournalException>(() => journal.QuarantineAsync(id, "content.differs", Token));
            Assert.Equal(JournalTrouble.NoRecord, unknown.Reason);
            await Assert.ThrowsAsync<ArgumentException>(() => journal.QuarantineAsync(Some.Uuid("good"), "émoi", Token));
            Assert.Equal([Some.Uuid("good")], await ReadAsync(journal.ReadUndrainedAsync(Token)));
            Assert.Equal(1, journal.State.Quarantined);
        }

        // The other record of the segment waits, so after a restart the poison comes again, and goes to the same place.
        await using var again = Open();
        Assert.Equal(2, again.State.WaitingRecords);
        await again.QuarantineAsync(id, "content.differs", Token);
        Assert.Equal(1, again.State.Quarantined);
        await foreach (var record in again.ReadQuarantineAsync(Token))
        {
            Assert.Equal((id, "content.differs", $"{id:N}.fkq"), (record.Id, record.Reason, record.File));
            Assert.True(record.Content.Span.SequenceEqual(Some.Bytes(id, 5000)));
        }

        Assert.Equal(-1, _disk[$"quarantine/{id:N}.fkq"].AsSpan().IndexOf(Some.Bytes(id, 16)));
    }

    [Fact]
    public async Task Another_record_of_the_same_id_lies_in_quarantine_beside_the_first_and_a_damaged_file_is_named()
    {
        var id = Some.Uuid("poison");
        await using var journal = Open();
        foreach (var length in new[] { 100, 200, 300 })
        {
            await journal.AppendAsync(id, Some.Bytes(id, length), Token);
            await journal.QuarantineAsync(id, "content.differs", Token);
        }

        Assert.Equal(3, journal.State.Quarantined);
        var file = $"quarantine/{id:N}-2.fkq";
        var bytes = _disk[file];
        bytes[^20] ^= 1;
        _disk[file] = bytes;
        var lengths = new List<int>();
        await foreach (var record in journal.ReadQuarantineAsync(Token))
        {
            lengths.Add(record.Content.Length);
        }

        Assert.Equal([300, 100], lengths);
        Assert.Equal([new JournalDamage(file, 0, DamageKind.Frame)], journal.State.Damage);
    }

    private static async Task CloseSegmentAsync(IntakeJournal journal, ManualClock clock)
    {
        clock.Advance(Some.Options.SegmentAge);
        await journal.TendAsync();
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

    private async Task DrainOneSegmentEachAsync(IntakeJournal journal, int count, int from = 0)
    {
        for (var at = from; at < from + count; at++)
        {
            await AppendAsync(journal, $"drained {at}");
            journal.Done(Some.Uuid($"drained {at}"));
            await CloseSegmentAsync(journal);
        }
    }

    private Task CloseSegmentAsync(IntakeJournal journal) => CloseSegmentAsync(journal, _clock);

    private IntakeJournal Open() => Some.Open(_disk, _clock);

    private IReadOnlyList<string> Segments() => [.. ((IJournalDisk)_disk).List(string.Empty).Order(StringComparer.Ordinal)];
}
