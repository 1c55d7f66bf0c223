using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Merkle;

/// <summary>What a ledger was at one instant, as it is signed. docs/formats/ledger.md, “Checkpoint”.</summary>
/// <param name="Origin">Whose ledger: <c>fieldkeep/</c> and the installation.</param>
/// <param name="Size">How many leaves.</param>
/// <param name="Root">The tree's root, 32 bytes.</param>
/// <param name="At">When it was signed, UTC, to the microsecond.</param>
/// <param name="PreviousSize">Size of the checkpoint before; 0 for the first.</param>
/// <param name="PreviousRoot">Its root.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root, DateTimeOffset At, long PreviousSize, byte[] PreviousRoot)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>The origin of an installation's ledger.</summary>
    public static string OriginOf(Guid installation) => $"fieldkeep/{installation}";

    /// <summary>The text that is signed: five lines, each with its line feed.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\ntime {At.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}\nprevious {PreviousSize} {Convert.ToBase64String(PreviousRoot)}\n");

    /// <summary>Signs it and gives the note: the text, an empty line and the signature's line.</summary>
    public string Sign(SigningKey key)
    {
        var signature = key.Sign(Encoding.UTF8.GetBytes(Text));
        return NoteOf(Text, Origin, [.. KeyMarkOf(key.PublicKey), .. signature]);
    }

    /// <summary>The first 4 bytes of SHA-256 of a public key (DER SubjectPublicKeyInfo); stand before the signature.</summary>
    public static byte[] KeyMarkOf(ReadOnlySpan<byte> publicKey) => SHA256.HashData(publicKey)[..SignedCheckpoint.MarkBytes];

    internal static string NoteOf(string text, string origin, byte[] signature) =>
        $"{text}\n— {origin} {Convert.ToBase64String(signature)}\n";

    /// <summary>Reads the five lines; null unless they are written exactly as <see cref="Text"/> writes them.</summary>
    internal static Checkpoint? Read(string text)
    {
        var lines = text.Split('\n');
        if (lines is not [var origin, var size, var root, var time, var previous, ""]
            || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves)
            || HashOf(root) is not { } rootHash
            || !DateTime.TryParseExact(
                time, $"'time '{TimeFormat}", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
            || previous.Split(' ') is not ["previous", var before, var beforeRoot]
            || !long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out var leavesBefore)
            || HashOf(beforeRoot) is not { } beforeHash)
        {
            return null;
        }

        var read = new Checkpoint(origin, leaves, rootHash, new DateTimeOffset(at), leavesBefore, beforeHash);
        return read.Text == text ? read : null;
    }

    private static byte[]? HashOf(string base64)
    {
        var bytes = new byte[MerkleHash.Size];
        return base64.Length <= 44 && Base64.IsValid(base64) && Convert.TryFromBase64String(base64, bytes, out var length) && length == bytes.Length
            ? bytes
            : null;
    }
}
