using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Computes time-based codes (RFC 6238): HMAC-SHA-1, six digits, steps of 30 seconds from the Unix epoch, as every authenticator app does.</summary>
internal static class Totp
{
    /// <summary>The digits of a code.</summary>
    public const int Digits = 6;

    /// <summary>The size of a secret in bytes: 160 bits, as RFC 4226 advises.</summary>
    public const int SecretBytes = 20;

    private const int StepSeconds = 30;
    private const int Modulus = 1_000_000;

    // A phone's clock may be off by as much; more steps would be more guesses.
    private const int StepsEitherSide = 1;

    /// <summary>Gives the step that an instant lies in.</summary>
    public static long StepAt(DateTimeOffset at) => at.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>Gives the code of a step, with its leading zeros.</summary>
    public static string CodeAt(ReadOnlySpan<byte> secret, long step) => (Truncate(secret, step) % Modulus).ToString("D6");

    /// <summary>
    /// Finds the step whose code was typed: this one or its neighbours, and none at or before <paramref name="lastStep"/>, for a
    /// code counts once. Null when there is none. Every candidate is computed and compared in constant time.
    /// </summary>
    public static long? FindStep(ReadOnlySpan<byte> secret, string code, long lastStep, DateTimeOffset now)
    {
        if (code.Length != Digits || !code.All(char.IsAsciiDigit))
        {
            return null;
        }

        var current = StepAt(now);
        long? found = null;
        for (var step = current - StepsEitherSide; step <= current + StepsEitherSide; step++)
        {
            var expected = CodeAt(secret, step);
            if (IsSame(expected, code) && step > lastStep)
            {
                found ??= step;
            }
        }

        return found;
    }

    /// <summary>Leaves out the spaces that people type and apps show.</summary>
    public static string Clean(string code) => code.Length <= 32 ? string.Concat(code.Where(letter => !char.IsWhiteSpace(letter))) : code;

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "Authenticator apps know no other; HMAC does not rest on collisions.")]
    private static uint Truncate(ReadOnlySpan<byte> secret, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(secret, counter, hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash[(hash[^1] & 0x0F)..]) & 0x7FFF_FFFF;
    }

    private static bool IsSame(ReadOnlySpan<char> expected, ReadOnlySpan<char> typed)
    {
        var difference = 0;
        for (var at = 0; at < Digits; at++)
        {
            difference |= expected[at] ^ typed[at];
        }

        return difference == 0;
    }
}
