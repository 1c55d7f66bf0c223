namespace Fieldkeep.Server.Keys;

/// <summary>Names a key that phones encrypt to; a number, because ODK Central's addresses carry it.</summary>
internal readonly record struct FormKeyId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A key that phones encrypt answers to.</summary>
/// <param name="PublicKey">The public half as forms carry it, base64.</param>
/// <param name="IsManaged">Whether the server made it and keeps its private half, sealed under a passphrase.</param>
/// <param name="Hint">What reminds of the passphrase; null when there is none, or it is damaged.</param>
internal sealed record FormKey(FormKeyId Id, string PublicKey, bool IsManaged, string? Hint, DateTimeOffset CreatedAt);

/// <summary>Passphrases that someone gave for keys, by the keys' numbers. Held for one request or export, and never shown.</summary>
internal sealed class Passphrases(IReadOnlyDictionary<long, string> byKey)
{
    /// <summary>The keys that one was given for.</summary>
    public IReadOnlyCollection<long> Keys => [.. byKey.Keys];

    /// <summary>Gives the passphrase of a key.</summary>
    public string Of(FormKeyId key) => byKey[key.Value];

    /// <inheritdoc/>
    public override string ToString() => "[secret]";
}

/// <summary>A key pair made and sealed, not yet written anywhere.</summary>
internal sealed record NewFormKey(Guid Row, string PublicKey, byte[]? SealedHint, byte[] SealedPrivateKey);
