using System.Text;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Merkle;

/// <summary>A checkpoint with its signature, as it was read; nobody looked at the signature yet.</summary>
/// <param name="Checkpoint">What it says.</param>
/// <param name="Note">The note, exactly as it stands.</param>
/// <param name="KeyMark">Says which key signed: <see cref="Checkpoint.KeyMarkOf"/>.</param>
/// <param name="Signature">r ‖ s, 64 bytes.</param>
public sealed record SignedCheckpoint(Checkpoint Checkpoint, string Note, byte[] KeyMark, byte[] Signature)
{
    internal const int MarkBytes = 4;
    private const int SignatureBytes = 64;

    // Five lines, the longest of them an origin: anything longer is no checkpoint.
    private const int MostCharacters = 1024;

    /// <summary>Reads a note; null unless every character of it is as <see cref="Checkpoint.Sign"/> writes it.</summary>
    public static SignedCheckpoint? Read(string note)
    {
        var end = note.Length <= MostCharacters ? note.IndexOf("\n\n", StringComparison.Ordinal) : -1;
        if (end < 0 || Checkpoint.Read(note[..(end + 1)]) is not { } checkpoint)
        {
            return null;
        }

        var line = note[(end + 2)..];
        var start = $"— {checkpoint.Origin} ";
        var bytes = new byte[MarkBytes + SignatureBytes];
        if (!line.StartsWith(start, StringComparison.Ordinal) || !line.EndsWith('\n')
            || !Convert.TryFromBase64String(line[start.Length..^1], bytes, out var length) || length != bytes.Length
            || Checkpoint.NoteOf(checkpoint.Text, checkpoint.Origin, bytes) != note)
        {
            return null;
        }

        return new SignedCheckpoint(checkpoint, note, bytes[..MarkBytes], bytes[MarkBytes..]);
    }

    /// <summary>Says whether the key signed it.</summary>
    /// <param name="publicKey">DER SubjectPublicKeyInfo.</param>
    public bool IsSignedBy(ReadOnlySpan<byte> publicKey) =>
        KeyMark.AsSpan().SequenceEqual(Checkpoint.KeyMarkOf(publicKey))
        && SigningKey.Verify(publicKey, Encoding.UTF8.GetBytes(Checkpoint.Text), Signature);
}
