using Fieldkeep.XForms.XPath;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Export;

/// <summary>Holds the secondary instances of a form, and finds those that need a row of their own.</summary>
internal sealed class SourceInstances
{
    private const string LastSaved = "__last-saved";

    private static readonly string[] Expressions = ["calculate", "constraint", "readonly", "required", "relevant"];

    private readonly HashSet<FormNode> _selects = [];

    /// <summary>Reads the instances of a model.</summary>
    public SourceInstances(SourceForm form)
    {
        foreach (var instance in form.Model.Children.Where(node => node.Name == "instance" && node != form.Primary))
        {
            ById.TryAdd(instance.Attribute("id") ?? "", instance);
        }

        var implied = new HashSet<string>(StringComparer.Ordinal) { LastSaved };
        Collect(form.Model, implied);
        if (form.Html.Child("body") is { } body)
        {
            Collect(body, implied);
        }

        // A file named by a reference comes from pulldata, whose path becomes that reference again.
        Files = [.. ById.Where(one =>
            one.Value.Attribute("src") is not null && !implied.Contains(one.Key) && Reference.Only(one.Key) is null)];
    }

    /// <summary>Instances by id.</summary>
    public OrderedDictionary<string, FormNode> ById { get; } = new(StringComparer.Ordinal);

    /// <summary>Instances from files that nothing else in a workbook declares.</summary>
    public IReadOnlyList<KeyValuePair<string, FormNode>> Files { get; }

    /// <summary>Finds the file behind an instance when a select can name it; null for all others.</summary>
    public string? FileOf(string id)
    {
        if (ById.GetValueOrDefault(id)?.Attribute("src") is not { } source)
        {
            return null;
        }

        foreach (var (start, end) in ((string, string)[])[("jr://file-csv/", ".csv"), ("jr://file/", ".xml"), ("jr://file/", ".geojson")])
        {
            if (source == $"{start}{id}{end}")
            {
                return id + end;
            }
        }

        return null;
    }

    /// <summary>Gives the type of the row that declares a file; null when no row can.</summary>
    public static string? TypeOf(string id, FormNode instance) => instance.Attribute("src") switch
    {
        var source when source == $"jr://file-csv/{id}.csv" => "csv-external",
        var source when source == $"jr://file/{id}.xml" => "xml-external",
        _ => null,
    };

    private void Collect(FormNode container, HashSet<string> implied)
    {
        var open = new Stack<FormNode>([container]);
        while (open.TryPop(out var node))
        {
            foreach (var text in Texts(node))
            {
                implied.UnionWith(PullData.Files(text).Where(file => ById.GetValueOrDefault(file)?.Attribute("src") == $"jr://file-csv/{file}.csv"));
            }

            if (node.Name == "itemset" && Nodeset.Parse(node.Attribute("nodeset") ?? "") is { InstanceId: { } id } && FileOf(id) is not null)
            {
                // Only a select names its file itself; the features of a map do not.
                implied.UnionWith(_selects.Contains(node) ? [id] : []);
            }

            foreach (var child in node.Children.Where(child => !child.IsText))
            {
                if (node.Name is "select" or "select1" or "rank")
                {
                    _selects.Add(child);
                }

                if (child.Name != "itext")
                {
                    open.Push(child);
                }
            }
        }
    }

    private static IEnumerable<string> Texts(FormNode node) => node.Name switch
    {
        "bind" => Expressions.Select(node.Attribute).OfType<string>(),
        "setvalue" => node.Attribute("value") is { } value ? [value] : [],
        "itemset" => node.Attribute("nodeset") is { } nodeset ? [nodeset] : [],
        "input" => node.Attribute("query") is { } query ? [query] : [],
        _ => [],
    };
}
