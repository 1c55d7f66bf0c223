namespace Fieldkeep.Vault.Keys;

/// <summary>Seals and opens envelopes: 32 secret bytes with an id.</summary>
public sealed class DataKey : IDisposable
{
    /// <summary>Size of the secret, bytes.</summary>
    public const int Size = 32;

    /// <summary>Takes over <paramref name="secret"/> (32 bytes).</summary>
    internal DataKey(KeyId id, SecretBytes secret, DateTimeOffset createdAt, bool opensOnly = false)
    {
        if (secret.Length != Size)
        {
            throw new ArgumentException($"A data key has {Size} bytes, not {secret.Length}.", nameof(secret));
        }

        Id = id;
        Secret = secret;
        CreatedAt = createdAt;
        OpensOnly = opensOnly;
    }

    /// <summary>Stands in each envelope's header.</summary>
    public KeyId Id { get; }

    /// <summary>When it was made, UTC, to the second.</summary>
    public DateTimeOffset CreatedAt { get; }

    /// <summary>An older key: what it sealed can be opened, nothing new is sealed with it.</summary>
    public bool OpensOnly { get; }

    internal SecretBytes Secret { get; }

    /// <inheritdoc/>
    public void Dispose() => Secret.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"data key {Id} [secret]";
}
