using System.Text;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>Writes the answer to one question, or the place of a repeat, as one or several cells.</summary>
internal sealed class FlatAnswer
{
    private static readonly string[] GeopointParts = ["Latitude", "Longitude", "Altitude", "Accuracy"];

    private readonly int _index;
    private readonly CellKind _kind;
    private readonly bool _isGeopoint;
    private readonly bool _isMultiple;
    private readonly byte[]? _keyStep;
    private readonly byte[][] _choices;
    private readonly ChoiceLabels? _labels;

    public FlatAnswer(FormColumn column, ColumnOptions options)
    {
        var question = column.Question;
        var known = column.Choices?.Choices ?? [];
        var choices = options.SplitSelectMultiples && question is { IsMultiple: true } ? known : [];
        _index = column.Index;
        _kind = KindOf(question);
        _isGeopoint = question?.DataType == DataType.Geopoint;
        _isMultiple = question is { IsMultiple: true };
        _keyStep = column.Repeat?.KeyStep;
        _choices = [.. choices.Select(choice => Encoding.UTF8.GetBytes(choice.Value))];
        _labels = options.Labels && known.Count > 0 ? new ChoiceLabels(known, options.Language) : null;
        Columns = ColumnsOf(column, choices, known, options);
    }

    public IReadOnlyList<FlatColumn> Columns { get; }

    public void Write<TCells>(ref TCells cells, InstanceRow row, RowFacts facts)
        where TCells : struct, ICellWriter, allows ref struct
    {
        if (_keyStep is not null)
        {
            WriteSetOf(ref cells, row, facts);
            return;
        }

        var answer = row[_index];
        if (answer.IsEmpty && row.IsConfidential(_index))
        {
            cells.WriteConfidential();
            cells.Skip(Columns.Count - 1);
            return;
        }

        if (_isGeopoint)
        {
            WriteGeopoint(ref cells, answer);
            return;
        }

        cells.Write(Shown(answer), _kind);
        WriteChoices(ref cells, answer);
    }

    private static CellKind KindOf(QuestionElement? question) => question?.DataType switch
    {
        DataType.Int => CellKind.Integer,
        DataType.Decimal => CellKind.Decimal,
        DataType.Date => CellKind.Date,
        DataType.Time => CellKind.Time,
        DataType.DateTime => CellKind.DateTime,
        _ => CellKind.Text,
    };

    private IReadOnlyList<FlatColumn> ColumnsOf(
        FormColumn column, IReadOnlyList<Choice> choices, IReadOnlyList<Choice> known, ColumnOptions options)
    {
        var path = options.GroupPaths ? string.Join('-', column.Names) : column.Name;
        var element = column.Repeat?.Element ?? (FormElement?)column.Question;
        var label = element?.Label.Find(options.Language) is { Length: > 0 } words ? words : column.Name;
        var name = options.LabelHeadings ? label : path;
        if (_keyStep is not null)
        {
            return [new FlatColumn($"SET-OF-{name}", $"Key of the rows of {label}", CellKind.Text) { Source = column }];
        }

        if (_isGeopoint)
        {
            return [.. GeopointParts.Select(part => new FlatColumn($"{name}-{part}", $"{label}: {part}", CellKind.Decimal) { Source = column })];
        }

        var single = _isMultiple || _labels is not null || known.Count == 0 ? null : known;
        return
        [
            new FlatColumn(name, label, _kind) { Source = column, Choices = single },
            .. choices.Select(choice => (choice, Words: choice.Label.Find(options.Language) ?? choice.Value)).Select(each =>
                new FlatColumn($"{name}/{(options.LabelHeadings ? each.Words : each.choice.Value)}", $"{label}: {each.Words}", CellKind.Flag) { Source = column }),
        ];
    }

    private ReadOnlySpan<byte> Shown(ReadOnlySpan<byte> answer) =>
        _labels is null || answer.IsEmpty ? answer
        : _isMultiple ? _labels.FindAll(answer)
        : _labels.Find(answer);

    private void WriteSetOf<TCells>(ref TCells cells, InstanceRow row, RowFacts facts)
        where TCells : struct, ICellWriter, allows ref struct
    {
        var step = _keyStep ?? [];
        var key = new byte[row.Key.Length + step.Length];
        row.Key.CopyTo(key);
        step.CopyTo(key.AsSpan(row.Key.Length));
        cells.Write(facts.InstanceId, key);
    }

    private static void WriteGeopoint<TCells>(ref TCells cells, ReadOnlySpan<byte> answer)
        where TCells : struct, ICellWriter, allows ref struct
    {
        for (var part = 0; part < GeopointParts.Length; part++)
        {
            answer = answer.TrimStart((byte)' ');
            var end = answer.IndexOf((byte)' ');
            end = end < 0 ? answer.Length : end;
            cells.Write(answer[..end], CellKind.Decimal);
            answer = answer[end..];
        }
    }

    private void WriteChoices<TCells>(ref TCells cells, ReadOnlySpan<byte> answer)
        where TCells : struct, ICellWriter, allows ref struct
    {
        if (answer.IsEmpty)
        {
            cells.Skip(_choices.Length);
            return;
        }

        foreach (var choice in _choices)
        {
            cells.Write(Has(answer, choice) ? 1 : 0);
        }
    }

    private static bool Has(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> choice)
    {
        foreach (var part in answer.Split((byte)' '))
        {
            if (answer[part].SequenceEqual(choice))
            {
                return true;
            }
        }

        return false;
    }
}
