using System.Globalization;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.Fuzz;

/// <summary>Makes workbooks as authors do: most of them compile before anything is broken.</summary>
internal sealed class SomeWorkbook
{
    private readonly Dice _dice;
    private readonly List<string> _questions = [];
    private readonly List<string> _repeats = [];
    private readonly List<string> _columns = ["type", "name"];
    private readonly List<(string Name, Dictionary<string, string> Cells)> _rows = [];
    private int _number;

    private SomeWorkbook(Dice dice) => _dice = dice;

    /// <summary>Makes one.</summary>
    public static Workbook By(Dice dice)
    {
        var some = new SomeWorkbook(dice);
        some.ChooseColumns();
        some.AddQuestions(depth: 0, some.Size());
        return new Workbook([.. some.Sheets()]);
    }

    private int Size() => _dice switch
    {
        _ when _dice.Once(10_000) => 3_000,
        _ when _dice.Once(200) => 200,
        _ => 1 + _dice.Next(10),
    };

    private void ChooseColumns()
    {
        var languages = Enumerable.Range(0, _dice.Next(3)).Select(_ => _dice.Of(SomeWords.Languages)).Distinct(StringComparer.Ordinal).ToList();
        _columns.AddRange(["label", "calculation", "parameters", "relevant", "constraint", "trigger"]);
        foreach (var column in SomeWords.TextColumns.Where(_ => _dice.Once(3)))
        {
            // image and media::image are one column.
            if (_columns.Contains(column.Replace("media::", "", StringComparison.Ordinal)))
            {
                continue;
            }

            _columns.AddRange(languages.Select(language => $"{column}::{language}").Prepend(column));
        }

        _columns.AddRange(SomeWords.PlainColumns.Where(_ => _dice.Once(3)));
        for (var i = 2; i < _columns.Count; i++)
        {
            var other = 2 + _dice.Next(_columns.Count - 2);
            (_columns[i], _columns[other]) = (_columns[other], _columns[i]);
        }
    }

