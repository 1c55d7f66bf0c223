using System.Text.Json;

namespace Fieldkeep.XForms.Conditions;

/// <summary>Reads conditions from JSON: docs/formats/conditions.md. Knows no form yet.</summary>
public sealed class ConditionReader
{
    private readonly List<ConditionFault> _faults = [];
    private int _parts;

    private ConditionReader()
    {
    }

    /// <summary>Reads a condition.</summary>
    /// <param name="json">UTF-8, at most <see cref="ConditionLimits.MaxBytes"/>.</param>
    /// <exception cref="ConditionException">It is no condition, or beyond a limit.</exception>
    public static RowCondition Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > ConditionLimits.MaxBytes)
        {
            throw new ConditionException(
                [new ConditionFault("", $"The condition is longer than {ConditionLimits.MaxBytes / 1024} KiB, the most that one can be.")]);
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (JsonException problem)
        {
            throw new ConditionException(
                [new ConditionFault("", $"The condition is not JSON: line {problem.LineNumber + 1}, byte {problem.BytePositionInLine + 1}.")]);
        }
    }

    /// <summary>Reads a condition of JSON that was parsed already.</summary>
    /// <exception cref="ConditionException">It is no condition, or beyond a limit.</exception>
    public static RowCondition Read(JsonElement json)
    {
        var reader = new ConditionReader();
        var condition = reader.ReadPart(json, "", 1);
        return condition is not null && reader._faults.Count == 0 ? condition : throw new ConditionException(reader._faults);
    }

    private RowCondition? ReadPart(JsonElement json, string place, int depth)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return Fault(place, "A condition is an object with all, any, not, anyIn, field or fact.");
        }

        if (depth > ConditionLimits.MaxDepth)
        {
            return Fault(place, $"Conditions stand more than {ConditionLimits.MaxDepth} deep inside each other.");
        }

        return FirstOf(json, "all", "any", "not", "anyIn", "field", "fact") switch
        {
            "all" when HasOnly(json, place, "all") => ReadParts(json.GetProperty("all"), place + "/all", depth) is { } parts ? new AllConditions(parts) : null,
            "any" when HasOnly(json, place, "any") => ReadParts(json.GetProperty("any"), place + "/any", depth) is { } parts ? new AnyCondition(parts) : null,
            "not" when HasOnly(json, place, "not") => ReadPart(json.GetProperty("not"), place + "/not", depth + 1) is { } part ? new NotCondition(part) : null,
            "anyIn" when HasOnly(json, place, "anyIn", "where") => ReadRepeat(json, place, depth),
            "field" or "fact" => ReadCompare(json, place),
            null => Fault(place, "A condition needs all, any, not, anyIn, field or fact."),
            _ => null,
        };
    }

    private List<RowCondition>? ReadParts(JsonElement json, string place, int depth)
    {
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() == 0)
        {
            Fault(place, "Here stands a list of conditions, at least one.");
            return null;
        }

        var parts = new List<RowCondition>();
        var at = 0;
        foreach (var one in json.EnumerateArray())
        {
            if (_faults.Count >= ConditionLimits.MaxFaults || _parts > ConditionLimits.MaxParts)
            {
                return null;
            }

            if (ReadPart(one, $"{place}/{at++}", depth + 1) is { } part)
            {
                parts.Add(part);
            }
        }

        return parts;
    }

    private AnyInRepeatCondition? ReadRepeat(JsonElement json, string place, int depth)
    {
        if (!Count(place))
        {
            return null;
        }

        var repeat = ReadPath(json.GetProperty("anyIn"), place + "/anyIn");
        if (!json.TryGetProperty("where", out var where))
        {
            Fault(place, "anyIn needs where: the condition that a row of the repeat must meet.");
            return null;
        }

        return ReadPart(where, place + "/where", depth + 1) is { } inside && repeat is not null ? new AnyInRepeatCondition(repeat, inside) : null;
    }

    private CompareCondition? ReadCompare(JsonElement json, string place)
    {
        if (!Count(place) || ReadField(json, place) is not { } field)
        {
            return null;
        }

        if (!json.TryGetProperty("op", out var written) || written.ValueKind != JsonValueKind.String
            || ConditionWords.FindOp(written.GetString() ?? "") is not { } op)
        {
            Fault(place + "/op", $"“op” must be one of {ConditionWords.AllOps}.");
            return null;
        }

        var own = field is FactField ? "fact" : "field";
        switch (op)
        {
            case ConditionOp.IsEmpty:
                return HasOnly(json, place, own, "op") ? new CompareCondition(field, op, []) : null;
            case ConditionOp.WithinPolygon:
                return HasOnly(json, place, own, "op", "polygon") && ReadPolygon(json, place) is { } polygon
                    ? new CompareCondition(field, op, [polygon])
                    : null;
            case ConditionOp.In or ConditionOp.Between:
                return HasOnly(json, place, own, "op", "values") && ReadValues(json, place, op) is { } values
                    ? new CompareCondition(field, op, values)
                    : null;
            default:
                if (!HasOnly(json, place, own, "op", "value"))
                {
                    return null;
                }

                if (!json.TryGetProperty("value", out var one))
                {
                    Fault(place, $"{ConditionWords.Of(op)} needs a value.");
                    return null;
                }

                return ReadValue(one, place + "/value") is { } value ? new CompareCondition(field, op, [value]) : null;
        }
    }

    private ConditionField? ReadField(JsonElement json, string place)
    {
        if (json.TryGetProperty("field", out var path))
        {
            return ReadPath(path, place + "/field") is { } read ? new AnswerField(read) : null;
        }

        if (json.GetProperty("fact") is { ValueKind: JsonValueKind.String } fact && ConditionWords.FindFact(fact.GetString() ?? "") is { } known)
        {
            return new FactField(known);
        }

        Fault(place + "/fact", $"“fact” must be one of {ConditionWords.AllFacts}.");
        return null;
    }

    private string? ReadPath(JsonElement json, string place)
    {
        if (json.ValueKind == JsonValueKind.String && json.GetString() is { Length: > 1 and <= ConditionLimits.MaxText } path && path[0] == '/')
        {
            return path;
        }

        Fault(place, "Write the names below the form's root, each with a slash in front, such as /household/size.");
        return null;
    }

    private List<ConditionOperand>? ReadValues(JsonElement json, string place, ConditionOp op)
    {
        var (least, most) = op == ConditionOp.Between ? (2, 2) : (1, ConditionLimits.MaxValues);
        if (!json.TryGetProperty("values", out var list) || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() < least || list.GetArrayLength() > most)
        {
            Fault(
                place + "/values",
                op == ConditionOp.Between
                    ? "between needs values: a list of two, the first and the last that are meant."
                    : $"in needs values: a list of at least one and at most {ConditionLimits.MaxValues}.");
            return null;
        }

        var values = new List<ConditionOperand>(list.GetArrayLength());
        var at = 0;
        foreach (var one in list.EnumerateArray())
        {
            if (_faults.Count >= ConditionLimits.MaxFaults || ReadValue(one, $"{place}/values/{at++}") is not { } value)
            {
                return null;
            }

            values.Add(value);
        }

        return values;
    }

    private ConditionOperand? ReadValue(JsonElement json, string place)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String when json.GetString() is { Length: <= ConditionLimits.MaxText } text && !text.Contains('\0'):
                if (string.IsNullOrWhiteSpace(text))
                {
                    Fault(place, "The text is empty. Use is-empty to ask whether there is no answer.");
                    return null;
                }

                return new TextOperand(text);
            case JsonValueKind.Number when json.TryGetDecimal(out var number):
                return new NumberOperand(number);
            case JsonValueKind.True or JsonValueKind.False:
                return new TruthOperand(json.GetBoolean());
            default:
                Fault(
                    place,
                    $"A value is a text of at most {ConditionLimits.MaxText} characters without NUL, a number of at most 28 digits, true or false. Use is-empty to ask whether there is no answer.");
                return null;
        }
    }

    private PolygonOperand? ReadPolygon(JsonElement json, string place)
    {
        place += "/polygon";
        if (!json.TryGetProperty("polygon", out var list) || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() is < 3 or > ConditionLimits.MaxCorners)
        {
            Fault(place, $"within-polygon needs a polygon: a list of 3 to {ConditionLimits.MaxCorners} corners, each [latitude, longitude].");
            return null;
        }

        var corners = new List<GeoCorner>(list.GetArrayLength());
        foreach (var one in list.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.Array || one.GetArrayLength() != 2
                || one[0].ValueKind != JsonValueKind.Number || !one[0].TryGetDecimal(out var latitude) || latitude is < -90 or > 90
                || one[1].ValueKind != JsonValueKind.Number || !one[1].TryGetDecimal(out var longitude) || longitude is < -180 or > 180)
            {
                Fault($"{place}/{corners.Count}", "A corner is [latitude, longitude]: -90 to 90, and -180 to 180.");
                return null;
            }

            // 1 cm; more digits would only make the reckoning inexact.
            corners.Add(new GeoCorner(decimal.Round(latitude, 7), decimal.Round(longitude, 7)));
        }

        return new PolygonOperand(corners);
    }

    private bool HasOnly(JsonElement json, string place, params ReadOnlySpan<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            if (!names.Contains(member.Name) || !seen.Add(member.Name))
            {
                var name = member.Name.Length <= 40 ? member.Name : member.Name[..40] + "…";
                Fault(place, $"“{name}” does not belong here, or stands here twice; with “{names[0]}” a condition has only: {string.Join(", ", names)}.");
                return false;
            }
        }

        return true;
    }

    private bool Count(string place)
    {
        if (++_parts <= ConditionLimits.MaxParts)
        {
            return true;
        }

        Fault(place, $"The condition has more than {ConditionLimits.MaxParts} comparisons.");
        return false;
    }

    private static string? FirstOf(JsonElement json, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (json.TryGetProperty(name, out _))
            {
                return name;
            }
        }

        return null;
    }

    private RowCondition? Fault(string place, string message)
    {
        _faults.Add(new ConditionFault(place, message));
        return null;
    }
}
