using System.Globalization;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;
using ChoiceList = Fieldkeep.XForms.Model.ChoiceList;
using Spelling = Fieldkeep.XForms.XlsForm.Spelling;

namespace Fieldkeep.XForms.Conditions;

/// <summary>Finds a condition's questions in a form, all its versions together, and settles how each is compared.</summary>
public sealed class ConditionBinder
{
    private readonly Dictionary<string, (FormTable Table, FormColumn Column)> _questions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FormTable> _repeats = new(StringComparer.Ordinal);
    private readonly List<ConditionFault> _faults = [];
    private readonly List<string> _kinds = [];
    private FormTable _scope;

    private ConditionBinder(FormTables tables)
    {
        _scope = tables.Tables[0];
        foreach (var table in tables.Tables)
        {
            if (table.Parent is not null)
            {
                _repeats[table.Path] = table;
            }

            foreach (var column in table.Columns.Where(column => column.Question is not null))
            {
                _questions[column.Path] = (table, column);
            }
        }
    }

    /// <summary>Binds a condition to the tables of a form.</summary>
    /// <exception cref="ConditionException">It asks what the form does not have, or compares it with what it cannot be.</exception>
    public static BoundCondition Bind(RowCondition condition, FormTables tables)
    {
        var binder = new ConditionBinder(tables);
        var part = binder.Bind(condition, "");
        return part is not null && binder._faults.Count == 0
            ? new BoundCondition(condition, part, string.Join(',', binder._kinds))
            : throw new ConditionException([.. binder._faults.Take(ConditionLimits.MaxFaults)]);
    }

    private BoundPart? Bind(RowCondition condition, string place) => condition switch
    {
        AllConditions all => new BoundAll(BindAll(all.Parts, place + "/all")),
        AnyCondition any => new BoundAny(BindAll(any.Parts, place + "/any")),
        NotCondition not => Bind(not.Part, place + "/not") is { } part ? new BoundNot(part) : null,
        AnyInRepeatCondition repeat => BindRepeat(repeat, place),
        CompareCondition { Field: AnswerField field } compare => BindAnswer(compare, field, place),
        CompareCondition { Field: FactField field } compare => BindFact(compare, field.Fact, place),
        _ => throw new InvalidOperationException($"Conditions have no case {condition.GetType().Name}."),
    };

    private List<BoundPart> BindAll(IReadOnlyList<RowCondition> parts, string place) =>
        [.. parts.Select((part, at) => Bind(part, $"{place}/{at}")).OfType<BoundPart>()];

    private BoundRepeat? BindRepeat(AnyInRepeatCondition repeat, string place)
    {
        if (!_repeats.TryGetValue(repeat.Repeat, out var table))
        {
            var near = Spelling.Nearest(repeat.Repeat, _repeats.Keys);
            return Fault<BoundRepeat>(place + "/anyIn", $"“{repeat.Repeat}” is no repeat of this form.{Suggestion(near)}");
        }

        if (table == _scope || !IsAround(_scope, table))
        {
            return Fault<BoundRepeat>(place + "/anyIn", $"The repeat “{repeat.Repeat}” is not inside “{_scope.Path}”, whose rows are asked here.");
        }

        var outer = _scope;
        _scope = table;
        var where = Bind(repeat.Where, place + "/where");
        _scope = outer;
        return where is null ? null : new BoundRepeat(table, where);
    }

    private BoundAnswer? BindAnswer(CompareCondition compare, AnswerField field, string place)
    {
        if (!_questions.TryGetValue(field.Path, out var found) || found.Column.Question is not { } question)
        {
            var near = Spelling.Nearest(field.Path, _questions.Keys)
                ?? _questions.Keys.FirstOrDefault(path => path.EndsWith("/" + field.Path[(field.Path.LastIndexOf('/') + 1)..], StringComparison.Ordinal));
            return Fault<BoundAnswer>(place + "/field", $"“{field.Path}” names no question of this form.{Suggestion(near)}");
        }

        if (!IsAround(found.Table, _scope))
        {
            return Fault<BoundAnswer>(
                place + "/field",
                $"“{field.Path}” is asked in the repeat “{found.Table.Path}”, once for each of its rows. Ask it with anyIn: {{\"anyIn\":\"{found.Table.Path}\",\"where\":…}}.");
        }

        var kind = KindOf(question, compare);
        _kinds.Add(kind.ToString().ToLowerInvariant());
        return TestOf(kind, compare, found.Column.Choices, place) is { } test ? new BoundAnswer(found.Table, found.Column.Index, test) : null;
    }

