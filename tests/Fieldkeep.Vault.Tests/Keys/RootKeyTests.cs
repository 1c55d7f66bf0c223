using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

public sealed class RootKeyTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    private string KeyPath => Path.Combine(_directory.Path, "root.key");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_written_root_key_reads_back_and_only_its_owner_may_read_it()
    {
        using var root = RootKey.Create();
        root.Write(KeyPath);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(KeyPath));
        using var again = RootKey.Read(KeyPath);
        Assert.Equal(root.Fingerprint, again.Fingerprint);
        Assert.True(root.Secret.FixedTimeEquals(again.Secret.Span));
        Assert.Equal(VaultFailure.AlreadyExists, Refusal(() => root.Write(KeyPath)));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void A_root_key_others_may_use_is_refused(UnixFileMode more)
    {
        using var root = RootKey.Create();
        root.Write(KeyPath);
        File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | more);
        Assert.Equal(VaultFailure.RootKeyExposed, Refusal(() => RootKey.Read(KeyPath)));
    }

    [Fact]
    public void A_damaged_or_cut_root_key_is_refused()
    {
        using var root = RootKey.Create();
        root.Write(KeyPath);
        var good = File.ReadAllBytes(KeyPath);
        var path = KeyPath + "2";
        for (var at = 0; at < good.Length; at++)
        {
            var bad = (byte[])good.Clone();
            bad[at] ^= 0x40;
            Assert.Throws<VaultException>(() => ReadBytes(path, bad));
            Assert.Equal(VaultFailure.Truncated, Refusal(() => ReadBytes(path, good[..at])));
        }
    }

    [Fact]
    public void The_recovery_key_gives_the_root_key_back_however_it_is_typed()
    {
        using var keyring = Keyring.Create(_directory.Files, TimeProvider.System);
        Assert.False(keyring.HasRecoveryKey);
        var text = keyring.CreateRecoveryKey();
        Assert.True(keyring.HasRecoveryKey);
        Assert.Matches("^([0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$", text);
        var typed = text.ToUpperInvariant().Replace('0', 'o').Replace('1', 'l').Replace("-", " ", StringComparison.Ordinal);
        foreach (var form in new[] { text, typed, text.Replace("-", "", StringComparison.Ordinal), "  " + text.ToLowerInvariant() + "\n" })
        {
            using var root = RootKey.Recover(_directory.Files.KeyringPaths, form);
            Assert.Equal(keyring.RootFingerprint, root.Fingerprint);
        }
    }

    [Fact]
    public void A_typing_error_in_the_recovery_key_is_found_before_any_key_is_tried()
    {
        using var keyring = Keyring.Create(_directory.Files, TimeProvider.System);
        var text = keyring.CreateRecoveryKey();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '-')
            {
                continue;
            }

            var wrong = text[..at] + (text[at] == '7' ? '8' : '7') + text[(at + 1)..];
            Assert.Equal(VaultFailure.RecoveryKeyMistyped, Refusal(() => Recover(wrong)));
        }

        Assert.Equal(VaultFailure.RecoveryKeyMistyped, Refusal(() => Recover(text[..^1])));
        Assert.Equal(VaultFailure.RecoveryKeyMistyped, Refusal(() => Recover(text + "0")));
        Assert.Equal(VaultFailure.RecoveryKeyMistyped, Refusal(() => Recover("")));
        Assert.Equal(VaultFailure.RecoveryKeyMistyped, Refusal(() => Recover("ü" + text[1..])));
    }

    [Fact]
    public void A_new_recovery_key_replaces_the_one_before()
    {
        using var keyring = Keyring.Create(_directory.Files, TimeProvider.System);
        var first = keyring.CreateRecoveryKey();
        var second = keyring.CreateRecoveryKey();
        Assert.Equal(VaultFailure.RecoveryKeyWrong, Refusal(() => Recover(first)));
        using var root = RootKey.Recover(_directory.Files.KeyringPaths, second);
        Assert.Equal(keyring.RootFingerprint, root.Fingerprint);
    }

    [Fact]
    public void Without_a_recovery_slot_recovery_says_so()
    {
        using var keyring = Keyring.Create(_directory.Files, TimeProvider.System);
        using var elsewhere = SecretBytes.Random(32);
        var refused = Assert.Throws<VaultException>(() => Recover(RecoveryKey.Format(elsewhere)));
        Assert.Equal(VaultFailure.RecoveryKeyWrong, refused.Reason);
        Assert.Contains("no recovery key", refused.Message, StringComparison.Ordinal);
    }

    private static VaultFailure Refusal(Action action) => Assert.Throws<VaultException>(action).Reason;

    private static void ReadBytes(string path, byte[] bytes)
    {
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        RootKey.Read(path).Dispose();
    }

    private void Recover(string text) => RootKey.Recover(_directory.Files.KeyringPaths, text).Dispose();
}
