using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Export;

/// <summary>Holds the XForm that is exported, with its prefixes, and takes down what gets lost.</summary>
internal sealed class SourceForm
{
    private const string XmlSpace = "http://www.w3.org/XML/1998/namespace";

    private readonly Dictionary<string, string> _prefixes = new(StringComparer.Ordinal)
    {
        [XmlSpace] = "xml",
        [FormNamespaces.EntitiesAddress] = "entities",
    };

    private readonly OrderedDictionary<string, string> _custom = new(StringComparer.Ordinal);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>Takes the parts of a form that was read.</summary>
    public SourceForm(FormNode html, FormNode model, FormNode primary, FormNode root, DiagnosticList diagnostics)
    {
        Html = html;
        Model = model;
        Primary = primary;
        Root = root;
        Diagnostics = diagnostics;
        foreach (var (prefix, address) in FormNamespaces.BuiltIn)
        {
            _prefixes[address] = prefix;
        }

        CollectPrefixes(html);
        Texts = new SourceTexts(model);
        RootPath = "/" + root.Name;
    }

    /// <summary>The outermost element.</summary>
    public FormNode Html { get; }

    /// <summary>The model.</summary>
    public FormNode Model { get; }

    /// <summary>The primary instance.</summary>
    public FormNode Primary { get; }

    /// <summary>The root of the primary instance.</summary>
    public FormNode Root { get; }

    /// <summary>The path of the root.</summary>
    public string RootPath { get; }

    /// <summary>The translations.</summary>
    public SourceTexts Texts { get; }

    /// <summary>What the workbook cannot say.</summary>
    public DiagnosticList Diagnostics { get; }

    /// <summary>Prefixes that are not part of every form, by prefix; for the setting <c>namespaces</c>.</summary>
    public IReadOnlyDictionary<string, string> CustomPrefixes => _custom;

    /// <summary>Writes the name of a node of the primary instance as a workbook does.</summary>
    public string NameOf(FormNode node) =>
        node.Space.Length == 0 || node.Space == Root.Space ? node.Name : Qualified(node.Name, node.Space);

    /// <summary>Writes the name of an attribute as a workbook does.</summary>
    public string NameOf((string Name, string Space, string Value) attribute) =>
        attribute.Space.Length == 0 ? attribute.Name : Qualified(attribute.Name, attribute.Space);

    /// <summary>Takes down something that gets lost or changes.</summary>
    public void Lose(string code, FormNode? node, string message) => Diagnostics.Warning(
        code, node is { Line: > 0 } ? $"{message} (line {node.Line} of the XForm)" : message);

    private string Qualified(string name, string space)
    {
        var prefix = _prefixes.GetValueOrDefault(space) ?? "";
        var means = prefix.Length == 0 ? "" : _custom.GetValueOrDefault(prefix) ?? BuiltIn(prefix);
        if (means != space && space != FormNamespaces.BuiltIn[0].Address && _told.Add(space))
        {
            Lose(
                DiagnosticCode.ExportElementLost,
                null,
                $"{name} and what else is in the namespace {space} leave it: a workbook has " +
                (prefix.Length == 0 ? "no prefix for it." : $"{prefix} for {(means?.Length > 0 ? means : "nothing it could declare")}."));
        }

        return prefix.Length > 0 ? $"{prefix}:{name}" : name;
    }

    private static string? BuiltIn(string prefix) => prefix switch
    {
        "xml" => XmlSpace,
        "entities" => FormNamespaces.EntitiesAddress,
        FormNamespaces.ConfidentialPrefix => Confidentiality.ConfidentialMarks.Space,
        _ => FormNamespaces.BuiltIn.FirstOrDefault(known => known.Prefix == prefix).Address,
    };

    /// <summary>Says whether the setting <c>namespaces</c> can declare a prefix.</summary>
    private static bool IsDeclarable(string prefix, string address) =>
        XmlNames.IsNcName(prefix) && !prefix.StartsWith("xml", StringComparison.OrdinalIgnoreCase) && BuiltIn(prefix) is null
        && FormNamespaces.IsUsableAddress(address) && !address.Any(c => char.IsWhiteSpace(c) || c is '=' or '"' or '\'');

    private void CollectPrefixes(FormNode top)
    {
        var open = new Stack<FormNode>();
        open.Push(top);
        while (open.TryPop(out var node))
        {
            foreach (var (prefix, address) in node.Declarations)
            {
                var isNew = _prefixes.TryAdd(address, prefix);
                if (!isNew && _prefixes[address].Length == 0 && address != FormNamespaces.BuiltIn[0].Address && !_custom.ContainsKey(prefix))
                {
                    // It was only a default namespace so far, which a workbook cannot say.
                    _prefixes[address] = prefix;
                    isNew = true;
                }

                if (isNew && IsDeclarable(prefix, address))
                {
                    _custom.TryAdd(prefix, address);
                }
            }

            for (var i = node.Children.Count - 1; i >= 0; i--)
            {
                if (!node.Children[i].IsText)
                {
                    open.Push(node.Children[i]);
                }
            }
        }
    }
}
