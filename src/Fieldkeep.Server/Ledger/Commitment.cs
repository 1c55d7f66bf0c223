using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Server.Ledger;

/// <summary>
/// Binds the ledger to words that must be forgettable: it keeps a salted hash of them, the salt lies beside the words and is deleted with them. Who has words
/// and salt can show that they are the ones; without the salt nobody can try words. docs/formats/ledger.md.
/// </summary>
/// <param name="Salt">Kept beside the words.</param>
/// <param name="Hash">HMAC-SHA-256 of the words in UTF-8 under the salt, lower-case hexadecimal.</param>
internal sealed record Commitment(byte[] Salt, string Hash)
{
    /// <summary>Commits to words with a fresh salt.</summary>
    public static Commitment To(string words) => To(words, SaltedHash.NewSalt());

    /// <summary>Commits to words with the salt of before, to compare.</summary>
    public static Commitment To(string words, byte[] salt) =>
        new(salt, Convert.ToHexStringLower(SaltedHash.Of(words, salt)));
}
