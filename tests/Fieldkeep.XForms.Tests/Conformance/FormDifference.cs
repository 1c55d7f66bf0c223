using System.Xml.Linq;
using static Fieldkeep.XForms.Tests.Conformance.CanonicalNames;

namespace Fieldkeep.XForms.Tests.Conformance;

/// <summary>
/// Finds what two XForms say differently. Not compared: prefixes, order of binds, of languages, of secondary instances
/// and of columns in their items, indentation, and spaces inside XPath. Compared: everything else.
/// </summary>
internal sealed class FormDifference
{
    private readonly List<string> _found = [];

    /// <summary>Lists the differences; empty when the forms mean the same.</summary>
    public static IReadOnlyList<string> Find(string expected, string actual)
    {
        var difference = new FormDifference();
        difference.Forms(Parse(expected), Parse(actual));
        return difference._found;
    }

    private static XElement Parse(string xml) =>
        XDocument.Parse(xml, LoadOptions.PreserveWhitespace).Root ?? new XElement("none");

    private void Forms(XElement expected, XElement actual)
    {
        Namespaces(expected, actual);
        Attributes("h:html", expected, actual);
        var (headA, headB) = (expected.Element(Html + "head")!, actual.Element(Html + "head")!);
        var (modelA, modelB) = (headA.Element(Elements + "model")!, headB.Element(Elements + "model")!);
        Lists("h:head", headA.Elements().Where(e => e != modelA), headB.Elements().Where(e => e != modelB));
        Attributes("model", modelA, modelB);
        Lists("submission", modelA.Elements(Elements + "submission"), modelB.Elements(Elements + "submission"));
        Itext(modelA.Element(Elements + "itext"), modelB.Element(Elements + "itext"));
        var (instancesA, instancesB) = (Instances(modelA), Instances(modelB));
        Tree("primary", instancesA[0], instancesB[0]);
        new SecondaryDifference(Add).Compare(instancesA.Skip(1), instancesB.Skip(1));
        Binds(modelA, modelB);
        Actions(modelA, modelB);
        Tree("h:body", expected.Element(Html + "body")!, actual.Element(Html + "body")!);
    }

    private static List<XElement> Instances(XElement model) => model.Elements(Elements + "instance").ToList();

    private void Namespaces(XElement expected, XElement actual)
    {
        static Dictionary<string, string> Declared(XElement root) => root.DescendantsAndSelf()
            .SelectMany(element => element.Attributes().Where(attribute => attribute.IsNamespaceDeclaration))
            .GroupBy(a => a.Name.LocalName, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().Value, StringComparer.Ordinal);
        static HashSet<string> Used(XElement root) => root.DescendantsAndSelf()
            .SelectMany(e => e.Attributes().Where(a => !a.IsNamespaceDeclaration).Select(a => a.Name).Append(e.Name))
            .Select(name => name.NamespaceName)
            .ToHashSet(StringComparer.Ordinal);
        var (a, b) = (Declared(expected), Declared(actual));
        var used = Used(expected);
        foreach (var (prefix, address) in a)
        {
            if (used.Contains(address) && b.GetValueOrDefault(prefix) != address)
            {
                Add($"xmlns:{prefix}", address, b.GetValueOrDefault(prefix));
            }
        }

        foreach (var address in Used(actual).Where(address => address.Length > 0 && !used.Contains(address)))
        {
            Add("namespace", null, address);
        }
    }

    private void Attributes(string where, XElement expected, XElement actual, XName? skip = null)
    {
        var names = expected.Attributes().Concat(actual.Attributes())
            .Where(attribute => !attribute.IsNamespaceDeclaration && attribute.Name != skip)
            .Select(attribute => attribute.Name)
            .Distinct();
        foreach (var name in names)
        {
            var (a, b) = (expected.Attribute(name)?.Value, actual.Attribute(name)?.Value);
            if (a is null || b is null || !IsSame(expected, name, a, b))
            {
                Add($"{where}/@{Show(name)}", a, b);
            }
        }
    }

    private void Tree(string where, XElement expected, XElement actual)
    {
        if (expected.Name != actual.Name)
        {
            Add(where, Show(expected.Name), Show(actual.Name));
            return;
        }

        Attributes(where, expected, actual);
        if (Show(expected.Name) is "label" or "hint" or "value" or "h:title" or "output")
        {
            Mixed(where, expected, actual);
            return;
        }

        var (a, b) = (expected.Elements().ToList(), actual.Elements().ToList());
        if (a.Count == 0 && b.Count == 0)
        {
            if (expected.Value != actual.Value)
            {
                Add(where, expected.Value, actual.Value);
            }

            return;
        }

        var (stray, strayB) = (StrayText(expected), StrayText(actual));
        if (stray != strayB)
        {
            Add($"{where}/text()", stray, strayB);
        }

        Lists(where, a, b);
    }

    private void Lists(string where, IEnumerable<XElement> expected, IEnumerable<XElement> actual)
    {
        var (a, b) = (expected.ToList(), actual.ToList());
        var (identitiesA, identitiesB) = (a.Select(Identity).ToList(), b.Select(Identity).ToList());
        if (!identitiesA.SequenceEqual(identitiesB, StringComparer.Ordinal))
        {
            Add($"{where}/*", string.Join(' ', identitiesA), string.Join(' ', identitiesB));
            return;
        }

        for (var i = 0; i < a.Count; i++)
        {
            Tree($"{where}/{identitiesA[i]}", a[i], b[i]);
        }
    }

