using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Advice;

/// <summary>
/// Knows every question and every list that any cell of a form mentions, in whatever way. It errs on the side of
/// mentioned: what is called unused must be unused.
/// </summary>
internal sealed class Mentions
{
    private static readonly char[] Separators = [' ', '\t', '\n', '=', ',', ';'];

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _words = new(StringComparer.Ordinal);

    /// <summary>Looks through all cells.</summary>
    public Mentions(XlsFormDocument document, IEnumerable<FormExpression> expressions)
    {
        foreach (var table in (SheetTable?[])
            [document.Survey, document.ChoicesTable, document.SettingsTable, document.EntitiesTable, document.ExternalTable])
        {
            foreach (var row in table?.Rows ?? [])
            {
                foreach (var cell in row.Cells)
                {
                    AddCell(cell);
                }
            }
        }

        foreach (var row in document.Rows)
        {
            _words.UnionWith((row.Type ?? "").Split(Separators));
            _words.UnionWith((row.Value("parameters") ?? "").Split(Separators));
        }

        // A name without a path is a path of one step: count(trees) reads the repeat.
        foreach (var test in expressions.SelectMany(one => one.Parsed.Parts).OfType<NameTest>())
        {
            _names.Add(test.Name);
        }
    }

    /// <summary>Says whether any cell mentions a question, as a reference or in a path.</summary>
    public bool HasQuestion(string name) => _names.Contains(name);

    /// <summary>Says whether any cell mentions a list: as a type, a parameter or in quotes.</summary>
    public bool HasList(string name) => _words.Contains(name);

    private void AddCell(string? cell)
    {
        if (cell is null)
        {
            return;
        }

        if (cell.Contains("${", StringComparison.Ordinal))
        {
            foreach (var reference in Reference.All(cell))
            {
                _names.Add(reference.Name);
            }
        }

        for (var slash = cell.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = cell.IndexOf('/', slash + 1))
        {
            var length = XmlNames.NcNameLength(cell.AsSpan(slash + 1));
            if (length > 0)
            {
                _names.Add(cell.Substring(slash + 1, length));
            }
        }

        if (cell.Contains('(', StringComparison.Ordinal))
        {
            // Quotes are paired as they come; “smart” ones count too. That mentions too much rather than too little.
            foreach (var word in cell.Split('\'', '"', '\u2018', '\u2019', '\u201C', '\u201D'))
            {
                _words.Add(word.Trim());
            }
        }
    }
}
