using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Advice;

/// <summary>
/// Tells texts that some languages have and another lacks; collectors who chose that language see a hyphen there. That a
/// language lacks a column altogether is a warning of its own.
/// </summary>
internal static class AdviseOnTranslations
{
    /// <summary>So many cells of a column are told one by one; more are told as one.</summary>
    private const int MostCells = 5;

    private const int RowsShown = 10;

    /// <summary>Looks at labels, hints and messages.</summary>
    public static void Run(FormReading form, AdviceList advice)
    {
        if (TranslationCoverage.IsTranslated(form.Document.Survey))
        {
            CheckSurvey(form, advice);
        }

        if (form.Document.ChoicesTable is { } choices && TranslationCoverage.IsTranslated(choices))
        {
            var all = form.Document.Lists.Values.SelectMany(list => list.Choices);
            Check(choices, "label", all.Where(choice => choice.Row > 0).Select(choice => (choice.Row, choice.Label)), advice);
        }
    }

    private static void CheckSurvey(FormReading form, AdviceList advice)
    {
        var shown = form.Rows.Where(row => row.Type is not ("calculate" or "hidden")).ToList();
        Check(form.Document.Survey, "label", shown.Select(row => (row.Number, row.Label)), advice);
        Check(form.Document.Survey, "hint", shown.Select(row => (row.Number, row.Hint)), advice);
        foreach (var message in (string[])["jr:constraintMsg", "jr:requiredMsg"])
        {
            Check(form.Document.Survey, $"bind::{message}", shown.Select(row => (row.Number, row.BindText(message))), advice);
        }
    }

    private static void Check(SheetTable table, string column, IEnumerable<(int Row, LocalText? Text)> cells, AdviceList advice)
    {
        var texts = cells.Where(cell => cell.Text is { IsTranslated: true } text && HasLetters(text)).ToList();
        var languages = texts.SelectMany(cell => cell.Text!.Translations.Select(one => one.Key)).Distinct(StringComparer.Ordinal).ToList();
        if (languages.Count < 2)
        {
            return;
        }

        var rows = languages.ToDictionary(language => language, _ => new List<int>(), StringComparer.Ordinal);
        foreach (var (row, text) in texts)
        {
            // Text is not null: the first line of this method kept only such cells.
            var present = text!.Translations.Select(one => one.Key).ToHashSet(StringComparer.Ordinal);
            foreach (var language in languages.Where(language => !present.Contains(language)))
            {
                rows[language].Add(row);
            }
        }

        foreach (var (language, empty) in rows)
        {
            var named = language == "default" ? "the default language" : $"“{language}”";
            var path = table.Has($"{column}::{language}") ? $"{column}::{language}" : column;
            if (empty.Count <= MostCells)
            {
                foreach (var row in empty)
                {
                    advice.Add(
                        DiagnosticCode.TranslationEmpty,
                        $"The text is not translated to {named}; whoever chose that language sees a hyphen. Translate it.",
                        table.At(row, path));
                }

                continue;
            }

            var more = empty.Count > RowsShown ? $" and {empty.Count - RowsShown} more" : "";
            advice.Add(
                DiagnosticCode.TranslationEmpty,
                $"{empty.Count} of {texts.Count} texts of this column are not translated to {named}; whoever chose that language sees a " +
                $"hyphen. They are in the rows {string.Join(", ", empty.Take(RowsShown))}{more}.",
                table.At(empty[0], path));
        }
    }

    /// <summary>A number or a line needs no translation.</summary>
    private static bool HasLetters(LocalText text) => text.Translations.Any(one => one.Value.Any(char.IsLetter));
}
