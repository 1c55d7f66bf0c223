using System.Buffers.Binary;
using Fieldkeep.Journal.Segments;
using Fieldkeep.Journal.Tests.Support;
using Fieldkeep.Vault.Frames;
using Xunit;

namespace Fieldkeep.Journal.Tests.Segments;

/// <summary>What happened to the bytes of a segment is found; never is there a record that nobody appended.</summary>
public sealed class DamageTests
{
    private const string File = "0000000007.fkj";
    private const long Number = 7;

    private static readonly SegmentBound Last = new(IsLast: true, null);
    private static readonly string[] Names = ["a", "b", "c", "d", "e"];

    [Fact]
    public void A_segment_that_nobody_touched_is_whole()
    {
        var bytes = Build(isEnded: true, ["a"], ["b", "c", "d"], ["e"]);

        var (names, damage) = Read(bytes, Last);

        Assert.Equal(Names, names);
        Assert.Empty(damage);
        Assert.Empty(Read(bytes, new SegmentBound(IsLast: false, bytes.Length)).Damage);
    }

    [Fact]
    public void Every_changed_byte_of_a_closed_segment_is_named_and_costs_one_record_at_most()
    {
        var bytes = Build(isEnded: true, ["a"], ["b", "c", "d"], ["e"]);
        var next = new SegmentBound(IsLast: false, bytes.Length);
        foreach (var at in Places(bytes))
        {
            // The end itself may be torn, as long as no other segment was written after it.
            var isEnd = at >= 4 * Frame.BlockBytes && at < (4 * Frame.BlockBytes) + Frame.Overhead;
            bytes[at] ^= 0x10;
            var (names, damage) = Read(bytes, isEnd ? next : Last);
            bytes[at] ^= 0x10;

            Assert.True(damage.Count > 0, $"byte {at} was changed and nothing was named");
            AssertSome(names);
            // A length that was changed hides what is behind it in its batch.
            Assert.True(at < SegmentHeader.Size || names.Count >= 2, $"byte {at}: {string.Concat(names)}");
            Assert.True(at < 3 * Frame.BlockBytes || names.Count >= 4, $"byte {at}: {string.Concat(names)}");
        }
    }

    [Fact]
    public void Every_changed_byte_of_a_segment_that_was_not_closed_is_named_unless_it_is_in_the_last_batch()
    {
        var bytes = Build(isEnded: false, ["a"], ["b", "c", "d"], ["e"]);
        var last = 3 * Frame.BlockBytes;
        foreach (var at in Places(bytes))
        {
            bytes[at] ^= 0x01;
            var (names, damage) = Read(bytes, Last);
            var isNamedByTheNext = at < last || Read(bytes, new SegmentBound(IsLast: false, bytes.Length)).Damage.Count > 0;
            bytes[at] ^= 0x01;

            Assert.True(at >= last ? damage.Count == 0 : damage.Count > 0, $"byte {at}: {string.Join(", ", damage)}");
            Assert.True(isNamedByTheNext, $"byte {at} was changed, and the next segment says it was durable");
            AssertSome(names);
            Assert.True(at < last || names.Take(4).SequenceEqual(Names.Take(4)), $"byte {at}: {string.Concat(names)}");
        }
    }

    [Fact]
    public void Wherever_a_segment_is_cut_off_it_gives_what_is_before_and_the_next_segment_tells_of_the_rest()
    {
        var bytes = Build(isEnded: true, ["a"], ["b", "c", "d"], ["e"]);
        var end = (5 * Frame.BlockBytes) - 1;
        for (var length = 0; length < end; length += length is > 4000 and < 4300 or > 8100 and < 8900 ? 1 : 13)
        {
            var (names, damage) = Read(bytes[..length], Last);

            AssertSome(names);
            Assert.Equal(Names.Take(names.Count), names);
            Assert.Equal(length < SegmentHeader.Size, damage.Count > 0);
            Assert.True(
                length >= (4 * Frame.BlockBytes) + Frame.Overhead || Read(bytes[..length], new SegmentBound(false, bytes.Length)).Damage.Count > 0,
                $"cut off at {length} and nothing was named");
        }
    }

