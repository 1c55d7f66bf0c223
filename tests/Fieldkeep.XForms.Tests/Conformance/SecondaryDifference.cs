using System.Xml.Linq;
using static Fieldkeep.XForms.Tests.Conformance.CanonicalNames;

namespace Fieldkeep.XForms.Tests.Conformance;

/// <summary>Compares secondary instances: by id, items in order, the columns of an item in any order.</summary>
internal sealed class SecondaryDifference(Action<string, string?, string?> add)
{
    /// <summary>Reports missing, extra and different instances.</summary>
    public void Compare(IEnumerable<XElement> expected, IEnumerable<XElement> actual)
    {
        var (a, b) = (ById(expected), ById(actual));
        foreach (var id in a.Keys.Union(b.Keys, StringComparer.Ordinal))
        {
            if (!a.TryGetValue(id, out var x) || !b.TryGetValue(id, out var y))
            {
                add($"instance[{id}]", a.ContainsKey(id) ? "an instance" : null, b.ContainsKey(id) ? "an instance" : null);
                continue;
            }

            var (sourceA, sourceB) = (x.Attribute("src")?.Value, y.Attribute("src")?.Value);
            if (sourceA != sourceB)
            {
                add($"instance[{id}]/@src", sourceA, sourceB);
            }

            Items(id, x, y);
        }
    }

    private void Items(string id, XElement expected, XElement actual)
    {
        static List<string> In(XElement instance) => instance.Elements().SelectMany(root => root.Elements()).Select(Item).ToList();
        var (a, b) = (In(expected), In(actual));
        if (a.Count != b.Count)
        {
            add($"instance[{id}]", $"{a.Count} items", $"{b.Count} items");
            return;
        }

        for (var i = 0; i < a.Count; i++)
        {
            if (a[i] != b[i])
            {
                add($"instance[{id}]/item[{i + 1}]", a[i], b[i]);
            }
        }
    }

    private static string Item(XElement item) => Show(item.Name) + ": " + string.Join(
        ", ",
        item.Elements().Select(column => $"{Show(column.Name)}={column.Value}").Order(StringComparer.Ordinal));

    private static Dictionary<string, XElement> ById(IEnumerable<XElement> instances) =>
        instances.ToDictionary(instance => instance.Attribute("id")?.Value ?? "", StringComparer.Ordinal);
}
