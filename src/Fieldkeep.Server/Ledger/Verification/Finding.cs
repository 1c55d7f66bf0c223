namespace Fieldkeep.Server.Ledger.Verification;

/// <summary>One thing that does not hold, with its place.</summary>
/// <param name="What">A stable code; docs/operations/verify.md lists them.</param>
/// <param name="Message">The same in words, with what to look at. Never an answer.</param>
internal sealed record Finding(string What, string Message)
{
    /// <summary>The ledger entry it is about; null for none.</summary>
    public long? Entry { get; init; }

    /// <summary>The leaf it is about, from 0; null for none.</summary>
    public long? Leaf { get; init; }

    /// <summary>The size of the checkpoint it is about; null for none.</summary>
    public long? Checkpoint { get; init; }

    /// <summary>The instance id of the submission it is about; null for none.</summary>
    public string? Submission { get; init; }

    /// <summary>The submission's version; null for none.</summary>
    public int? Version { get; init; }

    /// <summary>The file and line it is about; null for none.</summary>
    public string? File { get; init; }
}

/// <summary>Gathers findings: the first of them whole, the rest as a number, so that a ruined ledger fits into memory.</summary>
internal sealed class Findings
{
    private const int MostKept = 1_000;

    private readonly List<Finding> _kept = [];
    private readonly List<string> _remarks = [];

    /// <summary>The first thousand.</summary>
    public IReadOnlyList<Finding> Kept => _kept;

    /// <summary>How many there are in all.</summary>
    public long Count { get; private set; }

    /// <summary>What people should know and is no fault.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>What could not be looked at, and why; nothing is known about it.</summary>
    public List<string> NotVerified { get; } = [];

    /// <summary>Adds one.</summary>
    public void Add(Finding finding)
    {
        Count++;
        if (_kept.Count < MostKept)
        {
            _kept.Add(finding);
        }
    }

    /// <summary>Adds what is no fault.</summary>
    public void Remark(string remark)
    {
        if (_remarks.Count < MostKept)
        {
            _remarks.Add(remark);
        }
    }
}
