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
    private const int MaxQuoted = 500;

    private readonly XForm _before;
    private readonly XForm _after;
    private readonly DiagnosticList _diagnostics;
    private readonly CancellationToken _cancellationToken;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly HashSet<(string?, string?)> _sameLists = [];

    private CheckExport(XForm before, XForm after, DiagnosticList diagnostics, CancellationToken cancellationToken)
    {
        _before = before;
        _after = after;
        _diagnostics = diagnostics;
        _cancellationToken = cancellationToken;
        foreach (var one in diagnostics)
        {
            _told.UnionWith(PathsIn(one.Message));
        }
    }

    /// <summary>True when no further difference would be kept.</summary>
    private bool IsFull
    {
        get
        {
            _cancellationToken.ThrowIfCancellationRequested();
            return _diagnostics.Count >= DiagnosticList.MaxCount;
        }
    }

    /// <summary>Adds what the workbook gets wrong, unless it was told already.</summary>
    /// <param name="before">The form that was exported.</param>
    /// <param name="actions">Its actions, see <see cref="CompareActions"/>.</param>
    /// <param name="workbook">What it became.</param>
    /// <param name="diagnostics">What was told so far.</param>
    /// <param name="cancellationToken">Ends the comparison early.</param>
    public static void Run(
        XForm before,
        OrderedDictionary<(string Path, string What), string> actions,
        Workbook workbook,
        DiagnosticList diagnostics,
        CancellationToken cancellationToken)
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

        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var html = FormNodeReader.Read(compiled.XForm);
            var check = new CheckExport(before, XFormReader.ReadForm(html), diagnostics, cancellationToken);
            check.Compare();
            check.Compare(actions, CompareActions.In(html));
        }
        catch (XFormException e)
        {
            diagnostics.Warning(
                DiagnosticCode.ExportRefused, $"The form made from this workbook cannot be used, and was not compared with the XForm: {e.Message}");
        }
    }

    private void Compare()
    {
        Tell(_before.Id, "form id", _before.Id, _after.Id);
        Tell(_before.Id, "version", _before.Version, _after.Version);
        foreach (var element in _before.ListElements().TakeWhile(_ => !IsFull))
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

        foreach (var element in _after.ListElements().TakeWhile(_ => !IsFull).Where(element => _before.Find(element.Path) is null))
        {
            Tell(element.Path, Node, null, element.Name);
        }
    }

    /// <summary>Compares the actions, of places nothing was told about.</summary>
    private void Compare(
        OrderedDictionary<(string Path, string What), string> before, OrderedDictionary<(string Path, string What), string> after)
    {
        foreach (var key in before.Keys.Concat(after.Keys.Where(key => !before.ContainsKey(key))).TakeWhile(_ => !IsFull))
        {
            var (was, becomes) = (before.GetValueOrDefault(key), after.GetValueOrDefault(key));
            if (!_told.Contains(key.Path) && (was is null || becomes is null || !ExpressionText.IsSame(was, becomes)))
            {
                // What sets nothing is still there.
                Tell(key.Path, key.What, was is "" ? "''" : was, becomes is "" ? "''" : becomes);
            }
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
        Tell(path, "confidential", before.IsConfidential ? "yes" : "no", after.IsConfidential ? "yes" : "no");
        Tell(path, "confidential_radius", $"{before.ConfidentialRadius:R}", $"{after.ConfidentialRadius:R}");
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

    /// <summary>Compares two lists once, whatever the number of questions that show them.</summary>
    private void TellChoices(string path, string? before, string? after)
    {
        if (_sameLists.Contains((before, after)))
        {
            return;
        }

        var count = _diagnostics.Count;
        var (was, becomes) = (ChoicesOf(_before, before), ChoicesOf(_after, after));
        if (was.Count != becomes.Count)
        {
            Tell(path, "number of choices", $"{was.Count}", $"{becomes.Count}");
        }

        for (var i = 0; i < Math.Min(was.Count, becomes.Count) && _diagnostics.Count == count && !IsFull; i++)
        {
            Tell(path, $"choice {i + 1}", was[i].Value, becomes[i].Value);
            foreach (var language in _before.Languages.DefaultIfEmpty(""))
            {
                Tell(path, $"label of choice “{was[i].Value}” in {language}", LabelOf(was[i], language), LabelOf(becomes[i], language));
            }
        }

        // A list that differs is told for each question: it may do so in another way.
        if (_diagnostics.Count == count)
        {
            _sameLists.Add((before, after));
        }
    }

    private static IReadOnlyList<Choice> ChoicesOf(XForm form, string? list) =>
        list is not null && form.ChoiceLists.TryGetValue(list, out var found) ? found.Choices : [];

    /// <summary>Gives what people see in a language: the translation, or the text that is not translated.</summary>
    private static string? LabelOf(Choice choice, string language) =>
        WordsOf(choice.Label, choice.Label.ByLanguage.ContainsKey(language) ? language : "");

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
        if (before != after && !(what == Node && _told.Contains(path)))
        {
            _diagnostics.Warning(
                DiagnosticCode.ExportDiffers,
                $"{path}: the {what} is “{Shown(before)}” in the XForm and “{Shown(after)}” in the form made from this workbook.");
        }
    }

    /// <summary>Shortens what a message quotes: thousands of questions can share a long list.</summary>
    private static string Shown(string? value) => value switch
    {
        null => "nothing",
        { Length: > MaxQuoted } => $"{value[..MaxQuoted]}… ({value.Length} characters)",
        _ => value,
    };

    /// <summary>Finds the paths a message names.</summary>
    private static IEnumerable<string> PathsIn(string message)
    {
        for (var start = message.IndexOf('/', StringComparison.Ordinal); start >= 0;)
        {
            var end = start;
            while (end < message.Length && message[end] == '/' && StepLength(message.AsSpan(end + 1)) is > 0 and var length)
            {
                end += 1 + length;
            }

            if (end > start)
            {
                yield return message[start..end].TrimEnd('.');
            }

            start = message.IndexOf('/', Math.Max(end, start + 1));
        }
    }

    private static int StepLength(ReadOnlySpan<char> text)
    {
        var at = text.StartsWith("@") ? 1 : 0;
        return XmlNames.NcNameLength(text[at..]) is > 0 and var length ? at + length : 0;
    }

    private static string KindOf(FormElement element) => element switch
    {
        GroupElement => "group",
        RepeatElement => "repeat",
        _ => "question",
    };
}
