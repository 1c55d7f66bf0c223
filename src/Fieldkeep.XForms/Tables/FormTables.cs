using System.Text;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>
/// Lays out the answers of a form as tables: one for the submissions, one for each repeat. Several versions become one
/// layout that has every question any of them asks.
/// </summary>
public sealed class FormTables
{
    private readonly List<FormTable> _tables = [];
    private int _nodes;

    /// <summary>Lays out the versions of a form, newest first; what only older versions have stands beside its old neighbours.</summary>
    public FormTables(IReadOnlyList<XForm> newestFirst)
    {
        ArgumentOutOfRangeException.ThrowIfZero(newestFirst.Count, nameof(newestFirst));
        var merged = MergedElement.Of(newestFirst);
        var root = new FormTable(0, merged.Newest, "", [], null);
        _tables.Add(root);
        Root = new TableNode(_nodes++, [], null) { Table = root };
        AddChildren(Root, merged, "", []);
        NameRepeats();
    }

    /// <summary>The tables, that of the submissions first, then the repeats in the form's order.</summary>
    public IReadOnlyList<FormTable> Tables => _tables;

    internal TableNode Root { get; }

    internal int NodeCount => _nodes;

    private void AddChildren(TableNode node, MergedElement element, string path, IReadOnlyList<string> names)
    {
        node.Children =
        [
            .. element.Children.Select(child => Add(node, child, $"{path}/{child.Name}", [.. names, child.Name])),
        ];
    }

    private TableNode Add(TableNode parent, MergedElement element, string path, IReadOnlyList<string> names)
    {
        var table = parent.Table;
        if (element.IsRepeat)
        {
            table = new FormTable(_tables.Count, element.Newest, path, names, parent.Table);
            _tables.Add(table);
            parent.Table.Add(path, names, null, null, table);
            names = [];
        }

        var node = new TableNode(_nodes++, Encoding.UTF8.GetBytes(element.Name), parent)
        {
            Table = table,
            IsRepeat = element.IsRepeat,
        };
        if (element.Question is { } question && !element.IsRepeat)
        {
            node.Column = table.Add(path, names, question, element.Choices, null);
        }

        AddChildren(node, element, path, names);
        return node;
    }

    // Two repeats of one name in different groups: files and sheets need names of their own, as Central gives them.
    private void NameRepeats()
    {
        foreach (var sameName in _tables.Skip(1).GroupBy(table => table.Element.Name, StringComparer.OrdinalIgnoreCase))
        {
            var all = sameName.ToList();
            for (var at = 0; at < all.Count; at++)
            {
                all[at].Name = all.Count == 1 ? all[at].Element.Name : $"{all[at].Element.Name}~{at + 1}";
            }
        }
    }
}
