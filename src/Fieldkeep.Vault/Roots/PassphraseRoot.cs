using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Roots;

/// <summary>A root key wrapped under a passphrase that only people know: PBKDF2-HMAC-SHA-256, AES-KWP.</summary>
internal sealed class PassphraseRoot(Func<string?> ask) : IRootKeyProvider
{
    /// <summary>How it is chosen.</summary>
    public const string ProviderName = "passphrase";

    /// <summary>The fewest characters of a new one.</summary>
    public const int FewestCharacters = 14;

    // 136 ms of a core; whoever has a copy of the slip pays it for every guess.
    private const int Iterations = 600_000;
    private const int MostIterations = 10_000_000;
    private const int SaltBytes = 16;
    private const int KeyBytes = 32;

    /// <inheritdoc/>
    public string Name => ProviderName;

    /// <inheritdoc/>
    public Task<RootSlip> WrapAsync(RootKey root, Guid installation, CancellationToken cancellationToken)
    {
        var passphrase = Ask();
        if (passphrase.Length < FewestCharacters)
        {
            throw new VaultException(
                VaultFailure.PassphraseMissing, $"The passphrase of the root key must have at least {FewestCharacters} characters: five or six words, say.");
        }

        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return Task.FromResult(Wrap(root, passphrase, salt, Iterations));
    }

    /// <inheritdoc/>
    public Task<RootKey> OpenAsync(RootSlip slip, Guid installation, CancellationToken cancellationToken)
    {
        if (slip is not { Salt: { Length: SaltBytes } salt, Wrapped: { } wrapped, Iterations: >= Iterations and <= MostIterations and var iterations })
        {
            throw new VaultException(VaultFailure.RootKeyDamaged, $"The slip of the root key is damaged. Take {RootSlips.FileName} from another copy of the keyring.");
        }

        return Task.FromResult(Unwrap(Ask(), salt, iterations, RootHttp.Base64(wrapped, Name)));
    }

    internal static RootSlip Wrap(RootKey root, string passphrase, byte[] salt, int iterations)
    {
        using var wrapping = WrappingKey(passphrase, salt, iterations);
        return new RootSlip(ProviderName, root.Fingerprint)
        {
            Salt = salt,
            Iterations = iterations,
            Wrapped = Convert.ToBase64String(KeyDerivation.Wrap(wrapping, root.Secret.Span)),
        };
    }

    private static RootKey Unwrap(string passphrase, byte[] salt, int iterations, byte[] wrapped)
    {
        using var wrapping = WrappingKey(passphrase, salt, iterations);
        return KeyDerivation.TryUnwrap(wrapping, wrapped) is { } secret
            ? new RootKey(secret)
            : throw new VaultException(VaultFailure.PassphraseWrong, "This is not the passphrase of the root key. Mind capital letters and the keyboard's language.");
    }

    private static SecretBytes WrappingKey(string passphrase, byte[] salt, int iterations)
    {
        Span<byte> derived = stackalloc byte[KeyBytes];
        // One person's keyboard composes letters, another's does not.
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase.Normalize()), salt, derived, iterations, HashAlgorithmName.SHA256);
        using var key = new SecretBytes(derived);
        CryptographicOperations.ZeroMemory(derived);
        return KeyDerivation.Expand(key, "fieldkeep root passphrase-wrap v1");
    }

    private string Ask() => ask() is { Length: > 0 } given
        ? given
        : throw new VaultException(VaultFailure.PassphraseMissing, "The root key is under a passphrase, and nobody gave it. Give it with: fieldkeep unseal");
}
