using System.Globalization;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks when the last backup was taken, in any of the backup directories that the keyring knows.</summary>
internal sealed class BackupCheck(Keyring keyring, Db db, TimeProvider clock) : ICheck
{
    // A backup every day, with two hours to spare; then two days.
    private static readonly TimeSpan Old = TimeSpan.FromHours(26);
    private static readonly TimeSpan VeryOld = TimeSpan.FromHours(50);

    /// <inheritdoc/>
    public string Name => "backup";

    /// <inheritdoc/>
    public TimeSpan Every => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public bool NeedsDatabase => true;

    /// <inheritdoc/>
    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        var targets = keyring.LookAtTargets();
        var away = targets.FirstOrDefault(one => !one.Look.IsReached).Target;
        var last = targets.Max(one => one.Look.LastBackupAt);
        var first = await Checkpoints.ListAfterAsync(db, DateTimeOffset.UnixEpoch, 1, cancellationToken);
        return Judge(last, first is [var oldest] ? oldest.At : null, away?.Directory, clock.GetUtcNow());
    }

    /// <summary>Judges the age of the last backup.</summary>
    /// <param name="last">When it was begun; null when there is none that can be seen.</param>
    /// <param name="installed">Since when there is anything to lose; null when there is nothing.</param>
    /// <param name="away">A backup directory that is not reached; null when all are.</param>
    public static CheckOutcome Judge(DateTimeOffset? last, DateTimeOffset? installed, string? away, DateTimeOffset now)
    {
        var age = now - (last ?? installed ?? now);
        (CheckState State, string Code) judged = (last, away) switch
        {
            (null, null) => (age > VeryOld ? CheckState.Failing : CheckState.Warning, "backup.none"),
            (null, _) => (age > VeryOld ? CheckState.Failing : CheckState.Warning, "backup.none_seen"),
            _ when age > VeryOld => (CheckState.Failing, away is null ? "backup.old" : "backup.old_away"),
            _ when age > Old => (CheckState.Warning, away is null ? "backup.old" : "backup.old_away"),
            _ => (CheckState.Ok, "backup.ok"),
        };
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        if (last is not null)
        {
            words["hours"] = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)age.TotalHours)}");
        }

        if (away is not null)
        {
            words["path"] = away;
        }

        return new CheckOutcome(judged.State, judged.Code, words);
    }
}
