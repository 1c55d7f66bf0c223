using System.Security.Cryptography;

namespace Fieldkeep.Vault.Keys;

/// <summary>
/// Splits a secret so that any few of several people bring it back and fewer learn nothing: Shamir's scheme over GF(2^8) with the polynomial x^8 + x^4 + x^3 +
/// x + 1, byte by byte. No tables and no branches on secrets, so that time and cache tell nothing.
/// </summary>
internal static class SecretShares
{
    /// <summary>The most shares: papers that people keep.</summary>
    public const int MostShares = 16;

    /// <summary>Splits; share <c>i</c> of the answer is the polynomials' values at <c>i + 1</c>.</summary>
    public static IReadOnlyList<byte[]> Split(ReadOnlySpan<byte> secret, int needed, int shares)
    {
        if (needed < 2 || shares < needed || shares > MostShares)
        {
            throw new ArgumentOutOfRangeException(nameof(needed), $"Of 2 to {MostShares} shares at least 2 are needed; not {needed} of {shares}.");
        }

        var length = secret.Length;
        var values = Enumerable.Range(0, shares).Select(_ => new byte[length]).ToList();
        Span<byte> coefficients = stackalloc byte[MostShares];
        for (var at = 0; at < secret.Length; at++)
        {
            RandomNumberGenerator.Fill(coefficients[..needed]);
            coefficients[0] = secret[at];
            for (var share = 0; share < shares; share++)
            {
                values[share][at] = Evaluate(coefficients[..needed], (byte)(share + 1));
            }
        }

        CryptographicOperations.ZeroMemory(coefficients);
        return values;
    }

    /// <summary>Gives the polynomials' values at zero: the secret, if there are enough shares and each is right.</summary>
    public static SecretBytes Combine(IReadOnlyList<(byte At, byte[] Values)> shares)
    {
        var secret = new byte[shares[0].Values.Length];
        foreach (var (at, values) in shares)
        {
            // Lagrange at zero: the product of x_j / (x_j - x_i), where minus is exclusive or.
            byte weight = 1;
            foreach (var (other, _) in shares)
            {
                weight = other == at ? weight : Multiply(weight, Multiply(other, Invert((byte)(other ^ at))));
            }

            for (var index = 0; index < secret.Length; index++)
            {
                secret[index] ^= Multiply(weight, values[index]);
            }
        }

        var combined = new SecretBytes(secret);
        CryptographicOperations.ZeroMemory(secret);
        return combined;
    }

    /// <summary>Multiplies in GF(2^8).</summary>
    internal static byte Multiply(byte one, byte other)
    {
        int product = 0, factor = one, rest = other;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= factor & -(rest & 1);
            rest >>= 1;
            factor = (factor << 1) ^ (0x11B & -(factor >> 7));
        }

        return (byte)(product & 0xFF);
    }

    // x^254 is 1 / x; of zero it is zero, which never comes here: no two shares have one place.
    private static byte Invert(byte value)
    {
        byte power = value, inverse = 1;
        for (var bit = 1; bit < 8; bit++)
        {
            power = Multiply(power, power);
            inverse = Multiply(inverse, power);
        }

        return inverse;
    }

    private static byte Evaluate(ReadOnlySpan<byte> coefficients, byte at)
    {
        byte value = 0;
        for (var power = coefficients.Length - 1; power >= 0; power--)
        {
            value = (byte)(Multiply(value, at) ^ coefficients[power]);
        }

        return value;
    }
}