    [Fact]
    public void Whatever_a_torn_write_leaves_of_the_last_batch_is_no_alarm()
    {
        var whole = Build(isEnded: false, ["a"], ["b"], ["c", "d", "e"]);
        var chance = new Chance(4711);
        for (var attempt = 0; attempt < 500; attempt++)
        {
            var bytes = whole.ToArray();
            for (var at = 3 * Frame.BlockBytes; at < bytes.Length; at += 128)
            {
                switch (chance.Next(3))
                {
                    case 0:
                        bytes.AsSpan(at, 128).Clear();
                        break;
                    case 1:
                        chance.Fill(bytes.AsSpan(at, 128));
                        break;
                    default:
                        break;
                }
            }

            var (names, damage) = Read(bytes, Last);

            Assert.Equal(["a", "b"], names.Take(2));
            AssertSome(names);
            Assert.Empty(damage);
        }
    }

    [Fact]
    public async Task A_torn_batch_whose_other_frames_open_is_not_called_durable_by_the_next_segment()
    {
        var bytes = Build(isEnded: false, ["a"], ["b", "c", "d"]);
        bytes[(2 * Frame.BlockBytes) + Frame.SizeAt(bytes.AsSpan(2 * Frame.BlockBytes)) + 50] ^= 1;
        var disk = new SimulatedDisk { [File] = bytes };
        await using (var journal = Some.Open(disk, new ManualClock()))
        {
            await journal.AppendAsync(Some.Uuid("next"), new byte[10], TestContext.Current.CancellationToken);
            Assert.Empty(journal.State.Damage);
        }

        await using var again = Some.Open(disk, new ManualClock());
        Assert.Empty(again.State.Damage);
        Assert.Equal(4, again.State.WaitingRecords);
    }

    [Fact]
    public void Frames_that_change_places_are_not_believed()
    {
        var bytes = Build(isEnded: true, ["a"], ["b", "c", "d"], ["e"]);
        var size = Frame.SizeAt(bytes.AsSpan(2 * Frame.BlockBytes));
        var first = bytes.AsSpan(2 * Frame.BlockBytes, size);
        var second = bytes.AsSpan((2 * Frame.BlockBytes) + size, size);
        var kept = first.ToArray();
        second.CopyTo(first);
        kept.CopyTo(second);

        var (names, damage) = Read(bytes, Last);

        Assert.Equal(["a", "d", "e"], names);
        Assert.Equal([new JournalDamage(File, 2 * Frame.BlockBytes, DamageKind.Frame)], damage);
    }

    [Fact]
    public void Batches_that_change_places_or_are_there_twice_are_not_believed()
    {
        var bytes = Build(isEnded: true, ["a"], ["b"], ["c"]);
        var twice = bytes.ToArray();
        Block(bytes, 1).CopyTo(Block(twice, 2));
        var swapped = bytes.ToArray();
        Block(bytes, 1).CopyTo(Block(swapped, 2));
        Block(bytes, 2).CopyTo(Block(swapped, 1));

        Assert.Equal(["a", "c"], Read(twice, Last).Names);
        Assert.NotEmpty(Read(twice, Last).Damage);
        Assert.Equal(["c"], Read(swapped, Last).Names);
        Assert.NotEmpty(Read(swapped, Last).Damage);
    }

    [Fact]
    public void A_batch_that_became_zeros_is_named()
    {
        var bytes = Build(isEnded: false, ["a"], ["b"], ["c"]);
        Block(bytes, 2).Clear();

        var (names, damage) = Read(bytes, Last);

        Assert.Equal(["a", "c"], names);
        Assert.Equal([new JournalDamage(File, 2 * Frame.BlockBytes, DamageKind.Frame)], damage);
    }

    [Fact]
    public void A_segment_without_its_end_and_without_a_word_of_the_next_is_named()
    {
        var bytes = Build(isEnded: false, ["a"], ["b"]);

        var (names, damage) = Read(bytes, new SegmentBound(IsLast: false, null));

        Assert.Equal(["a", "b"], names);
        Assert.Equal([new JournalDamage(File, 3 * Frame.BlockBytes, DamageKind.TooShort)], damage);
    }

    [Fact]
    public void A_segment_under_another_name_of_another_journal_or_key_gives_nothing()
    {
        var bytes = Build(isEnded: true, ["a"]);

        Assert.Equal(DamageKind.OtherNumber, Refusal(bytes, 8, Some.Seal));
        Assert.Equal(DamageKind.OtherInstallation, Refusal(bytes, Number, Some.Seal with { Installation = Some.Uuid("another") }));
        Assert.Equal(DamageKind.OtherKey, Refusal(bytes, Number, Some.Seal with { Key = Some.Key("another") }));
        var sameId = new Vault.Keys.DataKey(Some.Seal.Key.Id, new Vault.SecretBytes(Some.Hash("another")), Some.Seal.Key.CreatedAt);
        Assert.Equal(DamageKind.Header, Refusal(bytes, Number, Some.Seal with { Key = sameId }));
    }

