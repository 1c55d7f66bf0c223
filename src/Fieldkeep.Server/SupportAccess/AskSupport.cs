using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Asks to be let in: an operator, the owners; or, in an emergency, another operator.</summary>
internal sealed class AskSupport(
    Db db, Policy policy, Places places, CaseRows cases, CaseBook book, SupportLetters letters, SupportOperators operators, CaseSight sight)
{
    /// <summary>Asks. For support the owners are written to; in an emergency they are once it is opened.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>support.length</c>, <c>support.ticket</c>,
    /// <c>support.reason</c>, <c>support.operator_unfit</c>.
    /// </exception>
    public async Task<SupportCase> RunAsync(Actor actor, CaseKind kind, SupportWish wish, CancellationToken cancellationToken)
    {
        await sight.RequireOperatorAsync(actor, cancellationToken);
        policy.RequireConfirmed(actor);
        var terms = kind == CaseKind.BreakGlass ? SupportTerms.CheckBreakGlass(wish) : SupportTerms.Check(wish);
        await operators.RequireFitAsync(actor.Id, cancellationToken);
        if ((await places.PathOfAsync(wish.Scope, cancellationToken)).Count == 0)
        {
            throw AccessProblems.Unseen();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var asked = await cases.InsertAsync(tx, actor, kind, actor.Id, terms, cancellationToken);
        await book.AppendAsync(tx, actor, asked, "ask", cancellationToken);
        if (kind == CaseKind.Support)
        {
            await letters.AskAsync(tx, asked, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        return asked;
    }
}
