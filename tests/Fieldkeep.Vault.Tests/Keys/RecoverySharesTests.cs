using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

public sealed class RecoverySharesTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 5)]
    [InlineData(3, 5)]
    [InlineData(4, 6)]
    [InlineData(6, 6)]
    public void Any_that_suffice_bring_the_key_back_and_one_less_does_not(int needed, int all)
    {
        using var key = SecretBytes.Random(32);
        var values = SecretShares.Split(key.Span, needed, all).Select((share, at) => ((byte)(at + 1), share)).ToList();

        foreach (var some in Subsets(values))
        {
            using var combined = SecretShares.Combine(some);
            Assert.Equal(some.Count >= needed, combined.FixedTimeEquals(key.Span));
        }
    }

    [Fact]
    public void One_less_than_needed_says_nothing_of_a_byte()
    {
        // Of a two-of-two splitting every byte is as likely in one share, whatever the secret: all 256 come up.
        var seen = Enumerable.Range(0, 8_000).Select(_ => SecretShares.Split([42], 2, 2)[0][0]).ToHashSet();
        Assert.Equal(256, seen.Count);
    }

    [Fact]
    public void Multiplication_is_that_of_the_field()
    {
        // FIPS 197, 4.2: {57} times {83} is {c1}; and against schoolbook division for all pairs.
        Assert.Equal(0xC1, SecretShares.Multiply(0x57, 0x83));
        for (var one = 0; one < 256; one++)
        {
            for (var other = 0; other < 256; other++)
            {
                Assert.Equal(Schoolbook(one, other), SecretShares.Multiply((byte)one, (byte)other));
            }
        }
    }

    [Fact]
    public void A_mistyped_share_is_named_and_so_are_too_few_and_strangers()
    {
        using var key = SecretBytes.Random(32);
        var (shares, others) = (RecoveryShares.Split(key, 3, 5), RecoveryShares.Split(key, 3, 5));
        var flipped = shares[3][..^1] + (shares[3][^1] == '7' ? '8' : '7');

        var mistyped = Refusal([shares[0], flipped, shares[4]]);
        Assert.Equal(VaultFailure.RecoveryKeyMistyped, mistyped.Reason);
        Assert.Contains("Share 2 of those given", mistyped.Message, StringComparison.Ordinal);
        Assert.Contains("64", Refusal([shares[0], shares[1][..^4], shares[2]]).Message, StringComparison.Ordinal);
        Assert.Contains("3 different ones are needed and 2 were given", Refusal([shares[0], shares[2], shares[0]]).Message, StringComparison.Ordinal);
        Assert.Contains("share 3 of those given", Refusal([shares[0], shares[1], others[2]]).Message, StringComparison.Ordinal);
        Assert.Equal(VaultFailure.RecoverySharesUnfit, Refusal([shares[0]]).Reason);
        using var typed = RecoveryShares.Combine($"\n {shares[4].ToLowerInvariant().Replace('0', 'o')} \r\n\n{shares[1].Split(':')[1].Replace("-", " ", StringComparison.Ordinal)}\n{shares[0]}");
        Assert.True(typed.FixedTimeEquals(key.Span));
    }

    [Fact]
    public void Every_letter_of_a_share_is_checked()
    {
        using var key = SecretBytes.Random(32);
        var shares = RecoveryShares.Split(key, 2, 2);
        var text = shares[1].Split(": ")[1];
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '-')
            {
                var changed = text[..at] + (text[at] == 'Z' ? 'Y' : 'Z') + text[(at + 1)..];
                Assert.Equal(VaultFailure.RecoveryKeyMistyped, Refusal([shares[0], changed]).Reason);
            }
        }
    }

    [Fact]
    public void Shares_open_the_keyring_and_end_the_recovery_key_of_before()
    {
        using var keyring = Keyring.Create(_directory.Files, TimeProvider.System);
        var whole = keyring.CreateRecoveryKey();
        var shares = keyring.CreateRecoveryShares(3, 5);

        using var root = RootKey.Recover(_directory.Files.KeyringPaths, string.Join('\n', shares[4], shares[0], shares[2]));
        Assert.Equal(keyring.RootFingerprint, root.Fingerprint);
        Assert.Equal(
            VaultFailure.RecoveryKeyWrong, Assert.Throws<VaultException>(() => RootKey.Recover(_directory.Files.KeyringPaths, whole)).Reason);
        var later = keyring.CreateRecoveryKey();
        using var again = RootKey.Recover(_directory.Files.KeyringPaths, later);
        Assert.Equal(
            VaultFailure.RecoveryKeyWrong,
            Assert.Throws<VaultException>(() => RootKey.Recover(_directory.Files.KeyringPaths, string.Join('\n', shares))).Reason);
    }

    private static VaultException Refusal(IEnumerable<string> shares) =>
        Assert.Throws<VaultException>(() => RecoveryShares.Combine(string.Join('\n', shares)));

    private static IEnumerable<List<(byte At, byte[] Values)>> Subsets(List<(byte At, byte[] Values)> all) =>
        Enumerable.Range(1, (1 << all.Count) - 1).Select(mask => all.Where((_, at) => (mask >> at & 1) == 1).ToList());

    private static int Schoolbook(int one, int other)
    {
        var product = 0;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= (other >> bit & 1) == 1 ? one << bit : 0;
        }

        for (var bit = 14; bit >= 8; bit--)
        {
            product ^= (product >> bit & 1) == 1 ? 0x11B << (bit - 8) : 0;
        }

        return product;
    }
}
