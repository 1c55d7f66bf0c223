namespace Fieldkeep.XForms.Compilation;

/// <summary>Holds a group, repeat or loop that is open while rows are read.</summary>
internal sealed class ContainerFrame(FormNode node, string keyword)
{
    /// <summary>The container.</summary>
    public FormNode Node { get; } = node;

    /// <summary>What closes it: <c>group</c>, <c>repeat</c> or <c>loop</c>; empty for the root.</summary>
    public string Keyword { get; } = keyword;

    /// <summary>Names used directly below, as written, with the row of their first use.</summary>
    public Dictionary<string, int> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Names used directly below, ignoring case, with the row of their first use.</summary>
    public Dictionary<string, int> LowerNames { get; } = new(StringComparer.OrdinalIgnoreCase);
}