    // A text question often holds numbers: calculations have no other type.
    private static AnswerKind KindOf(QuestionElement question, CompareCondition compare) => question switch
    {
        { SelectKind: SelectKind.One } => AnswerKind.Choice,
        { IsMultiple: true } => AnswerKind.Choices,
        _ => question.DataType switch
        {
            DataType.Int or DataType.Decimal => AnswerKind.Number,
            DataType.Boolean => AnswerKind.Truth,
            DataType.Date => AnswerKind.Date,
            DataType.Time => AnswerKind.Time,
            DataType.DateTime => AnswerKind.Instant,
            DataType.SelectOne => AnswerKind.Choice,
            DataType.SelectMultiple or DataType.Rank => AnswerKind.Choices,
            DataType.Geopoint or DataType.Geotrace or DataType.Geoshape => AnswerKind.Place,
            _ => compare.Values is [NumberOperand, ..] ? AnswerKind.Number : AnswerKind.Text,
        },
    };

    private AnswerTest? TestOf(AnswerKind kind, CompareCondition compare, ChoiceList? choices, string place)
    {
        if (compare.Op == ConditionOp.IsEmpty)
        {
            return AnswerTests.IsEmpty;
        }

        if (!ConditionKinds.Knows(kind, compare.Op))
        {
            return Fault<AnswerTest>(
                place + "/op", $"{ConditionWords.Of(compare.Op)} cannot be asked of {ConditionKinds.NameOf(kind)}; {ConditionKinds.OpsOf(kind)} can.");
        }

        switch (kind)
        {
            case AnswerKind.Place:
                return compare.Values is [PolygonOperand polygon] ? AnswerTests.OfPlace(new Polygon(polygon.Corners)) : null;
            case AnswerKind.Text:
                return TextsOf(compare, kind, place) is { } texts ? AnswerTests.OfTexts(compare.Op, texts) : null;
            case AnswerKind.Choice or AnswerKind.Choices:
                return RequireChoices(compare, choices, place) && TextsOf(compare, kind, place) is { } chosen
                    ? kind == AnswerKind.Choice ? AnswerTests.OfChoice(compare.Op, chosen) : AnswerTests.OfChoices(compare.Op, chosen)
                    : null;
            default:
                return KeysOf(kind, compare, place) is { } keys ? AnswerTests.OfKeys(kind, compare.Op, keys) : null;
        }
    }

    private BoundPart? BindFact(CompareCondition compare, RowFact fact, string place)
    {
        var kind = ConditionKinds.Of(fact);
        if (compare.Op != ConditionOp.IsEmpty && !ConditionKinds.Knows(fact, compare.Op))
        {
            return Fault<BoundPart>(place + "/op", $"{ConditionWords.Of(compare.Op)} cannot be asked of {ConditionWords.Of(fact)}; {ConditionKinds.OpsOf(fact)} can.");
        }

        if (compare.Op == ConditionOp.IsEmpty)
        {
            return fact == RowFact.Entity ? new BoundEntity(ids => ids.Count == 0) : new BoundFact(facts => FactTests.IsEmpty(fact, facts));
        }

        if (kind == AnswerKind.Text)
        {
            if (TextsOf(compare, kind, place) is null || (fact == RowFact.ReviewState && !RequireStates(compare, place)))
            {
                return null;
            }

            var texts = compare.Values.OfType<TextOperand>().Select(text => text.Text).ToHashSet(StringComparer.Ordinal);
            return fact == RowFact.Entity
                ? new BoundEntity(ids => ids.Count > 0 && ids.Any(texts.Contains) != (compare.Op == ConditionOp.NotEqual))
                : new BoundFact(facts => facts.ReviewState is { } state && texts.Contains(state) != (compare.Op == ConditionOp.NotEqual));
        }

        return KeysOf(kind, compare, place) is { } keys ? new BoundFact(facts => FactTests.Holds(fact, compare.Op, facts, keys)) : null;
    }

