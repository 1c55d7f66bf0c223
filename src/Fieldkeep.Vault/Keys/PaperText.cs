using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Vault.Keys;

/// <summary>Writes secret bytes for paper and reads what people type from it: Crockford base32 in groups of four.</summary>
internal static class PaperText
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int GroupSize = 4;

    /// <summary>Writes bytes whose bits are a multiple of five.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length * 2);
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

        return text.ToString();
    }

    /// <summary>Reads what was typed: case, spaces and dashes do not matter, O is 0, I and L are 1. Gives how many letters and digits there were.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="bytes">Takes the bytes; what is typed beyond them is only counted.</param>
    /// <param name="mistyped">Makes the refusal of a character that is never used.</param>
    public static int Read(ReadOnlySpan<char> text, Span<byte> bytes, Func<string, VaultException> mistyped)
    {
        int bits = 0, pending = 0, read = 0, at = 0;
        foreach (var character in text)
        {
            if (character is '-' or '–' || char.IsWhiteSpace(character))
            {
                continue;
            }

            read++;
            pending = ((pending << 5) | ValueOf(character, read, mistyped)) & 0xFFF;
            bits += 5;
            if (bits >= 8 && at < bytes.Length)
            {
                bits -= 8;
                bytes[at++] = (byte)((pending >> bits) & 0xFF);
            }
        }

        return read;
    }

    /// <summary>The first bytes of SHA-256 over a label and a secret: they find typing errors before any key is tried.</summary>
    public static byte[] Check(ReadOnlySpan<byte> label, ReadOnlySpan<byte> secret, int bytes)
    {
        var input = new byte[label.Length + secret.Length];
        label.CopyTo(input);
        secret.CopyTo(input.AsSpan(label.Length));
        var hash = SHA256.HashData(input);
        CryptographicOperations.ZeroMemory(input);
        return hash[..bytes];
    }

    private static int ValueOf(char character, int position, Func<string, VaultException> mistyped)
    {
        var upper = char.ToUpperInvariant(character) switch { 'O' => '0', 'I' or 'L' => '1', var other => other };
        var value = Alphabet.IndexOf(upper, StringComparison.Ordinal);
        return value >= 0 ? value : throw mistyped($"character {position} is one that is never used");
    }
}
