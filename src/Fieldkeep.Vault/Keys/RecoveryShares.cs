using System.Security.Cryptography;

namespace Fieldkeep.Vault.Keys;

/// <summary>Writes and reads a recovery key that was split among several people. docs/formats/root-key.md.</summary>
public static class RecoveryShares
{
    /// <summary>Letters and digits of a share.</summary>
    internal const int Characters = 64;

    private const int SetBytes = 3;
    private const int KeyBytes = 32;
    private const int CheckBytes = 3;
    private const int HeadBytes = SetBytes + 2;
    private const int AllBytes = HeadBytes + KeyBytes + CheckBytes;

    private static ReadOnlySpan<byte> Label => "fieldkeep recovery share v1"u8;

    /// <summary>Tells whether a text holds shares, and not a recovery key that is whole.</summary>
    public static bool AreIn(string text)
    {
        var lines = LinesOf(text);
        return lines.Any(line => line.Contains(':', StringComparison.Ordinal))
            || (lines.Count > 0 && lines.All(line => line.Count(char.IsLetterOrDigit) == Characters));
    }

    /// <summary>Brings the recovery key back from shares, one on each line; what stands before a colon is a label.</summary>
    /// <exception cref="VaultException">RecoveryKeyMistyped and RecoverySharesUnfit, both with the share in question.</exception>
    public static SecretBytes Combine(string text)
    {
        var shares = LinesOf(text).Select((line, at) => Parse(line, at + 1)).ToList();
        if (shares.Count == 0)
        {
            throw Unfit("there is none");
        }

        var first = shares[0];
        if (shares.FindIndex(share => !share.Set.AsSpan().SequenceEqual(first.Set) || share.Needed != first.Needed) is > 0 and var stray)
        {
            throw Unfit($"share {stray + 1} of those given was made at another time than the first; shares of one time belong together");
        }

        var different = shares.DistinctBy(share => share.At).Select(share => (share.At, share.Values)).ToList();
        return different.Count < first.Needed
            ? throw Unfit($"{first.Needed} different ones are needed and {different.Count} were given")
            : SecretShares.Combine([.. different.Take(first.Needed)]);
    }

    /// <summary>Splits a recovery key; gives a line for each share.</summary>
    internal static IReadOnlyList<string> Split(SecretBytes key, int needed, int shares)
    {
        var set = RandomNumberGenerator.GetBytes(SetBytes);
        return [.. SecretShares.Split(key.Span, needed, shares).Select((values, at) => Format(set, needed, at + 1, values))];
    }

    private static string Format(byte[] set, int needed, int at, byte[] values)
    {
        Span<byte> bytes = stackalloc byte[AllBytes];
        set.CopyTo(bytes);
        bytes[SetBytes] = (byte)needed;
        bytes[SetBytes + 1] = (byte)at;
        values.CopyTo(bytes[HeadBytes..]);
        PaperText.Check(Label, bytes[..(HeadBytes + KeyBytes)], CheckBytes).CopyTo(bytes[(HeadBytes + KeyBytes)..]);
        var text = $"share {at}, {needed} needed: {PaperText.Write(bytes)}";
        CryptographicOperations.ZeroMemory(bytes);
        CryptographicOperations.ZeroMemory(values);
        return text;
    }

    private static Share Parse(string line, int number)
    {
        VaultException Mistyped(string why) => new(
            VaultFailure.RecoveryKeyMistyped,
            $"Share {number} of those given was not typed as it was written: {why}. It is 16 groups of four; look at its paper once more.");

        Span<byte> bytes = stackalloc byte[AllBytes];
        var read = PaperText.Read(line.AsSpan(line.LastIndexOf(':') + 1), bytes, Mistyped);
        if (read != Characters)
        {
            throw Mistyped($"it has {read} letters and digits, not {Characters}");
        }

        var content = bytes[..(HeadBytes + KeyBytes)];
        if (!PaperText.Check(Label, content, CheckBytes).AsSpan().SequenceEqual(bytes[content.Length..]))
        {
            throw Mistyped("a letter or digit is wrong or two are swapped");
        }

        return content[SetBytes] is < 2 or > SecretShares.MostShares || content[SetBytes + 1] == 0
            ? throw Mistyped("it says something impossible about itself")
            : new Share(content[..SetBytes].ToArray(), content[SetBytes], content[SetBytes + 1], content[HeadBytes..].ToArray());
    }

    private static List<string> LinesOf(string text) =>
        [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    private static VaultException Unfit(string why) =>
        new(VaultFailure.RecoverySharesUnfit, $"These shares do not bring the recovery key back: {why}.");

    private sealed record Share(byte[] Set, int Needed, byte At, byte[] Values);
}
