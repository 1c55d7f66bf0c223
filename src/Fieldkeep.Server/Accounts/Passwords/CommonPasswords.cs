using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Server.Accounts.Passwords;

/// <summary>Knows the passwords that many people use, without a network; the list is told in docs/security.md.</summary>
internal static class CommonPasswords
{
    // Sorted prefixes of SHA-256; among 50,000 one password in 22 million is taken for a common one by mistake.
    private const int PrefixBytes = 5;

    private static readonly byte[] Prefixes = Read();

    /// <summary>How many passwords are known.</summary>
    public static int Count => Prefixes.Length / PrefixBytes;

    /// <summary>Tells whether the list has a password, in whatever case it is written.</summary>
    public static bool Has(string password)
    {
        var sought = SHA256.HashData(Encoding.UTF8.GetBytes(password.ToLowerInvariant())).AsSpan(0, PrefixBytes);
        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            switch (Prefixes.AsSpan(middle * PrefixBytes, PrefixBytes).SequenceCompareTo(sought))
            {
                case 0:
                    return true;
                case < 0:
                    low = middle + 1;
                    break;
                default:
                    high = middle - 1;
                    break;
            }
        }

        return false;
    }

    private static byte[] Read()
    {
        const string name = "Fieldkeep.Server.Accounts.Passwords.common-passwords.bin";
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The embedded list {name} cannot be read.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
