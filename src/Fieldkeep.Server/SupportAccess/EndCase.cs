using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Ends access before its time: an owner or the operator; it acts on the operator's next request, and the owners get the sums.</summary>
internal sealed class EndCase(
    Db db, Policy policy, GrantRows grants, CaseRows cases, CaseBook book, SupportLetters letters, CaseSight sight, TimeProvider clock)
{
    /// <summary>Ends it.</summary>
    /// <exception cref="ProblemException"><c>support.not_found</c>, <c>support.over</c>.</exception>
    public async Task RunAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var one = await cases.LockAsync(tx, id, cancellationToken);
        if (one is null || !await sight.MayEndAsync(actor, one, cancellationToken))
        {
            throw SupportProblems.Unknown();
        }

        if (one is not { Grant: { } grant } || one.StateAt(clock.GetUtcNow()) != CaseState.Open)
        {
            throw SupportProblems.Over();
        }

        await grants.EndAsync(tx, actor, grant, cancellationToken);
        await cases.EndAsync(tx, actor, id, cancellationToken);
        await book.AppendAsync(tx, actor, one, "end", cancellationToken);
        await cases.TellAsync(tx, id, cancellationToken);
        var uses = await AuditOfSupport.ListAsync(tx, [grant], cancellationToken);
        await letters.EndedAsync(tx, one with { EndedAt = clock.GetUtcNow(), EndedBy = actor.Id }, uses.GetValueOrDefault(grant), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
    }
}
