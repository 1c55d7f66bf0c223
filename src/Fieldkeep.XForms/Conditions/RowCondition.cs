namespace Fieldkeep.XForms.Conditions;

/// <summary>
/// Says for which submissions of a form something holds: docs/formats/conditions.md. An <see cref="AllConditions"/>, an
/// <see cref="AnyCondition"/>, a <see cref="NotCondition"/>, a <see cref="CompareCondition"/> or an <see cref="AnyInRepeatCondition"/>.
/// </summary>
public abstract record RowCondition
{
    private protected RowCondition()
    {
    }

    /// <summary>Lists this condition and all inside it.</summary>
    public IEnumerable<RowCondition> ListAll() => this switch
    {
        AllConditions all => all.Parts.SelectMany(part => part.ListAll()).Prepend(this),
        AnyCondition any => any.Parts.SelectMany(part => part.ListAll()).Prepend(this),
        NotCondition not => not.Part.ListAll().Prepend(this),
        AnyInRepeatCondition repeat => repeat.Where.ListAll().Prepend(this),
        _ => [this],
    };

    /// <summary>Whether it asks a fact anywhere.</summary>
    public bool Asks(RowFact fact) => ListAll().Any(part => part is CompareCondition { Field: FactField field } && field.Fact == fact);
}

/// <summary>Holds where all of its parts hold.</summary>
public sealed record AllConditions(IReadOnlyList<RowCondition> Parts) : RowCondition;

/// <summary>Holds where any of its parts holds.</summary>
public sealed record AnyCondition(IReadOnlyList<RowCondition> Parts) : RowCondition;

/// <summary>Holds where its part does not.</summary>
public sealed record NotCondition(RowCondition Part) : RowCondition;

/// <summary>Compares an answer or a fact with values.</summary>
/// <param name="Values">One for most; two for <see cref="ConditionOp.Between"/>; none for <see cref="ConditionOp.IsEmpty"/>.</param>
public sealed record CompareCondition(ConditionField Field, ConditionOp Op, IReadOnlyList<ConditionOperand> Values) : RowCondition;

/// <summary>Holds where a repeat has a row for which <paramref name="Where"/> holds.</summary>
/// <param name="Repeat">Names below the root, such as <c>/household/member</c>.</param>
public sealed record AnyInRepeatCondition(string Repeat, RowCondition Where) : RowCondition;

/// <summary>What a condition asks: an <see cref="AnswerField"/> or a <see cref="FactField"/>.</summary>
public abstract record ConditionField
{
    private protected ConditionField()
    {
    }
}

/// <summary>The answer to a question.</summary>
/// <param name="Path">Names below the root, such as <c>/household/size</c>.</param>
public sealed record AnswerField(string Path) : ConditionField;

/// <summary>What the server knows of a submission beside its answers.</summary>
public sealed record FactField(RowFact Fact) : ConditionField;

/// <summary>Names what the server knows of a submission.</summary>
public enum RowFact
{
    /// <summary>Number of the person, phone or public link that sent it.</summary>
    SubmittedBy,

    /// <summary>When it came.</summary>
    SubmittedOn,

    /// <summary>Number of the deployment it belongs to.</summary>
    Deployment,

    /// <summary>What reviewers said; nothing while nobody looked.</summary>
    ReviewState,

    /// <summary>Numbers of the units its sender belonged to when it came.</summary>
    SubmitterUnit,

    /// <summary>Ids of the entities it names.</summary>
    Entity,
}

/// <summary>How a condition compares.</summary>
public enum ConditionOp
{
    /// <summary>The same.</summary>
    Equal,

    /// <summary>Another; does not hold where there is nothing.</summary>
    NotEqual,

    /// <summary>One of some.</summary>
    In,

    /// <summary>Less.</summary>
    Less,

    /// <summary>Less, or the same.</summary>
    LessOrEqual,

    /// <summary>More.</summary>
    Greater,

    /// <summary>More, or the same.</summary>
    GreaterOrEqual,

    /// <summary>From the first to the second, both included.</summary>
    Between,

    /// <summary>Nothing there.</summary>
    IsEmpty,

    /// <summary>A text somewhere in it.</summary>
    Contains,

    /// <summary>A text at its beginning.</summary>
    StartsWith,

    /// <summary>Any of its points inside a polygon or on its edge.</summary>
    WithinPolygon,
}

/// <summary>A value that a condition compares with, as it was written; what it means depends on the question.</summary>
public abstract record ConditionOperand
{
    private protected ConditionOperand()
    {
    }
}

/// <summary>A text; also a date, a time, an instant or a choice.</summary>
public sealed record TextOperand(string Text) : ConditionOperand;

/// <summary>A number.</summary>
public sealed record NumberOperand(decimal Number) : ConditionOperand;

/// <summary>True or false.</summary>
public sealed record TruthOperand(bool IsTrue) : ConditionOperand;

/// <summary>The corners of a polygon, in order; the last is joined to the first.</summary>
public sealed record PolygonOperand(IReadOnlyList<GeoCorner> Corners) : ConditionOperand;

/// <summary>A corner of a polygon, in degrees.</summary>
public readonly record struct GeoCorner(decimal Latitude, decimal Longitude);
