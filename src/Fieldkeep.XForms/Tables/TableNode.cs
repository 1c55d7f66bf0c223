namespace Fieldkeep.XForms.Tables;

/// <summary>One node that instances of a form may have, in any of its versions.</summary>
internal sealed class TableNode(int ordinal, byte[] name, TableNode? parent)
{
    /// <summary>Position among all nodes: where readers keep what they know of it.</summary>
    public int Ordinal => ordinal;

    public TableNode? Parent => parent;

    public TableNode[] Children { get; set; } = [];

    /// <summary>Column of its answer; -1 when it holds none.</summary>
    public int Column { get; set; } = -1;

    /// <summary>The table its columns are in: its own for a repeat.</summary>
    public required FormTable Table { get; init; }

    public bool IsRepeat { get; init; }

    /// <summary>Finds a child; <paramref name="hint"/> is where the one after the last found stands, since instances keep the form's order.</summary>
    public TableNode? Find(ReadOnlySpan<byte> local, ref int hint)
    {
        for (var tried = 0; tried < Children.Length; tried++)
        {
            var at = hint + tried;
            at = at < Children.Length ? at : at - Children.Length;
            if (Children[at].IsNamed(local))
            {
                // The same repeat often follows, so the hint stays on it.
                hint = at;
                return Children[at];
            }
        }

        return null;
    }

    private bool IsNamed(ReadOnlySpan<byte> local) => local.SequenceEqual(name);
}
