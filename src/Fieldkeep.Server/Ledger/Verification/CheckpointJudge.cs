using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Server.Ledger.Verification;

/// <summary>Holds checkpoints to their signature, to the columns they stand beside, and to the one before.</summary>
/// <param name="origin">Whose they must be; null when it is not known.</param>
/// <param name="publicKey">The key that must have signed them; null without keys.</param>
/// <param name="findings">Takes what does not hold.</param>
internal sealed class CheckpointJudge(string? origin, byte[]? publicKey, Findings findings)
{
    private Checkpoint? _previous;

    /// <summary>Looks at the next of the database's checkpoints, in the order of their size.</summary>
    public void Check(CheckpointRow row)
    {
        if (SignedCheckpoint.Read(row.Note) is not { } read)
        {
            Add(row, "checkpoint.unreadable", "is not written as a checkpoint is: somebody changed it");
            return;
        }

        var said = read.Checkpoint;
        if (!IsOwn(read))
        {
            Add(row, "checkpoint.signature", "is not signed by this installation's key");
        }

        if (said.Size != row.Size || !said.Root.AsSpan().SequenceEqual(row.Root) || said.At != row.At)
        {
            Add(row, "checkpoint.changed", "says something else than was signed");
        }

        var (size, root) = (_previous?.Size ?? 0, _previous?.Root ?? MerkleHash.Empty.ToArray());
        if (said.PreviousSize != size || !said.PreviousRoot.AsSpan().SequenceEqual(root) || said.At <= (_previous?.At ?? DateTimeOffset.MinValue))
        {
            Add(row, "checkpoint.order", $"names {said.PreviousSize} entries as the checkpoint before it, which is one of {size}: some are gone or were put in");
        }

        _previous = said;
    }

    /// <summary>Says whether a checkpoint is this installation's and its key signed it; true when the key is not known.</summary>
    public bool IsOwn(SignedCheckpoint read) =>
        (origin is null || read.Checkpoint.Origin == origin) && (publicKey is null || read.IsSignedBy(publicKey));

    private void Add(CheckpointRow row, string what, string words) =>
        findings.Add(new Finding(what, $"The checkpoint of {row.Size} entries {words}.") { Checkpoint = row.Size });
}
