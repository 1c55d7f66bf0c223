using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers;

/// <summary>Which rows are sought.</summary>
/// <param name="Filter">What must hold; null for all.</param>
/// <param name="Repeat">The repeat whose rows are counted; null to count submissions.</param>
/// <param name="After">Where to begin: the first row older than this.</param>
internal sealed record RowQuery(SubmissionSet Set, FormLayout Layout, AllowedFilter? Filter, FormTable? Repeat, SubmissionCursor After)
{
    /// <summary>The submissions among which they are sought.</summary>
    public SubmissionSet Set { get; } = Filter?.Limit(Set) ?? Set;

    /// <summary>What must hold.</summary>
    public RowFilter Condition { get; } = Filter?.Condition ?? new ConstantFilter(true);

    /// <summary>Whether what lies in the trash is sought too.</summary>
    public bool WithTrash { get; } = Filter?.Condition.AsksTrash ?? false;

    /// <summary>The repeats whose numbers of rows are needed.</summary>
    public IReadOnlyList<FormTable> Counted { get; } =
        [.. (Filter?.Condition.Repeats ?? []).Concat(Repeat is null ? [] : new[] { Repeat }).Distinct()];

    /// <summary>The columns that must be opened.</summary>
    public IReadOnlyDictionary<string, FormTable> Columns { get; } =
        Filter?.Condition.Columns ?? new Dictionary<string, FormTable>(StringComparer.Ordinal);
}

/// <summary>A submission that was sought.</summary>
/// <param name="Rows">How many rows it counts for: 1, or those of the repeat.</param>
internal readonly record struct MatchedRow(long Sequence, int Rows);
