using System.Buffers;
using System.Text;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Envelopes;

public sealed class EnvelopeTests
{
    private static readonly DataKey Key = Some.Key();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2048)]
    [InlineData(16383)]
    [InlineData(16384)]
    [InlineData(16385)]
    [InlineData(32768)]
    [InlineData(100_000)]
    public void What_was_sealed_opens_again(int length)
    {
        var plain = Some.Bytes(length);
        var envelope = Seal(plain);
        Assert.Equal(Envelope.SealedLength(length), envelope.Length);
        Assert.Equal(plain, Open(envelope));

        var written = new ArrayBufferWriter<byte>();
        Envelope.Seal(Key, EnvelopePurpose.Record, Some.Place(), plain, written);
        var opened = new ArrayBufferWriter<byte>();
        Assert.Equal(length, Envelope.Open(Key, EnvelopePurpose.Record, Some.Place(), written.WrittenSpan, opened));
        Assert.Equal(plain, opened.WrittenSpan.ToArray());
    }

    [Fact]
    public void The_overhead_of_a_small_record_is_92_bytes() => Assert.Equal(192, Seal(Some.Bytes(100)).Length);

    [Fact]
    public void Sealing_the_same_value_twice_gives_different_envelopes() =>
        Assert.NotEqual(Seal(Some.Bytes(10)), Seal(Some.Bytes(10)));

    [Fact]
    public void The_plaintext_is_nowhere_in_the_envelope()
    {
        var envelope = Seal(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Amina, Camp 4;", 50))));
        Assert.Equal(-1, envelope.AsSpan().IndexOf("Amina"u8));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(600)]
    public void No_flipped_bit_is_accepted(int length)
    {
        var envelope = Seal(Some.Bytes(length));
        for (var bit = 0; bit < envelope.Length * 8; bit++)
        {
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<VaultException>(() => Open(envelope));
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Equal(Some.Bytes(length), Open(envelope));
    }

    [Theory]
    [InlineData(600, 1)]
    [InlineData(40_000, 97)]
    public void No_truncation_is_accepted(int length, int step)
    {
        var envelope = Seal(Some.Bytes(length));
        for (var kept = 0; kept < envelope.Length; kept += step)
        {
            Assert.Throws<VaultException>(() => Open(envelope[..kept]));
        }
    }

    [Fact]
    public void Cutting_at_a_chunk_border_says_truncated()
    {
        var envelope = Seal(Some.Bytes(40_000));
        var cut = envelope[..(ChunkCipher.PrefixBytes + (2 * ChunkCipher.SealedChunkBytes))];
        Assert.Equal(VaultFailure.Truncated, Refusal(() => Open(cut)));
        Assert.Equal(VaultFailure.Truncated, Refusal(() => Open(envelope[..91])));
        Assert.Equal(VaultFailure.Truncated, Refusal(() => Open([])));
    }

    [Fact]
    public void Nothing_can_be_added_at_the_end()
    {
        var envelope = Seal(Some.Bytes(40_000));
        Assert.Throws<VaultException>(() => Open([.. envelope, 0]));
        Assert.Throws<VaultException>(() => Open([.. envelope, .. new byte[16400]]));
    }

    [Fact]
    public void Reordered_and_repeated_chunks_are_refused()
    {
        var envelope = Seal(Some.Bytes(40_000));
        var first = envelope.AsSpan(ChunkCipher.PrefixBytes, ChunkCipher.SealedChunkBytes).ToArray();
        var second = envelope.AsSpan(ChunkCipher.PrefixBytes + ChunkCipher.SealedChunkBytes, ChunkCipher.SealedChunkBytes).ToArray();
        byte[] swapped = [.. envelope[..76], .. second, .. first, .. envelope[(76 + 32800)..]];
        byte[] repeated = [.. envelope[..76], .. first, .. first, .. envelope[(76 + 32800)..]];
        byte[] dropped = [.. envelope[..76], .. second, .. envelope[(76 + 32800)..]];
        Assert.Equal(VaultFailure.Corrupted, Refusal(() => Open(swapped)));
        Assert.Equal(VaultFailure.Corrupted, Refusal(() => Open(repeated)));
        Assert.Equal(VaultFailure.Corrupted, Refusal(() => Open(dropped)));
    }

    [Fact]
    public void An_envelope_opens_only_in_its_own_place()
    {
        var envelope = Seal(Some.Bytes(50));
        var place = Some.Place();
        Assert.All(
            [
                Some.Place(column: "submissions.note"),
                Some.Place(row: "another row"),
                Some.Place(version: 2),
                Some.Place(project: "another project"),
                place with { Installation = Some.Uuid("another installation") },
                place with { Project = place.Row, Row = place.Project },
            ],
            other => Assert.Equal(
                VaultFailure.WrongKeyOrContext,
                Refusal(() => Envelope.Open(Key, EnvelopePurpose.Record, other, envelope))));
        Assert.Equal(
            VaultFailure.WrongKeyOrContext, Refusal(() => Envelope.Open(Key, EnvelopePurpose.Attachment, place, envelope)));
    }

    [Fact]
    public void Rewriting_the_purpose_in_the_header_does_not_help()
    {
        var envelope = Seal(Some.Bytes(50));
        envelope[3] = (byte)EnvelopePurpose.Attachment;
        Assert.Equal(
            VaultFailure.WrongKeyOrContext,
            Refusal(() => Envelope.Open(Key, EnvelopePurpose.Attachment, Some.Place(), envelope)));
    }

    [Fact]
    public void Another_key_is_refused_even_under_the_same_id()
    {
        var envelope = Seal(Some.Bytes(50));
        using var other = Some.Key("other");
        using var disguised = new DataKey(Key.Id, new SecretBytes(Some.Hash("other")), Some.Day);
        Assert.Equal(
            VaultFailure.WrongKeyOrContext,
            Refusal(() => Envelope.Open(other, EnvelopePurpose.Record, Some.Place(), envelope)));
        Assert.Equal(
            VaultFailure.WrongKeyOrContext,
            Refusal(() => Envelope.Open(disguised, EnvelopePurpose.Record, Some.Place(), envelope)));
    }

    [Fact]
    public void Unknown_suites_and_flags_are_named()
    {
        var envelope = Seal(Some.Bytes(50));
        envelope[1] = 0x11;
        Assert.Equal(VaultFailure.UnknownSuite, Refusal(() => Open(envelope)));
        envelope[1] = 1;
        envelope[2] = 4;
        Assert.Equal(VaultFailure.UnknownSuite, Refusal(() => Open(envelope)));
        envelope[0] = 0x50;
        Assert.Equal(VaultFailure.UnknownFormat, Refusal(() => Open(envelope)));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Compressed_and_padded_values_open_again(bool compress, bool pad)
    {
        foreach (var plain in new[] { [], Some.Bytes(1), Some.Record(1), Some.Record(100), Some.Record(5000), [0x80, 0, 0] })
        {
            var envelope = Seal(plain, new SealOptions(compress, pad));
            Assert.Equal(plain, Open(envelope));
        }
    }

    [Fact]
    public void Compression_is_used_when_it_pays_and_left_out_when_not()
    {
        Assert.Equal(EnvelopeFlags.Brotli, EnvelopeHeader.Read(Seal(Some.Record(40), new(Compress: true))).Flags);
        Assert.True(Seal(Some.Record(40), new(Compress: true)).Length < 400);
        Assert.Equal(EnvelopeFlags.None, EnvelopeHeader.Read(Seal(Some.Bytes(2000), new(Compress: true))).Flags);
    }

    [Fact]
    public void Padding_hides_lengths_that_are_near()
    {
        Assert.Equal(Seal(Some.Bytes(1000), new(Pad: true)).Length, Seal(Some.Bytes(1010), new(Pad: true)).Length);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(9, 10)]
    [InlineData(1001, 1024)]
    [InlineData(1025, 1088)]
    [InlineData(1_040_000, 1_048_576)]
    public void Padme_lengths_are_as_published(int length, int padded) =>
        Assert.Equal(padded, EnvelopeContent.PadmeLength(length));

    [Fact]
    public void A_decompression_bomb_is_refused_before_it_unfolds()
    {
        var bomb = Seal(new byte[20_000_000], new(Compress: true));
        Assert.True(bomb.Length < 5000);
        Assert.Equal(
            VaultFailure.TooLarge,
            Refusal(() => Envelope.Open(Key, EnvelopePurpose.Record, Some.Place(), bomb, maxPlainBytes: 1_000_000)));
    }

    [Fact]
    public void A_compressed_value_that_lies_about_its_length_is_refused()
    {
        byte[] content = [0x05, 0, 0, 0, 0x0b, 0x02, 0x80, (byte)'h', (byte)'e', (byte)'l', (byte)'l', (byte)'o', 0x03];
        Assert.Equal("hello"u8.ToArray(), EnvelopeContent.Restore(EnvelopeFlags.Brotli, content, 100));
        foreach (var lie in new byte[] { 0, 4, 6, 90 })
        {
            content[0] = lie;
            Assert.Equal(
                VaultFailure.Corrupted, Refusal(() => EnvelopeContent.Restore(EnvelopeFlags.Brotli, content, 100)));
        }
    }

    [Fact]
    public void An_older_key_opens_and_does_not_seal()
    {
        using var older = new DataKey(Key.Id, new SecretBytes(Some.Hash("a key")), Some.Day, opensOnly: true);
        Assert.Equal(Some.Bytes(9), Envelope.Open(older, EnvelopePurpose.Record, Some.Place(), Seal(Some.Bytes(9))));
        Assert.Throws<InvalidOperationException>(
            () => Envelope.Seal(older, EnvelopePurpose.Record, Some.Place(), Some.Bytes(9)));
    }

    [Fact]
    public void A_cleared_key_seals_nothing()
    {
        var key = Some.Key();
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(
            () => Envelope.Seal(key, EnvelopePurpose.Record, Some.Place(), Some.Bytes(9)));
    }

    [Fact]
    public void Secrets_do_not_print_themselves()
    {
        using var secret = SecretBytes.Random(32);
        Assert.Equal("[secret]", secret.ToString());
        Assert.EndsWith("[secret]", Key.ToString(), StringComparison.Ordinal);
    }

    internal static VaultFailure Refusal(Action action) => Assert.Throws<VaultException>(action).Reason;

    private static byte[] Seal(byte[] plain, SealOptions options = default) =>
        Envelope.Seal(Key, EnvelopePurpose.Record, Some.Place(), plain, options);

    private static byte[] Open(byte[] envelope) =>
        Envelope.Open(Key, EnvelopePurpose.Record, Some.Place(), envelope);
}
