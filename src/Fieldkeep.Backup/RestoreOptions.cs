using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup;

/// <summary>Says what to restore and where to.</summary>
/// <param name="From">The backup directory (its newest backup), or one backup in it.</param>
/// <param name="DataDirectory">The new data directory: absent or empty.</param>
/// <param name="RootKeyPath">A root key file; null to look elsewhere.</param>
/// <param name="RecoveryKeyFile">A file with the recovery key's text, tried before all else; null to look elsewhere.</param>
public sealed record RestoreOptions(string From, string DataDirectory, string? RootKeyPath = null, string? RecoveryKeyFile = null)
{
    /// <summary>Looks at the restored database while it runs, before anything is moved into place; null for nothing more.</summary>
    public CheckRestored? Check { get; init; }

    /// <summary>Opens the root key at its provider; null to look for files only.</summary>
    public OpenRoot? OpenRoot { get; init; }

    /// <summary>All there is: to the end of the log that is kept.</summary>
    public static readonly DateTimeOffset Latest = DateTimeOffset.MaxValue;

    /// <summary>
    /// The instant to restore to: what was committed at it or before is there, what was committed later is not. <see cref="Latest"/> for all there is;
    /// null for the backup alone, as it was when it was taken.
    /// </summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>
    /// Whether this is a rehearsal, beside an installation that lives: what is restored then knows no backup directories, so that nothing that is
    /// tried out in it reaches the keys of the living one there.
    /// </summary>
    public bool IsRehearsal { get; init; }

    /// <summary>Throws when there is no room for so many bytes on the new disk; asked before what is large is written.</summary>
    internal Action<long> RequireRoom { get; init; } = _ => { };

    /// <summary>
    /// Waits until the backup directory has the blobs that came before the end of the log, for one that is still being written to. Given until when the
    /// log tells; null if it does not.
    /// </summary>
    internal Func<DateTimeOffset?, CancellationToken, Task> UntilBlobsFollowed { get; init; } = (_, _) => Task.CompletedTask;
}

/// <summary>Looks at what was restored. What it finds is told; it is restored in any case, for damaged data are better than none.</summary>
public delegate Task<RestoreVerdict> CheckRestored(RestoredInstallation restored, CancellationToken cancellationToken);

/// <summary>Says where a restored installation runs for a moment.</summary>
/// <param name="ConnectionString">Its database.</param>
/// <param name="DataDirectory">Its files, in a place that it leaves soon.</param>
/// <param name="Keyring">Its keys.</param>
/// <param name="Checkpoint">The ledger's checkpoint that its database must have; null when the backup names none.</param>
public sealed record RestoredInstallation(string ConnectionString, string DataDirectory, Keyring Keyring, string? Checkpoint)
{
    /// <summary>The backup's name.</summary>
    public string Backup { get; init; } = "";

    /// <summary>The moment that it is as of, UTC: the instant asked for, else the last commit that was replayed, else when the backup was begun.</summary>
    public DateTimeOffset AsOf { get; init; }
}

/// <summary>Tells whether the past that was restored holds.</summary>
/// <param name="Holds">Whether all could be verified and all of it holds.</param>
/// <param name="FindingCount">What does not.</param>
/// <param name="Words">The same in a line.</param>
/// <param name="Findings">What does not hold, and what could not be verified.</param>
public sealed record RestoreVerdict(bool Holds, long FindingCount, string Words, IReadOnlyList<string> Findings)
{
    /// <summary>Photos and other files that the database names and that are not there.</summary>
    public long MissingFiles { get; init; }
}

/// <summary>Tells what was restored.</summary>
/// <param name="Backup">The backup's name.</param>
/// <param name="TakenAt">The data is as it was then.</param>
/// <param name="BlobCount">Blobs brought back.</param>
/// <param name="TableCount">Tables the restored database answered with.</param>
/// <param name="Past">Whether the ledger and the submissions hold; null when nobody looked.</param>
public sealed record RestoreReport(string Backup, DateTimeOffset TakenAt, long BlobCount, long TableCount, RestoreVerdict? Past)
{
    /// <summary>The instant it was restored to; null when it was the backup alone or all there is.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Blobs brought back that came after the backup.</summary>
    public long LaterBlobCount { get; init; }

    /// <summary>What is missing or damaged and was not needed to go on, in sentences: blobs above all.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>The time of the last commit that was replayed, UTC; null if there was none after the backup.</summary>
    public DateTimeOffset? LastCommitAt { get; init; }
}
