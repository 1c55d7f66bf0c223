using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Export;

/// <summary>
/// Compiles an exported workbook and compares what it asks and stores with the form it came from, so that a difference
/// nobody thought of is still told.
/// </summary>
internal sealed class CheckExport
{
    private const string Node = "node";

    private readonly XForm _before;
    private readonly XForm _after;
    private readonly DiagnosticList _diagnostics;
    private readonly List<string> _told;

    private CheckExport(XForm before, XForm after, DiagnosticList diagnostics)
    {
        _before = before;
        _after = after;
        _diagnostics = diagnostics;
        _told = [.. diagnostics.Select(one => one.Message)];
    }

    /// <summary>Adds what the workbook gets wrong, unless it was told already.</summary>
    public static void Run(XForm before, Workbook workbook, DiagnosticList diagnostics)
    {
        var compiled = XlsFormCompiler.Compile(workbook, new CompileOptions());
        if (compiled.XForm is null)
        {
            foreach (var error in compiled.Diagnostics.Where(one => one.Severity == Severity.Error))
            {
                diagnostics.Warning(
                    DiagnosticCode.ExportRefused, $"The workbook must be repaired before it can be uploaded: {error.Message}", error.Cell, error.Suggestion);
            }

            return;
        }

        new CheckExport(before, XFormReader.Read(compiled.XForm), diagnostics).Compare();
    }

    private void Compare()
    {
        Tell(_before.Id, "form id", _before.Id, _after.Id);
        Tell(_before.Id, "version", _before.Version, _after.Version);
        foreach (var element in _before.ListElements())
        {
            if (_after.Find(element.Path) is { } found)
            {
                Compare(element, found);
            }
            else
            {
                Tell(element.Path, Node, element.Name, null);
            }
        }

        foreach (var element in _after.ListElements().Where(element => _before.Find(element.Path) is null))
        {
            Tell(element.Path, Node, null, element.Name);
        }
    }

    private void Compare(FormElement before, FormElement after)
    {
        var path = before.Path;
        Tell(path, "kind", KindOf(before), KindOf(after));
        TellText(path, "label", before.Label, after.Label);
        TellText(path, "hint", before.Hint, after.Hint);
        Tell(path, "appearance", before.Appearance, after.Appearance);
        TellExpression(path, "relevant", before.Relevant, after.Relevant);
        if (before is QuestionElement question && after is QuestionElement same)
        {
            Tell(path, "data type", $"{question.DataType}", $"{same.DataType}");
            Tell(path, "control", question.Control, same.Control);
            TellExpression(path, "required", question.Required, same.Required);
            TellExpression(path, "constraint", question.Constraint, same.Constraint);
            TellText(path, "constraint message", question.ConstraintMessage, same.ConstraintMessage);
            TellExpression(path, "calculate", question.Calculate, same.Calculate);
            TellExpression(path, "readonly", question.ReadOnly, same.ReadOnly);
            Tell(path, "preload", question.Preload, same.Preload);
            Tell(path, "default", question.Default, same.Default);
            Tell(path, "save_to", question.SaveTo, same.SaveTo);
            TellChoices(path, question.ChoiceListId, same.ChoiceListId);
        }
        else if (before is RepeatElement repeat && after is RepeatElement repeated)
        {
            TellExpression(path, "repeat_count", repeat.Count, repeated.Count);
        }
    }

    private void TellChoices(string path, string? before, string? after)
    {
        static string? Values(XForm form, string? list) => list is not null && form.ChoiceLists.TryGetValue(list, out var found)
            ? string.Join(' ', found.Choices.Select(choice => choice.Value))
            : null;
        Tell(path, "choices", Values(_before, before), Values(_after, after));
    }

    private void TellText(string path, string what, FormText before, FormText after)
    {
        foreach (var language in before.ByLanguage.Keys.Union(after.ByLanguage.Keys, StringComparer.Ordinal))
        {
            Tell(path, language.Length == 0 ? what : $"{what} in {language}", WordsOf(before, language), WordsOf(after, language));
        }
    }

    /// <summary>Gives the text without what never counts: spaces around it, and the dash for a missing translation.</summary>
    private static string? WordsOf(FormText text, string language) =>
        text.ByLanguage.GetValueOrDefault(language)?.Trim() is { Length: > 0 } words && words != "-" ? words : null;

    private void TellExpression(string path, string what, string? before, string? after)
    {
        if (!ExpressionText.IsSame(before ?? "", after ?? ""))
        {
            Tell(path, what, before, after);
        }
    }

    private void Tell(string path, string what, string? before, string? after)
    {
        before = string.IsNullOrWhiteSpace(before) ? null : before;
        after = string.IsNullOrWhiteSpace(after) ? null : after;
        if (before != after && !(what == Node && _told.Exists(message => Mentions(message, path))))
        {
            _diagnostics.Warning(
                DiagnosticCode.ExportDiffers,
                $"{path}: the {what} is “{before ?? "nothing"}” in the XForm and “{after ?? "nothing"}” in the form made from this workbook.");
        }
    }

    private static bool Mentions(string message, string path)
    {
        var at = message.IndexOf(path, StringComparison.Ordinal);
        return at >= 0 && (at + path.Length == message.Length || XmlNames.NcNameLength($"a{message[at + path.Length]}") == 1);
    }

    private static string KindOf(FormElement element) => element switch
    {
        GroupElement => "group",
        RepeatElement => "repeat",
        _ => "question",
    };
}
