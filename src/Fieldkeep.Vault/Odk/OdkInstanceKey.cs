using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Vault.Odk;

/// <summary>The key of one instance that a phone encrypted: opens its files, each with an initialization vector of its own.</summary>
public sealed class OdkInstanceKey : IDisposable
{
    private const int BlockBytes = 16;

    private readonly SecretBytes _key;
    private readonly byte[] _seed;

    internal OdkInstanceKey(string instanceId, SecretBytes key)
    {
        _key = key;
#pragma warning disable CA5351 // The ODK specification makes initialization vectors of an MD5; nothing is guarded by it.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        md5.AppendData(Encoding.UTF8.GetBytes(instanceId));
        md5.AppendData(key.Span);
        _seed = md5.GetHashAndReset();
    }

    /// <summary>Opens a file; the encrypted stream is closed with the one returned.</summary>
    /// <param name="encrypted">What the phone sent.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="index">Its place in the order of encryption, from 0: media in the order of the manifest, the answers last.</param>
    /// <exception cref="VaultException">Truncated: no such file has this length. Reading may throw Corrupted.</exception>
    public OdkFileStream OpenFile(Stream encrypted, long length, int index)
    {
        if (length == 0 || length % BlockBytes != 0)
        {
            throw new VaultException(
                VaultFailure.Truncated, $"A file that a phone encrypted has {length} bytes, which is no multiple of {BlockBytes}: its end is missing.");
        }

        using var aes = Aes.Create();
        aes.SetKey(_key.Span);
        aes.IV = VectorOf(index);
#pragma warning disable CA5358 // The ODK specification says AES/CFB; a compatibility format, see docs/decisions/0022.
        aes.Mode = CipherMode.CFB;
#pragma warning restore CA5358
        aes.FeedbackSize = BlockBytes * 8;
        aes.Padding = PaddingMode.PKCS7;
        return new OdkFileStream(encrypted, aes.CreateDecryptor());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        CryptographicOperations.ZeroMemory(_seed);
    }

    /// <inheritdoc/>
    public override string ToString() => "instance key [secret]";

    // For each file before and this one, one byte of the seed counts up, in turn.
    private byte[] VectorOf(int index)
    {
        var vector = (byte[])_seed.Clone();
        for (var at = 0; at < BlockBytes && at <= index; at++)
        {
            vector[at] = unchecked((byte)(vector[at] + ((index - at) / BlockBytes) + 1));
        }

        return vector;
    }
}
