namespace Fieldkeep.Vault.Keys;

/// <summary>Tells what the erasure of a project's keys did; holds no secret.</summary>
/// <param name="Project">The project's entry in the keyring.</param>
/// <param name="Keys">The keys that are no more.</param>
/// <param name="EpochBefore">The epoch under which they were kept.</param>
/// <param name="EpochAfter">The one that wraps the survivors.</param>
/// <param name="Generation">The keyring's first generation without them.</param>
/// <param name="Copies">Every place of the keyring, and whether it was replaced.</param>
public sealed record DestroyedKeys(
    Guid Project, IReadOnlyList<DestroyedKey> Keys, Guid EpochBefore, Guid EpochAfter, long Generation, IReadOnlyList<ReplacedCopy> Copies);

/// <summary>Tells which key is no more.</summary>
/// <param name="Id">Its id, as in the envelopes it sealed.</param>
/// <param name="Kind">project, data, ledger, blind-index.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Fingerprint">32 hex digits derived from the key, which may be shown; null for a kind this version cannot open.</param>
public sealed record DestroyedKey(KeyId Id, string Kind, DateTimeOffset CreatedAt, string? Fingerprint);

/// <summary>Tells whether one copy of the keyring was replaced.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Problem">Why it was not replaced; null when it was.</param>
/// <param name="Target">The id of the backup directory it lies in; null for the keyring's own.</param>
public sealed record ReplacedCopy(string Path, string? Problem, string? Target = null);

/// <summary>Tells that a project was erased.</summary>
/// <param name="Project">Its entry in the keyring, as it was.</param>
/// <param name="At">When, UTC, to the second.</param>
public readonly record struct ErasedProject(Guid Project, DateTimeOffset At);