    private void AddQuestions(int depth, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (depth < 6 && _dice.Once(6))
            {
                AddContainer(depth);
            }
            else
            {
                AddQuestion();
            }
        }
    }

    private void AddContainer(int depth)
    {
        var (keyword, begin) = _dice.Next(8) switch
        {
            0 => ("loop", "begin loop over k"),
            < 4 => ("repeat", _dice.Once(2) ? "begin repeat" : "begin_repeat"),
            _ => ("group", _dice.Once(2) ? "begin group" : "begin_group"),
        };
        var name = $"g{++_number}";
        var cells = Texts();
        cells["type"] = begin;
        cells["name"] = name;
        if (keyword == "repeat")
        {
            _repeats.Add(name);
            Put(cells, "repeat_count", 4, Expression(1));
        }

        Put(cells, "relevant", 4, Expression(2));
        Put(cells, "appearance", 4, _dice.Of(SomeWords.Appearances));
        _rows.Add((name, cells));
        AddQuestions(depth + 1, 1 + _dice.Next(4));
        _rows.Add((name, new(StringComparer.Ordinal) { ["type"] = begin.Contains('_', StringComparison.Ordinal) ? $"end_{keyword}" : $"end {keyword}" }));
    }

    private void AddQuestion()
    {
        var (type, parameters) = _dice.Of(SomeWords.Questions);
        type = type == "background-geopoint" && _questions.Count == 0 ? "text" : type;
        var name = $"q{++_number}";
        var cells = Texts();
        cells["type"] = type;
        if (type != "audit")
        {
            cells["name"] = name;
        }

        Put(cells, "parameters", type == "audit" || type == "range" ? 1 : 3, parameters);
        Put(cells, "calculation", type == "calculate" ? 1 : type == "background-geopoint" ? 1_000 : 12, Expression(3));
        Put(cells, "trigger", type == "background-geopoint" ? 1 : 40, Reference());
        Put(cells, "relevant", 5, Expression(3));
        Put(cells, "constraint", 6, $". > {Expression(2)}");
        Put(cells, "required", 6, _dice.Once(2) ? "yes" : Expression(1));
        Put(cells, "default", 6, _dice.Once(2) ? "1" : Expression(2));
        Put(cells, "appearance", 6, _dice.Of(SomeWords.Appearances));
        Put(cells, "choice_filter", type.EndsWith("external e", StringComparison.Ordinal) ? 1 : 8, $"zone = {Expression(1)}");
        Put(cells, "save_to", 12, _dice.Once(12) ? "prop" : $"people#p{_number}");
        foreach (var other in _columns.Skip(2).Where(column => !cells.ContainsKey(column) && SomeWords.PlainColumns.Contains(column) && _dice.Once(60)))
        {
            cells[other] = _dice.Once(2) ? "1" : _dice.Of(SomeWords.Odd);
        }

        _rows.Add((name, cells));
        if (type is not ("audit" or "csv-external" or "xml-external"))
        {
            _questions.Add(name);
        }
    }

    private Dictionary<string, string> Texts()
    {
        var cells = new Dictionary<string, string>(StringComparer.Ordinal) { ["label"] = Text() };
        foreach (var column in _columns)
        {
            var root = column.Split("::")[0];
            if (column != "label" && (SomeWords.TextColumns.Contains(root) || SomeWords.TextColumns.Contains(column)) && _dice.Once(3))
            {
                cells[column] = root is "image" or "audio" or "video" or "media" ? "a.png" : Text();
            }
        }

        return cells;
    }

    private void Put(Dictionary<string, string> cells, string column, int onceIn, string value)
    {
        if (value.Length > 0 && _dice.Once(onceIn))
        {
            cells[column] = value;
        }
    }

    private string Text() => _dice.Next(6) switch
    {
        0 => $"Is {Reference()} right?",
        1 when _dice.Once(10) => $"**{_dice.Of(SomeWords.Odd).Replace("$", "", StringComparison.Ordinal)}**",
        _ => $"Question {_number}",
    };

    private string Reference() => _questions.Count == 0 ? "." : $"${{{_dice.Of(_questions)}}}";

    private string Expression(int depth)
    {
        if (depth <= 0)
        {
            return _dice.Next(4) switch { 0 => "'a b'", 1 => _dice.Next(100).ToString(CultureInfo.InvariantCulture), _ => Reference() };
        }

        var inner = Expression(depth - 1);
        return _dice.Next(16) switch
        {
            0 => $"{inner} + {Expression(depth - 1)}",
            1 => $"if({inner} > 1, {Expression(depth - 1)}, '')",
            2 => $"selected({Reference()}, 'a')",
            3 => $"coalesce({inner}, {Reference()})",
            4 => $"concat({inner}, \"x\", {inner})",
            5 => $"not({inner} != '') and ({inner} div 2) >= 3 or true()",
            6 => $"pulldata('f', 'a', 'b', {Reference()})",
            7 => $"instance('l')/root/item[name = {Reference()}]/label",
            8 => $"jr:choice-name({Reference()}, '{Reference()}')",
            9 => _repeats.Count == 0 ? inner : $"count(${{{_dice.Of(_repeats)}}})",
            10 => _repeats.Count == 0 ? inner : $"indexed-repeat({Reference()}, ${{{_dice.Of(_repeats)}}}, {inner})",
            11 => "position(..)",
            12 => $"once({inner})",
            13 => $"sum({Reference()})",
            14 => _questions.Count == 0 ? inner : $"${{last-saved#{_dice.Of(_questions)}}}",
            _ => $"regex({inner}, '^[A-Z]{{3}}$')",
        };
    }

    private IEnumerable<Sheet> Sheets()
    {
        yield return Sheet("survey", _columns, _rows.Select(row => row.Cells));
        yield return Plain("choices", "list_name|name|label|label::fr|zone", "l|a|A|A|z", "l|b|B||y", $"l|c|C {(_questions.Count == 0 ? "" : Reference())}|C|z", "k|oak|Oak|Chêne|", "k|elm|Elm|Orme|z", "d|1|Low||", "d|11|High||");
        if (_rows.Exists(row => row.Cells.GetValueOrDefault("type")?.Contains("_external", StringComparison.Ordinal) == true) || _dice.Once(8))
        {
            yield return Plain("external_choices", "list_name|name|label|zone", "e|x|X|z", "e|y|Y|");
        }

        if (_dice.Once(4))
        {
            yield return Plain("osm", "list_name|name|label", "t|building|Building");
        }

        if (_rows.Exists(row => row.Cells.ContainsKey("save_to")) || _dice.Once(8))
        {
            yield return Plain("entities", "list_name|label|entity_id|create_if|update_if", _dice.Once(3) ? $"people|{Reference()}|{Reference()}||" : $"people|concat('a', {Reference()})||{Expression(1)}|");
        }

        if (_dice.Once(2))
        {
            yield return Plain(
                "settings",
                "form_title|form_id|version|default_language|instance_name|style|namespaces|attribute::z|allow_choice_duplicates|public_key",
                $"T|f{_number}|{_number}|{(_dice.Once(3) ? "fr" : "")}|{Reference()}|pages|k=\"http://k\"|1|{(_dice.Once(4) ? "yes" : "")}|");
        }
    }

    private static Sheet Sheet(string name, List<string> header, IEnumerable<Dictionary<string, string>> rows) =>
        new(name, [.. header], [.. rows.Select((cells, i) => new SheetRow(i + 2, [.. header.Select(column => cells.GetValueOrDefault(column))]))]);

    private static Sheet Plain(string name, params string[] lines)
    {
        var cells = lines.Select(line => line.Split('|').Select(cell => cell.Length == 0 ? null : cell).ToArray()).ToList();
        return new(name, cells[0], [.. cells.Skip(1).Select((row, i) => new SheetRow(i + 2, row))]);
    }
}
