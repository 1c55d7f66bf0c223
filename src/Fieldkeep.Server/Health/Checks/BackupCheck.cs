using System.Globalization;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Backup.Store;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>
/// Looks when the last backup was taken, in any of the backup directories that the keyring knows. One on the disk of the data is gone with it, and counts only
/// where there is no other.
/// </summary>
internal sealed class BackupCheck(Keyring keyring, ServerSettings settings, Db db, TimeProvider clock) : ICheck
{
    // By id and place: what is mounted there has another id.
    private readonly Dictionary<KeyringTarget, bool> _elsewhere = [];

    // A backup every day, with two hours to spare; then two days.
    private static readonly TimeSpan Old = TimeSpan.FromHours(26);
    private static readonly TimeSpan VeryOld = TimeSpan.FromHours(50);

    // A line that is gone for a moment is no alarm; what is behind would be lost with the machine.
    private static readonly TimeSpan Behind = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LongBehind = TimeSpan.FromHours(6);

    /// <inheritdoc/>
    public string Name => "backup";

    /// <inheritdoc/>
    public TimeSpan Every => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public bool NeedsDatabase => true;

    /// <inheritdoc/>
    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        var (near, far) = (new List<DateTimeOffset?>(), new List<(string Directory, TargetLook Look)>());
        foreach (var (target, look) in keyring.LookAtTargets())
        {
            if (await IsElsewhereAsync(target, look, cancellationToken))
            {
                far.Add((target.Directory, look));
            }
            else
            {
                near.Add(look.LastBackupAt);
            }
        }

        if (near.Count + far.Count == 0 && !settings.OwnsDatabase)
        {
            return CheckOutcome.Ok("backup.own_tools");
        }

        var first = await Checkpoints.ListAfterAsync(db, DateTimeOffset.UnixEpoch, 1, cancellationToken);
        var installed = first is [var oldest] ? oldest.At : (DateTimeOffset?)null;
        var (now, store) = (clock.GetUtcNow(), settings.Backup?.State.Store);
        var judged = far.Count > 0 || near.Count == 0
            ? Judge(far.Max(one => one.Look.LastBackupAt), installed, far.Find(one => !one.Look.IsReached).Directory, now)
            // A store that has all of it is a place that is not on the disk of the data.
            : store?.WholeAt is null ? JudgeNear(near.Max(), installed, now) : Judge(near.Max(), installed, null, now);
        return store is null || judged.State == CheckState.Failing || JudgeStore(store, now) is not { State: not CheckState.Ok } behind ? judged : behind;
    }

    /// <summary>Judges an object store that everything is carried to.</summary>
    public static CheckOutcome JudgeStore(StoreState store, DateTimeOffset now)
    {
        var behind = store.BehindAt(now);
        var minutes = Math.Max(0, (int)behind.TotalMinutes);
        return store.Alarms.Count > 0 ? CheckOutcome.Failing("backup.store_changed", ("store", store.Address))
            : behind > LongBehind ? CheckOutcome.Failing("backup.store_behind", ("store", store.Address), ("minutes", minutes))
            : behind > Behind ? CheckOutcome.Warning("backup.store_behind", ("store", store.Address), ("minutes", minutes))
            : now - (store.BasesAt ?? store.BegunAt) > VeryOld ? CheckOutcome.Failing("backup.store_no_base", ("store", store.Address))
            : store.LeftOut.Count > 0 ? CheckOutcome.Warning("backup.store_lacks", ("store", store.Address))
            : CheckOutcome.Ok("backup.store_ok", ("store", store.Address));
    }

    /// <summary>Judges the age of the last backup where all lie on the disk of the data.</summary>
    /// <param name="last">When it was begun; null when there is none.</param>
    /// <param name="installed">Since when there is anything to lose; null when there is nothing.</param>
    public static CheckOutcome JudgeNear(DateTimeOffset? last, DateTimeOffset? installed, DateTimeOffset now) =>
        Judge(last, installed, null, now) is { State: not CheckState.Ok } worse
            ? worse
            : new CheckOutcome(CheckState.Warning, "backup.same_disk", new Dictionary<string, string>(StringComparer.Ordinal));

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

    // What is away can be no part of the data directory's disk, which is here; of what cannot be told it is believed.
    private async Task<bool> IsElsewhereAsync(KeyringTarget target, TargetLook look, CancellationToken cancellationToken)
    {
        if (target.Directory.StartsWith(settings.DataDirectory + "/", StringComparison.Ordinal))
        {
            return false;
        }

        if (!look.IsReached)
        {
            return !_elsewhere.TryGetValue(target, out var known) || known;
        }

        if (!_elsewhere.TryGetValue(target, out var isElsewhere))
        {
            isElsewhere = await Disks.AreSameAsync(settings.DataDirectory, target.Directory, cancellationToken) != true;
            _elsewhere[target] = isElsewhere;
        }

        return isElsewhere;
    }
}
