namespace Fieldkeep.Vault.Keys;

/// <summary>A keyring as it lies in a file, every key wrapped: what can be told of it without the root key. Its checksum holds; who wrote it is not known.</summary>
public sealed class SealedKeyring
{
    /// <summary>No keyring is longer, bytes: a million entries, and the plans in them.</summary>
    public const long MaxBytes = 256L << 20;

    private readonly KeyringContent _content;

    private SealedKeyring(KeyringContent content) => _content = content;

    /// <summary>Whose keys.</summary>
    public Guid Installation => _content.Installation;

    /// <summary>How often it was written.</summary>
    public long Generation => _content.Generation;

    /// <summary>Reads it.</summary>
    /// <exception cref="VaultException">It is none, or damaged.</exception>
    public static SealedKeyring Read(ReadOnlySpan<byte> bytes, string path) => new(KeyringContent.Read(bytes, path));

    /// <summary>Whether every entry of an older one stands in this one as it was, under the same root key and epoch: whoever has this one lacks nothing of that.</summary>
    public bool HasAllOf(SealedKeyring older)
    {
        var there = _content.Entries.Select(KeyOf).ToHashSet(StringComparer.Ordinal);
        return _content.Installation == older._content.Installation
            && _content.Epoch == older._content.Epoch
            && _content.RootFingerprint.AsSpan().SequenceEqual(older._content.RootFingerprint)
            && _content.WrappedEpochKey.AsSpan().SequenceEqual(older._content.WrappedEpochKey)
            && HasRecoveryOf(older)
            && older._content.Entries.Select(KeyOf).All(there.Contains);
    }

    /// <summary>Whether both are under the same root key.</summary>
    public bool HasRootOf(SealedKeyring older) => _content.RootFingerprint.AsSpan().SequenceEqual(older._content.RootFingerprint);

    /// <summary>Whether the recovery key of an older one, if it had any, leads to the root key of this one too: the same root key, wrapped by the same.</summary>
    public bool HasRecoveryOf(SealedKeyring older) => older._content.RecoverySlot is not { } slot
        || (_content.RecoverySlot is { } own && own.Wrapped.AsSpan().SequenceEqual(slot.Wrapped));

    /// <summary>
    /// Whether a key of the installation, or the way in with a recovery key, is gone, which no erasure and no change of keys takes away; or a key is another under the
    /// same id, or another project's. Keys under an epoch are wrapped anew with the epoch, so that what a new epoch did to those only the root key can tell.
    /// </summary>
    public bool LacksOwnOf(SealedKeyring older)
    {
        var isSameEpoch = _content.Epoch == older._content.Epoch;
        if ((_content.RecoverySlot is null && older._content.RecoverySlot is not null)
            || (isSameEpoch && HasRootOf(older) && !_content.WrappedEpochKey.AsSpan().SequenceEqual(older._content.WrappedEpochKey)))
        {
            return true;
        }

        var there = _content.Entries.Where(entry => entry.Kind < KeyKind.ErasedProject).GroupBy(IdOf).ToDictionary(group => group.Key, group => group.First());
        var ids = there.Keys.Select(key => (key.Kind, key.Id)).ToHashSet();
        return older._content.Entries.Where(entry => entry.Kind < KeyKind.ErasedProject).Any(entry => there.TryGetValue(IdOf(entry), out var own)
            ? (entry.Kind > KeyKind.Project || isSameEpoch) && !own.Wrapped.AsSpan().SequenceEqual(entry.Wrapped)
            : entry.Kind < KeyKind.Project || ids.Contains((entry.Kind, entry.Id.Value)));
    }

    /// <summary>The projects of which keys are gone that an older one has: after an erasure, or when older keys of one were taken away.</summary>
    public IReadOnlyList<Guid> ProjectsWithKeysGone(SealedKeyring older)
    {
        var there = _content.Entries.Select(IdOf).ToHashSet();
        return
        [
            .. older._content.Entries.Where(entry => entry.Kind is >= KeyKind.Project and < KeyKind.ErasedProject && !there.Contains(IdOf(entry)))
                .Select(entry => entry.Project).Distinct(),
        ];
    }

    private static (KeyKind Kind, Guid Project, Guid Id) IdOf(KeyringEntry entry) => (entry.Kind, entry.Project, entry.Id.Value);

    // A primary that becomes one that opens only is the same key.
    private static string KeyOf(KeyringEntry entry) => $"{entry.Kind} {entry.Project} {entry.Id.Value} {Convert.ToHexString(entry.Wrapped)}";
}
