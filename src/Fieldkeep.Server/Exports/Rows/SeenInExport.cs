using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Exports.Rows;

/// <summary>Remembers which submissions went into an export of someone who does not see all: when it is fetched they must still be theirs.</summary>
internal sealed class SeenInExport
{
    private readonly HashSet<long> _sequences = [];

    /// <summary>The submissions, by sequence number.</summary>
    public long[] Sequences => [.. _sequences];

    /// <summary>Adds those of a block.</summary>
    public void Add(SealedBlock block) => _sequences.UnionWith(block.Rows.Select(row => row.Sequence));

    /// <summary>Adds one.</summary>
    public void Add(long sequence) => _sequences.Add(sequence);
}
