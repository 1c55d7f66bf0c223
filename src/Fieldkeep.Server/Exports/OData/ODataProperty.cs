using System.Text;
using System.Text.Json;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>One member of a row: an <see cref="ODataAnswer"/>, an <see cref="ODataGroup"/> or an <see cref="ODataRepeat"/>.</summary>
/// <param name="Name">Its name, as <see cref="ODataName"/> spells it; unlike its neighbours'.</param>
internal abstract record ODataProperty(string Name)
{
    /// <summary>The name as JSON.</summary>
    public JsonEncodedText Key { get; } = JsonEncodedText.Encode(Name);
}

/// <summary>An answer.</summary>
/// <param name="Column">Its position in the row.</param>
internal sealed record ODataAnswer(string Name, int Column, DataType Type) : ODataProperty(Name);

/// <summary>A group, as an object in the row.</summary>
/// <param name="TypeName">Names from the root, with full stops: <c>household.address</c>.</param>
internal sealed record ODataGroup(string Name, string TypeName, IReadOnlyList<ODataProperty> Properties) : ODataProperty(Name);

/// <summary>A repeat: its rows stand in a table of their own.</summary>
internal sealed record ODataRepeat(string Name, ODataTable Table) : ODataProperty(Name)
{
    /// <summary>The name of the link to the rows, as JSON.</summary>
    public JsonEncodedText LinkKey { get; } = JsonEncodedText.Encode(Name + "@odata.navigationLink");
}

/// <summary>A table of the feed.</summary>
/// <param name="Name"><c>Submissions</c>, or <c>Submissions.group.repeat</c>.</param>
/// <param name="Form">The same table of the form.</param>
/// <param name="Parent">The table its rows belong to; null for the submissions.</param>
/// <param name="Step">What leads from a row of the parent to its rows: <c>/group/repeat</c>, in UTF-8.</param>
internal sealed record ODataTable(string Name, FormTable Form, ODataTable? Parent, byte[] Step)
{
    /// <summary>The name of the table of submissions.</summary>
    public const string Submissions = "Submissions";

    /// <summary>Its members in the order of the form.</summary>
    public IReadOnlyList<ODataProperty> Properties { get; init; } = [];

    /// <summary>The member that names the row it belongs to; null for the submissions.</summary>
    public string? ParentIdName { get; } = Parent is null ? null : $"__{Parent.Name.Replace('.', '-')}-id";
}

/// <summary>A form as a feed: its tables with the names that OData takes. Shared by all threads.</summary>
internal sealed class ODataTables
{
    private readonly List<ODataTable> _tables = [];
    private readonly Dictionary<string, ODataTable> _byName = new(StringComparer.Ordinal);

    /// <summary>Lays out a form of which one version counts.</summary>
    public ODataTables(FormTables form)
    {
        Add(form.Tables[0], ODataTable.Submissions, null, "");
        foreach (var table in _tables)
        {
            _byName.TryAdd(table.Name, table);
        }
    }

    /// <summary>The tables, that of the submissions first, then the repeats in the form's order.</summary>
    public IReadOnlyList<ODataTable> Tables => _tables;

    /// <summary>Finds a table by its name; null when there is none.</summary>
    public ODataTable? Find(string name) => _byName.GetValueOrDefault(name);

    private ODataTable Add(FormTable form, string name, ODataTable? parent, string step)
    {
        var place = _tables.Count;
        var table = new ODataTable(name, form, parent, Encoding.UTF8.GetBytes(step));
        _tables.Add(table);
        _tables[place] = table = table with { Properties = PropertiesOf(table, form.Columns, 0, "") };
        return table;
    }

    // Columns of one group stand beside each other, so that groups can be told by what their names begin with.
    private List<ODataProperty> PropertiesOf(ODataTable table, IEnumerable<FormColumn> columns, int depth, string step)
    {
        var taken = new HashSet<string>(["__id", "__system", table.ParentIdName ?? ""], StringComparer.OrdinalIgnoreCase);
        var made = new List<ODataProperty>();
        var left = new Queue<FormColumn>(columns);
        while (left.TryDequeue(out var column))
        {
            var name = Unlike(taken, ODataName.Of(column.Names[depth]));
            if (column.Names.Count > depth + 1)
            {
                var inside = new List<FormColumn> { column };
                while (left.TryPeek(out var next) && next.Names.Count > depth + 1 && next.Names[depth] == column.Names[depth])
                {
                    inside.Add(left.Dequeue());
                }

                var path = $"{step}/{name}";
                made.Add(new ODataGroup(name, TypeNameOf(table, path), PropertiesOf(table, inside, depth + 1, path)));
                continue;
            }

            made.Add(column switch
            {
                { Repeat: { } repeat } => new ODataRepeat(
                    name, Add(repeat, $"{ODataTable.Submissions}.{TypeNameOf(table, $"{step}/{name}")}", table, $"{step}/{name}")),
                { Question: { } question } => new ODataAnswer(name, column.Index, question.DataType),
                _ => throw new InvalidOperationException($"Column {column.Path} is neither a question nor a repeat."),
            });
        }

        return made;
    }

    private static string TypeNameOf(ODataTable table, string step)
    {
        var inside = step[1..].Replace('/', '.');
        return table.Parent is null ? inside : $"{table.Name[(ODataTable.Submissions.Length + 1)..]}.{inside}";
    }

    // “a-b” and “a.b” would both be a_b, and a feed with two members of one name cannot be read at all.
    private static string Unlike(HashSet<string> taken, string name)
    {
        var free = name;
        for (var number = 2; !taken.Add(free); number++)
        {
            free = $"{name}_{number}";
        }

        return free;
    }
}