    [Fact]
    public void A_kind_of_frame_that_nobody_knows_is_an_alarm_and_what_follows_is_read()
    {
        var bytes = Build(isEnded: true, ["a"], ["?"], ["c"]);

        var (names, damage) = Read(bytes, Last);

        Assert.Equal(["a", "c"], names);
        Assert.Equal([new JournalDamage(File, 2 * Frame.BlockBytes, DamageKind.UnknownKind)], damage);
    }

    [Fact]
    public void A_file_made_to_look_like_many_long_frames_is_read_in_bounded_time()
    {
        var bytes = Build(isEnded: false, ["a"], ["b"]);
        var hostile = new byte[8 << 20];
        bytes.AsSpan(0, 2 * Frame.BlockBytes).CopyTo(hostile);
        for (var block = 2; block < hostile.Length / Frame.BlockBytes; block++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(Block(hostile, block), hostile.Length - (block * Frame.BlockBytes) - 100 is var most && most > 25 ? most : 25);
        }

        Assert.Equal(["a"], Read(hostile, Last).Names);
        Assert.NotEmpty(Read(hostile, Last).Damage);
    }

    // Every byte of headers and frames, and of the zeros behind them the first hundred and every seventh.
    private static IEnumerable<int> Places(byte[] bytes)
    {
        var used = Enumerable.Range(0, bytes.Length / Frame.BlockBytes).Select(block => Block(bytes, block).TrimEnd((byte)0).Length + 100).ToList();
        return Enumerable.Range(0, bytes.Length).Where(at => at % Frame.BlockBytes < used[at / Frame.BlockBytes] || at % 7 == 0);
    }

    private static Span<byte> Block(byte[] bytes, int block) => bytes.AsSpan(block * Frame.BlockBytes, Frame.BlockBytes);

    private static DamageKind Refusal(byte[] bytes, long number, JournalSeal seal)
    {
        var disk = new SimulatedDisk { [File] = bytes };
        using var reader = new SegmentReader(disk, seal);
        Assert.Null(reader.TryOpen(File, number, out var damage));
        return damage;
    }

    private static void AssertSome(IReadOnlyList<string> names)
    {
        Assert.Subset(Names.ToHashSet(), names.ToHashSet());
        Assert.Equal(names.Order(StringComparer.Ordinal).Distinct(), names);
    }

    private static (List<string> Names, IReadOnlyList<JournalDamage> Damage) Read(byte[] bytes, SegmentBound bound)
    {
        var disk = new SimulatedDisk { [File] = bytes };
        using var reader = new SegmentReader(disk, Some.Seal);
        var cursor = reader.TryOpen(File, Number, out var refused);
        if (cursor is null)
        {
            return ([], [new JournalDamage(File, 0, refused)]);
        }

        var names = new List<string>();
        while (cursor.Next())
        {
            var id = cursor.Id;
            var name = Names.Single(one => Some.Uuid(one) == id);
            Assert.True(cursor.Payload.SequenceEqual(Some.Bytes(id, 64)));
            names.Add(name);
        }

        return (names, reader.Judge(File, cursor, bound));
    }

    /// <summary>The bytes of a segment with a record of 64 bytes for every name; “?” is a frame of an unknown kind.</summary>
    private static byte[] Build(bool isEnded, params string[][] batches)
    {
        var now = new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);
        var bytes = new byte[Frame.BlockBytes * (1 + batches.Length + (isEnded ? 1 : 0))];
        using var cipher = new SegmentHeader(Number, now, 6, 8192).Write(Some.Seal, Some.Hash("salt").AsSpan(0, FrameCipher.SaltBytes), bytes);
        var block = Frame.BlockBytes;
        foreach (var batch in batches)
        {
            var place = new FramePlace(block, block, 0);
            for (var at = 0; at < batch.Length; at++)
            {
                var (id, kind) = (Some.Uuid(batch[at]), batch[at] == "?" ? (FrameKind)9 : FrameKind.Record);
                place = place.Next(
                    Frame.Write(cipher, place, kind, at == batch.Length - 1, id, now, Some.Bytes(id, 64), bytes.AsSpan((int)place.Offset)));
            }

            block += Frame.BlockBytes;
        }

        if (isEnded)
        {
            Frame.Write(cipher, new FramePlace(block, block, 0), FrameKind.End, isLast: true, Guid.Empty, now, [], bytes.AsSpan(block));
        }

        return bytes;
    }
}
