namespace Fieldkeep.Server.Blobs;

/// <summary>Names the blobs that something outside the database means; registered by the room that keeps it.</summary>
/// <param name="ListAsync">Their SHA-256, hex in lower case; null while that is not known: then nothing may be deleted.</param>
internal sealed record BlobsMeantElsewhere(Func<CancellationToken, Task<IReadOnlySet<string>?>> ListAsync)
{
    /// <summary>Joins what all of them mean; null when one does not know.</summary>
    public static async Task<IReadOnlySet<string>?> ListAllAsync(IEnumerable<BlobsMeantElsewhere> all, CancellationToken cancellationToken)
    {
        var meant = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in all)
        {
            if (await one.ListAsync(cancellationToken) is not { } blobs)
            {
                return null;
            }

            meant.UnionWith(blobs);
        }

        return meant;
    }
}
