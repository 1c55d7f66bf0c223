using System.Text;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers.Filters;

/// <summary>Makes a value of an answer.</summary>
internal delegate FilterValue ReadAnswer(ReadOnlySpan<byte> answer);

/// <summary>One side of a comparison, looked up: an answer, a fact or a constant, with what functions make of it.</summary>
internal abstract record FilterOperand(ValueKind Kind)
{
    /// <summary>Gives the same with a function applied to its value.</summary>
    public abstract FilterOperand Then(ValueKind kind, Func<FilterValue, FilterValue> function);
}

/// <summary>A value that is the same for every row.</summary>
internal sealed record ConstantOperand(FilterValue Value) : FilterOperand(Value.Kind)
{
    /// <inheritdoc/>
    public override FilterOperand Then(ValueKind kind, Func<FilterValue, FilterValue> function) =>
        new ConstantOperand(function(Value));
}

/// <summary>Something that stands in the clear about a submission.</summary>
/// <param name="Field">Its name; null when a function made something else of it.</param>
internal sealed record FactOperand(ValueKind Kind, string? Field, Func<RowFacts, FilterValue> Read, bool IsTrash) : FilterOperand(Kind)
{
    /// <summary>Whether it says who sent the submission.</summary>
    public bool IsProvenance { get; init; }

    /// <inheritdoc/>
    public override FilterOperand Then(ValueKind kind, Func<FilterValue, FilterValue> function) =>
        this with { Kind = kind, Field = null, Read = row => function(Read(row)) };
}

/// <summary>The answer to a question.</summary>
/// <param name="IsMultiple">Whether it is several values separated by spaces.</param>
/// <param name="IsPlace">Whether it is a point, a line or an area.</param>
/// <param name="Read">What functions made of it; null while it is as it was given.</param>
internal sealed record AnswerOperand(
    ValueKind Kind, string Key, FormTable Table, bool IsMultiple, bool IsPlace, ReadAnswer? Read = null) : FilterOperand(Kind)
{
    /// <summary>Makes a value of an answer.</summary>
    public FilterValue ValueOf(ReadOnlySpan<byte> answer) => Read is { } read ? read(answer) : FilterValue.Parse(answer, Kind);

    /// <summary>Gives the same, read as another type.</summary>
    public AnswerOperand As(ValueKind kind) => Read is null ? this with { Kind = kind } : this;

    /// <inheritdoc/>
    public override FilterOperand Then(ValueKind kind, Func<FilterValue, FilterValue> function) =>
        this with { Kind = kind, Read = answer => function(ValueOf(answer)) };

    /// <summary>Compares it with a value.</summary>
    public RowFilter Compare(string comparison, FilterValue value)
    {
        if (Read is null && value.Kind == ValueKind.Null)
        {
            return Ask(comparison switch
            {
                "eq" => static answer => answer.IsEmpty,
                "ne" => static answer => !answer.IsEmpty,
                _ => static _ => false,
            });
        }

        if (Read is not null || Kind != ValueKind.Text)
        {
            return Ask(answer => FilterValue.Holds(comparison, ValueOf(answer), value));
        }

        var text = Encoding.UTF8.GetBytes(value.Text ?? "");
        return Ask(comparison switch
        {
            "eq" => answer => answer.SequenceEqual(text),
            "ne" => answer => !answer.SequenceEqual(text),
            _ => answer => !answer.IsEmpty && FilterValue.IsOrder(comparison, answer.SequenceCompareTo(text)),
        });
    }

    /// <summary>Makes a condition of a question about each answer.</summary>
    public RowFilter Ask(Segments.AnswerTest test) => new AnswerFilter(Key, Table, test);
}
