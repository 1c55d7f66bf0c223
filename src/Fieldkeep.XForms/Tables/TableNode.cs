namespace Fieldkeep.XForms.Tables;

/// <summary>One node that instances of a form may have, in any of its versions.</summary>
internal sealed class TableNode(int ordinal, byte[] name, TableNode? parent)
{
    // Beyond this a name is looked up: an instance may hold a million nodes that its form does not know.
    private const int Few = 8;

    private readonly int _hash = HashOf(name);
    private ILookup<int, TableNode>? _byHash;

    /// <summary>Position among all nodes: where readers keep what they know of it.</summary>
    public int Ordinal => ordinal;

    public TableNode? Parent => parent;

    public TableNode[] Children
    {
        get;
        set
        {
            field = value;
            _byHash = value.Length > Few ? value.ToLookup(child => child._hash) : null;
        }
    } = [];

    /// <summary>Column of its answer; -1 when it holds none.</summary>
    public int Column { get; set; } = -1;

    /// <summary>The table its columns are in: its own for a repeat.</summary>
    public required FormTable Table { get; init; }

    public bool IsRepeat { get; init; }

    /// <summary>Whether it is the instance's head.</summary>
    public bool IsMeta { get; } = parent is { Parent: null } && name.AsSpan().SequenceEqual("meta"u8);

    /// <summary>Finds a child; <paramref name="hint"/> is where the one after the last found stands, since instances keep the form's order.</summary>
    public TableNode? Find(ReadOnlySpan<byte> local, ref int hint)
    {
        for (var at = hint; at < Children.Length && at < hint + Few; at++)
        {
            if (Children[at].IsNamed(local))
            {
                // The same repeat often follows, so the hint stays on it.
                hint = at;
                return Children[at];
            }
        }

        foreach (var child in _byHash?[HashOf(local)] ?? Children)
        {
            if (child.IsNamed(local))
            {
                hint = Array.IndexOf(Children, child);
                return child;
            }
        }

        return null;
    }

    private bool IsNamed(ReadOnlySpan<byte> local) => local.SequenceEqual(name);

    // FNV-1a: the names hashed into the table are the form's, a client's are only looked up.
    private static int HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261u;
        foreach (var value in bytes)
        {
            hash = unchecked((hash ^ value) * 16777619u);
        }

        return unchecked((int)hash);
    }
}
