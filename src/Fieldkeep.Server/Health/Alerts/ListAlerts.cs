using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Health.Alerts;

/// <summary>Lists what the server noticed about itself.</summary>
internal sealed class ListAlerts(Policy policy, LookAtChecks look, AlertRows alerts)
{
    /// <summary>Gives what was last seen of every check.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<CheckStanding>> ChecksAsync(Actor actor, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        return look.Seen;
    }

    /// <summary>Lists the alerts that are open, newest first.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<Alert>> OpenAsync(Actor actor, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        return await alerts.ListOpenAsync(cancellationToken);
    }

    /// <summary>Lists those that are closed, newest first.</summary>
    /// <param name="before">Only those with a smaller number.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<Alert>> ClosedAsync(Actor actor, long before, int limit, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        return await alerts.ListClosedAsync(before, limit, cancellationToken);
    }

    /// <summary>Lists what happened, newest first.</summary>
    /// <param name="alert">To this alert alone; null for any.</param>
    /// <param name="before">Only what has a smaller number.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<PastAlertEvent>> EventsAsync(Actor actor, long? alert, long before, int limit, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        return await alerts.ListEventsAsync(alert, before, limit, cancellationToken);
    }

    private Task RequireAsync(Actor actor, CancellationToken cancellationToken) =>
        policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
}
