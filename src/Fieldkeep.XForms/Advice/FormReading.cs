using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Advice;

/// <summary>
/// Reads a form once for all advice: its expressions as trees, the node of each row, and every name, list and file that
/// any cell mentions.
/// </summary>
internal sealed class FormReading
{
    private readonly FormTree _tree;
    private readonly Dictionary<int, FormNode> _nodes = [];
    private readonly Dictionary<string, ParsedText> _parsed = new(StringComparer.Ordinal);
    private readonly List<FormExpression> _expressions = [];
    private readonly List<SurveyRow> _rows;
    private Mentions? _mentions;

    /// <summary>Reads a form.</summary>
    public FormReading(XlsFormDocument document, FormTree tree, IEnumerable<EntityRow> entities)
    {
        Document = document;
        _tree = tree;
        _rows = [.. document.Rows.Where(IsUsed)];
        MapNodes();
        foreach (var row in _rows)
        {
            ReadRow(row);
        }

        ReadSettings();
        foreach (var entity in entities)
        {
            ReadEntity(entity);
        }
    }

    /// <summary>The sheets.</summary>
    public XlsFormDocument Document { get; }

    /// <summary>The root of the form's tree.</summary>
    public FormNode Root => _tree.Root;

    /// <summary>The rows of the survey sheet that make up the form, without those that end a group.</summary>
    public IReadOnlyList<SurveyRow> Rows => _rows;

    /// <summary>All expressions in sheet order.</summary>
    public IReadOnlyList<FormExpression> Expressions => _expressions;

    /// <summary>What the cells of the form mention; read when first asked for, which most forms need not.</summary>
    public Mentions Mentions => _mentions ??= new Mentions(Document, _expressions);

    /// <summary>Finds the node of a row; null when the row has a mistake.</summary>
    public FormNode? NodeAt(int row) => _nodes.GetValueOrDefault(row);

    /// <summary>Finds the one node of a name; null when there is none or more than one.</summary>
    public FormNode? Find(string name) =>
        _tree.NameCounts.GetValueOrDefault(name) == 1 ? _tree.FirstByName.GetValueOrDefault(name) : null;

    private static bool IsUsed(SurveyRow row) =>
        !row.IsEmpty
        && row.Type is { } type
        && !(row.Value("disabled") is { } disabled && YesNo.IsYes(disabled))
        && ContainerRow.Parse(QuestionTypes.Rewrite(type)) is not { IsBegin: false };

    /// <summary>The compiler may make several nodes of a row; the one with the row's name is meant.</summary>
    private void MapNodes()
    {
        foreach (var node in _tree.Root.SelfAndDescendants())
        {
            if (node.Row > 0 && node.Kind is NodeKind.Question or NodeKind.Group or NodeKind.Repeat or NodeKind.Loop)
            {
                _nodes.TryAdd(node.Row, node);
            }
        }

        foreach (var row in _rows)
        {
            if (row.Name is { } name && _nodes.TryGetValue(row.Number, out var node) && node.Name != name)
            {
                if (_tree.FirstByName.GetValueOrDefault(name) is { } named && named.Row == row.Number)
                {
                    _nodes[row.Number] = named;
                }
                else
                {
                    _nodes.Remove(row.Number);
                }
            }
        }
    }

    private void ReadRow(SurveyRow row)
    {
        foreach (var (key, text) in row.Bind)
        {
            (ExpressionPlace Place, string Column)? found = key switch
            {
                "relevant" => (ExpressionPlace.Relevant, "bind::relevant"),
                "constraint" => (ExpressionPlace.Constraint, "bind::constraint"),
                "calculate" => (ExpressionPlace.Calculation, "bind::calculate"),
                "required" => (ExpressionPlace.Required, "bind::required"),
                "readonly" => (ExpressionPlace.ReadOnly, "bind::readonly"),
                _ => null,
            };
            if (found is var (place, column))
            {
                var value = text.ToString();
                Add(place, row, column, YesNo.IsYes(value) ? "true()" : YesNo.IsNo(value) ? "false()" : value);
            }
        }

        if (row.Value("choice_filter") is { } filter)
        {
            Add(ExpressionPlace.ChoiceFilter, row, "choice_filter", filter);
        }

        if (row.Value("default") is { } initial && DynamicDefault.IsDynamic(initial, row.Type ?? ""))
        {
            Add(ExpressionPlace.Default, row, "default", initial);
        }

        if (row.ControlValue("jr:count") is { } count)
        {
            Add(ExpressionPlace.RepeatCount, row, "control::jr:count", count);
        }
    }

    private void ReadSettings()
    {
        if (Document.SettingsTable is { Rows.Count: > 0 } table && Document.Settings["instance_name"] is { } name)
        {
            Add(ExpressionPlace.InstanceName, null, name, table, table.Rows[0].Number, "instance_name");
        }
    }

    private void ReadEntity(EntityRow entity)
    {
        foreach (var (column, text) in ((string, string?)[])
            [("entity_id", entity.EntityId), ("create_if", entity.CreateIf), ("update_if", entity.UpdateIf), ("label", entity.Label)])
        {
            if (text is not null && Document.EntitiesTable is { } table)
            {
                Add(ExpressionPlace.Entity, null, text, table, entity.Row, column);
            }
        }
    }

    private void Add(ExpressionPlace place, SurveyRow row, string column, string text)
    {
        // Inside loops %(name)s stands for the choice of each round.
        if (!text.Contains("%(", StringComparison.Ordinal))
        {
            Add(place, NodeAt(row.Number), text, Document.Survey, row.Number, column);
        }
    }

    private void Add(ExpressionPlace place, FormNode? node, string text, SheetTable table, int row, string column)
    {
        if (!_parsed.TryGetValue(text, out var parsed))
        {
            _parsed.Add(text, parsed = new ParsedText(text));
        }

        _expressions.Add(new FormExpression(place, node, text, parsed, table, row, column));
    }
}
