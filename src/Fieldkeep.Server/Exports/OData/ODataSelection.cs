using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>What of a table's rows is asked for.</summary>
/// <param name="Properties">The members, groups pruned to what was selected in them.</param>
/// <param name="HasId">Whether <c>__id</c> is.</param>
/// <param name="HasParentId">Whether the id of the row it belongs to is.</param>
/// <param name="System">Names inside <c>__system</c>; empty for none, and always for repeats.</param>
internal sealed record ODataSelection(
    ODataTable Table, IReadOnlyList<ODataProperty> Properties, bool HasId, bool HasParentId, IReadOnlyList<string> System)
{
    private const string Facts = "__system";

    /// <summary>The names of all that is known about a submission, as ODK Central has them.</summary>
    public static IReadOnlyList<string> AllSystem { get; } =
    [
        "submissionDate", "updatedAt", "submitterId", "submitterName", "attachmentsPresent", "attachmentsExpected", "status",
        "reviewState", "deviceId", "edits", "formVersion", "deletedAt",
    ];

    /// <summary>Reads <c>$select</c>; null, empty and <c>*</c> mean everything.</summary>
    /// <exception cref="ProblemException"><c>odata.unknown_property</c>, <c>odata.unsupported_select</c>.</exception>
    public static ODataSelection Read(ODataTable table, string? select)
    {
        var names = (select ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0 || names.Contains("*", StringComparer.Ordinal))
        {
            return new ODataSelection(table, table.Properties, true, table.Parent is not null, table.Parent is null ? AllSystem : []);
        }

        var chosen = new HashSet<ODataProperty>(ReferenceEqualityComparer.Instance);
        var system = new HashSet<string>(StringComparer.Ordinal);
        var (hasId, hasParentId) = (false, false);
        foreach (var name in names)
        {
            if (name == "__id")
            {
                hasId = true;
            }
            else if (name == table.ParentIdName)
            {
                hasParentId = true;
            }
            else if (table.Parent is null && SystemOf(name) is { } facts)
            {
                system.UnionWith(facts);
            }
            else
            {
                chosen.Add(Get(table, name));
            }
        }

        return new ODataSelection(table, Prune(table.Properties, chosen), hasId, hasParentId, [.. AllSystem.Where(system.Contains)]);
    }

    private static IReadOnlyList<string>? SystemOf(string name) => name switch
    {
        Facts => AllSystem,
        _ when name.StartsWith(Facts + "/", StringComparison.Ordinal) && AllSystem.Contains(name[(Facts.Length + 1)..], StringComparer.Ordinal) =>
            [name[(Facts.Length + 1)..]],
        _ => null,
    };

    private static ODataProperty Get(ODataTable table, string path)
    {
        var inside = table.Properties;
        ODataProperty? found = null;
        foreach (var name in path.Split('/'))
        {
            if (found is ODataRepeat)
            {
                throw ODataProblems.SelectInRepeat(path);
            }

            found = inside.FirstOrDefault(property => property.Name == name) ?? throw ODataProblems.UnknownProperty(path);
            inside = found is ODataGroup group ? group.Properties : [];
        }

        return found ?? throw ODataProblems.UnknownProperty(path);
    }

    private static List<ODataProperty> Prune(IReadOnlyList<ODataProperty> properties, HashSet<ODataProperty> chosen)
    {
        var kept = new List<ODataProperty>();
        foreach (var property in properties)
        {
            if (chosen.Contains(property))
            {
                kept.Add(property);
            }
            else if (property is ODataGroup group && Prune(group.Properties, chosen) is { Count: > 0 } inside)
            {
                kept.Add(group with { Properties = inside });
            }
        }

        return kept;
    }
}
