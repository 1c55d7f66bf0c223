namespace Fieldkeep.Server.Submissions.History;

/// <summary>One difference between two versions of a submission.</summary>
/// <param name="Path">The way to the node, below the root.</param>
/// <param name="Old">What was there; null when nothing was.</param>
/// <param name="New">What is there now; null when nothing is.</param>
internal sealed record AnswerChange(IReadOnlyList<AnswerStep> Path, AnswerValue? Old, AnswerValue? New);

/// <summary>One step on the way to an answer.</summary>
/// <param name="Name">The node's own name.</param>
/// <param name="Index">Which row of a repeat, from 0; null for other nodes.</param>
internal readonly record struct AnswerStep(string Name, int? Index);

/// <summary>An answer, or a group with answers.</summary>
/// <param name="Text">The answer; null for a group.</param>
/// <param name="Members">What is in the group, in its order; of a repeat, all rows under its name.</param>
internal sealed record AnswerValue(string? Text, IReadOnlyList<KeyValuePair<string, IReadOnlyList<AnswerValue>>> Members)
{
    /// <summary>The names of members that are repeats: always lists, be there one row or many.</summary>
    public IReadOnlySet<string> Repeats { get; init; } = new HashSet<string>(StringComparer.Ordinal);
}
