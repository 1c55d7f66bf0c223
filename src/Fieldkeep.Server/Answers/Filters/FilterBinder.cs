using System.Text;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers.Filters;

/// <summary>Makes a filter for one form of what was written: looks names up, settles types, computes what is constant.</summary>
internal sealed class FilterBinder
{
    private readonly FilterFields _fields;
    private readonly DateTimeOffset _now;
    private FormTable? _repeat;
    private string _variable = "";

    private FilterBinder(FilterFields fields, DateTimeOffset now)
    {
        _fields = fields;
        _now = now;
    }

    /// <summary>Reads a filter for the tables of a form; <paramref name="now"/> is what <c>now()</c> gives.</summary>
    /// <exception cref="Kernel.ProblemException">The problems of <see cref="FilterProblems"/>.</exception>
    /// <param name="isFromRoot">Whether names must begin with <c>$root/Submissions</c>, as where rows of a repeat are filtered.</param>
    public static RowFilter Read(string text, FormTables tables, DateTimeOffset now, bool isFromRoot = false) =>
        new FilterBinder(new FilterFields(tables, isFromRoot), now).Bind(FilterParser.Read(text));

    private RowFilter Bind(FilterNode node) => node switch
    {
        LogicNode { IsAnd: true } and => new AllFilter([.. and.Parts.Select(Bind)]),
        LogicNode or => new AnyFilter([.. or.Parts.Select(Bind)]),
        NotNode not => new NotFilter(Bind(not.Part)),
        CompareNode compare => BindCompare(compare),
        InNode choice => new AnyFilter([.. choice.Choices.Select(one => BindCompare(new CompareNode(choice.Position, "eq", choice.Left, one)))]),
        LambdaNode lambda => BindLambda(lambda),
        CallNode call when FindTest(call) is { } test => test,
        LiteralNode { Value.Kind: ValueKind.Boolean } literal => new ConstantFilter(literal.Value.Number == 1),
        _ => BindTruth(node),
    };

    // A question answered with true or false stands for itself.
    private RowFilter BindTruth(FilterNode node)
    {
        var operand = GetOperand(node);
        return operand.Kind == ValueKind.Boolean
            ? Compare(node.Position, "eq", operand, FilterValue.Of(true))
            : throw FilterProblems.WrongType(node.Position, "this is no condition. Compare it, as in question eq 'value'.");
    }

    private RowFilter BindLambda(LambdaNode lambda)
    {
        if (_repeat is not null)
        {
            throw FilterProblems.WrongType(lambda.Position, "any and all cannot stand inside each other. Ask the inner repeat by its whole path.");
        }

        var table = _fields.GetRepeat(lambda);
        _repeat = table;
        _variable = lambda.Variable;
        try
        {
            var inside = lambda.Inside is { } written ? Bind(written) : new ConstantFilter(true);
            return lambda.IsAll
                ? new NotFilter(new RepeatFilter(table, new NotFilter(inside)))
                : new RepeatFilter(table, inside);
        }
        finally
        {
            _repeat = null;
        }
    }

    private RowFilter BindCompare(CompareNode node)
    {
        // contains(…) eq true, as some clients write.
        if (node is { Left: CallNode call, Right: LiteralNode { Value.Kind: ValueKind.Boolean } truth, Operator: "eq" or "ne" }
            && FindTest(call) is { } test)
        {
            return (truth.Value.Number == 1) == (node.Operator == "eq") ? test : new NotFilter(test);
        }

        return (GetOperand(node.Left), GetOperand(node.Right)) switch
        {
            (ConstantOperand left, ConstantOperand right) => new ConstantFilter(FilterValue.Holds(node.Operator, left.Value, right.Value)),
            (var left, ConstantOperand right) => Compare(node.Position, node.Operator, left, right.Value),
            (ConstantOperand left, var right) => Compare(node.Position, Turned(node.Operator), right, left.Value),
            _ => throw FilterProblems.WrongType(node.Position, "two questions are compared with each other; compare each with a value."),
        };
    }

    private static RowFilter Compare(int position, string comparison, FilterOperand operand, FilterValue value)
    {
        // A text question often holds numbers: calculations have no other type.
        if (operand is AnswerOperand { Kind: ValueKind.Text, Read: null } text && value.Kind is not (ValueKind.Null or ValueKind.Text))
        {
            operand = text.As(value.Kind);
        }

        value = Fit(position, operand, value);
        return operand switch
        {
            AnswerOperand answer => answer.Compare(comparison, value),
            FactOperand fact => new FactFilter(
                row => FilterValue.Holds(comparison, fact.Read(row), value),
                fact.IsTrash,
                fact.IsProvenance,
                fact.Field is { } field ? new FactComparison(field, comparison, value) : null),
            _ => throw new InvalidOperationException($"Operands have no case {operand.GetType().Name}."),
        };
    }

