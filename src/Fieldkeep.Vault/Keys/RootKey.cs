using System.Security.Cryptography;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Vault.Keys;

/// <summary>Opens the keyring: 32 bytes that live in a key file of mode 0400 and in no backup. docs/formats/root-key.md.</summary>
public sealed class RootKey : IDisposable
{
    private const int KeyBytes = 32;
    private const int CheckBytes = 8;
    private const int FileBytes = 8 + KeyBytes + CheckBytes;

    private const UnixFileMode OthersMay =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    internal RootKey(SecretBytes secret)
    {
        Secret = secret;
        using var fingerprint = KeyDerivation.Expand(secret, "fieldkeep root fingerprint v1");
        FingerprintBytes = fingerprint.Span[..16].ToArray();
        EpochWrap = KeyDerivation.Expand(secret, "fieldkeep root epoch-wrap v1");
        KeyringMac = KeyDerivation.Expand(secret, "fieldkeep root keyring-mac v1");
    }

    /// <summary>Tells root keys apart and may be shown: 32 hex digits.</summary>
    public string Fingerprint => Convert.ToHexStringLower(FingerprintBytes);

    internal byte[] FingerprintBytes { get; }

    internal SecretBytes Secret { get; }

    internal SecretBytes EpochWrap { get; }

    internal SecretBytes KeyringMac { get; }

    private static ReadOnlySpan<byte> Magic => "FKROOT1\n"u8;

    /// <summary>Makes a random root key, in memory only.</summary>
    public static RootKey Create() => new(SecretBytes.Random(KeyBytes));

    /// <summary>Reads a key file.</summary>
    /// <exception cref="VaultException">RootKeyMissing, RootKeyExposed, Truncated, UnknownFormat, RootKeyDamaged.</exception>
    public static RootKey Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new VaultException(
                VaultFailure.RootKeyMissing,
                $"There is no root key file at {path}. Give its path, or restore it with the recovery key.");
        }

        RequirePrivate(path);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception closed) when (closed is UnauthorizedAccessException or IOException)
        {
            throw new VaultException(
                VaultFailure.RootKeyMissing, $"The root key file {path} cannot be read: {closed.Message} Run the server as the user who owns it.", closed);
        }

        try
        {
            return Parse(bytes, path);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Recovers the root key from the best of the given keyring copies with the recovery key's text, or with enough shares of it, one on each line.</summary>
    /// <exception cref="VaultException">RecoveryKeyMistyped, RecoverySharesUnfit, RecoveryKeyWrong, KeyringMissing, Corrupted.</exception>
    public static RootKey Recover(IReadOnlyList<string> keyringPaths, string recoveryKeyText)
    {
        using var recovery = RecoveryShares.AreIn(recoveryKeyText) ? RecoveryShares.Combine(recoveryKeyText) : RecoveryKey.Parse(recoveryKeyText);
        var content = KeyringCopies.ReadBest(keyringPaths).Content;
        using var wrapping = RecoveryKey.WrappingKey(recovery);
        var secret = content.RecoverySlot is { } slot ? KeyDerivation.TryUnwrap(wrapping, slot.Wrapped) : null;
        if (secret is null)
        {
            throw new VaultException(
                VaultFailure.RecoveryKeyWrong,
                content.RecoverySlot is null
                    ? "This keyring has no recovery key: none was made for this installation. Give the root key file."
                    : "This recovery key is well-formed but does not belong to this keyring. "
                    + "Look for the newest one: making a recovery key replaces the one before.");
        }

        var root = new RootKey(secret);
        content.RequireRoot(root);
        return root;
    }

    /// <summary>Writes a key file of mode 0400, durably; the file must not exist.</summary>
    /// <exception cref="VaultException">AlreadyExists.</exception>
    public void Write(string path)
    {
        Span<byte> bytes = stackalloc byte[FileBytes];
        Magic.CopyTo(bytes);
        Secret.Span.CopyTo(bytes[8..]);
        SHA256.HashData(bytes[..40])[..CheckBytes].CopyTo(bytes[40..]);
        try
        {
            DurableFile.CreatePrivateDirectory(DurableFile.DirectoryOf(path));
            DurableFile.WriteNew(path, bytes, UnixFileMode.UserRead);
            DurableFile.SyncDirectory(DurableFile.DirectoryOf(path));
        }
        catch (IOException taken) when (File.Exists(path))
        {
            throw new VaultException(
                VaultFailure.AlreadyExists, $"There is a root key file at {path} already; it is never overwritten.", taken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Reads the bytes of a root key file that lie elsewhere.</summary>
    /// <exception cref="VaultException">Truncated, UnknownFormat, RootKeyDamaged.</exception>
    internal static RootKey FromBytes(ReadOnlySpan<byte> bytes, string where) => Parse(bytes, where);

    /// <summary>Tells whether bytes begin as a root key file does.</summary>
    internal static bool IsFile(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>Takes the 32 bytes that a provider unwrapped.</summary>
    /// <exception cref="VaultException">ProviderRefused: it is not as long as a root key.</exception>
    internal static RootKey FromSecret(ReadOnlySpan<byte> secret, string where) => secret.Length == KeyBytes
        ? new RootKey(new SecretBytes(secret))
        : throw new VaultException(VaultFailure.ProviderRefused, $"What {where} gave is no root key: it has {secret.Length} bytes, not {KeyBytes}.");

    /// <inheritdoc/>
    public void Dispose()
    {
        Secret.Dispose();
        EpochWrap.Dispose();
        KeyringMac.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => $"root key {Fingerprint} [secret]";

    private static RootKey Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length != FileBytes || !bytes[..8].SequenceEqual(Magic))
        {
            throw new VaultException(
                bytes.Length < FileBytes ? VaultFailure.Truncated : VaultFailure.UnknownFormat,
                $"{path} is no root key file: it has {bytes.Length} bytes; one has {FileBytes} and begins with FKROOT1.");
        }

        return SHA256.HashData(bytes[..40]).AsSpan(0, CheckBytes).SequenceEqual(bytes[40..])
            ? new RootKey(new SecretBytes(bytes.Slice(8, KeyBytes)))
            : throw new VaultException(
                VaultFailure.RootKeyDamaged, $"The root key file {path} is damaged. Restore it with the recovery key.");
    }

    private static void RequirePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var mode = File.GetUnixFileMode(path);
        if ((mode & OthersMay) != UnixFileMode.None)
        {
            throw new VaultException(
                VaultFailure.RootKeyExposed,
                $"Others than its owner may use the root key file {path} (mode {Convert.ToString((int)mode, 8)}). "
                + $"Run: chmod 0400 {path}. Then think about who may have read it.");
        }
    }
}
