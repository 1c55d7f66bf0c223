using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>Removes somebody's account for a reason: one administrator of the server asks, another agrees. Projects stay with their units.</summary>
internal sealed class RemoveOthersAccount(
    Db db, Policy policy, RemovalRows rows, BeginRemoval begin, EndedAccounts ended, ChangeLog changes, AuditLog audit)
{
    /// <summary>Asks for it; nothing ends before another agrees.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>session.confirmation_needed</c>, <c>account.not_found</c>, <c>removal.reason</c>, <c>removal.second_needed</c>, <c>removal.waits</c>.
    /// </exception>
    public async Task AskAsync(Actor actor, ActorId account, string? reason, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, account, cancellationToken);
        var why = RightsProblems.CheckReason(reason);
        var found = await EndedAccounts.FindAsync(db, account, cancellationToken);
        if (found is null or { IsEnded: true })
        {
            throw AccountProblems.AccountUnknown();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        if (await rows.InsertAsync(tx, actor, new NewRemoval(account, ended.MarkOf(found), why, null, null, RemovalPlan.Empty), cancellationToken) is null)
        {
            throw RightsProblems.Waits();
        }

        var id = account.ToString();
        await changes.AppendAsync(tx, actor, new Change("account.removal_ask", null, "account", id, null, new { state = "asked" }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("account.removal_ask", null, "account", id, null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    /// <summary>Agrees: the account ends at once and is removed after the grace; gives when.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>session.confirmation_needed</c>, <c>removal.not_found</c>, <c>removal.second_needed</c>, <c>removal.asker_gone</c>,
    /// <c>account.last_administrator</c>.
    /// </exception>
    public async Task<DateTimeOffset> AgreeAsync(Actor actor, ActorId account, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, account, cancellationToken);
        var row = await rows.FindOpenAsync(account, cancellationToken);
        if (row is not { State: "asked" } || rows.IsLapsed(row))
        {
            throw RightsProblems.Unknown();
        }

        if (row.AskedBy == actor.Id.Value)
        {
            throw RightsProblems.SecondNeeded();
        }

        // Two who may: who asked may have lost the right since.
        if (row.AskedBy != Actor.System(Door.Job).Id.Value
            && !await policy.HasAsync(new Actor(new ActorId(row.AskedBy), ActorKind.Account, "", actor.Door, null), Permission.AccountUpdate, Scope.Installation, cancellationToken))
        {
            throw RightsProblems.AskerGone();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var begun = await begin.RunAsync(tx, actor, account, null, cancellationToken);
        if (!await rows.BeginAsync(tx, row, actor, begun.Due, begun.CancelHash, begun.Plan, cancellationToken))
        {
            throw RightsProblems.Unknown();
        }

        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        await begin.ForgetAsync(account);
        return begun.Due;
    }

    // Nobody decides about themselves this way: for that there is the page of one's account.
    private async Task RequireAsync(Actor actor, ActorId account, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken);
        policy.RequireConfirmed(actor);
        if (WhoAsks.IsSelf(actor, account))
        {
            throw RightsProblems.SecondNeeded();
        }
    }
}