    private byte[][]? TextsOf(CompareCondition compare, AnswerKind kind, string place)
    {
        var texts = compare.Values.OfType<TextOperand>().Select(text => AnswerTests.Bytes(text.Text)).ToArray();
        return texts.Length == compare.Values.Count
            ? texts
            : Fault<byte[][]>(ValuePlace(compare, place), $"This is compared with {ConditionKinds.NameOf(kind)}: write each value as a text, in quotation marks.");
    }

    private decimal[]? KeysOf(AnswerKind kind, CompareCondition compare, string place)
    {
        var keys = new decimal[compare.Values.Count];
        for (var at = 0; at < keys.Length; at++)
        {
            if (!TryKey(kind, compare.Values[at], out keys[at]))
            {
                return Fault<decimal[]>(ValuePlace(compare, place), $"{ShownOf(compare.Values[at])} is not {ConditionKinds.NameOf(kind)}; write {ConditionKinds.ExampleOf(kind)}.");
            }
        }

        return keys;
    }

    private static bool TryKey(AnswerKind kind, ConditionOperand value, out decimal key)
    {
        switch (value)
        {
            case NumberOperand number when kind == AnswerKind.Number:
                key = number.Number;
                return true;
            case TruthOperand truth when kind == AnswerKind.Truth:
                key = truth.IsTrue ? 1 : 0;
                return true;
            case TextOperand text when kind is AnswerKind.Date or AnswerKind.Time:
                return AnswerTests.TryKey(kind, AnswerTests.Bytes(text.Text), out key);
            case TextOperand text when kind == AnswerKind.Instant:
                // A day alone means its midnight in UTC.
                return AnswerTests.TryKey(AnswerKind.Instant, AnswerTests.Bytes(text.Text), out key)
                    || AnswerTests.TryKey(AnswerKind.Date, AnswerTests.Bytes(text.Text), out key);
            default:
                key = 0;
                return false;
        }
    }

    private bool RequireChoices(CompareCondition compare, ChoiceList? choices, string place)
    {
        if (choices is not { Choices.Count: > 0, Source: null })
        {
            return true;
        }

        foreach (var value in compare.Values.OfType<TextOperand>())
        {
            if (choices.Find(value.Text) is null)
            {
                var near = Spelling.Nearest(value.Text, choices.Choices.Select(choice => choice.Value));
                return Fault<string>(ValuePlace(compare, place), $"{ShownOf(value)} is no choice of this question.{Suggestion(near)}") is not null;
            }
        }

        return true;
    }

    private bool RequireStates(CompareCondition compare, string place)
    {
        var odd = compare.Values.OfType<TextOperand>().FirstOrDefault(value => !FactTests.ReviewStates.Contains(value.Text, StringComparer.Ordinal));
        return odd is null || Fault<string>(
            ValuePlace(compare, place),
            $"{ShownOf(odd)} is no review state: {string.Join(", ", FactTests.ReviewStates)}. Those nobody looked at yet: is-empty.") is not null;
    }

    private static string ValuePlace(CompareCondition compare, string place) =>
        place + (compare.Op is ConditionOp.In or ConditionOp.Between ? "/values" : "/value");

    private static string ShownOf(ConditionOperand value) => value switch
    {
        TextOperand text => $"“{(text.Text.Length <= 40 ? text.Text : text.Text[..40] + "…")}”",
        NumberOperand number => number.Number.ToString(CultureInfo.InvariantCulture),
        TruthOperand truth => truth.IsTrue ? "true" : "false",
        _ => "A polygon",
    };

    private static string Suggestion(string? near) => near is null ? "" : $" Did you mean “{near}”?";

    private static bool IsAround(FormTable outer, FormTable inner)
    {
        for (var table = inner; table is not null; table = table.Parent)
        {
            if (table == outer)
            {
                return true;
            }
        }

        return false;
    }

    private T? Fault<T>(string place, string message)
        where T : class
    {
        _faults.Add(new ConditionFault(place, message));
        return null;
    }
}
