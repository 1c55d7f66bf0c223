using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Answers who asked to be let in: an owner, or, in an emergency, another operator than the one who asks.</summary>
internal sealed class AnswerCase(
    Db db, Policy policy, CaseRows cases, CaseBook book, OpenCase open, SupportOperators operators, CaseSight sight, TimeProvider clock)
{
    /// <summary>Opens the case, with what was asked for or less.</summary>
    /// <param name="length">How long; null for as long as was asked.</param>
    /// <param name="mayExport">Whether answers may be taken out; null for what was asked.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>session.confirmation_needed</c>, <c>support.not_found</c>, <c>support.self</c>, <c>support.decided</c>,
    /// <c>support.length</c>, <c>support.more_than_asked</c>, <c>support.operator_unfit</c>, <c>support.held</c>, <c>support.no_owner</c>.
    /// </exception>
    public async Task<SupportCase> ApproveAsync(
        Actor actor, long id, TimeSpan? length, bool? mayExport, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var asked = await LockAsync(tx, actor, id, cancellationToken);
        policy.RequireConfirmed(actor);
        if (WhoAsks.IsSelf(actor, asked.Operator))
        {
            throw SupportProblems.Self();
        }

        var terms = Narrow(asked, length, mayExport);
        if (asked.Kind == CaseKind.BreakGlass)
        {
            await operators.RequireFitAsync(actor.Id, cancellationToken);
        }
        else
        {
            await sight.RequireOwnerAsync(actor, asked.Scope, terms.MayExport, cancellationToken);
        }

        await operators.RequireFitAsync(asked.Operator, cancellationToken);
        var opened = await open.JoinAsync(tx, actor, terms, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return opened;
    }

    /// <summary>Says no, or takes one's own question back.</summary>
    /// <exception cref="ProblemException"><c>support.not_found</c>, <c>support.decided</c>.</exception>
    public async Task DeclineAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var asked = await LockAsync(tx, actor, id, cancellationToken);
        await cases.DeclineAsync(tx, actor, id, cancellationToken);
        await book.AppendAsync(tx, actor, asked, "decline", cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private async Task<SupportCase> LockAsync(Tx tx, Actor actor, long id, CancellationToken cancellationToken)
    {
        var asked = await cases.LockAsync(tx, id, cancellationToken);
        if (asked is null || !await sight.IsSeenAsync(actor, asked, cancellationToken))
        {
            throw SupportProblems.Unknown();
        }

        return asked.StateAt(clock.GetUtcNow()) == CaseState.Asked ? asked : throw SupportProblems.Decided();
    }

    private static SupportCase Narrow(SupportCase asked, TimeSpan? length, bool? mayExport)
    {
        var narrowed = asked with
        {
            Minutes = length is { } wanted ? (int)wanted.TotalMinutes : asked.Minutes,
            MayExport = mayExport ?? asked.MayExport,
        };
        if (narrowed.Minutes > asked.Minutes || (narrowed.MayExport && !asked.MayExport))
        {
            throw SupportProblems.MoreThanAsked();
        }

        return narrowed.Minutes >= 1 ? narrowed : throw SupportProblems.Length("at least an hour, or a minute in an emergency");
    }
}
