using System.Security.Cryptography;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Fetching;

/// <summary>Compares what was fetched with what lies at the source now.</summary>
internal static class SameBytes
{
    private const int BufferBytes = 64 * 1024;

    // A file that is whole ends in random bytes: one zero in 256, and never so many.
    private const int LeastTornBytes = 64;

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

    /// <summary>Where zeros begin in what was fetched and other bytes at the source; null if anything but zeros is different, or they are few.</summary>
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

        return torn is { } from && mine.Length - from >= LeastTornBytes ? from : null;
    }

    /// <summary>Whether a file that was fetched is as its SHA-256 says.</summary>
    public static async Task<bool> IsAsync(string path, long bytes, string sha256, CancellationToken cancellationToken)
    {
        if (new FileInfo(path) is not { Exists: true } there || there.Length != bytes)
        {
            return false;
        }

        await using var file = PlainFile.OpenRead(path, 0);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)) == sha256;
    }
}
