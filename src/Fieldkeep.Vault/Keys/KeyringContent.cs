using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Fieldkeep.Vault.Keys;

/// <summary>Says what a keyring entry is for; values are on disk.</summary>
internal enum KeyKind : byte
{
    None = 0,
    Installation = 1,
    Journal = 2,
    Backup = 3,
    TokenPepper = 4,
    Session = 5,
    LedgerSigning = 6,
    Project = 16,
    ProjectData = 17,
    ProjectBlindIndex = 18,
    ProjectConfidential = 19,
    ProjectMask = 20,
    ProjectLedger = 22,
    ErasedProject = 23,
    RemovedAccount = 24,
    ErasedRow = 25,
    RewriteOrder = 26,
    Hold = 27,
}

/// <summary>Says whether a key still seals.</summary>
internal enum KeyState : byte
{
    None = 0,
    Primary = 1,
    OpensOnly = 2,
}

/// <summary>One wrapped key.</summary>
internal sealed record KeyringEntry(
    KeyKind Kind, KeyState State, Guid Project, KeyId Id, DateTimeOffset CreatedAt, byte[] Wrapped);

/// <summary>The root key, wrapped by the recovery key.</summary>
internal sealed record RecoverySlot(DateTimeOffset CreatedAt, byte[] Wrapped);

