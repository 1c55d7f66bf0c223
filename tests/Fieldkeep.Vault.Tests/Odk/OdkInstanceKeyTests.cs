using System.Text;
using Fieldkeep.Vault.Odk;
using Xunit;

namespace Fieldkeep.Vault.Tests.Odk;

public sealed class OdkInstanceKeyTests
{
    private static readonly Dictionary<string, string> Vector = File
        .ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Vectors", "odk.txt"))
        .Where(line => line.Contains(" = ", StringComparison.Ordinal) && !line.StartsWith('#'))
        .Select(line => line.Split(" = ", 2))
        .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    private static readonly string[] Names = [.. Enumerable.Range(0, 18).Select(number => $"photo{number}.jpg"), "submission.xml"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_that_openssl_encrypted_open_and_their_signature_fits()
    {
        using var key = PrivateKey();
        using var instance = key.TryOpen(Vector["instanceId"], Vector["encryptedKey"]);
        Assert.NotNull(instance);
        var read = new List<(string Name, byte[] Md5)>();
        for (var index = 0; index < Names.Length; index++)
        {
            var (plain, md5) = await ReadAsync(instance, FileAt(index), index);
            Assert.Equal(Vector[$"plain {index}"] is "empty" ? [] : Convert.FromHexString(Vector[$"plain {index}"]), plain);
            read.Add((Names[index], md5));
        }

        Assert.True(key.Matches(SignatureOf(read)));
        Assert.False(key.Matches(SignatureOf([.. read.Skip(1).Prepend(read[1])])));
        Assert.False(key.Matches(SignatureOf(read) with { FormVersion = "2014083102" }));
        Assert.False(key.Matches(SignatureOf(read) with { Encrypted = "AAAA" }));
        Assert.False(key.Matches(SignatureOf(read) with { Encrypted = "no" }));
    }

    [Fact]
    public async Task A_file_in_the_place_of_another_opens_as_something_else()
    {
        using var key = PrivateKey();
        using var instance = key.TryOpen(Vector["instanceId"], Vector["encryptedKey"]);
        Assert.NotNull(instance);

        var (plain, _) = await ReadAsync(instance, FileAt(17), index: 16);

        Assert.NotEqual(Vector["plain 17"], Convert.ToHexStringLower(plain));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(31)]
    public void A_file_of_a_length_that_none_has_is_truncated(int length)
    {
        using var key = PrivateKey();
        using var instance = key.TryOpen(Vector["instanceId"], Vector["encryptedKey"]);
        Assert.NotNull(instance);

        var refused = Assert.Throws<VaultException>(() => instance.OpenFile(new MemoryStream(new byte[length]), length, 0));

        Assert.Equal(VaultFailure.Truncated, refused.Reason);
    }

    [Fact]
    public async Task A_file_that_was_cut_at_a_block_ends_wrongly()
    {
        using var key = PrivateKey();
        using var instance = key.TryOpen(Vector["instanceId"], Vector["encryptedKey"]);
        Assert.NotNull(instance);

        var refused = await Assert.ThrowsAsync<VaultException>(() => ReadAsync(instance, FileAt(18)[..32], index: 18));

        Assert.Equal(VaultFailure.Corrupted, refused.Reason);
    }

    [Fact]
    public void Another_key_and_a_damaged_one_open_nothing()
    {
        using var key = PrivateKey();
        using var other = new OdkPrivateKey(OdkPrivateKey.Create(out _));
        var flipped = Convert.FromBase64String(Vector["encryptedKey"]);
        flipped[100] ^= 1;

        Assert.Null(other.TryOpen(Vector["instanceId"], Vector["encryptedKey"]));
        Assert.Null(key.TryOpen(Vector["instanceId"], Convert.ToBase64String(flipped)));
        Assert.Null(key.TryOpen(Vector["instanceId"], "no base64!"));
        Assert.Null(key.TryOpen(Vector["instanceId"], ""));
        Assert.Equal("private key [secret]", key.ToString());
    }

    [Fact]
    public async Task Many_threads_use_one_private_key_and_none_after_it_is_gone()
    {
        var key = PrivateKey();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () =>
            {
                for (var turn = 0; turn < 20; turn++)
                {
                    using var instance = key.TryOpen(Vector["instanceId"], Vector["encryptedKey"]);
                    Assert.NotNull(instance);
                }
            },
            Token)));
        key.Dispose();

        Assert.Throws<ObjectDisposedException>(() => key.TryOpen(Vector["instanceId"], Vector["encryptedKey"]));
    }

    [Theory]
    [InlineData("photo.jpg.enc", "photo.jpg")]
    [InlineData("submission.xml.enc", "submission.xml")]
    [InlineData("photo.jpg", "photo.jpg")]
    [InlineData(".enc", ".enc")]
    public void A_file_loses_only_the_ending_that_encryption_gave_it(string name, string original) =>
        Assert.Equal(original, OdkSignature.OriginalName(name));

    [Fact]
    public void A_secret_opens_with_its_passphrase_in_its_place_and_in_no_other_way()
    {
        var secret = Encoding.UTF8.GetBytes("a private key");
        var sealedBytes = PassphraseSeal.Seal("Zoë and the goats", Some.Place(), secret);
        var flipped = (byte[])sealedBytes.Clone();
        flipped[^1] ^= 1;

        using var opened = PassphraseSeal.TryOpen("Zoë and the goats", Some.Place(), sealedBytes);
        Assert.Equal(secret, opened?.Span.ToArray());
        Assert.Null(PassphraseSeal.TryOpen("Zoe and the goats", Some.Place(), sealedBytes));
        Assert.Null(PassphraseSeal.TryOpen("", Some.Place(), sealedBytes));
        Assert.Null(PassphraseSeal.TryOpen("half \ud83d a pair", Some.Place(), sealedBytes));
        Assert.Null(PassphraseSeal.TryOpen("Zoë and the goats", Some.Place(row: "other"), sealedBytes));
        Assert.Equal(VaultFailure.Corrupted, FailureOf(flipped));
        Assert.Equal(VaultFailure.UnknownFormat, FailureOf(sealedBytes[1..]));
        Assert.Equal(VaultFailure.UnknownFormat, FailureOf(sealedBytes[..20]));
        Assert.Equal(VaultFailure.Corrupted, FailureOf([.. sealedBytes[..8], 0xFF, 0xFF, 0xFF, 0x7F, .. sealedBytes[12..]]));
        Assert.Equal(PassphraseSeal.Iterations, BitConverter.ToInt32(sealedBytes, 8));
        Assert.NotEqual(sealedBytes, PassphraseSeal.Seal("Zoë and the goats", Some.Place(), secret));
    }

    private static VaultFailure FailureOf(byte[] sealedBytes) =>
        Assert.Throws<VaultException>(() => PassphraseSeal.TryOpen("Zoë and the goats", Some.Place(), sealedBytes)).Reason;

    private static OdkPrivateKey PrivateKey() => new(new SecretBytes(Convert.FromHexString(Vector["pkcs8"])));

    private static byte[] FileAt(int index) => Convert.FromHexString(Vector[$"file {index}"]);

    private static OdkSignature SignatureOf(IReadOnlyList<(string Name, byte[] Md5)> files) =>
        new(Vector["signature"], "mysurvey", "2014083101", Vector["encryptedKey"], Vector["instanceId"], files);

    private static async Task<(byte[] Plain, byte[] Md5)> ReadAsync(OdkInstanceKey instance, byte[] encrypted, int index)
    {
        await using var content = instance.OpenFile(new MemoryStream(encrypted), encrypted.Length, index);
        using var plain = new MemoryStream();
        await content.CopyToAsync(plain, Token);
        return (plain.ToArray(), content.Md5 ?? throw new InvalidOperationException("The file was not read to its end."));
    }
}
