using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>Writes the lists of a form into the choices sheet: instances, and items that stand in their select.</summary>
internal sealed class WriteChoices(ExportContext context, SourceInstances instances, TextColumns texts)
{
    private const string ItextId = "itextId";

    private static readonly string[] Taken = ["name", "label", "media", "list name", "list_name"];

    private readonly Dictionary<string, (string Value, string Label)> _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, XmlNode> _inline = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>True when a list names a choice twice.</summary>
    public bool HasDuplicates { get; private set; }

    /// <summary>Says which elements of a list's items hold value and label; the first select that uses the list decides.</summary>
    public void Use(string list, string value, string label, XmlNode where)
    {
        if (!_columns.TryAdd(list, (value, label)) && _columns[list] != (value, label))
        {
            context.Lose(
                DiagnosticCode.ExportChoicesChanged, where, $"The list {list} is shown by different columns in different questions; one is kept.");
        }
    }

    /// <summary>Writes all lists that are written in the form, used or not.</summary>
    public void WriteInstances()
    {
        foreach (var (id, instance) in instances.ById)
        {
            if (instance.Attribute("src") is null)
            {
                WriteInstance(id, instance);
            }
        }
    }

    /// <summary>Writes the items that stand in a select; gives the name of their list.</summary>
    public string AddInline(XmlNode select, string question)
    {
        var items = select.Children.Where(child => child.Name == "item").ToList();
        var ids = items.Select(item => SourceTexts.IdIn(item.Child("label")?.Attribute("ref"))).ToList();
        var dash = ids.Count > 0 ? ids[0]?.LastIndexOf('-') ?? -1 : -1;
        var name = dash > 0 ? ids[0]![..dash] : null; // dash is above 0 only in a text that is there
        if (name is null || ids.Where((id, index) => id is not null && id != $"{name}-{index}").Any() || name.Any(char.IsWhiteSpace))
        {
            name = question;
        }

        if (_inline.TryGetValue(name, out var same) && IsSame(same, select))
        {
            return name;
        }

        while (!_names.Add(name) || instances.ById.ContainsKey(name))
        {
            // Numbers go on where the last list of this question stopped: thousands can have one name.
            var number = _numbers.GetValueOrDefault(question, 2);
            _numbers[question] = number + 1;
            name = $"{question}_{number}";
        }

        _inline[name] = select;
        foreach (var extra in items.SelectMany(item => item.Children).Where(child => !child.IsText && child.Name is not ("value" or "label")))
        {
            context.Lose(DiagnosticCode.ExportChoicesChanged, extra, $"The {extra.Name} of a choice of {question} is left out.");
        }

        WriteItems(
            name,
            items,
            item => item.Child("value")?.InnerText() ?? "",
            item => item.Child("label"),
            _ => []);
        return name;
    }

    private static bool IsSame(XmlNode left, XmlNode right)
    {
        static IEnumerable<(string?, string?, string?)> Items(XmlNode select) => select.Children.Where(child => child.Name == "item")
            .Select(item => (item.Child("value")?.InnerText(), item.Child("label")?.Attribute("ref"), item.Child("label")?.InnerText()));
        return Items(left).SequenceEqual(Items(right));
    }

    private void WriteInstance(string id, XmlNode instance)
    {
        var root = instance.FirstElement();
        var items = root?.Children.Where(child => !child.IsText).ToList() ?? [];
        if (id.Length == 0 || id.Any(char.IsWhiteSpace) || root is null || items.Count == 0
            || items.Exists(item => item.Children.Any(child => !child.IsText && child.HasElements)))
        {
            context.Lose(
                DiagnosticCode.ExportInstanceLost,
                instance,
                $"The secondary instance “{id}” is no list of choices and is left out. Attach it as a file and declare it by xml-external.");
            return;
        }

        _names.Add(id);
        if (root.Name != "root" || items.Exists(item => item.Name != "item"))
        {
            context.Lose(
                DiagnosticCode.ExportChoicesChanged,
                instance,
                $"The items of “{id}” become root/item; expressions that name them otherwise must be changed.");
        }

        var (value, label) = _columns.GetValueOrDefault(id, ("name", ""));
        var isItext = label.Contains("itext(", StringComparison.Ordinal);
        var labelColumn = isItext ? label[(label.IndexOf('(', StringComparison.Ordinal) + 1)..].TrimEnd(')', ' ') : label;
        if (label.Length == 0)
        {
            // No question shows the list: what its items say decides.
            isItext = items.Exists(item => item.Child(ItextId) is not null);
            labelColumn = isItext ? ItextId : "label";
        }

        if (items.Exists(item => item.Child(value) is null))
        {
            context.Lose(DiagnosticCode.ExportChoicesChanged, instance, $"The list “{id}” has items without {value}.");
        }

        WriteItems(
            id,
            items,
            item => item.Child(value)?.InnerText() ?? "",
            item => LabelOf(item, labelColumn, isItext),
            item => item.Children.Where(child =>
                !child.IsText && !(isItext && child.Name == ItextId) && !(child.Name is "name" or "label" && (child.Name == value || child.Name == labelColumn))));
    }

    /// <summary>Finds an item's label: the text itself, or by the id of a text where the select asks for that.</summary>
    private static XmlNode? LabelOf(XmlNode item, string column, bool isItext)
    {
        if (!isItext || item.Child(column) is not { } holder)
        {
            return item.Child(column) ?? item.Child("label");
        }

        var label = new XmlNode("label", "", item.Line, item.Column);
        label.AddAttribute("ref", "", $"jr:itext('{holder.InnerText().Trim()}')");
        return label;
    }

    private void WriteItems(
        string list,
        List<XmlNode> items,
        Func<XmlNode, string> valueOf,
        Func<XmlNode, XmlNode?> labelOf,
        Func<XmlNode, IEnumerable<XmlNode>> extrasOf)
    {
        var labels = items.Select(labelOf).ToList();
        var forms = labels.Select(Forms).ToList();
        var isItext = forms.Exists(one => one is not null && texts.NeedsItext(one, null));
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            context.Choices.AddRow();
            context.Choices.Set("list_name", list);
            var value = valueOf(items[i]);
            HasDuplicates |= !names.Add(value);
            context.Choices.Set("name", value);
            if (forms[i] is { } translated)
            {
                texts.WriteForms(context.Choices.Set, translated, null, isItext);
            }
            else if (labels[i] is { } label && label.Attribute("ref") is null)
            {
                context.Choices.Set("label", context.Words(label, null));
            }

            foreach (var extra in extrasOf(items[i]))
            {
                WriteExtra(list, extra);
            }
        }
    }

    private OrderedDictionary<string, SourceText>? Forms(XmlNode? label) =>
        SourceTexts.IdIn(label?.Attribute("ref")) is { } id ? context.Form.Texts.Find(id) : null;

    private void WriteExtra(string list, XmlNode extra)
    {
        var column = context.Form.NameOf(extra);
        column = extra.Space is "http://www.w3.org/2002/xforms" ? extra.Name : column;
        var path = ColumnNames.Choices.Resolve(column, isDoubleColon: true, out _);
        if (path is not [var only] || only != column || Taken.Contains(only, StringComparer.Ordinal))
        {
            context.Lose(
                DiagnosticCode.ExportChoicesChanged, extra, $"The column {column} of the list “{list}” means something else in a workbook and is left out.");
            return;
        }

        context.Choices.Set(column, extra.InnerText());
    }
}
