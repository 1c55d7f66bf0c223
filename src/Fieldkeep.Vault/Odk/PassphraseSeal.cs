using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Odk;

/// <summary>Seals a secret so that only a passphrase opens it, which is kept nowhere. docs/formats/form-key.md.</summary>
public static class PassphraseSeal
{
    /// <summary>The cost of a new seal: PBKDF2-HMAC-SHA-256 rounds, 136 ms of a core.</summary>
    public const int Iterations = 600_000;

    // More than this is no seal of ours but an attack.
    private const int MostIterations = 5_000_000;
    private const int SaltBytes = KeyId.Size;
    private const int SaltAt = 12;
    private const int EnvelopeAt = SaltAt + SaltBytes;

    private static ReadOnlySpan<byte> Magic => "FKPASS1\n"u8;

    /// <summary>Seals <paramref name="plain"/> for one place.</summary>
    public static byte[] Seal(string passphrase, in EnvelopeContext context, ReadOnlySpan<byte> plain)
    {
        var salt = KeyId.Create();
        using var key = Derive(passphrase, salt, Iterations);
        var envelope = Envelope.Seal(key, EnvelopePurpose.Setting, context, plain);
        var whole = new byte[EnvelopeAt + envelope.Length];
        Magic.CopyTo(whole);
        BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(Magic.Length), Iterations);
        salt.Write(whole.AsSpan(SaltAt));
        envelope.CopyTo(whole, EnvelopeAt);
        return whole;
    }

    /// <summary>Opens what was sealed; null when the passphrase is another one.</summary>
    /// <exception cref="VaultException">UnknownFormat, Truncated, Corrupted.</exception>
    public static SecretBytes? TryOpen(string passphrase, in EnvelopeContext context, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < EnvelopeAt || !sealedBytes.StartsWith(Magic))
        {
            throw new VaultException(
                VaultFailure.UnknownFormat, "These bytes were not sealed under a passphrase. Restore them from a backup.");
        }

        var iterations = BinaryPrimitives.ReadInt32LittleEndian(sealedBytes[Magic.Length..]);
        if (iterations is < 1 or > MostIterations)
        {
            throw new VaultException(
                VaultFailure.Corrupted, $"A seal under a passphrase names {iterations} rounds. Restore it from a backup.");
        }

        using var key = Derive(passphrase, KeyId.Read(sealedBytes[SaltAt..]), iterations);
        byte[]? plain = null;
        try
        {
            plain = Envelope.Open(key, EnvelopePurpose.Setting, context, sealedBytes[EnvelopeAt..]);
            return new SecretBytes(plain);
        }
        catch (VaultException problem) when (problem.Reason == VaultFailure.WrongKeyOrContext)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    // As typed: this process runs without ICU and cannot make one of the two ways in which a letter may be written.
    private static DataKey Derive(string passphrase, KeyId salt, int iterations)
    {
        Span<byte> saltBytes = stackalloc byte[SaltBytes];
        Span<byte> derived = stackalloc byte[DataKey.Size];
        salt.Write(saltBytes);
        var text = Encoding.UTF8.GetBytes(passphrase);
        try
        {
            Rfc2898DeriveBytes.Pbkdf2(text, saltBytes, derived, iterations, HashAlgorithmName.SHA256);
            return new DataKey(salt, new SecretBytes(derived), DateTimeOffset.UnixEpoch);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(derived);
        }
    }
}
