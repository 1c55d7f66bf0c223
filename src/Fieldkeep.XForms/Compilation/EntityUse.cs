using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Holds a place in the form that an entity declaration refers to.</summary>
/// <param name="Container">The group, repeat or root that holds the place.</param>
/// <param name="SaveTo">The save_to cell; null for a question named in an expression.</param>
/// <param name="Name">The question's name, for messages.</param>
/// <param name="Row">The spreadsheet row of the place.</param>
internal sealed record EntityReference(FormNode Container, SaveTo? SaveTo, string Name, int Row);

/// <summary>Holds a declaration with all places it refers to, and answers questions about scopes.</summary>
internal sealed class EntityUse(EntityRow entity, IReadOnlyList<EntityReference> references)
{
    /// <summary>The declaration.</summary>
    public EntityRow Entity { get; } = entity;

    /// <summary>The places, in row order.</summary>
    public IReadOnlyList<EntityReference> References { get; } = references;

    /// <summary>The container the declaration should go to.</summary>
    public FormNode? Requested { get; set; }

    /// <summary>The containers of the save_to cells, in row order.</summary>
    public IEnumerable<FormNode> SaveToContainers =>
        References.Where(reference => reference.SaveTo is not null).Select(reference => reference.Container);

    /// <summary>Gives the container itself, or the nearest above, that is a repeat or the root.</summary>
    public static FormNode ScopeOf(FormNode container)
    {
        var scope = container;
        while (scope.Kind is not (NodeKind.Repeat or NodeKind.Root) && scope.Parent is { } parent)
        {
            scope = parent;
        }

        return scope;
    }

    /// <summary>Counts the repeats from the root to a scope, itself included.</summary>
    public static int ScopeDepth(FormNode scope)
    {
        var depth = scope.Kind == NodeKind.Repeat ? 1 : 0;
        for (var repeat = scope.RepeatAbove; repeat is not null; repeat = repeat.RepeatAbove)
        {
            depth++;
        }

        return depth;
    }

    /// <summary>Says whether a scope is another one or above it.</summary>
    public static bool IsOnPath(FormNode scope, FormNode to) => ReferenceEquals(scope, to) || to.IsBelow(scope);
}