    // '2026-11-21' means that day beside a date, and 'x' is a mistake there.
    private static FilterValue Fit(int position, FilterOperand operand, FilterValue value)
    {
        var isTime = operand.Kind is ValueKind.Date or ValueKind.DateTime;
        if (value.Kind == ValueKind.Null || value.Kind == operand.Kind || (isTime && value.Kind is ValueKind.Date or ValueKind.DateTime))
        {
            return value;
        }

        if (value.Kind == ValueKind.Text)
        {
            var bytes = Encoding.UTF8.GetBytes(value.Text ?? "");
            foreach (var kind in isTime ? [ValueKind.DateTime, ValueKind.Date] : new[] { operand.Kind })
            {
                if (FilterValue.Parse(bytes, kind) is { Kind: not ValueKind.Null } parsed)
                {
                    return parsed;
                }
            }
        }

        throw FilterProblems.WrongType(position, $"one side is {NameOf(operand.Kind)}, the other {NameOf(value.Kind)}.");
    }

    private FilterOperand GetOperand(FilterNode node) => node switch
    {
        LiteralNode literal => new ConstantOperand(literal.Value),
        PathNode path => _fields.Get(path, _repeat, _variable),
        CallNode { Name: "now", Arguments.Count: 0 } => new ConstantOperand(FilterValue.Of(_now)),
        CallNode { Arguments: [var argument] } call => FilterFunctions.Apply(call.Name, GetOperand(argument), call.Position)
            ?? throw UnknownOrMisused(call),
        CallNode call => throw UnknownOrMisused(call),
        _ => throw FilterProblems.WrongType(node.Position, "a condition cannot be compared; compare a question with a value."),
    };

    private static Kernel.ProblemException UnknownOrMisused(CallNode call) => FilterFunctions.Names.Contains(call.Name)
        ? FilterProblems.WrongType(call.Position, $"{call.Name} has {call.Arguments.Count} arguments here, or does not give a value.")
        : FilterProblems.UnknownFunction(call.Position, call.Name);

    private RowFilter? FindTest(CallNode call)
    {
        if (call.Name is "within" or "geo.within")
        {
            return BindWithin(call);
        }

        if (call.Name == "near")
        {
            return BindNear(call);
        }

        if (FilterFunctions.FindTextTest(call.Name) is not { } make)
        {
            return null;
        }

        if (call.Arguments is not [var subject, var part]
            || GetOperand(part) is not ConstantOperand { Value: { Kind: ValueKind.Text or ValueKind.Null } sought })
        {
            throw FilterProblems.WrongType(call.Position, $"{call.Name} needs a question and a text: {call.Name}(question,'text').");
        }

        var operand = GetOperand(subject);
        return operand.Kind is ValueKind.Text or ValueKind.Null
            ? make(operand, sought.Text ?? "")
            : throw FilterProblems.WrongType(subject.Position, $"{call.Name} needs a text; this is {NameOf(operand.Kind)}.");
    }

    private RowFilter BindWithin(CallNode call) =>
        FindPlace(call, 4) is (var answer, var sides) && sides is [var south, var west, var north, var east] && south <= north
            ? answer.Ask(new PlaceBox(south, west, north, east).Touches)
            : throw FilterProblems.WrongType(
                call.Position, "within needs a place and the south, west, north and east of a box: within(place,-1.5,36,-1,37).");

    private RowFilter BindNear(CallNode call) =>
        FindPlace(call, 3) is (var answer, var numbers)
        && numbers is [>= -90 and <= 90 and var latitude, >= -180 and <= 180 and var longitude, >= 0 and var metres]
            ? answer.Ask(new PlaceCircle(latitude, longitude, metres).Touches)
            : throw FilterProblems.WrongType(
                call.Position, "near needs a place, the latitude and longitude of a point and a distance in metres: near(place,-1.5,36.25,500).");

    // A place and so many numbers; null when that is not what is written.
    private (AnswerOperand Answer, IReadOnlyList<decimal> Numbers)? FindPlace(CallNode call, int numbers)
    {
        if (call.Arguments.Count != numbers + 1 || GetOperand(call.Arguments[0]) is not AnswerOperand { IsPlace: true, Read: null } answer)
        {
            return null;
        }

        var found = call.Arguments.Skip(1).Select(GetOperand).OfType<ConstantOperand>().Where(one => one.Kind == ValueKind.Number)
            .Select(one => one.Value.Number).ToList();
        return found.Count == numbers ? (answer, found) : null;
    }

    private static string Turned(string comparison) => comparison switch
    {
        "gt" => "lt",
        "ge" => "le",
        "lt" => "gt",
        "le" => "ge",
        _ => comparison,
    };

    private static string NameOf(ValueKind kind) => kind switch
    {
        ValueKind.Text => "a text",
        ValueKind.Number => "a number",
        ValueKind.Boolean => "true or false",
        ValueKind.Date => "a date",
        ValueKind.Time => "a time",
        ValueKind.DateTime => "an instant",
        _ => "nothing",
    };
}