    private static string Identity(XElement element)
    {
        var key = Show(element.Name) is "repeat" or "itemset"
            ? element.Attribute("nodeset")?.Value
            : element.Attribute("ref")?.Value;
        var template = element.Attribute(JavaRosa + "template") is null ? "" : "[template]";
        return Show(element.Name) + template + (key is null ? "" : $"[{Tokens(key).Replace("\u0001", "", StringComparison.Ordinal)}]");
    }

    private static string StrayText(XElement element) =>
        string.Join(' ', element.Nodes().OfType<XText>().Select(text => text.Value.Trim()).Where(text => text.Length > 0));

    private void Mixed(string where, XElement expected, XElement actual)
    {
        var (a, b) = (Parts(expected), Parts(actual));
        if (a.Count != b.Count)
        {
            Add(where, expected.ToString(), actual.ToString());
            return;
        }

        for (var i = 0; i < a.Count; i++)
        {
            switch (a[i], b[i])
            {
                case (string x, string y) when x == y:
                    break;
                case (XElement x, XElement y) when x.Name == y.Name:
                    Attributes($"{where}/{Show(x.Name)}", x, y);
                    Mixed($"{where}/{Show(x.Name)}", x, y);
                    break;
                default:
                    Add(where, expected.ToString(), actual.ToString());
                    return;
            }
        }
    }

    /// <summary>Gives texts and elements in turn, starting and ending with a text; outer white space is dropped.</summary>
    private static List<object> Parts(XElement element)
    {
        var parts = new List<object> { "" };
        foreach (var node in element.Nodes())
        {
            switch (node)
            {
                case XText text:
                    parts[^1] += text.Value;
                    break;
                case XElement child:
                    parts.Add(child);
                    parts.Add("");
                    break;
                default:
                    break;
            }
        }

        parts[0] = ((string)parts[0]).TrimStart();
        parts[^1] = ((string)parts[^1]).TrimEnd();
        return parts;
    }

    private void Itext(XElement? expected, XElement? actual)
    {
        if (expected is null || actual is null)
        {
            if (expected != actual)
            {
                Add("itext", expected?.Name.LocalName, actual?.Name.LocalName);
            }

            return;
        }

        string? Default(XElement itext) => (itext.Elements().FirstOrDefault(t => t.Attribute("default") is not null)
            ?? itext.Elements().First()).Attribute("lang")?.Value;
        if (Default(expected) != Default(actual))
        {
            Add("itext/@default", Default(expected), Default(actual));
        }

        var (a, b) = (Values(expected), Values(actual));
        foreach (var key in a.Keys.Union(b.Keys))
        {
            if (!a.TryGetValue(key, out var x) || !b.TryGetValue(key, out var y))
            {
                Add($"itext {key}", a.GetValueOrDefault(key)?.ToString(), b.GetValueOrDefault(key)?.ToString());
            }
            else
            {
                Mixed($"itext {key}", x, y);
            }
        }
    }

    /// <summary>Gives texts by language, id and form; a text without values and a language without texts count too.</summary>
    private static Dictionary<(string? Language, string? Id, string? Form), XElement> Values(XElement itext)
    {
        var values = new Dictionary<(string? Language, string? Id, string? Form), XElement>();
        foreach (var translation in itext.Elements())
        {
            var language = translation.Attribute("lang")?.Value;
            values.Add((language, null, null), new XElement("translation"));
            foreach (var text in translation.Elements())
            {
                var id = text.Attribute("id")?.Value;
                values.Add((language, id, null), new XElement("text"));
                foreach (var value in text.Elements())
                {
                    values.Add((language, id, value.Attribute("form")?.Value ?? ""), value);
                }
            }
        }

        return values;
    }

    private void Binds(XElement expected, XElement actual)
    {
        static ILookup<string, XElement> ByNode(XElement model) =>
            model.Elements(Elements + "bind").ToLookup(bind => Tokens(bind.Attribute("nodeset")?.Value ?? ""));
        var (a, b) = (ByNode(expected), ByNode(actual));
        foreach (var key in a.Select(g => g.Key).Union(b.Select(g => g.Key), StringComparer.Ordinal))
        {
            var where = $"bind[{key.Replace("\u0001", "", StringComparison.Ordinal)}]";
            if (a[key].Count() != b[key].Count())
            {
                Add(where, string.Join(' ', a[key]), string.Join(' ', b[key]));
                continue;
            }

            foreach (var (x, y) in a[key].Zip(b[key]))
            {
                Attributes(where, x, y, "nodeset");
            }
        }
    }

    private void Actions(XElement expected, XElement actual)
    {
        static List<XElement> In(XElement model) => model.Elements().Where(e => e.Attribute("event") is not null).ToList();
        static string Key(XElement action) =>
            $"{Show(action.Name)} {action.Attribute("event")?.Value} {Tokens(action.Attribute("ref")?.Value ?? "")}";
        var (a, b) = (In(expected), In(actual));
        if (!a.Select(Key).SequenceEqual(b.Select(Key), StringComparer.Ordinal))
        {
            Add("model actions", string.Join(", ", a.Select(Key)), string.Join(", ", b.Select(Key)));
            return;
        }

        foreach (var (x, y) in a.Zip(b))
        {
            Attributes($"model/{Key(x)}", x, y);
        }
    }

    private void Add(string where, string? expected, string? actual) =>
        _found.Add($"{where}: expected {Shorten(expected)}, got {Shorten(actual)}");

    private static string Shorten(string? text) =>
        text is null ? "nothing" : text.Length > 300 ? $"“{text[..300]}…”" : $"“{text}”";
}
