using System.Text;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>One node on the way to a confidential question, found by the bytes of its name.</summary>
internal sealed class PlanStep
{
    // Comparing a handful in turn beats hashing; a form can have a hundred thousand.
    private const int MostInTurn = 8;

    private readonly byte[] _name;
    private readonly List<PlanStep> _children = [];
    private Dictionary<int, List<PlanStep>>? _byHash;
    private List<byte[]>? _attributes;

    private PlanStep(byte[] name, string path)
    {
        _name = name;
        Path = path;
    }

    /// <summary>Path in the form.</summary>
    public string Path { get; }

    /// <summary>What is confidential here; null for a node on the way.</summary>
    public ConfidentialNode? Node { get; private set; }

    /// <summary>What stands for the element's confidential attributes; null when it has none.</summary>
    public ConfidentialNode? AttributesNode { get; private set; }

    /// <summary>Whether it is a repeat.</summary>
    public bool IsRepeat { get; private set; }

    /// <summary>Whether everything inside is confidential but what is known to be open.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Whether it is known to be open inside one that is confidential as a whole.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether nothing at it or below is confidential.</summary>
    public bool IsBare => Node is null && AttributesNode is null && _children.Count == 0;

    /// <summary>Makes the tree of a plan. The root's own name is not compared.</summary>
    public static PlanStep Of(IReadOnlyList<ConfidentialNode> nodes, PlanShape shape)
    {
        var start = new PlanStep([], nodes.Count == 0 ? "" : nodes[0].Path[..(nodes[0].Path + "/").IndexOf('/', 1)]);
        foreach (var path in shape.Wholes)
        {
            start.Reach(path, shape).IsWhole = true;
        }

        foreach (var path in shape.Open)
        {
            start.Reach(path, shape).IsOpen = true;
        }

        foreach (var node in nodes)
        {
            var at = node.Path.LastIndexOf("/@", StringComparison.Ordinal);
            if (at < 0)
            {
                start.Reach(node.Path, shape).Node = node;
                continue;
            }

            var step = start.Reach(node.Path[..at], shape);
            (step._attributes ??= []).Add(Encoding.UTF8.GetBytes(node.Path[(at + 2)..]));
            step.AttributesNode ??= node with { Path = node.Path[..at] + ConfidentialValue.AttributesStep };
        }

        return start;
    }

    /// <summary>Stands for a node the form does not know, inside a container that is confidential as a whole.</summary>
    public static PlanStep Unknown(PlanStep around, string name)
    {
        var path = $"{around.Path}/{name}";
        return new PlanStep([], path) { Node = new ConfidentialNode(path, ConfidentialCause.Inherited, around.Path, null, IsFile: true, IsPlace: false) };
    }

    /// <summary>Finds the step below by the name in the instance, without prefix; null when nothing there is confidential.</summary>
    public PlanStep? Find(ReadOnlySpan<byte> local)
    {
        if (_byHash is not null)
        {
            return _byHash.TryGetValue(Hash(local), out var same) ? FindIn(same, local) : null;
        }

        return FindIn(_children, local);
    }

    /// <summary>Says whether an attribute of the element, named without prefix, is confidential.</summary>
    public bool Hides(ReadOnlySpan<byte> local)
    {
        foreach (var name in _attributes ?? [])
        {
            if (local.SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    private PlanStep Reach(string whole, PlanShape shape)
    {
        var step = this;
        for (var end = whole.IndexOf('/', 1); end > 0 && end < whole.Length;)
        {
            var next = whole.IndexOf('/', end + 1);
            next = next < 0 ? whole.Length : next;
            var bytes = Encoding.UTF8.GetBytes(whole[(end + 1)..next]);
            if (step.Find(bytes) is not { } child)
            {
                var path = whole[..next];
                child = new PlanStep(bytes, path) { IsRepeat = shape.Repeats.Contains(path) };
                step.Add(child);
            }

            step = child;
            end = next;
        }

        return step;
    }

    private void Add(PlanStep child)
    {
        _children.Add(child);
        if (_children.Count > MostInTurn)
        {
            _byHash ??= [];
            for (var at = _byHash.Count == 0 ? 0 : _children.Count - 1; at < _children.Count; at++)
            {
                var hash = Hash(_children[at]._name);
                if (!_byHash.TryGetValue(hash, out var same))
                {
                    _byHash[hash] = same = [];
                }

                same.Add(_children[at]);
            }
        }
    }

    private static int Hash(ReadOnlySpan<byte> name)
    {
        // Seeded per process: nobody can choose names that collide.
        var hash = default(HashCode);
        hash.AddBytes(name);
        return hash.ToHashCode();
    }

    private static PlanStep? FindIn(List<PlanStep> steps, ReadOnlySpan<byte> local)
    {
        foreach (var step in steps)
        {
            if (local.SequenceEqual(step._name))
            {
                return step;
            }
        }

        return null;
    }
}

/// <summary>What of a form's containers a split must know.</summary>
/// <param name="Repeats">Paths of the repeats.</param>
/// <param name="Wholes">Paths of the groups and repeats that are confidential with all that is inside.</param>
/// <param name="Open">Paths of the nodes inside them that are not.</param>
internal sealed record PlanShape(IReadOnlySet<string> Repeats, IReadOnlyCollection<string> Wholes, IReadOnlyCollection<string> Open)
{
    public static readonly PlanShape None = new(new HashSet<string>(), [], []);
}
