namespace Fieldkeep.Backup.Objects;

/// <summary>Says what is fetched from an object store, and to where.</summary>
/// <param name="From">The store.</param>
/// <param name="To">The backup directory that is made of it.</param>
public sealed record StoreFetchOptions(ObjectStoreOptions From, string To)
{
    /// <summary>Begin one here; without it, one that is not mounted is refused.</summary>
    public bool IsNew { get; init; }

    /// <summary>Only what the store got until then, by its own clock, UTC: before somebody took the server over. Null for all.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>So many bytes stay free on its disk.</summary>
    public long LeastFreeBytes { get; init; } = 1L << 30;
}
