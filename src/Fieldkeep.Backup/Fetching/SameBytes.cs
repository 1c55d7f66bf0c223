namespace Fieldkeep.Backup.Fetching;

/// <summary>Compares what was fetched with what lies at the source now.</summary>
internal static class SameBytes
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Whether a stretch of both is the same.</summary>
    /// <param name="from">From which byte on.</param>
    /// <param name="to">Until before which.</param>
    public static async Task<bool> AreSameAsync(FileStream there, FileStream mine, long from, long to, CancellationToken cancellationToken)
    {
        var (one, other) = (new byte[BufferBytes], new byte[BufferBytes]);
        (there.Position, mine.Position) = (from, from);
        for (var at = from; at < to;)
        {
            var count = (int)Math.Min(to - at, BufferBytes);
            await mine.ReadExactlyAsync(one.AsMemory(0, count), cancellationToken);
            if (await there.ReadAtLeastAsync(other.AsMemory(0, count), count, throwOnEndOfStream: false, cancellationToken) < count
                || !one.AsSpan(0, count).SequenceEqual(other.AsSpan(0, count)))
            {
                return false;
            }

            at += count;
        }

        return true;
    }

    /// <summary>Where zeros begin in what was fetched and other bytes at the source; null if anything but zeros is different.</summary>
    public static async Task<long?> FindTornAsync(FileStream there, FileStream mine, CancellationToken cancellationToken)
    {
        var (one, other) = (new byte[BufferBytes], new byte[BufferBytes]);
        (there.Position, mine.Position) = (0, 0);
        long? torn = null;
        for (long at = 0; at < mine.Length;)
        {
            var count = (int)Math.Min(mine.Length - at, BufferBytes);
            await mine.ReadExactlyAsync(one.AsMemory(0, count), cancellationToken);
            if (await there.ReadAtLeastAsync(other.AsMemory(0, count), count, throwOnEndOfStream: false, cancellationToken) < count)
            {
                return null;
            }

            var same = torn is null ? one.AsSpan(0, count).CommonPrefixLength(other.AsSpan(0, count)) : 0;
            if (same < count)
            {
                torn ??= at + same;
                if (one.AsSpan(same, count - same).ContainsAnyExcept((byte)0))
                {
                    return null;
                }
            }

            at += count;
        }

        return torn;
    }
}
