namespace Fieldkeep.Server.Wire.Shared;

/// <summary>A whole list, as our own API gives it.</summary>
internal sealed record ItemList<T>(IReadOnlyList<T> Items);

/// <summary>Makes lists for answers.</summary>
internal static class ItemList
{
    /// <summary>Gives the list of what each item looks like from outside.</summary>
    public static ItemList<TItem> Of<T, TItem>(IEnumerable<T> items, Func<T, TItem> view) => new([.. items.Select(view)]);
}
