using Fieldkeep.Journal;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Records of new submissions that go into one transaction, in their order; of no instance two.</summary>
internal sealed class RecordGroup
{
    // One transaction for as many; those that come meanwhile have their turn in between.
    private const int MostTogether = 64;
    private const int MostBytesTogether = 4 << 20;

    private readonly List<ReadRecord> _members = [];
    private int _bytes;

    /// <summary>Whether a record is among them.</summary>
    public bool Has(Guid record) => _members.Exists(one => one.Record.Id == record);

    /// <summary>Whether one has to wait for the next: there are enough, or one of its instance is among them.</summary>
    public bool IsFullFor(NewSubmission submission) =>
        _members.Count == MostTogether || _bytes > MostBytesTogether || _members.Exists(one => InstanceKey.Of(one.Submission) == InstanceKey.Of(submission));

    /// <summary>Adds one.</summary>
    public void Add(JournalRecord record, NewSubmission submission)
    {
        _members.Add(new ReadRecord(record, submission));
        _bytes += record.Content.Length;
    }

    /// <summary>Gives them and has none any more.</summary>
    public List<ReadRecord> Take()
    {
        var all = _members.ToList();
        Clear();
        return all;
    }

    /// <summary>Has none any more.</summary>
    public void Clear()
    {
        _members.Clear();
        _bytes = 0;
    }
}

/// <summary>A record of the journal and what it holds.</summary>
internal sealed record ReadRecord(JournalRecord Record, NewSubmission Submission);
