namespace Fieldkeep.Architecture.Tests.Support;

/// <summary>The rooms of <c>Fieldkeep.Server</c>: which exist in code, and which may use which by <c>docs/floors.txt</c>.</summary>
internal sealed class Rooms
{
    private const string Root = "Fieldkeep.Server";

    private readonly Dictionary<string, IReadOnlySet<string>> _below;

    private Rooms(Dictionary<string, IReadOnlySet<string>> below) => _below = below;

    /// <summary>The rules as written today.</summary>
    public static Rooms Written { get; } = Parse(File.ReadLines(Path.Combine(Repository.Root, "docs", "floors.txt")));

    /// <summary>The server as compiled.</summary>
    public static CompiledAssembly Server { get; } = CompiledAssembly.Read(Root);

    /// <summary>The names of all rooms that have a line.</summary>
    public IReadOnlyCollection<string> Names => _below.Keys;

    /// <summary>Reads the format of <c>docs/floors.txt</c>: bands begin with <c>==</c>, rooms are <c>Name : the rooms it may use</c>.</summary>
    public static Rooms Parse(IEnumerable<string> lines)
    {
        var below = new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal);
        var openToAllAbove = new HashSet<string>(StringComparer.Ordinal);
        var band = new List<string>();
        var bandIsOpen = false;
        foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#')))
        {
            if (line.StartsWith("==", StringComparison.Ordinal))
            {
                openToAllAbove.UnionWith(bandIsOpen ? band : []);
                band.Clear();
                bandIsOpen = line.EndsWith("open to every room above", StringComparison.Ordinal);
                continue;
            }

            var sides = line.Split(':', StringSplitOptions.TrimEntries);
            band.Add(sides[0]);
            below.Add(
                sides[0],
                sides[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Concat(openToAllAbove).ToHashSet(StringComparer.Ordinal));
        }

        return new Rooms(below);
    }

    /// <summary>The room of a type by its full name; null for the composition in the root namespace and for strangers.</summary>
    public static string? Of(string fullName)
    {
        if (!fullName.StartsWith(Root + ".", StringComparison.Ordinal))
        {
            return null;
        }

        var steps = fullName[(Root.Length + 1)..].Split('.');
        return steps switch
        {
            [_] => null,
            ["Wire", var dialect, _, ..] => $"Wire.{dialect}",
            _ => steps[0],
        };
    }

    /// <summary>Whether a room may use another.</summary>
    public bool Allow(string from, string to) => from == to || (_below.TryGetValue(from, out var rooms) && rooms.Contains(to));

    /// <summary>The floor of a room: 0 when it uses none, else one above the highest it uses.</summary>
    /// <exception cref="InvalidOperationException">The room stands on itself, or on one that has no line.</exception>
    public int FloorOf(string room) => FloorOf(room, []);

    /// <summary>What a server would do that these rules forbid: “Forms → Submissions (in CloseForm)”.</summary>
    public IEnumerable<string> StraysOf(IEnumerable<CompiledType> types) =>
        from type in types
        let room = Of(type.FullName)
        where room is not null
        from used in type.Uses
        let other = Of(used)
        where other is not null && !Allow(room, other)
        select $"{room} → {other} (in {type.Name}, which uses {used})";

    private int FloorOf(string room, IReadOnlyList<string> way)
    {
        if (way.Contains(room))
        {
            throw new InvalidOperationException($"{room} stands on itself: {string.Join(" → ", way)} → {room}.");
        }

        return _below.TryGetValue(room, out var rooms)
            ? rooms.Select(below => FloorOf(below, [.. way, room]) + 1).DefaultIfEmpty(0).Max()
            : throw new InvalidOperationException($"{room} has no line in docs/floors.txt.");
    }
}
