using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>Tells the owner of an account what its removal would do, before they ask for it.</summary>
internal sealed class DescribeRemoval(Db db, RemovalImpacts impacts)
{
    /// <summary>Tells it.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>.</exception>
    public Task<RemovalImpact> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        return impacts.OfAsync(db, actor, actor.Id, cancellationToken);
    }
}
