using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>Removes one's own account: ended at once, a tombstone after the grace. A link in a letter gives it back until then.</summary>
internal sealed class RemoveOwnAccount(
    Db db, Policy policy, AccountQueries accounts, RemovalRows rows, BeginRemoval begin, EndedAccounts ended, Keyring keyring)
{
    /// <summary>Begins it; gives when it will be done.</summary>
    /// <param name="email">The account's address, as its owner typed it.</param>
    /// <exception cref="ProblemException">
    /// <c>session.confirmation_needed</c>, <c>removal.typed</c>, <c>removal.choice</c>, <c>removal.waits</c>, <c>account.last_administrator</c>,
    /// <c>project.suspended</c>.
    /// </exception>
    public async Task<DateTimeOffset> RunAsync(
        Actor actor, string? email, IReadOnlyList<ProjectChoice> choices, CancellationToken cancellationToken)
    {
        policy.RequireFresh(actor);
        var account = await accounts.FindAsync(actor.Id, cancellationToken) ?? throw AccountProblems.AccountUnknown();
        if (await EmailKey.OfAsync(db, email?.Trim() ?? "", cancellationToken) != await EmailKey.OfAsync(db, account.Email, cancellationToken))
        {
            throw RightsProblems.Typed();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountRows.HoldAsync(tx, account, cancellationToken);
        var found = await EndedAccounts.FindAsync(tx, actor.Id, cancellationToken) ?? throw AccountProblems.AccountUnknown();
        var begun = await begin.RunAsync(tx, actor, actor.Id, choices, cancellationToken);
        var row = new NewRemoval(actor.Id, ended.MarkOf(found), null, begun.Due, begun.CancelHash, begun.Plan, Begun: begun.At);
        if (await rows.InsertAsync(tx, actor, row, cancellationToken) is null)
        {
            throw RightsProblems.Waits();
        }

        await tx.CommitAsync(cancellationToken);
        policy.Forget();

        // Should this process die here, the background notes it; the client may be gone, the removal is not.
        await begin.ForgetAsync(actor.Id);

        keyring.NoteRemoval(new RemovalNote(row.Mark, begun.Due, begun.At, IsCancelled: false));
        return begun.Due;
    }
}
