using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Conditions;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>Gathers what the server knows of submissions beside their answers, for conditions.</summary>
internal sealed class RowFactsOf(UnitsOfActor units)
{
    /// <summary>Gives the facts of a submission.</summary>
    /// <param name="bound">The conditions that will be asked: what none of them asks is not looked up.</param>
    public async Task<ConditionFacts> FindAsync(BoundConditions bound, RowOrigin origin, CancellationToken cancellationToken) => new(
        origin.Submitter.Value > 0 ? origin.Submitter.Value : null,
        origin.CreatedAt,
        origin.ReviewState,
        origin.Deployment,
        bound.Asks(RowFact.SubmitterUnit) ? await units.ListAsync(origin.Submitter, origin.CreatedAt, cancellationToken) : []);
}

/// <summary>Where a submission comes from, and how it stands.</summary>
/// <param name="Submitter">Who sent it first.</param>
/// <param name="CreatedAt">When it came first.</param>
/// <param name="Deployment">The deployment it is in; null for none.</param>
internal sealed record RowOrigin(ActorId Submitter, DateTimeOffset CreatedAt, string? ReviewState, long? Deployment);
