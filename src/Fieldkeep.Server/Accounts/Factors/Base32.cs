using System.Text;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Writes bytes as Base32 (RFC 4648, without padding): letters and digits that people can read out.</summary>
internal static class Base32
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Writes the bytes; bits that fill no last letter are followed by zeros.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        var (held, bits) = (0, 0);
        foreach (var value in bytes)
        {
            held = ((held << 8) | value) & 0xFFF;
            for (bits += 8; bits >= 5; bits -= 5)
            {
                text.Append(Alphabet[(held >> (bits - 5)) & 31]);
            }
        }

        return bits == 0 ? text.ToString() : text.Append(Alphabet[(held << (5 - bits)) & 31]).ToString();
    }

    /// <summary>Tells whether a text has only letters of the alphabet.</summary>
    public static bool IsBase32(string text) => text.All(letter => Alphabet.Contains(letter, StringComparison.Ordinal));
}
