using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Lets an operator read a project or an organisation for a time: by whoever answers for it.</summary>
internal sealed class GiveSupport(Db db, Policy policy, CaseRows cases, OpenCase open, SupportOperators operators, CaseSight sight)
{
    /// <summary>Gives the access.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>support.length</c>, <c>support.ticket</c>,
    /// <c>support.reason</c>, <c>support.self</c>, <c>support.operator_unfit</c>, <c>support.held</c>, <c>support.no_owner</c>.
    /// </exception>
    public async Task<SupportCase> RunAsync(Actor actor, ActorId person, SupportWish wish, CancellationToken cancellationToken)
    {
        await sight.RequireOwnerAsync(actor, wish.Scope, wish.MayExport, cancellationToken);
        policy.RequireConfirmed(actor);
        var terms = SupportTerms.Check(wish);
        if (WhoAsks.IsSelf(actor, person))
        {
            throw SupportProblems.Self();
        }

        await operators.RequireFitAsync(person, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var given = await cases.InsertAsync(tx, actor, CaseKind.Support, person, terms, cancellationToken);
        var opened = await open.JoinAsync(tx, actor, given, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return opened;
    }
}
