using Fieldkeep.XForms.Tables;

namespace Fieldkeep.XForms.Conditions;

/// <summary>A condition whose questions were found in a form; asked by <see cref="ConditionMatcher"/>.</summary>
public sealed class BoundCondition
{
    internal BoundCondition(RowCondition condition, BoundPart part, string kinds)
    {
        Condition = condition;
        Part = part;
        Kinds = kinds;
    }

    /// <summary>The condition as it was written.</summary>
    public RowCondition Condition { get; }

    /// <summary>
    /// How its questions are compared, in order and without their names, such as <c>number,choice</c>: while this stays the same, a new
    /// version of the form changes nothing about which submissions it holds for.
    /// </summary>
    public string Kinds { get; }

    internal BoundPart Part { get; }
}

/// <summary>Asks something of an answer.</summary>
internal delegate bool AnswerTest(ReadOnlySpan<byte> answer);

/// <summary>A part of a bound condition.</summary>
internal abstract record BoundPart
{
    public IEnumerable<BoundPart> ListAll() => this switch
    {
        BoundAll all => all.Parts.SelectMany(part => part.ListAll()).Prepend(this),
        BoundAny any => any.Parts.SelectMany(part => part.ListAll()).Prepend(this),
        BoundNot not => not.Part.ListAll().Prepend(this),
        BoundRepeat repeat => repeat.Where.ListAll().Prepend(this),
        _ => [this],
    };
}

internal sealed record BoundAll(IReadOnlyList<BoundPart> Parts) : BoundPart;

internal sealed record BoundAny(IReadOnlyList<BoundPart> Parts) : BoundPart;

internal sealed record BoundNot(BoundPart Part) : BoundPart;

/// <summary>Asks an answer of the row of <paramref name="Table"/> that the row asked about is or belongs to.</summary>
internal sealed record BoundAnswer(FormTable Table, int Column, AnswerTest Test) : BoundPart;

/// <summary>Asks the ids of the entities that the instance names.</summary>
internal sealed record BoundEntity(Func<IReadOnlyCollection<string>, bool> Test) : BoundPart;

internal sealed record BoundFact(Func<ConditionFacts, bool> Test) : BoundPart;

/// <summary>Asks the rows of a repeat that belong to the row asked about.</summary>
internal sealed record BoundRepeat(FormTable Table, BoundPart Where) : BoundPart;