/// <summary>A keyring's bytes as values, all keys still wrapped. docs/formats/keyring.md.</summary>
internal sealed record KeyringContent(
    Guid Installation,
    long Generation,
    byte[] RootFingerprint,
    Guid Epoch,
    byte[] WrappedEpochKey,
    RecoverySlot? RecoverySlot,
    IReadOnlyList<KeyringEntry> Entries)
{
    public const int WrappedKeyBytes = 40;

    /// <summary>A file with more entries is taken for a damaged one, so none is written.</summary>
    public const int MaxEntries = 1_000_000;

    private const int FixedBytes = 8 + 16 + 8 + 16 + 16 + WrappedKeyBytes + 9 + WrappedKeyBytes + 4;
    private const int EntryFixedBytes = 2 + 16 + 16 + 8 + 2;
    private const int MacBytes = 32;

    private byte[]? _macInput;
    private byte[]? _mac;

    private static ReadOnlySpan<byte> Magic => "FKRING1\n"u8;

    /// <summary>Reads a keyring; checks its checksum, which needs no key.</summary>
    /// <exception cref="VaultException">Truncated, UnknownFormat, Corrupted.</exception>
    public static KeyringContent Read(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length < 8 || !bytes[..8].SequenceEqual(Magic))
        {
            throw new VaultException(VaultFailure.UnknownFormat, $"{path} is no keyring: it does not begin with FKRING1.");
        }

        if (bytes.Length < FixedBytes + (2 * MacBytes) || !SHA256.HashData(bytes[..^MacBytes]).AsSpan().SequenceEqual(bytes[^MacBytes..]))
        {
            throw Damaged(path);
        }

        var reader = new SpanReader(bytes[8..^(2 * MacBytes)]);
        var installation = reader.Uuid();
        var generation = reader.Int64();
        var fingerprint = reader.Bytes(16);
        var epoch = reader.Uuid();
        var wrappedEpoch = reader.Bytes(WrappedKeyBytes);
        var hasRecovery = reader.Byte() == 1;
        var recoveryCreated = reader.Instant();
        var wrappedRoot = reader.Bytes(WrappedKeyBytes);
        var count = reader.Int32();
        if (count is < 0 or > MaxEntries)
        {
            throw Damaged(path);
        }

        var entries = new List<KeyringEntry>(count);
        for (var n = 0; n < count; n++)
        {
            entries.Add(new KeyringEntry(
                (KeyKind)reader.Byte(), (KeyState)reader.Byte(), reader.Uuid(), new KeyId(reader.Uuid()),
                reader.Instant(), reader.Bytes(reader.UInt16())));
        }

        return !reader.AtEnd
            ? throw Damaged(path)
            : new(
                installation, generation, fingerprint, epoch, wrappedEpoch,
                hasRecovery ? new RecoverySlot(recoveryCreated, wrappedRoot) : null, entries)
            {
                _macInput = bytes[..^(2 * MacBytes)].ToArray(),
                _mac = bytes[^(2 * MacBytes)..^MacBytes].ToArray(),
            };
    }

    /// <summary>Whether this is another one than <paramref name="other"/> of the same generation: then two wrote at once, and either has what the other lacks.</summary>
    public bool IsForkOf(KeyringContent other) =>
        Generation == other.Generation && !_macInput.AsSpan().SequenceEqual(other._macInput) && !Entries.Select(Known).ToHashSet().SetEquals(other.Entries.Select(Known));

    /// <summary>Whether this is of the same generation as <paramref name="other"/> and differs in anything: copies of one writing do not.</summary>
    public bool IsOtherThan(KeyringContent other) => Generation == other.Generation
        && (_macInput is { } own && other._macInput is { } its ? !own.AsSpan().SequenceEqual(its) : IsForkOf(other));

    /// <summary>Requires that <paramref name="root"/> is this keyring's and wrote these bytes.</summary>
    /// <exception cref="VaultException">RootKeyMismatch, Corrupted.</exception>
    public void RequireRoot(RootKey root)
    {
        if (!CryptographicOperations.FixedTimeEquals(root.FingerprintBytes, RootFingerprint))
        {
            throw new VaultException(
                VaultFailure.RootKeyMismatch,
                $"The root key {root.Fingerprint} does not fit this keyring, which wants "
                + $"{Convert.ToHexStringLower(RootFingerprint)}. Give that installation's root key.");
        }

        if (_macInput is not null
            && !CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(root.KeyringMac.Span, _macInput), _mac))
        {
            throw new VaultException(
                VaultFailure.Corrupted, "The keyring was changed by someone without the root key. Use another copy of it.");
        }
    }

    /// <summary>Writes all bytes, with mac and checksum.</summary>
    /// <exception cref="VaultException">TooLarge: more entries than are read again.</exception>
    public byte[] Write(RootKey root)
    {
        if (Entries.Count > MaxEntries)
        {
            throw new VaultException(
                VaultFailure.TooLarge, $"The keyring would have {Entries.Count} entries, and {MaxEntries} is the most. Nothing was changed.");
        }

        var bytes = new byte[FixedBytes + Entries.Sum(entry => EntryFixedBytes + entry.Wrapped.Length) + (2 * MacBytes)];
        var writer = new SpanWriter(bytes);
        writer.Bytes(Magic);
        writer.Uuid(Installation);
        writer.Int64(Generation);
        writer.Bytes(RootFingerprint);
        writer.Uuid(Epoch);
        writer.Bytes(WrappedEpochKey);
        writer.Byte(RecoverySlot is null ? (byte)0 : (byte)1);
        writer.Instant(RecoverySlot?.CreatedAt ?? DateTimeOffset.UnixEpoch);
        writer.Bytes(RecoverySlot?.Wrapped ?? new byte[WrappedKeyBytes]);
        writer.Int32(Entries.Count);
        foreach (var entry in Entries)
        {
            writer.Byte((byte)entry.Kind);
            writer.Byte((byte)entry.State);
            writer.Uuid(entry.Project);
            writer.Uuid(entry.Id.Value);
            writer.Instant(entry.CreatedAt);
            writer.UInt16(checked((ushort)entry.Wrapped.Length));
            writer.Bytes(entry.Wrapped);
        }

        writer.Bytes(HMACSHA256.HashData(root.KeyringMac.Span, bytes.AsSpan(..^(2 * MacBytes))));
        writer.Bytes(SHA256.HashData(bytes.AsSpan(..^MacBytes)));
        return bytes;
    }

    private static (KeyKind Kind, KeyState State, Guid Project, KeyId Id) Known(KeyringEntry entry) => (entry.Kind, entry.State, entry.Project, entry.Id);

    private static VaultException Damaged(string path) =>
        new(VaultFailure.Corrupted, $"The keyring {path} is damaged or cut off. Use another copy of it.");
}

/// <summary>Takes values off the front of a keyring's bytes; running out of bytes throws.</summary>
internal ref struct SpanReader(ReadOnlySpan<byte> rest)
{
    private const long MaxUnixSeconds = 253_402_300_799; // the year 9999
    private ReadOnlySpan<byte> _rest = rest;

    public readonly bool AtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public DateTimeOffset Instant()
    {
        var seconds = Int64();
        return seconds is >= 0 and <= MaxUnixSeconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : throw Damaged();
    }

    public Guid Uuid() => new(Take(16), bigEndian: true);

    public byte[] Bytes(int count) => Take(count).ToArray();

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw Damaged();
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static VaultException Damaged() =>
        new(VaultFailure.Corrupted, "The keyring is cut off or holds impossible values. Use another copy of it.");
}

/// <summary>Puts values into a keyring's bytes.</summary>
internal ref struct SpanWriter(Span<byte> rest)
{
    private Span<byte> _rest = rest;

    public void Byte(byte value) => Take(1)[0] = value;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    public void Instant(DateTimeOffset value) => Int64(value.ToUnixTimeSeconds());

    public void Uuid(Guid value) => value.TryWriteBytes(Take(16), bigEndian: true, out _);

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    private Span<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
