using Fieldkeep.Journal.Disks;
using Fieldkeep.Journal.Segments;

namespace Fieldkeep.Journal.Tests.Support;

/// <summary>Appends, drains, rotates, quarantines and removes on a simulated disk, and keeps a list of what was acknowledged; then looks whether it is there.</summary>
internal sealed class Script(SimulatedDisk begun, ManualClock clock)
{
    private SimulatedDisk _disk = begun;
    private readonly Dictionary<Guid, byte[]> _attempted = [];
    private readonly SortedList<int, Guid> _acknowledgedInOrder = [];
    private readonly HashSet<Guid> _done = [];
    private readonly HashSet<Guid> _quarantined = [];
    private readonly HashSet<Guid> _mayBeGone = [];
    private readonly List<Guid> _made = [];

    /// <summary>What did not go as it should while everything ran.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>How many were acknowledged.</summary>
    public int Acknowledged => AcknowledgedIds.Count;

    private IList<Guid> AcknowledgedIds => _acknowledgedInOrder.Values;

    /// <summary>Runs until the end, or as far as the disk lets it.</summary>
    public async Task RunAsync()
    {
        IntakeJournal journal;
        try
        {
            journal = Some.Open(_disk, clock);
        }
        catch (JournalException)
        {
            return;
        }

        await RunAsync(journal);
        await journal.DisposeAsync();
    }

    /// <summary>Goes on for a little on what is left of the disk.</summary>
    public async Task ContinueAsync(SimulatedDisk left)
    {
        _disk = left;
        IntakeJournal journal;
        try
        {
            journal = Some.Open(left, clock);
        }
        catch (JournalException)
        {
            return;
        }

        await AppendAsync(journal, 800);
        await AppendTogetherAsync(journal, 2);
        await journal.DisposeAsync();
    }

    /// <summary>Opens what is left of the disk and compares it with the list.</summary>
    public async Task<List<string>> CompareAsync(SimulatedDisk left)
    {
        var complaints = new List<string>(Complaints);
        LookForTwins(left, complaints);
        IntakeJournal journal;
        try
        {
            journal = Some.Open(left, clock);
        }
        catch (JournalException e)
        {
            complaints.Add($"lost everything: {e.Message}");
            return complaints;
        }

        complaints.AddRange(journal.State.Damage.Select(damage => damage.ToString()));
        var undrained = await ListAsync(journal.ReadUndrainedAsync(CancellationToken.None), complaints);
        var kept = await ListAsync(journal.ReadKeptAsync(DateTimeOffset.MinValue, Some.None, CancellationToken.None), complaints);
        var quarantined = await ListQuarantineAsync(journal, complaints);
        foreach (var id in AcknowledgedIds)
        {
            var isThere = undrained.Contains(id)
                || (_quarantined.Contains(id) && quarantined.Contains(id))
                || (_done.Contains(id) && !_quarantined.Contains(id) && (kept.Contains(id) || _mayBeGone.Contains(id)));
            if (!isThere)
            {
                complaints.Add($"lost {id}{(_done.Contains(id) ? ", which was done" : string.Empty)}");
            }
        }

        var inOrder = undrained.Where(AcknowledgedIds.Contains).Distinct().ToList();
        if (!inOrder.SequenceEqual(AcknowledgedIds.Where(inOrder.Contains)))
        {
            complaints.Add("another order");
        }

        await GoOnAsync(journal, complaints);
        return complaints;
    }

    private static async Task<HashSet<Guid>> ListQuarantineAsync(IntakeJournal journal, List<string> complaints)
    {
        var ids = new HashSet<Guid>();
        await foreach (var record in journal.ReadQuarantineAsync(CancellationToken.None))
        {
            if (!ids.Add(record.Id))
            {
                complaints.Add($"twice in quarantine: {record.Id}");
            }
        }

        return ids;
    }

    // It works afterwards: takes, gives, drains, and a new process finds the same.
    private static async Task GoOnAsync(IntakeJournal journal, List<string> complaints)
    {
        var id = Some.Uuid("after");
        try
        {
            await journal.AppendAsync(id, Some.Bytes(id, 3000), CancellationToken.None);
            var last = Guid.Empty;
            await foreach (var record in journal.ReadUndrainedAsync(CancellationToken.None))
            {
                last = record.Id;
                journal.Done(record.Id);
            }

            if (last != id)
            {
                complaints.Add("what was appended afterwards is not the last");
            }
        }
        catch (JournalException e)
        {
            complaints.Add($"does not go on: {e.Message}");
        }

        await journal.DisposeAsync();
        var state = journal.State;
        if (state.WaitingRecords > 0 || state.Damage.Count > 0)
        {
            complaints.Add($"after all was done {state.WaitingRecords} wait, damaged is {string.Join(", ", state.Damage)}");
        }
    }

