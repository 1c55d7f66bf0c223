using System.Text;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Export;

/// <summary>
/// Replaces paths by <c>${name}</c>: the reverse of <see cref="ResolveReferences"/>, which is asked each time whether it
/// would make the same expression of the reference. Where it would not, the path stays as it is.
/// </summary>
internal sealed class NameReferences
{
    /// <summary>Paths of one expression that are tried one by one when they cannot be replaced all at once.</summary>
    private const int MaxTried = 100;

    private readonly DraftTree _drafts;
    private readonly FormTree _tree;
    private readonly ResolveReferences _references;
    private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);
    private readonly bool _isSpaced;

    /// <summary>Prepares the names of all rows; <paramref name="files"/> are those of rows that declare a file.</summary>
    public NameReferences(DraftTree drafts, IEnumerable<string> files)
    {
        _drafts = drafts;
        _tree = new FormTree(drafts.Root.Twin);
        _tree.Index();
        foreach (var node in drafts.Root.SelfAndDescendants().Where(HasRow))
        {
            Count(node.Name);
        }

        foreach (var file in files)
        {
            Count(file);
        }

        if (drafts.Meta?.Children.Exists(child => child.Name == "instanceID") == true)
        {
            Count("instanceID");
        }

        _isSpaced = IsSpaced(drafts.Binds.Values
            .SelectMany(bind => bind.Attributes)
            .Where(attribute => attribute.Name is not ("nodeset" or "ref"))
            .Select(attribute => attribute.Value));

        // The compiler reports unknown and ambiguous names; none are asked for here.
        var none = new DiagnosticList();
        _references = new ResolveReferences(_tree, new TreeContext(
            new XlsFormDocument
            {
                Settings = new FormSettings(),
                Survey = SheetTable.Read(new Sheet("survey", [], []), "survey", ColumnNames.Survey, none),
                Rows = [],
                Lists = new OrderedDictionary<string, ChoiceList>(StringComparer.Ordinal),
                ExternalLists = new HashSet<string>(StringComparer.Ordinal),
                OsmLists = new OrderedDictionary<string, ChoiceList>(StringComparer.Ordinal),
                SheetNames = [],
            },
            none));
    }

    /// <summary>Says whether a node is made from a row of its own.</summary>
    public static bool HasRow(NodeDraft node) =>
        node.Kind is NodeKind.Group or NodeKind.Repeat
        || (node.Kind is NodeKind.Question && node.Parent?.Kind is not (NodeKind.Meta or NodeKind.Entity));

    /// <summary>Says whether <c>${name}</c> means this node and no other.</summary>
    public bool IsNamed(NodeDraft node) =>
        _rows.GetValueOrDefault(node.Name) == 1 && XmlNames.IsNcName(node.Name)
        && _tree.Find(node.Name) is [var only] && ReferenceEquals(only, node.Twin);

    /// <summary>Replaces the paths of an XPath expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="from">The node it belongs to; null where the compiler writes absolute paths.</param>
    /// <param name="style">How the compiler writes references in this place.</param>
    /// <param name="item">The node each item stands for; null when items are not nodes.</param>
    public string Expression(
        string text, ExpressionPlace? from, ReferenceStyle style = ReferenceStyle.Plain, NodeDraft? item = null) =>
        Replace(text, from, style, item, isXPath: true);

    /// <summary>Replaces the paths of an attribute that is no XPath, such as an appearance: spaces count in it.</summary>
    public string Attribute(string text, ExpressionPlace? from) =>
        Replace(text, from, ReferenceStyle.Plain, null, isXPath: false);

    /// <summary>Writes what an <c>output</c> shows: a reference, or an expression that compiles to it; null when neither does.</summary>
    public string? Output(string expression, ExpressionPlace? from)
    {
        var replaced = Expression(expression.Trim(), from);
        if (Fieldkeep.XForms.XPath.Reference.Only(replaced) is not null)
        {
            return replaced;
        }

        return Fieldkeep.XForms.XPath.InstanceExpressions.Find(replaced) is [(0, var end)] && end == replaced.Length ? replaced : null;
    }

    /// <summary>Says whether the compiler makes this expression of a text.</summary>
    public bool Compiles(string candidate, string to, ExpressionPlace? from, ReferenceStyle style, NodeDraft? item = null) =>
        ExpressionText.IsSame(_references.Expression(candidate, from?.Twin, style, item?.Twin), to);

    private void Count(string name) => _rows[name] = _rows.GetValueOrDefault(name) + 1;

    private string Replace(string text, ExpressionPlace? from, ReferenceStyle style, NodeDraft? item, bool isXPath)
    {
        var spans = text.Contains('/', StringComparison.Ordinal)
            ? PathSpans.Find(text).Select(span => (Span: span, Name: NameOf(span, from, item))).Where(one => one.Name is not null).ToList()
            : [];
        if (spans.Count == 0)
        {
            return text;
        }

        bool IsSame(string candidate)
        {
            var compiled = _references.Expression(candidate, from?.Twin, style, item?.Twin);
            return isXPath ? ExpressionText.IsSame(compiled, text) : compiled == text;
        }

        var chosen = spans.Select(_ => true).ToArray();
        var all = Write(text, spans, chosen, _isSpaced || !isXPath);
        if (IsSame(all))
        {
            return all;
        }

        Array.Clear(chosen);
        for (var i = 0; i < Math.Min(spans.Count, MaxTried); i++)
        {
            chosen[i] = true;
            chosen[i] = IsSame(Write(text, spans, chosen, _isSpaced || !isXPath));
        }

        return Write(text, spans, chosen, _isSpaced || !isXPath);
    }

    /// <summary>Says whether most paths from the root have a space on each side, as the compiler writes them.</summary>
    private static bool IsSpaced(IEnumerable<string> expressions)
    {
        var balance = 0;
        foreach (var text in expressions.Where(text => text.Contains('/', StringComparison.Ordinal)))
        {
            balance += PathSpans.Find(text).Where(span => span.Up < 0).Sum(span => HasSpaces(text, span) ? 1 : -1);
        }

        return balance >= 0;
    }

    private static bool HasSpaces(string text, PathSpan span) =>
        span.Start > 0 && text[span.Start - 1] == ' ' && span.End < text.Length && text[span.End] == ' ';

    private static string Write(string text, List<(PathSpan Span, string? Name)> spans, bool[] chosen, bool takesSpaces)
    {
        var written = new StringBuilder(text.Length);
        var end = 0;
        for (var i = 0; i < spans.Count; i++)
        {
            if (!chosen[i])
            {
                continue;
            }

            var (span, name) = spans[i];
            var isSpaced = takesSpaces && HasSpaces(text, span) && span.Start > end;
            var start = isSpaced ? span.Start - 1 : span.Start;
            written.Append(text, end, start - end).Append("${").Append(span.IsLastSaved ? "last-saved#" : "").Append(name).Append('}');
            end = isSpaced ? span.End + 1 : span.End;
        }

        return written.Append(text, end, text.Length - end).ToString();
    }

    private string? NameOf(PathSpan span, ExpressionPlace? from, NodeDraft? item)
    {
        var around = span.Up switch
        {
            < 0 => "",
            0 when item is not null => item.Path,
            _ => from?.Path,
        };
        if (around is null)
        {
            return null;
        }

        var path = XFormPaths.Resolve(string.Concat(Enumerable.Repeat("../", Math.Max(span.Up, 0))) + span.Names, around);
        return _drafts.ByPath.TryGetValue(path, out var node) && IsNamed(node) ? node.Name : null;
    }
}
