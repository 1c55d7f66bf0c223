using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>
/// Walks the rows of the survey sheet once and builds the form's tree. A row with an error is
/// reported and left out, so that the rows after it are still checked.
/// </summary>
internal sealed class BuildTree
{
    private readonly TreeContext _context;
    private readonly CheckNames _names;
    private readonly BuildContainers _containers;
    private readonly BuildSelect _selects;
    private readonly BuildQuestion _questions;
    private readonly FormTree _tree;

    private BuildTree(TreeContext context, IReadOnlySet<string> prefixes)
    {
        _context = context;
        _names = new CheckNames(context, prefixes);
        _tree = new FormTree(new FormNode { Kind = NodeKind.Root, Name = context.Document.Settings.RootName });
        _containers = new BuildContainers(context, _tree, _names);
        _selects = new BuildSelect(context, _containers, _names);
        _questions = new BuildQuestion(context);
    }

    /// <summary>Builds the tree; what is wrong is found in the context's diagnostics.</summary>
    public static FormTree Run(TreeContext context, IReadOnlySet<string> prefixes)
    {
        var build = new BuildTree(context, prefixes);
        foreach (var row in context.Document.Rows)
        {
            build.AddRow(row);
        }

        build._containers.ReportUnclosed();
        new CheckConfidential(context).Run(build._tree);
        var attributes = new CheckAttributes(context, prefixes);
        attributes.Run(context.Document.Settings);
        foreach (var node in build._tree.Root.SelfAndDescendants().Concat(build._tree.Meta.Children))
        {
            attributes.Run(node);
        }

        return build._tree;
    }

    private void AddRow(SurveyRow row)
    {
        if (row.Value("disabled") is { } disabled)
        {
            _context.Warning(
                DiagnosticCode.DisabledColumn,
                row.Number,
                "disabled",
                "The column “disabled” is not part of XLSForm. Use relevant, or delete the row.");
            if (YesNo.IsYes(disabled))
            {
                return;
            }
        }

        if (row.IsEmpty)
        {
            return;
        }

        if (row.Type is not { } typed)
        {
            ReportTypeMissing(row);
            return;
        }

        var type = QuestionTypes.Rewrite(typed);
        var container = ContainerRow.Parse(type);
        if (container is { IsBegin: false } end)
        {
            CollectSaveTo(row, null, isOnContainer: true);
            _containers.Close(row, end);
            return;
        }

        if (type is "audit")
        {
            AuditRow.Add(_context, _tree, row);
            return;
        }

        if (type is "text audit")
        {
            AuditRow.AddTextAudit(_context, _tree, row);
            return;
        }

        if (IsSettingsRow(row, type))
        {
            return;
        }

        var name = row.Name ?? (type == "note" ? $"generated_note_name_{row.Number}" : null);
        if (name is null)
        {
            _context.Error(
                DiagnosticCode.NameMissing,
                row.Number,
                "name",
                $"The row of type “{typed}” has no name. Write one in the column “name”.");
        }

        var isUsable = name is not null
            && _names.Check(row, name, _containers.Current, container is { Keyword: "repeat" });
        CountName(name);

        AddNamedRow(row, type, name ?? $"row_{row.Number}", container, isUsable);
    }

    private void AddNamedRow(SurveyRow row, string type, string name, ContainerRow? container, bool isUsable)
    {
        if (container is { } begin)
        {
            CollectSaveTo(row, null, isOnContainer: true);
            var opened = _containers.Open(row, name, begin);
            _tree.FirstByName.TryAdd(name, opened);
            return;
        }

        var select = SelectCommand.Parse(type);
        var node = select is null
            ? _questions.Run(row, type, name)
            : _selects.Run(row, select, name, ReadTriggers(row));
        if (node is null)
        {
            return;
        }

        CollectSaveTo(row, node, isOnContainer: false);
        if (select is { HasOther: true } && _tree.OrOtherRow == 0)
        {
            _tree.OrOtherRow = row.Number;
        }

        if (isUsable)
        {
            _tree.FirstByName.TryAdd(name, node);
        }

        if (select is null)
        {
            _containers.Current.Node.Add(node);
        }
    }

    /// <summary>Counts a name even where its row cannot be used, so that references to it are not reported too.</summary>
    private void CountName(string? name)
    {
        if (name is not null)
        {
            _tree.NameCounts[name] = _tree.NameCounts.GetValueOrDefault(name) + 1;
        }
    }

    private IReadOnlyList<string> ReadTriggers(SurveyRow row) => Triggers.Read(_context, row);

    private void ReportTypeMissing(SurveyRow row)
    {
        if (row.Name is null && row.Label is null)
        {
            _context.Warning(
                DiagnosticCode.RowSkipped,
                row.Number,
                null,
                "The row has neither type nor name nor label and is left out. Complete it or delete it.");
        }
        else
        {
            _context.Error(
                DiagnosticCode.TypeMissing,
                row.Number,
                "type",
                $"The row “{row.Name ?? row.Label?.ToString()}” has no type. Write one in the column “type”.");
            CountName(row.Name);
        }
    }

    private bool IsSettingsRow(SurveyRow row, string type)
    {
        var settings = _context.Document.Settings;
        switch (type)
        {
            case "form_title" or "set_form_title":
                settings["title"] = row.Name;
                return true;
            case "form_id" or "set_form_id":
                settings.FormId = row.Name ?? settings.FormId;
                return true;
            case "prefix":
                settings["prefix"] = row.Name;
                return true;
            default:
                return false;
        }
    }

    private void CollectSaveTo(SurveyRow row, FormNode? node, bool isOnContainer)
    {
        if (row.BindText("entities:saveto")?.ToString() is { } text)
        {
            _tree.SaveTos.Add(new SaveTo(row, text, node, _containers.Current.Node, isOnContainer));
        }
    }
}
