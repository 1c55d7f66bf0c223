using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Npgsql;

namespace Fieldkeep.Server.Accounts;

/// <summary>Changes the name or the e-mail address of one's own account, or of someone else's for who may.</summary>
internal sealed class UpdateAccount(Db db, AccountQueries accounts, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Lock = """
        select accounts.email, actors.display_name
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        where accounts.actor_id = @id and accounts.deleted_at is null
        for update
        """;
    private const string WriteName = """
        update accounts.actors set display_name = @display_name, updated_at = @now where id = @id
        """;
    private const string WriteEmail = """
        update accounts.accounts set
            email = @email, email_key = @email_key, email_since = case when email_key = @email_key then email_since else @now end
        where actor_id = @id
        """;

    /// <summary>Changes the account.</summary>
    /// <exception cref="ProblemException">
    /// <c>account.not_found</c>, <c>access.denied</c>, <c>account.email_invalid</c>, <c>account.email_taken</c>,
    /// <c>account.name_invalid</c>.
    /// </exception>
    public async Task<Account> RunAsync(
        Actor actor, ActorId id, AccountChange change, CancellationToken cancellationToken)
    {
        await accounts.GetChangeableAsync(actor, id, cancellationToken);
        var name = change.DisplayName is null ? null : AccountRows.CheckName(change.DisplayName, "displayName");
        var email = change.Email?.Trim();
        if (email is not null && !EmailKey.IsAddress(email))
        {
            throw AccountProblems.EmailInvalid();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var before = await tx.FindAsync<State>(Lock, new { id = id.Value }, cancellationToken)
            ?? throw AccountProblems.AccountUnknown();
        var after = new State(email ?? before.Email, name ?? before.DisplayName);
        await WriteAsync(tx, id, after, cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("account.update", null, "account", id.ToString(), before, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("account.update", null, "account", id.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return await accounts.FindAsync(id, cancellationToken) ?? throw AccountProblems.AccountUnknown();
    }

    private async Task WriteAsync(Tx tx, ActorId id, State state, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(
            WriteName, new { id = id.Value, display_name = state.DisplayName, now = clock.GetUtcNow() }, cancellationToken);
        var key = await EmailKey.OfAsync(tx, state.Email, cancellationToken);
        try
        {
            await tx.ExecuteAsync(WriteEmail, new { id = id.Value, email = state.Email, email_key = key, now = clock.GetUtcNow() }, cancellationToken);
        }
        catch (PostgresException problem) when (problem.ConstraintName == "accounts_email_key")
        {
            throw AccountProblems.EmailTaken();
        }
    }

    private sealed record State(string Email, string DisplayName);
}

/// <summary>What to change of an account; null leaves it as it is.</summary>
internal sealed record AccountChange(string? Email, string? DisplayName);
