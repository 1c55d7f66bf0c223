using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Fieldkeep.Server.Tests.Support;

namespace Fieldkeep.Server.Tests.Exports.RealForms;

/// <summary>One row of an instance as its XML has it: the key it must have in every table, and its answers by path.</summary>
internal sealed record GivenRow(AskedTable Table, string Key, string ParentKey, Dictionary<string, string> Answers);

/// <summary>An instance of a form filled in by dice, and what every export must say of it.</summary>
internal sealed class GivenInstance
{
    private static readonly XNamespace OpenRosa = "http://openrosa.org/xforms";

    private static readonly string[] Texts =
    [
        "Amina", "a, b and c", "said \"no\"\nand left", "line\r\nline", "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3*cmd", "＝1+1",
        "עברית ‏العربية, 😀", "‮right to left", "  padded ", "007", "12345678901234567890", "1e5", "<&>'\"", "_x000D_", "tab\there", "é́ combining",
        "; , \t|", "NULL", "true", "2026-02-30", "語言", "'quoted'", "100%", "\\n", "-0", "+254712345678",
    ];

    private readonly AskedForm _form;
    private readonly SurveyDice _dice;
    private readonly List<(string Name, byte[] Content, string Question)> _files = [];

    private GivenInstance(AskedForm form, string id, SurveyDice dice) => (_form, Id, _dice) = (form, id, dice);

    /// <summary>Its id.</summary>
    public string Id { get; }

    /// <summary>What a phone sends.</summary>
    public byte[] Xml { get; private set; } = [];

    /// <summary>Its files, and which questions they answer.</summary>
    public IReadOnlyList<(string Name, byte[] Content, string Question)> Files => _files;

    /// <summary>Its rows, those of a repeat in their order.</summary>
    public List<GivenRow> Rows { get; } = [];

    /// <summary>Fills in a form.</summary>
    /// <param name="answered">How many of a hundred questions are answered.</param>
    public static GivenInstance Of(AskedForm form, int answered, int seed)
    {
        var instance = new GivenInstance(form, $"uuid:{Guid.CreateVersion7()}", new SurveyDice(seed));
        var root = new XElement(form.Root.Name.LocalName, form.Root.Attributes().Where(one => !one.IsNamespaceDeclaration && one.Name.Namespace == XNamespace.None));
        instance.Fill(form.Root, root, "", answered);
        instance.Xml = BytesOf(root);
        instance.Collect(root, "", instance.Id, new GivenRow(form.Tables[0], instance.Id, "", []), "");
        return instance;
    }

    private static byte[] BytesOf(XElement root)
    {
        using var bytes = new MemoryStream();
        using (var writer = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(false), NewLineHandling = NewLineHandling.Entitize }))
        {
            root.Save(writer);
        }

        return bytes.ToArray();
    }

    private void Fill(XElement asked, XElement into, string path, int answered)
    {
        foreach (var child in asked.Elements().DistinctBy(child => child.Name.LocalName))
        {
            var below = $"{path}/{child.Name.LocalName}";
            var isMeta = below == "/meta" || path == "/meta";
            var rows = !_form.IsRepeat(below) ? 1 : answered == 0 ? 0 : _dice.Next(4);
            for (var row = 0; row < rows; row++)
            {
                var made = new XElement(
                    isMeta ? OpenRosa + child.Name.LocalName : child.Name.LocalName,
                    child.Attributes().Where(one => !one.IsNamespaceDeclaration && one.Name.Namespace == XNamespace.None));
                into.Add(made);
                if (child.HasElements)
                {
                    Fill(child, made, below, answered);
                }
                else if (below == "/meta/instanceID")
                {
                    made.Value = Id;
                }
                else if (_form.Find(below) is { } question && _dice.Next(100) < answered)
                {
                    made.Value = Answer(question);
                }
            }
        }
    }

    private string Answer(AskedQuestion question) => question.Type switch
    {
        _ when question.Type is not ("upload" or "binary") && _dice.Next(40) == 0 => Pick(Texts),
        "int" or "integer" => (_dice.Next(100_000) - 20_000).ToString(CultureInfo.InvariantCulture),
        "decimal" => ((_dice.Next(1_000_000) - 300_000) / 1000m).ToString(CultureInfo.InvariantCulture),
        "boolean" => _dice.Next(2) == 0 ? "true" : "false",
        "date" => $"{1890 + _dice.Next(160):D4}-{1 + _dice.Next(12):D2}-{1 + _dice.Next(28):D2}",
        "time" => $"{_dice.Next(24):D2}:{_dice.Next(60):D2}:{_dice.Next(60):D2}.{_dice.Next(1000):D3}+03:00",
        "dateTime" => $"20{_dice.Next(90) + 10}-{1 + _dice.Next(12):D2}-{1 + _dice.Next(28):D2}T{_dice.Next(24):D2}:{_dice.Next(60):D2}:00.000-05:00",
        "geopoint" => Position(),
        "geotrace" => string.Join("; ", Enumerable.Range(0, 2 + _dice.Next(4)).Select(_ => Position())),
        "geoshape" => string.Join(";", Enumerable.Range(0, 3 + _dice.Next(4)).Select(_ => Position())),
        "select1" => question.Choices.Count == 0 ? "elsewhere" : Pick(question.Choices),
        "select" => question.Choices.Count == 0 ? "else where" : string.Join(' ', Enumerable.Range(0, 1 + _dice.Next(3)).Select(_ => Pick(question.Choices)).Distinct()),
        "upload" or "binary" => File(question),
        _ => _dice.Next(2) == 0 ? Pick(Texts) : $"text {_dice.Next(1000)}",
    };

    private string Position() => string.Create(
        CultureInfo.InvariantCulture, $"{(_dice.Next(1800) - 900) / 10m} {(_dice.Next(3600) - 1800) / 10m}{(_dice.Next(4) == 0 ? "" : $" {_dice.Next(3000)} {_dice.Next(20)}")}");

    // Two are enough for each instance.
    private string File(AskedQuestion question)
    {
        if (_files.Count == 2)
        {
            return "";
        }

        var name = $"{Id[^12..]}-{_files.Count}.jpg";
        _files.Add((name, [0xFF, 0xD8, .. Enumerable.Range(0, 200 + _dice.Next(100)).Select(_ => (byte)_dice.Next(256))], question.Path));
        return name;
    }

    private T Pick<T>(IReadOnlyList<T> all) => all[_dice.Next(all.Count)];

    // Reads back what was written: the XML is what counts.
    private void Collect(XElement parent, string path, string key, GivenRow row, string step)
    {
        if (step.Length == 0)
        {
            Rows.Add(row);
        }

        foreach (var group in parent.Elements().GroupBy(child => child.Name.LocalName))
        {
            var below = $"{path}/{group.Key}";
            var number = 0;
            foreach (var child in group)
            {
                if (_form.IsRepeat(below))
                {
                    var own = $"{key}{step}/{group.Key}[{++number}]";
                    Collect(child, below, own, new GivenRow(_form.TableOf(below), own, key, []), "");
                }
                else if (child.HasElements)
                {
                    Collect(child, below, key, row, $"{step}/{group.Key}");
                }
                else if (child.Value.Length > 0)
                {
                    row.Answers.Add(below, child.Value);
                }
            }
        }
    }
}
