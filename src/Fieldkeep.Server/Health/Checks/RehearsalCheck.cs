using Fieldkeep.Backup;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks how the last restore went that was tried out, and when that was.</summary>
internal sealed class RehearsalCheck(ServerSettings settings, TimeProvider clock) : ICheck
{
    /// <inheritdoc/>
    public string Name => "rehearsal";

    /// <inheritdoc/>
    public Task<CheckOutcome> LookAsync(CancellationToken cancellationToken) =>
        Task.FromResult(settings.Backup is { } backup ? Judge(backup.State.Rehearsals, clock.GetUtcNow()) : CheckOutcome.Ok("rehearsal.off"));

    /// <summary>
    /// Judges it by the last that says something of the backup: one for which there is no room does not. That is a warning until the last is too old, and
    /// hides none that failed.
    /// </summary>
    public static CheckOutcome Judge(RehearsalState state, DateTimeOffset now)
    {
        var since = state.Judged?.BegunAt ?? state.OldestBaseAt ?? now;
        var days = Math.Max(0, (int)(now - since).TotalDays);
        return state switch
        {
            { Judged.Problem: not null } => CheckOutcome.Failing("rehearsal.failed", ("days", days)),
            { Every: { } every } when now - since > every * 2 =>
                CheckOutcome.Failing(state.Judged is null ? "rehearsal.never" : "rehearsal.old", ("days", days)),
            { Last.HadNoRoom: true } => CheckOutcome.Warning("rehearsal.no_room", ("days", days)),
            { Judged: not null } => CheckOutcome.Ok("rehearsal.ok", ("days", days)),
            { Every: null } => CheckOutcome.Ok("rehearsal.off"),
            _ => CheckOutcome.Ok("rehearsal.first"),
        };
    }
}
