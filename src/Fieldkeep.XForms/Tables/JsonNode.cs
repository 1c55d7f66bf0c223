using System.Text.Json;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>One key of a row's JSON: a question, a group of keys, or a repeat.</summary>
internal sealed class JsonNode
{
    private readonly DataType _type;
    private readonly bool _isArray;
    private readonly ChoiceLabels? _labels;

    private JsonNode(string name, JsonNode[] children)
    {
        Name = JsonEncodedText.Encode(name, JsonRows.Options.Encoder);
        Children = children;
    }

    private JsonNode(string name, FormColumn column, ColumnOptions options)
        : this(name, [])
    {
        Column = column.Index;
        Path = column.Path;
        Repeat = column.Repeat;
        _type = column.Question?.DataType ?? DataType.String;
        _isArray = options.SplitSelectMultiples && column.Question is { IsMultiple: true };
        _labels = options.Labels && column.Choices is { } list ? new ChoiceLabels(list.Choices, options.Language) : null;
    }

    public JsonEncodedText Name { get; }

    public int Column { get; } = -1;

    /// <summary>Path of the question or repeat; empty for a group.</summary>
    public string Path { get; } = "";

    public FormTable? Repeat { get; }

    public bool IsGroup => Column < 0;

    public JsonNode[] Children { get; }

    /// <summary>Lays out the keys of a table's rows.</summary>
    public static JsonNode[] ListOf(FormTable table, ColumnOptions options) =>
        Below([.. table.Columns.Where(column => IsWanted(column, options))], depth: 0, options);

    /// <summary>Says whether anything in a group is answered; repeats count as answered.</summary>
    public bool HasAnswer(InstanceRow row)
    {
        foreach (var child in Children)
        {
            if (child.Repeat is not null || (child.IsGroup ? child.HasAnswer(row) : !row[child.Column].IsEmpty || row.IsConfidential(child.Column)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes key and answer: numbers and truth values as such, everything else as text.</summary>
    public void Write(Utf8JsonWriter json, ReadOnlySpan<byte> answer)
    {
        json.WritePropertyName(Name);
        if (_isArray)
        {
            WriteArray(json, answer);
            return;
        }

        switch (_type)
        {
            case DataType.Int or DataType.Decimal when TypedAnswer.IsNumber(answer):
                json.WriteRawValue(answer, skipInputValidation: true);
                break;
            case DataType.Boolean when answer.SequenceEqual("true"u8) || answer.SequenceEqual("false"u8):
                json.WriteBooleanValue(answer.Length == 4);
                break;
            case DataType.SelectMultiple or DataType.Rank when _labels is not null:
                json.WriteStringValue(_labels.FindAll(answer));
                break;
            default:
                json.WriteStringValue(_labels is null ? answer : _labels.Find(answer));
                break;
        }
    }

    private void WriteArray(Utf8JsonWriter json, ReadOnlySpan<byte> answer)
    {
        json.WriteStartArray();
        foreach (var part in answer.Split((byte)' '))
        {
            if (!answer[part].IsEmpty)
            {
                json.WriteStringValue(_labels is null ? answer[part] : _labels.Find(answer[part]));
            }
        }

        json.WriteEndArray();
    }

    // A repeat is there for what is chosen in it, however deep.
    private static bool IsWanted(FormColumn column, ColumnOptions options) =>
        options.HasPath(column.Path) || (column.Repeat is { } repeat && repeat.Columns.Any(inside => IsWanted(inside, options)));

    private static JsonNode[] Below(IReadOnlyList<FormColumn> columns, int depth, ColumnOptions options)
    {
        var groups = columns.Where(column => column.Names.Count > depth + 1).GroupBy(column => column.Names[depth], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        var nodes = new List<JsonNode>();
        foreach (var column in columns)
        {
            var name = column.Names[depth];
            if (column.Names.Count == depth + 1)
            {
                // A question in one version may be a group in another: an object has each key once.
                nodes.Add(new JsonNode(groups.ContainsKey(name) ? $"{name}~value" : name, column, options));
            }
            else if (groups[name][0] == column)
            {
                nodes.Add(new JsonNode(name, Below(groups[name], depth + 1, options)));
            }
        }

        return [.. nodes];
    }
}
