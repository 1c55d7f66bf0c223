using System.Xml.Linq;

namespace Fieldkeep.Server.Tests.Exports.RealForms;

/// <summary>A question as the XML of its form asks it.</summary>
/// <param name="Path">Names below the root, such as <c>/household/size</c>.</param>
/// <param name="Type">The type of its bind; <c>select1</c>, <c>select</c> and <c>upload</c> when its control says so.</param>
/// <param name="Choices">Values that can be chosen; empty when a file has them.</param>
internal sealed record AskedQuestion(string Path, string Type, IReadOnlyList<string> Choices)
{
    /// <summary>The columns of its answer in a table.</summary>
    public int Parts => Type == "geopoint" ? 4 : 1;

    /// <summary>Whether it asks for a place.</summary>
    public bool IsGeometry => Type is "geopoint" or "geotrace" or "geoshape";
}

/// <summary>The answers outside of repeats, or those of one repeat.</summary>
/// <param name="Path">The repeat; empty for the submissions.</param>
internal sealed record AskedTable(string Path, AskedTable? Parent)
{
    /// <summary>Own name of the repeat.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Questions, and the paths of repeats in it, in the form's order.</summary>
    public List<(AskedQuestion? Question, string Path)> Items { get; } = [];

    /// <summary>Names of a path, counted from this table.</summary>
    public string[] NamesOf(string path) => path[(Path.Length + 1)..].Split('/');
}

/// <summary>What a form asks, read from its XML alone: shares nothing with the server's own reader.</summary>
internal sealed class AskedForm
{
    private readonly Dictionary<string, string> _types;
    private readonly Dictionary<string, XElement> _controls;
    private readonly HashSet<string> _repeats;
    private readonly HashSet<string> _groups;
    private readonly ILookup<string, XElement> _instances;

    /// <summary>Reads a form.</summary>
    public AskedForm(string xml)
    {
        var document = XDocument.Parse(xml);
        var model = document.Descendants().First(element => element.Name.LocalName == "model");
        Root = Named(model, "instance").First().Elements().First();
        _types = Named(model, "bind").Where(bind => bind.Attribute("nodeset") is not null)
            .GroupBy(bind => Below(bind.Attribute("nodeset")?.Value))
            .ToDictionary(group => group.Key, group => TypeOf(group.First()), StringComparer.Ordinal);
        var body = document.Descendants().First(element => element.Name.LocalName == "body").Descendants().ToList();
        _controls = body.Where(control => control.Attribute("ref") is not null && control.Name.LocalName is "select1" or "select" or "rank" or "upload")
            .GroupBy(control => Below(control.Attribute("ref")?.Value))
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        _repeats = body.Where(control => control.Name.LocalName == "repeat").Select(control => Below(control.Attribute("nodeset")?.Value)).ToHashSet(StringComparer.Ordinal);
        _groups = body.Where(control => control.Name.LocalName == "group").Select(control => Below(control.Attribute("ref")?.Value)).ToHashSet(StringComparer.Ordinal);
        _instances = Named(model, "instance").Skip(1).ToLookup(instance => instance.Attribute("id")?.Value ?? "");
        Tables.Add(new AskedTable("", null));
        Walk(Root, "", Tables[0]);
    }

    /// <summary>The root of its instances.</summary>
    public XElement Root { get; }

    /// <summary>The table of the submissions, then the repeats in the form's order.</summary>
    public List<AskedTable> Tables { get; } = [];

    /// <summary>Its id.</summary>
    public string Id => Root.Attribute("id")?.Value ?? "";

    /// <summary>Says whether a node occurs several times.</summary>
    public bool IsRepeat(string path) => _repeats.Contains(path);

    /// <summary>Gives the table of a repeat.</summary>
    public AskedTable TableOf(string path) => Tables.Single(table => table.Path == path);

    /// <summary>Gives the question at a path; null when none is asked there.</summary>
    public AskedQuestion? Find(string path) => Tables.SelectMany(table => table.Items).FirstOrDefault(item => item.Path == path).Question;

    private void Walk(XElement parent, string path, AskedTable table)
    {
        foreach (var child in parent.Elements().DistinctBy(child => child.Name.LocalName))
        {
            var below = $"{path}/{child.Name.LocalName}";
            if (_repeats.Contains(below))
            {
                var repeat = new AskedTable(below, table);
                table.Items.Add((null, below));
                Tables.Add(repeat);
                Walk(child, below, repeat);
            }
            else if (child.HasElements)
            {
                Walk(child, below, table);
            }
            else if (!_groups.Contains(below) && below is not ("/meta" or "/meta/entity"))
            {
                table.Items.Add((QuestionAt(below), below));
            }
        }
    }

    private AskedQuestion QuestionAt(string path) => _controls.GetValueOrDefault(path) is not { } control
        ? new AskedQuestion(path, _types.GetValueOrDefault(path, "string"), [])
        : control.Name.LocalName switch
        {
            "upload" => new AskedQuestion(path, "upload", []),
            "select1" => new AskedQuestion(path, "select1", ChoicesOf(control)),
            _ => new AskedQuestion(path, "select", ChoicesOf(control)),
        };

    private IReadOnlyList<string> ChoicesOf(XElement control)
    {
        var inline = Named(control, "item").Select(item => Named(item, "value").First().Value);
        var set = Named(control, "itemset").FirstOrDefault();
        var parts = set?.Attribute("nodeset")?.Value.Split('\'') ?? [];
        var value = set is null ? "name" : Named(set, "value").First().Attribute("ref")?.Value ?? "name";
        var listed = parts.Length < 2 ? [] : _instances[parts[1]].SelectMany(instance => instance.Descendants())
            .Where(item => item.Name.LocalName == "item").SelectMany(item => Named(item, value).Take(1)).Select(item => item.Value);
        return [.. inline.Concat(listed).Distinct(StringComparer.Ordinal)];
    }

    private static string TypeOf(XElement bind) => (bind.Attribute("type")?.Value ?? "string").Split(':')[^1];

    private static string Below(string? absolute) => absolute is { Length: > 1 } && absolute.IndexOf('/', 1) is > 0 and var at ? absolute[at..] : "";

    private static IEnumerable<XElement> Named(XElement parent, string name) => parent.Elements().Where(child => child.Name.LocalName == name);
}
