using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Finds and writes the secondary instances of a form.</summary>
internal sealed class SecondaryInstances
{
    private const string LastSavedId = "__last-saved";

    private static readonly string[] ExpressionColumns = ["calculate", "constraint", "readonly", "required", "relevant"];

    private readonly TreeContext _context;
    private readonly OrderedDictionary<string, (string? Address, ChoiceList? List)> _instances =
        new(StringComparer.Ordinal);

    private readonly HashSet<string> _externals = new(StringComparer.Ordinal);
    private bool _usesLastSaved;

    private SecondaryInstances(TreeContext context) => _context = context;

    /// <summary>Finds all instances; two of one name that are not the same are reported.</summary>
    public static SecondaryInstances Find(TreeContext context, FormTree tree)
    {
        var instances = new SecondaryInstances(context);
        var searched = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in tree.Root.SelfAndDescendants())
        {
            instances.AddNode(node);
            if (node.Itemset is { Source: ItemsetSource.Search } search)
            {
                searched.Add(search.Name);
            }
        }

        if (instances._usesLastSaved)
        {
            instances.Add(LastSavedId, "jr://instance/last-saved", null, 1);
        }

        foreach (var list in context.Document.Lists.Values.Where(list => !searched.Contains(list.Name)))
        {
            instances.Add(list.Name, null, list, 1);
        }

        return instances;
    }

    /// <summary>Writes all instances in the order they were found.</summary>
    public void Write(XFormWriter writer)
    {
        foreach (var (id, instance) in _instances)
        {
            writer.Start("instance").Attribute("id", id).Attribute("src", instance.Address);
            if (instance.List is { } list)
            {
                WriteList(writer, list);
            }

            writer.End();
        }
    }

    private void AddNode(FormNode node)
    {
        foreach (var text in Expressions(node))
        {
            foreach (var file in PullData.Files(text))
            {
                Add(file, $"jr://file-csv/{file}.csv", null, node.Row);
            }

            _usesLastSaved |= Reference.All(text).Any(reference => reference.IsLastSaved);
        }

        if (node.Itemset is { Source: ItemsetSource.File } file2)
        {
            var scheme = file2.Name.EndsWith(".csv", StringComparison.Ordinal) ? "jr://file-csv/" : "jr://file/";
            Add(System.IO.Path.GetFileNameWithoutExtension(file2.Name), scheme + file2.Name, null, node.Row);
        }

        if (node.Type?.IsExternalInstance != true)
        {
            return;
        }

        if (!_externals.Add(node.Name))
        {
            _context.Error(
                DiagnosticCode.DuplicateExternalInstance,
                node.Row,
                "name",
                $"The file “{node.Name}” is declared twice. Keep one of the rows.");
            return;
        }

        var address = node.Type.Name == "csv-external"
            ? $"jr://file-csv/{node.Name}.csv"
            : $"jr://file/{node.Name}.xml";
        Add(node.Name, address, null, node.Row);
    }

    private static IEnumerable<string> Expressions(FormNode node)
    {
        foreach (var column in ExpressionColumns)
        {
            if (node.BindText(column) is { } text)
            {
                yield return text.ToString();
            }
        }

        if (node.Itemset?.Filter is { } filter)
        {
            yield return filter;
        }

        if (node.Default is { } value)
        {
            yield return value;
        }
    }

    private void Add(string id, string? address, ChoiceList? list, int row)
    {
        if (_instances.TryAdd(id, (address, list)))
        {
            return;
        }

        if (_instances[id].Address != address)
        {
            _context.Error(
                DiagnosticCode.InstanceIdConflict,
                row,
                null,
                $"“{id}” names two different sources: {_instances[id].Address ?? "a choice list"} and " +
                $"{address ?? "a choice list"}. Rename one of them.");
        }
    }

    private static void WriteList(XFormWriter writer, ChoiceList list)
    {
        writer.Start("root");
        for (var i = 0; i < list.Choices.Count; i++)
        {
            var choice = list.Choices[i];
            writer.Start("item");
            if (list.NeedsItext)
            {
                writer.Leaf("itextId", $"{list.Name}-{i}");
            }

            writer.Leaf("name", choice.Name);
            if (!list.NeedsItext && choice.Label?.Plain is { } label)
            {
                writer.Leaf("label", label);
            }

            foreach (var (name, value) in choice.Extra)
            {
                writer.Leaf(name, value);
            }

            writer.End();
        }

        writer.End();
    }
}
