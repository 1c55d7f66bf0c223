using Fieldkeep.Backup.Upgrades;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks what came of the last upgrade, and whether snapshots of before one, or what a rollback left, take room for longer than they are to.</summary>
internal sealed class UpgradeCheck(ServerSettings settings, TimeProvider clock) : ICheck
{
    // The new version verifies itself in the background, and removes a snapshot within the hour: so long it may be late.
    private static readonly TimeSpan Late = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public string Name => "upgrade";

    /// <inheritdoc/>
    public TimeSpan Every => TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        var snapshots = Snapshots.Below(settings.DataDirectory);
        return Task.FromResult(Judge(snapshots.List(), snapshots.ListLeft(), snapshots.PathOf, clock.GetUtcNow()));
    }

    /// <summary>Judges them.</summary>
    /// <param name="kept">Snapshots, the newest first.</param>
    /// <param name="left">What rollbacks left, the newest first.</param>
    /// <param name="pathOf">Where one lies.</param>
    public static CheckOutcome Judge(IReadOnlyList<SnapshotNote> kept, IReadOnlyList<SnapshotNote> left, Func<SnapshotNote, string> pathOf, DateTimeOffset now)
    {
        int DaysOf(DateTimeOffset at) => Math.Max(0, (int)(now - at).TotalDays);
        if (kept.FirstOrDefault(note => note.Problem is not null) is { } bad)
        {
            return CheckOutcome.Failing("upgrade.broken", ("days", DaysOf(bad.TakenAt)));
        }

        if (kept.FirstOrDefault(note => note is { MigratedAt: { } began, VerifiedAt: null } && now - began > Late) is { } unsure)
        {
            return CheckOutcome.Warning("upgrade.unverified", ("days", DaysOf(unsure.TakenAt)));
        }

        if (kept.Where(note => now - (note.MigratedAt ?? note.TakenAt) > Snapshots.KeptFor + Late).MinBy(note => note.TakenAt) is { } old)
        {
            return CheckOutcome.Warning("upgrade.old", ("path", pathOf(old)), ("days", DaysOf(old.TakenAt)));
        }

        if (left.FirstOrDefault(note => now - note.LeftAt > Snapshots.KeptFor + Late) is { } forgotten)
        {
            return CheckOutcome.Warning("upgrade.left", ("path", pathOf(forgotten)), ("days", DaysOf(forgotten.LeftAt ?? now)));
        }

        return kept is [var last, ..] ? CheckOutcome.Ok("upgrade.kept", ("path", pathOf(last)), ("days", DaysOf(last.TakenAt))) : CheckOutcome.Ok("upgrade.none");
    }
}
