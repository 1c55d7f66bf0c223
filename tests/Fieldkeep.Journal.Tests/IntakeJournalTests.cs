using Fieldkeep.Journal.Disks;
using Fieldkeep.Journal.Tests.Support;
using Xunit;

namespace Fieldkeep.Journal.Tests;

public sealed class IntakeJournalTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_that_come_together_are_made_durable_together_and_keep_their_order()
    {
        await using var journal = Open(Some.Options with { SegmentBytes = 1 << 20 });
        await AppendAsync(journal, "first");
        var syncs = _disk.Syncs;
        var ids = Enumerable.Range(0, 500).Select(at => Some.Uuid($"together {at}")).ToList();
        var (reached, release) = _disk.Hold(new TaskCompletionSource().Task);
        var appended = new List<Task> { AppendAsync(journal, ids[0]) };
        await reached;
        appended.AddRange(ids.Skip(1).Select(id => AppendAsync(journal, id)));
        release();
        await Task.WhenAll(appended);

        // One alone, then 256, then the other 243.
        Assert.Equal(3, _disk.Syncs - syncs);
        Assert.Equal([Some.Uuid("first"), .. ids], await ReadAsync(journal.ReadUndrainedAsync(Token)));
    }

    [Fact]
    public async Task Records_of_many_writers_at_once_are_all_there()
    {
        await using var journal = Open(Some.Options with { MaxUndrainedBytes = 8 << 20 });
        var ids = Enumerable.Range(0, 400).Select(at => Some.Uuid($"{at}")).ToList();

        await Parallel.ForEachAsync(ids, Token, async (id, _) => await AppendAsync(journal, id));

        Assert.Equal(ids.Order(), (await ReadAsync(journal.ReadUndrainedAsync(Token))).Order());
        Assert.True(_disk.Syncs < 800, $"{_disk.Syncs} syncs for 400 records");
    }

    [Fact]
    public async Task Cancelling_before_the_record_is_handed_over_leaves_nothing_and_after_that_takes_nothing_back()
    {
        await using var journal = Open();
        using var early = new CancellationTokenSource();
        using var late = new CancellationTokenSource();
        await early.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => journal.AppendAsync(Some.Uuid("early"), new byte[10], early.Token));

        var (reached, release) = _disk.Hold(new TaskCompletionSource().Task);
        var appended = journal.AppendAsync(Some.Uuid("late"), new byte[10], late.Token);
        await reached;
        await late.CancelAsync();
        release();
        await appended;

        Assert.Equal([Some.Uuid("late")], await ReadAsync(journal.ReadUndrainedAsync(Token)));
    }

    [Fact]
    public async Task The_largest_record_is_taken_and_a_larger_one_refused()
    {
        await using var journal = Open(Some.Options with { MaxUndrainedBytes = 64 << 20 });
        var largest = Some.Bytes(Some.Uuid("largest"), IntakeJournal.MaxRecordBytes);

        await journal.AppendAsync(Some.Uuid("largest"), largest, Token);
        var refusal = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync(Some.Uuid("larger"), new byte[IntakeJournal.MaxRecordBytes + 1], Token));

        Assert.Equal(JournalTrouble.TooLarge, refusal.Reason);
        await foreach (var record in journal.ReadUndrainedAsync(Token))
        {
            Assert.True(record.Content.Span.SequenceEqual(largest));
        }
    }

    [Fact]
    public async Task What_waits_is_bounded_and_the_journal_takes_more_when_the_database_has_it()
    {
        await using var journal = Open(Some.Options with { MaxUndrainedBytes = 64 * 1024 });
        var taken = new List<Guid>();
        JournalException? refusal = null;
        while (refusal is null)
        {
            var id = Some.Uuid($"{taken.Count}");
            refusal = await Record.ExceptionAsync(() => journal.AppendAsync(id, new byte[3000], Token)) as JournalException;
            taken.Add(id);
        }

        Assert.Equal(JournalTrouble.Full, refusal.Reason);
        Assert.InRange(journal.State.UndrainedBytes, 40 * 1024, 64 * 1024);
        taken.ForEach(id => journal.Done(id));
        await journal.TendAsync();
        await AppendAsync(journal, "again");
        Assert.Equal(1, journal.State.WaitingRecords);
    }

    [Fact]
    public async Task A_disk_with_too_little_room_is_left_alone()
    {
        await using var journal = Open();
        await AppendAsync(journal, "before");
        _disk.Free = Some.Options.MinFreeBytes + 100;
        var before = _disk["0000000001.fkj"];

        var refusal = await Assert.ThrowsAsync<JournalException>(() => AppendAsync(journal, "now"));

        Assert.Equal(JournalTrouble.Full, refusal.Reason);
        Assert.Equal(before, _disk["0000000001.fkj"]);
        _disk.Free = 1L << 30;
        await AppendAsync(journal, "now");
    }

    [Fact]
    public async Task On_the_disk_of_the_database_there_stays_room_for_what_waits_to_be_written_there_once_more()
    {
        await using var journal = Open(Some.Options with { IsOnDatabaseDisk = true });
        await AppendAsync(journal, "before");
        _disk.Free = Some.Options.MinFreeBytes + journal.State.UndrainedBytes + 100;

        var refusal = await Assert.ThrowsAsync<JournalException>(() => AppendAsync(journal, "now"));

        Assert.Equal(JournalTrouble.Full, refusal.Reason);
        _disk.Free += Some.Options.SegmentBytes;
        await AppendAsync(journal, "now");
    }

    [Fact]
    public async Task An_id_that_waits_is_not_taken_again_and_one_that_is_done_is()
    {
        await using var journal = Open();
        await AppendAsync(journal, "twice");

        await Assert.ThrowsAsync<ArgumentException>(() => AppendAsync(journal, "twice"));

        Assert.True(journal.Done(Some.Uuid("twice")));
        Assert.False(journal.Done(Some.Uuid("twice")));
        await AppendAsync(journal, "twice");
    }

    [Fact]
    public async Task A_record_that_the_database_has_before_the_disk_does_not_wait()
    {
        await using var journal = Open();
        var (reached, release) = _disk.Hold(new TaskCompletionSource().Task);
        var appended = AppendAsync(journal, "quick");
        await reached;
        Assert.True(journal.Done(Some.Uuid("quick")));
        release();
        await appended;

        Assert.Equal(0, journal.State.WaitingRecords);
        Assert.Empty(await ReadAsync(journal.ReadUndrainedAsync(Token)));
    }

    [Fact]
    public async Task After_a_restart_what_is_not_drained_is_given_in_order_and_a_new_segment_is_begun()
    {
        var ids = Enumerable.Range(0, 20).Select(at => Some.Uuid($"{at}")).ToList();
        await using (var journal = Open())
        {
            foreach (var id in ids)
            {
                await journal.AppendAsync(id, Some.Bytes(id, 2000), Token);
            }

            ids.Take(5).ToList().ForEach(id => journal.Done(id));
        }

        var before = Segments();
        await using var again = Open();

        // Drained are whole segments: three records fit in one.
        Assert.Equal(ids.Skip(3), await ReadAsync(again.ReadUndrainedAsync(Token)));
        Assert.Equal(17, again.State.WaitingRecords);
        Assert.Equal(_clock.GetUtcNow(), again.State.OldestWaitingAt);
        await AppendAsync(again, "new");
        Assert.Equal(before.Count + 1, Segments().Count);
    }

    [Fact]
    public async Task After_the_close_nothing_is_taken()
    {
        var journal = Open();
        var appended = Enumerable.Range(0, 50).Select(at => AppendAsync(journal, $"{at}")).ToList();
        await journal.DisposeAsync();
        await journal.DisposeAsync();

        await Task.WhenAll(appended);
        var refusal = await Assert.ThrowsAsync<JournalException>(() => AppendAsync(journal, "late"));
        Assert.Equal(JournalTrouble.Closed, refusal.Reason);
        Assert.False(journal.Done(Some.Uuid("late")));
        await Assert.ThrowsAsync<JournalException>(() => journal.QuarantineAsync(Some.Uuid("0"), "late", Token));
    }

    [Fact]
    public async Task Damage_in_one_segment_is_named_with_file_and_place_and_all_others_are_read()
    {
        var ids = Enumerable.Range(0, 9).Select(at => Some.Uuid($"{at}")).ToList();
        await using (var journal = Open())
        {
            foreach (var id in ids)
            {
                await journal.AppendAsync(id, Some.Bytes(id, 2000), Token);
            }
        }

        _disk["0000000002.fkj"] = Flip(_disk["0000000002.fkj"], 8192 + 100);
        await using (var again = Open())
        {
            Assert.Equal([new JournalDamage("0000000002.fkj", 8192, DamageKind.Frame)], again.State.Damage);
            var read = await ReadAsync(again.ReadUndrainedAsync(Token));
            Assert.Equal(ids.Where((_, at) => at != 4), read);
            read.ForEach(id => again.Done(id));
        }

        // What could be read is in the database; the damaged segment stays, whatever time goes by.
        Assert.Contains(Segments(), file => file.StartsWith("0000000002-", StringComparison.Ordinal) && file.EndsWith(".fkx", StringComparison.Ordinal));
        _clock.Advance(TimeSpan.FromDays(8));
        await using var later = Open();
        await later.TendAsync();
        Assert.Contains(Segments(), file => file.EndsWith(".fkx", StringComparison.Ordinal));
        Assert.Single(later.State.Damage);
    }

    [Fact]
    public async Task A_segment_whose_header_is_damaged_is_named_and_left_where_it_is()
    {
        await using (var journal = Open())
        {
            await AppendAsync(journal, "unreadable");
        }

        _disk["0000000001.fkj"] = Flip(_disk["0000000001.fkj"], 80);
        await using (var again = Open())
        {
            Assert.Equal([new JournalDamage("0000000001.fkj", 0, DamageKind.Header)], again.State.Damage);
            await AppendAsync(again, "next");
            again.Done(Some.Uuid("next"));
        }

        Assert.Contains("0000000001.fkj", Segments());
        Assert.Contains(Segments(), file => file.StartsWith("0000000002-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_lock_keeps_a_second_one_out_and_ends_with_the_first()
    {
        using var folder = new ScratchFolder();
        var directory = Path.Combine(folder.Path, "journal");
        await using (OpenLocal(directory))
        {
            var refusal = Assert.Throws<JournalException>(() => OpenLocal(directory));
            Assert.Equal(JournalTrouble.InUse, refusal.Reason);
        }

        await using var next = OpenLocal(directory);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        await AppendAsync(next, "one");
        Assert.All(
            Directory.EnumerateFiles(directory), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_hundred_thousand_records_are_read_with_one_segment_in_memory()
    {
        using var folder = new ScratchFolder();
        var options = new JournalOptions(folder.Path) { MinFreeBytes = 0, SegmentBytes = 2 << 20 };
        await using (var journal = IntakeJournal.Open(options, Some.Seal.Key, Some.Installation, TimeProvider.System))
        {
            var content = new byte[100];
            for (var at = 0; at < 100_000; at += 20_000)
            {
                var from = at;
                await Task.WhenAll(Enumerable.Range(from, 20_000).Select(n => journal.AppendAsync(Ordered(n), content, Token)));
            }
        }

        await using var again = IntakeJournal.Open(options, Some.Seal.Key, Some.Installation, TimeProvider.System);
        var (count, most, before) = (0, 0L, GC.GetTotalMemory(forceFullCollection: true));
        await foreach (var record in again.ReadUndrainedAsync(Token))
        {
            Assert.Equal(Ordered(count), record.Id);
            count++;
            if (count % 25_000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(100_000, count);
        Assert.True(most < 6 << 20, $"{most} bytes were held");
    }

    private static Guid Ordered(int number) => new(number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static byte[] Flip(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }

    private static Task AppendAsync(IntakeJournal journal, string name) => AppendAsync(journal, Some.Uuid(name));

    private static Task AppendAsync(IntakeJournal journal, Guid id) => journal.AppendAsync(id, Some.Bytes(id, 150), Token);

    private static async Task<List<Guid>> ReadAsync(IAsyncEnumerable<JournalRecord> records)
    {
        var ids = new List<Guid>();
        await foreach (var record in records)
        {
            ids.Add(record.Id);
        }

        return ids;
    }

    private static IntakeJournal OpenLocal(string directory) =>
        IntakeJournal.Open(new JournalOptions(directory) { MinFreeBytes = 0 }, Some.Seal.Key, Some.Installation, TimeProvider.System);

    private IntakeJournal Open(JournalOptions? options = null) => Some.Open(_disk, _clock, options);

    private IReadOnlyList<string> Segments() => [.. ((IJournalDisk)_disk).List(string.Empty).Order(StringComparer.Ordinal)];
}
