namespace Fieldkeep.Server.Kernel;

/// <summary>A part of a list in a stable order, and where the next part begins.</summary>
/// <param name="Items">The items, in order.</param>
/// <param name="Next">An opaque cursor to pass as <c>after</c>; null at the end.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
