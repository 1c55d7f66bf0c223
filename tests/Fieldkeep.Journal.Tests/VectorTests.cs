using System.Globalization;
using Fieldkeep.Journal.Segments;
using Fieldkeep.Journal.Tests.Support;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Tests;
using Xunit;

namespace Fieldkeep.Journal.Tests;

/// <summary>Holds this implementation, and a second one in JavaScript, to the vector on disk.</summary>
public sealed class VectorTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Vectors");

    private static readonly Dictionary<string, string> Vector = File.ReadLines(Path.Combine(Folder, "segment.txt"))
        .Where(line => line.Contains(" = ", StringComparison.Ordinal) && !line.StartsWith('#'))
        .Select(line => line.Split(" = ", 2))
        .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    [Fact]
    public void A_segment_comes_out_as_in_the_vector_and_is_read()
    {
        using var key = new DataKey(new KeyId(Id("keyid")), new SecretBytes(Bytes("key")), DateTimeOffset.UnixEpoch);
        var seal = new JournalSeal(Id("installation"), key);
        var header = new SegmentHeader(Number("number"), Instant("openedAt"), Number("before"), Number("beforeEnd"));
        var bytes = new byte[4 * Frame.BlockBytes];
        using var cipher = header.Write(seal, Bytes("salt"), bytes);
        var place = new FramePlace(Frame.BlockBytes, Frame.BlockBytes, 0);
        var size = Frame.Write(
            cipher, place, FrameKind.Record, isLast: false, Id("first"), Instant("firstAt"), Bytes("firstContent"), bytes.AsSpan((int)place.Offset));
        place = place.Next(size);
        Frame.Write(
            cipher, place, FrameKind.Record, isLast: true, Id("second"), Instant("secondAt"), Bytes("secondContent"), bytes.AsSpan((int)place.Offset));
        place = new FramePlace(2 * Frame.BlockBytes, 2 * Frame.BlockBytes, 0);
        Frame.Write(cipher, place, FrameKind.Withdrawal, isLast: true, Id("first"), Instant("withdrawnAt"), [], bytes.AsSpan((int)place.Offset));
        place = new FramePlace(3 * Frame.BlockBytes, 3 * Frame.BlockBytes, 0);
        Frame.Write(cipher, place, FrameKind.End, isLast: true, Guid.Empty, Instant("endAt"), [], bytes.AsSpan((int)place.Offset));

        Assert.Equal(Vector["header"], Used(bytes, 0));
        Assert.Equal(Vector["batch"], Used(bytes, 1));
        Assert.Equal(Vector["withdrawal"], Used(bytes, 2));
        Assert.Equal(Vector["end"], Used(bytes, 3));
        var disk = new SimulatedDisk { ["0000000042.fkj"] = bytes };
        using var reader = new SegmentReader(disk, seal);
        var cursor = reader.TryOpen("0000000042.fkj", 42, out _);
        Assert.NotNull(cursor);
        Assert.True(cursor.Next());
        Assert.Equal((Id("first"), Vector["firstContent"]), (cursor.Id, Convert.ToHexStringLower(cursor.Payload)));
        Assert.True(cursor.Next());
        Assert.Equal((Id("second"), Instant("secondAt")), (cursor.Id, cursor.At));
        Assert.False(cursor.Next());
        Assert.Equal([Id("first")], cursor.Withdrawn);
        Assert.Empty(reader.Judge("0000000042.fkj", cursor, new SegmentBound(IsLast: true, null)));
    }

    [Fact]
    public async Task A_second_implementation_in_JavaScript_agrees()
    {
        var said = await NodeCheck.RunAsync(Path.Combine(Folder, "check.mjs"));
        Assert.Equal("header ok\nbatch ok\nwithdrawal ok\nend ok\n", said);
    }

    // A block without the zeros behind.
    private static string Used(byte[] bytes, int block) =>
        Convert.ToHexStringLower(bytes.AsSpan(block * Frame.BlockBytes, Frame.BlockBytes).TrimEnd((byte)0));

    private static byte[] Bytes(string name) => Convert.FromHexString(Vector[name]);

    private static Guid Id(string name) => Guid.Parse(Vector[name]);

    private static long Number(string name) => long.Parse(Vector[name], CultureInfo.InvariantCulture);

    private static DateTimeOffset Instant(string name) => DateTimeOffset.FromUnixTimeMilliseconds(Number(name));
}
