using System.Security.Cryptography;

namespace Fieldkeep.Vault.Keys;

/// <summary>Writes and reads the recovery key a person keeps on paper. docs/formats/root-key.md.</summary>
public static class RecoveryKey
{
    /// <summary>Letters and digits of a recovery key.</summary>
    internal const int Characters = 56;

    private const int KeyBytes = 32;
    private const int CheckBytes = 3;

    /// <summary>Reads a recovery key as typed: case, spaces and dashes do not matter, O is 0, I and L are 1.</summary>
    /// <exception cref="VaultException">RecoveryKeyMistyped, with what is wrong.</exception>
    public static SecretBytes Parse(string text)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes + CheckBytes];
        var read = PaperText.Read(text, bytes, Mistyped);
        if (read != Characters)
        {
            throw Mistyped($"it has {read} letters and digits, not {Characters}");
        }

        if (!Check(bytes[..KeyBytes]).AsSpan().SequenceEqual(bytes[KeyBytes..]))
        {
            throw Mistyped("a letter or digit is wrong or two are swapped");
        }

        var key = new SecretBytes(bytes[..KeyBytes]);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    /// <summary>Writes 14 groups of four.</summary>
    internal static string Format(SecretBytes key)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes + CheckBytes];
        key.Span.CopyTo(bytes);
        Check(key.Span).CopyTo(bytes[KeyBytes..]);
        var text = PaperText.Write(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return text;
    }

    internal static SecretBytes WrappingKey(SecretBytes recovery) =>
        KeyDerivation.Expand(recovery, "fieldkeep recovery wrap v1");

    private static byte[] Check(ReadOnlySpan<byte> key) => PaperText.Check("fieldkeep recovery key v1"u8, key, CheckBytes);

    private static VaultException Mistyped(string why) => new(
        VaultFailure.RecoveryKeyMistyped,
        $"The recovery key was not typed as it was written: {why}. It is 14 groups of four, like 4GTX-09QK-…; "
        + "look at the paper once more.");
}