    private async Task RunAsync(IntakeJournal journal)
    {
        var first = await AppendAsync(journal, 700);
        await AppendAsync(journal, 0);
        var group = await AppendTogetherAsync(journal, 5);
        Done(journal, first);
        await AppendAsync(journal, 5000);
        await QuarantineAsync(journal, group[1]);
        await AppendAsync(journal, 1200);
        Done(journal, [.. group.Where(id => id != group[1])]);
        await TendAsync(journal);
        await AppendAsync(journal, 300);
        clock.Advance(TimeSpan.FromMinutes(11));
        await TendAsync(journal);
        var late = await AppendTogetherAsync(journal, 3);
        await AppendAsync(journal, 9000);
        Done(journal, [.. AcknowledgedIds.SkipLast(2).Where(id => !_quarantined.Contains(id))]);
        await TendAsync(journal);
        await QuarantineAsync(journal, late[2]);
        clock.Advance(TimeSpan.FromDays(8));
        _mayBeGone.UnionWith(_done);
        await TendAsync(journal);
        await AppendAsync(journal, 2000);
        await AppendAsync(journal, 2500);
    }

    private async Task<Guid> AppendAsync(IntakeJournal journal, int bytes)
    {
        var id = Make(bytes);
        // As a phone does: what was refused comes again.
        for (var attempt = 1; !await TryAppendAsync(journal, id) && !_disk.IsCut; attempt++)
        {
            if (attempt == 20)
            {
                Complaints.Add($"refused for ever: {id}");
                break;
            }

            clock.Advance(TimeSpan.FromSeconds(6));
        }

        return id;
    }

    // The first is written alone; what comes while the disk works is written together.
    private async Task<List<Guid>> AppendTogetherAsync(IntakeJournal journal, int count)
    {
        var ids = Enumerable.Range(0, count).Select(at => Make(200 + (at * 100))).ToList();
        var attempts = new List<Task<bool>>();
        var first = new TaskCompletionSource();
        var (reached, release) = _disk.Hold(first.Task);
        attempts.Add(TryAppendAsync(journal, ids[0]));
        _ = attempts[0].ContinueWith(_ => first.TrySetResult(), TaskScheduler.Default);
        await reached;
        attempts.AddRange(ids.Skip(1).Select(id => TryAppendAsync(journal, id)));
        release();
        await Task.WhenAll(attempts);
        return ids;
    }

    private async Task<bool> TryAppendAsync(IntakeJournal journal, Guid id)
    {
        try
        {
            await journal.AppendAsync(id, _attempted[id], CancellationToken.None);
            lock (_acknowledgedInOrder)
            {
                // What is handed over first is first in the journal.
                _acknowledgedInOrder.Add(_made.IndexOf(id), id);
            }

            return true;
        }
        catch (JournalException)
        {
            return false;
        }
    }

    private Guid Make(int bytes)
    {
        var id = Some.Uuid($"record {_made.Count}");
        _made.Add(id);
        _attempted[id] = Some.Bytes(id, bytes);
        return id;
    }

    private void Done(IntakeJournal journal, params IReadOnlyList<Guid> ids)
    {
        foreach (var id in ids)
        {
            if (journal.Done(id))
            {
                _done.Add(id);
            }
        }
    }

    private async Task QuarantineAsync(IntakeJournal journal, Guid id)
    {
        try
        {
            await journal.QuarantineAsync(id, "form.unknown", CancellationToken.None);
            _done.Add(id);
            _quarantined.Add(id);
        }
        catch (JournalException e)
        {
            if (e.Reason != JournalTrouble.NoRecord && !_disk.IsCut && _disk.FailAt == 0)
            {
                Complaints.Add(e.Message);
            }
        }
    }

    private static async Task TendAsync(IntakeJournal journal) => await journal.TendAsync();

    private async Task<List<Guid>> ListAsync(IAsyncEnumerable<JournalRecord> records, List<string> complaints)
    {
        var ids = new List<Guid>();
        await foreach (var record in records)
        {
            ids.Add(record.Id);
            if (!_attempted.TryGetValue(record.Id, out var bytes))
            {
                complaints.Add($"nobody appended {record.Id}");
            }
            else if (!record.Content.Span.SequenceEqual(bytes))
            {
                complaints.Add($"{record.Id} has other content");
            }
        }

        return ids;
    }

    private static void LookForTwins(SimulatedDisk left, List<string> complaints)
    {
        using var reader = new SegmentReader(left, Some.Seal);
        foreach (var file in ((IJournalDisk)left).List(string.Empty))
        {
            var ids = new HashSet<Guid>();
            var cursor = SegmentName.TryParse(file) is { } name ? reader.TryOpen(file, name.Number, out _) : null;
            while (cursor?.Next() == true)
            {
                if (!ids.Add(cursor.Id))
                {
                    complaints.Add($"twice in {file}: {cursor.Id}");
                }
            }
        }
    }
}
