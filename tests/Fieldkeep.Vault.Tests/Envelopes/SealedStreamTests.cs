using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Envelopes;

public sealed class SealedStreamTests
{
    private static readonly DataKey Key = Some.Key();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 100)]
    [InlineData(16384, 1000)]
    [InlineData(16384, 16384)]
    [InlineData(65536, 7)]
    [InlineData(300_000, 81_920)]
    public async Task A_sealed_stream_is_an_envelope_and_opens_as_a_stream(int length, int piece)
    {
        var plain = Some.Bytes(length);
        var file = await SealAsync(plain, piece);
        Assert.Equal(Envelope.SealedLength(length), file.Length);
        Assert.Equal(plain, Envelope.Open(Key, EnvelopePurpose.Attachment, Some.Place(), file));
        Assert.Equal(plain, await OpenAsync(new MemoryStream(file)));
        Assert.Equal(plain, await OpenAsync(new ForwardOnlyStream(file)));
    }

    [Fact]
    public async Task An_envelope_sealed_in_memory_opens_as_a_stream()
    {
        var file = Envelope.Seal(Key, EnvelopePurpose.Attachment, Some.Place(), Some.Bytes(50_000));
        Assert.Equal(Some.Bytes(50_000), await OpenAsync(new ForwardOnlyStream(file)));
    }

    [Fact]
    public async Task Any_range_can_be_read_without_the_rest()
    {
        var plain = Some.Bytes(100_000);
        await using var stream = await OpeningAsync(new MemoryStream(await SealAsync(plain, 5000)));
        Assert.Equal(100_000, stream.Length);
        foreach (var (from, count) in new[] { (99_999, 1), (0, 10), (16_380, 10), (16_384, 1), (40_000, 40_000), (100_000, 5) })
        {
            stream.Position = from;
            var read = new byte[count];
            var got = await stream.ReadAtLeastAsync(read, count, throwOnEndOfStream: false, Token);
            Assert.Equal(plain.AsSpan(from, Math.Min(count, 100_000 - from)).ToArray(), read[..got]);
        }
    }

    [Theory]
    [InlineData(40_000, 101)]
    [InlineData(32_768, 97)]
    [InlineData(300, 1)]
    public async Task No_truncation_is_accepted_with_or_without_seeking(int length, int step)
    {
        var file = await SealAsync(Some.Bytes(length), 4096);
        var borders = new[] { 76, 76 + 16400, 76 + 32800, file.Length - 16, file.Length - 1 }.Where(cut => cut < file.Length);
        foreach (var kept in Enumerable.Range(0, file.Length / step).Select(n => n * step).Concat(borders))
        {
            await Assert.ThrowsAsync<VaultException>(() => OpenAsync(new MemoryStream(file[..kept])));
            await Assert.ThrowsAsync<VaultException>(() => OpenAsync(new ForwardOnlyStream(file[..kept])));
        }
    }

    [Fact]
    public async Task A_truncated_file_gives_no_byte_when_it_can_be_sought()
    {
        var file = await SealAsync(Some.Bytes(40_000), 4096);
        var refused = await Assert.ThrowsAsync<VaultException>(() => OpeningAsync(new MemoryStream(file[..(76 + 32800)])));
        Assert.Equal(VaultFailure.Truncated, refused.Reason);
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_is_found()
    {
        var file = await SealAsync(Some.Bytes(40_000), 4096);
        for (var at = 0; at < file.Length; at += 61)
        {
            file[at] ^= 0x10;
            await Assert.ThrowsAsync<VaultException>(() => OpenAsync(new MemoryStream(file)));
            await Assert.ThrowsAsync<VaultException>(() => OpenAsync(new ForwardOnlyStream(file)));
            file[at] ^= 0x10;
        }
    }

    [Fact]
    public async Task A_stream_that_was_not_completed_is_refused()
    {
        foreach (var length in new[] { 0, 100, 16_384, 20_000, 65_536, 70_000 })
        {
            var file = new MemoryStream();
            await using (var sealing = new SealingStream(file, Key, EnvelopePurpose.Attachment, Some.Place()))
            {
                await sealing.WriteAsync(Some.Bytes(length), Token);
            }

            await Assert.ThrowsAsync<VaultException>(() => OpenAsync(new MemoryStream(file.ToArray())));
        }
    }

    [Fact]
    public async Task A_stream_for_another_place_or_with_a_missing_key_is_refused()
    {
        var file = await SealAsync(Some.Bytes(100), 100);
        var elsewhere = await Assert.ThrowsAsync<VaultException>(() => OpeningStream.OpenAsync(
            new MemoryStream(file), _ => Key, EnvelopePurpose.Attachment, Some.Place(row: "other"), false, Token));
        var keyless = await Assert.ThrowsAsync<VaultException>(() => OpeningStream.OpenAsync(
            new MemoryStream(file), _ => null, EnvelopePurpose.Attachment, Some.Place(), false, Token));
        Assert.Equal(VaultFailure.WrongKeyOrContext, elsewhere.Reason);
        Assert.Equal(VaultFailure.KeyMissing, keyless.Reason);
    }

    [Fact]
    public async Task Nothing_is_written_after_completion()
    {
        await using var sealing = new SealingStream(new MemoryStream(), Key, EnvelopePurpose.Attachment, Some.Place());
        await sealing.CompleteAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await sealing.WriteAsync(new byte[1], Token));
    }

    private static async Task<byte[]> SealAsync(byte[] plain, int piece)
    {
        var file = new MemoryStream();
        await using var sealing = new SealingStream(file, Key, EnvelopePurpose.Attachment, Some.Place());
        for (var at = 0; at < plain.Length; at += piece)
        {
            await sealing.WriteAsync(plain.AsMemory(at, Math.Min(piece, plain.Length - at)), Token);
        }

        await sealing.CompleteAsync(Token);
        return file.ToArray();
    }

    private static Task<OpeningStream> OpeningAsync(Stream file) =>
        OpeningStream.OpenAsync(file, _ => Key, EnvelopePurpose.Attachment, Some.Place(), false, Token);

    private static async Task<byte[]> OpenAsync(Stream file)
    {
        await using var opening = await OpeningAsync(file);
        var plain = new MemoryStream();
        await opening.CopyToAsync(plain, Token);
        return plain.ToArray();
    }

    /// <summary>A socket-like stream: no length, and short reads.</summary>
    private sealed class ForwardOnlyStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1000)], cancellationToken);
    }
}
