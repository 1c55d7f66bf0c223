using System.Globalization;
using System.Text;

namespace Fieldkeep.Server.Answers.Filters;

/// <summary>The functions a filter may use: OData 4.01, Part 2, 5.1.1, and three that forms need.</summary>
internal static class FilterFunctions
{
    private static readonly Dictionary<string, Func<DateTimeOffset, decimal>> Parts = new(StringComparer.Ordinal)
    {
        ["year"] = at => at.Year,
        ["month"] = at => at.Month,
        ["day"] = at => at.Day,
        ["hour"] = at => at.Hour,
        ["minute"] = at => at.Minute,
        ["second"] = at => at.Second,
    };

    /// <summary>All names, in the order they are told.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "contains", "startswith", "endswith", "selected", "within", "near", "tolower", "toupper", "trim", "length", "now",
        "date", .. Parts.Keys,
    ];

    /// <summary>Applies a function of one argument that gives a value; null when there is none of that name.</summary>
    /// <exception cref="Kernel.ProblemException"><c>filter.wrong_type</c>.</exception>
    public static FilterOperand? Apply(string name, FilterOperand argument, int position)
    {
        if (Parts.TryGetValue(name, out var part))
        {
            Require(argument, position, name, "a date, a time or an instant", ValueKind.Date, ValueKind.Time, ValueKind.DateTime);
            return argument.Then(ValueKind.Number, value => value.Kind == ValueKind.Null ? value : FilterValue.Of(part(value.At)));
        }

        switch (name)
        {
            case "date":
                Require(argument, position, name, "a date or an instant", ValueKind.Date, ValueKind.DateTime);
                return argument.Then(ValueKind.Date, DateOf);
            case "tolower":
                Require(argument, position, name, "a text", ValueKind.Text);
                return argument.Then(ValueKind.Text, value => FilterValue.Of(value.Text?.ToLowerInvariant()));
            case "toupper":
                Require(argument, position, name, "a text", ValueKind.Text);
                return argument.Then(ValueKind.Text, value => FilterValue.Of(value.Text?.ToUpperInvariant()));
            case "trim":
                Require(argument, position, name, "a text", ValueKind.Text);
                return argument.Then(ValueKind.Text, value => FilterValue.Of(value.Text?.Trim()));
            case "length":
                Require(argument, position, name, "a text", ValueKind.Text);
                return argument.Then(ValueKind.Number, value => value.Text is { } text ? FilterValue.Of(LengthOf(text)) : value);
            default:
                return null;
        }
    }

    /// <summary>Makes a question about a text: does it contain, begin with or end with another. Null when there is none of that name.</summary>
    public static Func<FilterOperand, string, RowFilter>? FindTextTest(string name) => name switch
    {
        "contains" => (operand, part) => operand is AnswerOperand { IsMultiple: true }
            ? TestText(operand, part, HasChoice)
            : TestText(operand, part, (text, sought) => text.IndexOf(sought) >= 0),
        "startswith" => (operand, part) => TestText(operand, part, (text, sought) => text.StartsWith(sought)),
        "endswith" => (operand, part) => TestText(operand, part, (text, sought) => text.EndsWith(sought)),
        "selected" => (operand, part) => TestText(operand, part, HasChoice),
        _ => null,
    };

    private delegate bool TextTest(ReadOnlySpan<byte> text, ReadOnlySpan<byte> sought);

    private static RowFilter TestText(FilterOperand operand, string part, TextTest test)
    {
        var sought = Encoding.UTF8.GetBytes(part);
        return operand switch
        {
            AnswerOperand { Read: null } answer => answer.Ask(text => !text.IsEmpty && test(text, sought)),
            AnswerOperand answer => answer.Ask(text => HoldsFor(answer.ValueOf(text))),
            FactOperand fact => new FactFilter(row => HoldsFor(fact.Read(row)), fact.IsTrash, fact.IsProvenance),
            ConstantOperand constant => new ConstantFilter(HoldsFor(constant.Value)),
            _ => throw new InvalidOperationException($"Operands have no case {operand.GetType().Name}."),
        };

        bool HoldsFor(FilterValue value) => value.Text is { } text && test(Encoding.UTF8.GetBytes(text), sought);
    }

    private static bool HasChoice(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> choice)
    {
        foreach (var part in answer.Split((byte)' '))
        {
            if (answer[part].SequenceEqual(choice) && !choice.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    private static FilterValue DateOf(FilterValue value) => value.Kind == ValueKind.Null
        ? value
        : FilterValue.Parse(Encoding.UTF8.GetBytes(value.At.ToString("yyyy-MM-dd")), ValueKind.Date);

    // Characters as people count them, so that an accent written apart is not one of its own.
    private static int LengthOf(string text) => new StringInfo(text).LengthInTextElements;

    private static void Require(FilterOperand operand, int position, string name, string wanted, params ReadOnlySpan<ValueKind> kinds)
    {
        if (operand.Kind != ValueKind.Null && !kinds.Contains(operand.Kind))
        {
            throw FilterProblems.WrongType(position, $"{name} needs {wanted}.");
        }
    }
}
