namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Says why a question is confidential.</summary>
public enum ConfidentialCause
{
    /// <summary>It is marked itself, in the form or beside it.</summary>
    Marked,

    /// <summary>A group, repeat or question it belongs to is confidential.</summary>
    Inherited,

    /// <summary>Its answer is made of confidential ones.</summary>
    Derived,
}

/// <summary>Names a question whose answers only holders of the right see.</summary>
/// <param name="Path">Path of the question, such as <c>/data/group/question</c>.</param>
/// <param name="Cause">Why it is confidential.</param>
/// <param name="From">Path of the group, repeat or question that makes it so; null when it is marked itself.</param>
/// <param name="Radius">Metres within which others see a point displaced; null when they see none.</param>
/// <param name="IsFile">Whether the answer names a file, which is as confidential.</param>
/// <param name="IsPlace">Whether the answer is one point.</param>
public sealed record ConfidentialNode(string Path, ConfidentialCause Cause, string? From, double? Radius, bool IsFile, bool IsPlace)
{
    /// <summary>Whether an instance can hold it more than once.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>Whether the device computes the answer: nobody types it, and who was not shown what it is made of computes nonsense.</summary>
    public bool IsMade { get; init; }

    /// <summary>Paths of the confidential questions, and of groups and repeats that hold some, which the answer is made of.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];
}

/// <summary>Says what a visible part of a form lets others guess of confidential answers.</summary>
public enum ConfidentialHintKind
{
    /// <summary>Whether the node is part of the answers depends on them.</summary>
    Relevance,

    /// <summary>Which answers the node accepts depends on them.</summary>
    Constraint,

    /// <summary>Whether the node needs an answer depends on them.</summary>
    Required,

    /// <summary>Whether the node can be changed depends on them.</summary>
    ReadOnly,

    /// <summary>The number of a repeat's rows depends on them.</summary>
    RepeatCount,

    /// <summary>Which entity is made or changed, or whether one is, depends on them.</summary>
    Entity,
}

/// <summary>Warns that a visible node gives a hint at confidential answers.</summary>
/// <param name="Path">Path of the visible node.</param>
/// <param name="Kind">What of it depends on confidential answers.</param>
/// <param name="From">Path of the confidential question it depends on.</param>
public sealed record ConfidentialHint(string Path, ConfidentialHintKind Kind, string From);

/// <summary>Says what is wrong with the confidentiality of a form.</summary>
public enum ConfidentialFaultKind
{
    /// <summary>A mark in the form fits no node of it.</summary>
    UnmatchedMark,

    /// <summary>A flag beside the form fits no node of this version.</summary>
    UnmatchedFlag,

    /// <summary>An id that stays open is made of a confidential answer.</summary>
    OpenId,
}

/// <summary>Names what of a form would leave answers open that are meant to be confidential.</summary>
/// <param name="Path">The path as it is written, or of the node concerned.</param>
/// <param name="Kind">What is wrong.</param>
public sealed record ConfidentialFault(string Path, ConfidentialFaultKind Kind);
