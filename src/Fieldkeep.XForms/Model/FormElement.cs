namespace Fieldkeep.XForms.Model;

/// <summary>
/// One node of a form's primary instance: a <see cref="GroupElement"/>, a <see cref="RepeatElement"/> or a
/// <see cref="QuestionElement"/>.
/// </summary>
public abstract record FormElement
{
    private protected FormElement()
    {
    }

    /// <summary>Local name of the node.</summary>
    public required string Name { get; init; }

    /// <summary>Local names from the root, such as <c>/data/group/question</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Position in document order; the root is 0.</summary>
    public required int Order { get; init; }

    /// <summary>Label by language.</summary>
    public FormText Label { get; init; } = FormText.Empty;

    /// <summary>Hint by language.</summary>
    public FormText Hint { get; init; } = FormText.Empty;

    /// <summary>Appearance of the control; null when absent.</summary>
    public string? Appearance { get; init; }

    /// <summary>Condition under which the node is part of the answer; null when it always is.</summary>
    public string? Relevant { get; init; }

    /// <summary>Whether the form marks the node, and with it everything inside, as confidential.</summary>
    public bool IsConfidential { get; init; }

    /// <summary>Metres within which others than holders see a confidential point displaced; null when they see none.</summary>
    public double? ConfidentialRadius { get; init; }

    /// <summary>Nodes inside this one, in document order; empty for a question.</summary>
    public virtual IReadOnlyList<FormElement> Children => [];
}

/// <summary>A group: nodes that belong together; also the root and <c>meta</c>.</summary>
public sealed record GroupElement : FormElement
{
    private readonly IReadOnlyList<FormElement> _children;

    /// <summary>Creates a group around its nodes.</summary>
    public GroupElement(IReadOnlyList<FormElement> children) => _children = children;

    /// <inheritdoc/>
    public override IReadOnlyList<FormElement> Children => _children;
}

/// <summary>A repeat: nodes that may occur any number of times.</summary>
public sealed record RepeatElement : FormElement
{
    private readonly IReadOnlyList<FormElement> _children;

    /// <summary>Creates a repeat around its nodes.</summary>
    public RepeatElement(IReadOnlyList<FormElement> children) => _children = children;

    /// <inheritdoc/>
    public override IReadOnlyList<FormElement> Children => _children;

    /// <summary>Expression for the number of occurrences; null when the enumerator decides.</summary>
    public string? Count { get; init; }
}

/// <summary>A question: a node that holds one answer, asked, calculated or filled by the device.</summary>
public sealed record QuestionElement : FormElement
{
    /// <summary>What the answer is.</summary>
    public required DataType DataType { get; init; }

    /// <summary>Bind type as the form writes it; null when absent.</summary>
    public string? BindType { get; init; }

    /// <summary>Local name of the control that asks it, such as <c>input</c> or <c>upload</c>; null when none does.</summary>
    public string? Control { get; init; }

    /// <summary>How choices are made; null for a question without choices.</summary>
    public SelectKind? SelectKind { get; init; }

    /// <summary>Whether the answer is several values separated by spaces.</summary>
    public bool IsMultiple => SelectKind is Model.SelectKind.Multiple or Model.SelectKind.Rank;

    /// <summary>Id of its list in <see cref="XForm.ChoiceLists"/>; null when it has none.</summary>
    public string? ChoiceListId { get; init; }

    /// <summary>Expression that finds the values of its choices, with their conditions; null when they are written in the control.</summary>
    public string? ChoicesExpression { get; init; }

    /// <summary>Media type an upload asks for, such as <c>image/*</c>; null for other controls.</summary>
    public string? MediaType { get; init; }

    /// <summary>Condition under which an answer is needed; null when it never is.</summary>
    public string? Required { get; init; }

    /// <summary>Condition the answer must meet; null when there is none.</summary>
    public string? Constraint { get; init; }

    /// <summary>Message shown when the constraint is not met.</summary>
    public FormText ConstraintMessage { get; init; } = FormText.Empty;

    /// <summary>Expression that computes the answer; null when there is none.</summary>
    public string? Calculate { get; init; }

    /// <summary>Condition under which the answer cannot be changed; null when it can.</summary>
    public string? ReadOnly { get; init; }

    /// <summary>What the device fills in, such as <c>timestamp</c> or <c>uid</c>; null when nothing.</summary>
    public string? Preload { get; init; }

    /// <summary>Parameter of <see cref="Preload"/>, such as <c>start</c>; null when absent.</summary>
    public string? PreloadParameters { get; init; }

    /// <summary>Value in the blank form; null when empty.</summary>
    public string? Default { get; init; }

    /// <summary>Entity property the answer is saved to; null when none.</summary>
    public string? SaveTo { get; init; }

    /// <summary>How precisely an audit logs the phone's place, such as <c>high-accuracy</c>; null when it logs none.</summary>
    public string? LocationPriority { get; init; }
}
