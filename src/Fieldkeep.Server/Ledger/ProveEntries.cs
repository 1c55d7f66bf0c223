using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Server.Ledger;

/// <summary>Proves that entries are leaves of the tree whose root was signed last.</summary>
internal sealed class ProveEntries(Db db, Keyring keyring)
{
    private const string Places = "select entry_id, leaf_index from ledger.leaves where entry_id = any (@entries) and leaf_index < @size";

    /// <summary>Proves those that are sealed already.</summary>
    public async Task<EntryProofs> RunAsync(IReadOnlyList<long> entries, CancellationToken cancellationToken)
    {
        var last = await Checkpoints.FindLastAsync(db, cancellationToken);
        var proofs = new Dictionary<long, EntryProof>();
        if (last is not null)
        {
            var tree = new LedgerTree(db);
            var places = await db.ListAsync<Place>(Places, new { entries = entries.ToArray(), size = last.Size }, cancellationToken);
            foreach (var place in places)
            {
                var path = await tree.HashesAsync(MerkleRange.OfInclusion(place.LeafIndex, last.Size), cancellationToken);
                proofs.Add(place.EntryId, new EntryProof(place.LeafIndex, path));
            }
        }

        return new EntryProofs(Checkpoint.OriginOf(keyring.InstallationId), keyring.LedgerSigningKey.PublicKey, last?.Note, proofs);
    }

    private sealed record Place(long EntryId, long LeafIndex);
}

/// <summary>What proves entries.</summary>
/// <param name="Origin">Whose ledger.</param>
/// <param name="PublicKey">What checks the checkpoint's signature, DER SubjectPublicKeyInfo.</param>
/// <param name="Checkpoint">The newest signed note; null while nothing was sealed.</param>
/// <param name="Of">The proof of each entry that is sealed.</param>
internal sealed record EntryProofs(string Origin, byte[] PublicKey, string? Checkpoint, IReadOnlyDictionary<long, EntryProof> Of);

/// <summary>The way from a leaf to the root.</summary>
/// <param name="LeafIndex">Which leaf, from 0.</param>
/// <param name="Path">The hashes beside the way, from the leaf up.</param>
internal sealed record EntryProof(long LeafIndex, IReadOnlyList<byte[]> Path);
