using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Opens and closes groups, repeats and loops.</summary>
internal sealed class BuildContainers
{
    private readonly Stack<ContainerFrame> _open = new();
    private readonly TreeContext _context;
    private readonly CheckNames _names;

    /// <summary>Starts with the root open.</summary>
    public BuildContainers(TreeContext context, FormTree tree, CheckNames names)
    {
        _context = context;
        _names = names;
        _open.Push(new ContainerFrame(tree.Root, ""));
    }

    /// <summary>The innermost open container.</summary>
    public ContainerFrame Current => _open.Peek();

    /// <summary>True between a table-list row and the next end row.</summary>
    public bool IsTableList { get; private set; }

    /// <summary>The list of the table, once its first select was met; null before.</summary>
    public string? TableListName { get; set; }

    /// <summary>Opens a container.</summary>
    public FormNode Open(SurveyRow row, string name, ContainerRow begin)
    {
        var node = new FormNode
        {
            Kind = begin.Keyword switch
            {
                "repeat" => NodeKind.Repeat,
                "loop" => NodeKind.Loop,
                _ => NodeKind.Group,
            },
            Name = name,
            Row = row.Number,
            Label = row.Label,
            Hint = row.Hint,
            GuidanceHint = row.GuidanceHint,
            Media = row.Media,
            Bind = [.. row.Bind],
            Control = [.. row.Control],
            Instance = row.Instance,
            LoopList = begin.Keyword == "loop" ? FindLoopList(row, begin) : null,
            IsFlattened = begin.Keyword == "group" && _context.Document.Settings.IsFlat,
        };
        if (row.Value("intent") is { } intent)
        {
            node.SetControl("intent", intent);
        }

        AddCount(row, node);
        if (_open.Count <= FormLimits.Nesting)
        {
            Current.Node.Add(node);
        }
        else
        {
            _context.Error(
                DiagnosticCode.LimitExceeded,
                row.Number,
                "type",
                $"“{name}” is nested more than {FormLimits.Nesting} levels deep. Use fewer groups inside each other.");
        }

        _open.Push(new ContainerFrame(node, begin.Keyword));
        StartTableList(row, node);
        return node;
    }

    /// <summary>Closes the innermost container of the kind an end row names.</summary>
    public void Close(SurveyRow row, ContainerRow end)
    {
        IsTableList = false;
        TableListName = null;
        if (Current.Keyword == end.Keyword)
        {
            WarnAboutLabel(_open.Pop().Node);
            return;
        }

        var innermost = Current.Keyword.Length == 0
            ? "Nothing is open here."
            : $"“{Current.Node.Name}”, begun in row {Current.Node.Row}, is an open {Current.Keyword}.";
        _context.Error(
            DiagnosticCode.EndWithoutBegin,
            row.Number,
            "type",
            $"The row ends a {end.Keyword} that was not begun. {innermost} Correct the type or delete the row.");
        if (_open.Any(frame => frame.Keyword == end.Keyword))
        {
            while (_open.Pop().Keyword != end.Keyword)
            {
                // Containers inside the one that ends here end with it.
            }
        }
    }

    /// <summary>Reports the innermost container that was never closed.</summary>
    public void ReportUnclosed()
    {
        if (Current.Keyword.Length > 0)
        {
            var node = Current.Node;
            _context.Error(
                DiagnosticCode.BeginWithoutEnd,
                node.Row,
                "type",
                $"The {Current.Keyword} “{node.Name}” is never ended. Add a row of the type “end {Current.Keyword}” after its last question.");
        }
    }

    private string? FindLoopList(SurveyRow row, ContainerRow begin)
    {
        if (begin.List is null)
        {
            _context.Error(
                DiagnosticCode.LoopWithoutList,
                row.Number,
                "type",
                "The loop names no list. Write “begin loop over LIST”.");
            return null;
        }

        var lists = _context.Document.Lists;
        if (!lists.ContainsKey(begin.List))
        {
            _context.Error(
                DiagnosticCode.LoopListMissing,
                row.Number,
                "type",
                $"The loop runs over “{begin.List}”, which is no list of the choices sheet. Add the list or correct the name.",
                _context.Nearest(begin.List, lists.Keys));
            return null;
        }

        return begin.List;
    }

    private void AddCount(SurveyRow row, FormNode node)
    {
        if (node.ControlValue("jr:count") is not { } count)
        {
            return;
        }

        node.Control.RemoveAll(pair => pair.Key == "jr:count");
        if (Reference.Only(count) is not null)
        {
            node.CountReference = count;
            return;
        }

        var name = $"{node.Name}_count";
        _names.CheckSiblings(row.Number, name, Current);
        var counter = new FormNode
        {
            Kind = NodeKind.Question,
            Name = name,
            Row = row.Number,
            Type = QuestionTypes.Find("calculate"),
            Bind =
            [
                KeyValuePair.Create("type", LocalText.Of("string")),
                KeyValuePair.Create("readonly", LocalText.Of("true()")),
                KeyValuePair.Create("calculate", LocalText.Of(count)),
            ],
        };
        Current.Node.Add(counter);
        node.CountReference = $"${{{name}}}";
    }

    private void StartTableList(SurveyRow row, FormNode node)
    {
        var words = (node.ControlValue("appearance") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!words.Contains("table-list", StringComparer.Ordinal))
        {
            return;
        }

        IsTableList = true;
        TableListName = null;
        node.SetControl("appearance", string.Join(' ', words.Where(word => word != "table-list").Prepend("field-list")));
        if (node.Label is null && node.Hint is null)
        {
            return;
        }

        var note = QuestionTypes.Find("note");
        node.Add(new FormNode
        {
            Kind = NodeKind.Question,
            Name = $"generated_table_list_label_{row.Number}",
            Row = row.Number,
            Type = note,
            Label = node.Label,
            Hint = node.Hint,
            Bind = [.. (note?.Bind ?? []).Select(bind => KeyValuePair.Create(bind.Name, LocalText.Of(bind.Value)))],
        });
        node.Label = null;
        node.Hint = null;
    }

    private void WarnAboutLabel(FormNode node)
    {
        if (node.Kind == NodeKind.Repeat && node.Label is null && node.Media.Count == 0)
        {
            _context.Warning(
                DiagnosticCode.RepeatWithoutLabel,
                node.Row,
                "label",
                $"The repeat “{node.Name}” has no label. Write one: collectors see it when they add another.");
        }
    }
}
