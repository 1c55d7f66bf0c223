using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Vault.Keys;

/// <summary>Writes and reads the recovery key a person keeps on paper. docs/formats/root-key.md.</summary>
public static class RecoveryKey
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int KeyBytes = 32;
    private const int CheckBytes = 3;
    private const int Characters = 56;
    private const int GroupSize = 4;

    /// <summary>Reads a recovery key as typed: case, spaces and dashes do not matter, O is 0, I and L are 1.</summary>
    /// <exception cref="VaultException">RecoveryKeyMistyped, with what is wrong.</exception>
    public static SecretBytes Parse(string text)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes + CheckBytes];
        int bits = 0, pending = 0, read = 0, at = 0;
        foreach (var character in text)
        {
            if (character is '-' or '–' || char.IsWhiteSpace(character))
            {
                continue;
            }

            read++;
            pending = ((pending << 5) | ValueOf(character, read)) & 0xFFF;
            bits += 5;
            if (bits >= 8 && at < bytes.Length)
            {
                bits -= 8;
                bytes[at++] = (byte)((pending >> bits) & 0xFF);
            }
        }

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
        var text = new StringBuilder(Characters + (Characters / GroupSize));
        int bits = 0, pending = 0, written = 0;
        foreach (var next in bytes)
        {
            pending = ((pending << 8) | next) & 0xFFF;
            for (bits += 8; bits >= 5; written++)
            {
                bits -= 5;
                text.Append(written > 0 && written % GroupSize == 0 ? "-" : "").Append(Alphabet[(pending >> bits) & 31]);
            }
        }

        CryptographicOperations.ZeroMemory(bytes);
        return text.ToString();
    }

    internal static SecretBytes WrappingKey(SecretBytes recovery) =>
        KeyDerivation.Expand(recovery, "fieldkeep recovery wrap v1");

    private static int ValueOf(char character, int position)
    {
        var upper = char.ToUpperInvariant(character) switch { 'O' => '0', 'I' or 'L' => '1', var other => other };
        var value = Alphabet.IndexOf(upper, StringComparison.Ordinal);
        return value >= 0 ? value : throw Mistyped($"character {position} is one that recovery keys never have");
    }

    private static byte[] Check(ReadOnlySpan<byte> key)
    {
        Span<byte> input = stackalloc byte[25 + KeyBytes];
        "fieldkeep recovery key v1"u8.CopyTo(input);
        key.CopyTo(input[25..]);
        var hash = SHA256.HashData(input);
        CryptographicOperations.ZeroMemory(input);
        return hash[..CheckBytes];
    }

    private static VaultException Mistyped(string why) => new(
        VaultFailure.RecoveryKeyMistyped,
        $"The recovery key was not typed as it was written: {why}. It is 14 groups of four, like 4GTX-09QK-…; "
        + "look at the paper once more.");
}
