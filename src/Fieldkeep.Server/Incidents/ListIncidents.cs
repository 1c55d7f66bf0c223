using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Incidents;

/// <summary>Lists incidents for operators, withdrawn ones too.</summary>
internal sealed class ListIncidents(Db db, Policy policy)
{
    /// <summary>Lists them, newest first.</summary>
    /// <param name="before">Only those with a smaller number.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<Incident>> RunAsync(Actor actor, long before, int limit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        return await IncidentRows.ListAllAsync(db, before, limit, cancellationToken);
    }
}
