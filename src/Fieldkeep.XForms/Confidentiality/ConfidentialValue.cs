using System.Diagnostics.CodeAnalysis;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Holds one answer that was taken out of an instance.</summary>
/// <param name="Number">Position in the version's record, from 1; the instance bears it in place of the answer.</param>
/// <param name="Path">Path of the question, such as <c>/data/child/name</c>.</param>
/// <param name="Place">Place in the instance: the path with the rows of repeats counted from 1, <c>/data/child[2]/name</c>.</param>
/// <param name="Text">What stood inside the element, as written: UTF-8, with its references; empty for no answer.</param>
/// <param name="Masked">The displaced point shown to others; null when none is. Once given it stays while the answer does.</param>
public sealed record ConfidentialValue(
    int Number,
    string Path,
    string Place,
    [property: SuppressMessage("Performance", "CA1819", Justification = "The bytes are sealed and opened as they are.")] byte[] Text,
    string? Masked)
{
    /// <summary>
    /// What stood in the start tag behind the name, as written, without marks: attributes, white space, and the slash of an element that closes
    /// itself. All masked elements look alike, whatever stood there.
    /// </summary>
    [SuppressMessage("Performance", "CA1819", Justification = "The bytes are sealed and opened as they are.")]
    public byte[] Head { get; init; } = [];

    /// <summary>Digest of what is not confidential in the row the answer stands in, so that rows are known again; empty outside repeats.</summary>
    [SuppressMessage("Performance", "CA1819", Justification = "The bytes are sealed and opened as they are.")]
    public byte[] Row { get; init; } = [];

    /// <summary>Radius that <see cref="Masked"/> was displaced by; null when there is none.</summary>
    public double? Radius { get; init; }

    /// <summary>
    /// How often someone who could not read the point gave another. Each time it is displaced anew, or they could find out where the one before
    /// was by trying points until the same is shown.
    /// </summary>
    public int Turn { get; init; }

    /// <summary>Whether it says nothing: neither text nor the value of any attribute.</summary>
    public bool IsEmpty => IsAttributes ? InstanceSplit.IsEmpty(Text, []) : InstanceSplit.IsEmpty(Head, Text);

    /// <summary>Whether it holds attributes that were taken out of an element, not what stood inside it.</summary>
    internal bool IsAttributes => Path.EndsWith(AttributesStep, StringComparison.Ordinal);

    /// <summary>Ends the path of an answer that holds an element's attributes.</summary>
    internal const string AttributesStep = "/@";
}

/// <summary>Says what became of a confidential answer in an edit.</summary>
public enum ConfidentialChangeKind
{
    /// <summary>An answer where none was, such as in a new row.</summary>
    Added,

    /// <summary>Another answer in place of the one that was; an empty one clears it.</summary>
    Replaced,

    /// <summary>The question is no longer in the instance, nor its answer, as when a row was deleted.</summary>
    Removed,

    /// <summary>The answer followed its mark into a row that is another one by all that is open in it.</summary>
    Moved,

    /// <summary>
    /// Rows were changed by a client that loses marks: which row the empty question stands in cannot be told, and nobody's answer may become
    /// somebody else's.
    /// </summary>
    Unclear,
}

/// <summary>Tells that an edit changes a confidential answer; the place is that in the new instance, or the old one of what was removed.</summary>
public sealed record ConfidentialChange(string Place, ConfidentialChangeKind Kind);

/// <summary>Says what an edited instance is compared with.</summary>
/// <param name="Previous">The confidential answers of the version that was edited.</param>
/// <param name="EmptyKeeps">
/// Whether an empty question without mark keeps the answer it had: true for an editor who cannot read it; false for one who had
/// the answers and may have cleared one.
/// </param>
public sealed record SplitEdit(IReadOnlyList<ConfidentialValue> Previous, bool EmptyKeeps)
{
    /// <summary>
    /// Whether an answer that is given counts as a change even when it is the one there was: for an editor who may not give any, so that being
    /// refused does not tell which guess was right.
    /// </summary>
    public bool SameIsChange { get; init; }

    /// <summary>
    /// Whether the editor may not write confidential answers: what a client computed stays as it was, and what it left out of a row that is still
    /// there is put back.
    /// </summary>
    public bool IsReadOnly { get; init; }
}

/// <summary>Holds what was taken out of an instance.</summary>
/// <param name="Values">The answers, by number.</param>
/// <param name="Files">Names of the files that confidential questions name, each once.</param>
/// <param name="Changes">What an edit changes; empty when nothing is, or when it was no edit.</param>
public sealed record SplitResult(
    IReadOnlyList<ConfidentialValue> Values, IReadOnlyList<string> Files, IReadOnlyList<ConfidentialChange> Changes);
