using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Keeps the last administrator of an organisation, and the last operator of the server, from leaving.</summary>
internal static class LastAdministrators
{
    private const string Administers = """
        select g.scope_id from access.grants_view g
        join access.places_view p on p.kind = 'unit' and p.id = g.scope_id and p.until is null and p.parent_id is null
        where g.scope_kind = 'unit' and g.role = 'admin' and g.subject_kind = 'actor' and g.subject_id = @id and g.ended_at is null
        order by g.scope_id
        """;

    // One who is suspended does not count, for they could not lift that themselves, nor one whose role ends by itself.
    private const string IsLast = """
        select exists (
            select from access.grants_view where scope_kind = 'installation' and role = @role and subject_kind = 'actor' and subject_id = @leaving
              and ended_at is null and (expires_at is null or expires_at > @now))
        and not exists (
            select from access.grants_view o where o.scope_kind = 'installation' and o.role = @role and o.subject_kind = 'actor' and o.subject_id <> @leaving
              and o.ended_at is null and o.expires_at is null and not o.is_own and o.condition_id is null
              and exists (select from accounts.people_view a where a.id = o.subject_id)
              and not exists (select from access.suspended_accounts_view s where s.id = o.subject_id and (s.until is null or s.until > @now)))
        """;

    /// <summary>Refuses when nobody else would be left; nobody can take the role from any of the others until the commit.</summary>
    /// <exception cref="ProblemException"><c>account.last_administrator</c>.</exception>
    public static async Task RequireOthersAsync(Tx tx, ActorId leaving, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var root in await tx.ListAsync<long>(Administers, new { id = leaving.Value }, cancellationToken))
        {
            await RequireOtherAsync(tx, RolePermissions.Admin, Scope.Of(new UnitId(root)), leaving, cancellationToken);
        }

        await RequireOtherOperatorAsync(tx, leaving, now, cancellationToken);
    }

    /// <summary>Refuses when no other operator would be left; nobody can take the role from any of the others until the commit.</summary>
    /// <exception cref="ProblemException"><c>account.last_administrator</c>.</exception>
    public static async Task RequireOtherOperatorAsync(Tx tx, ActorId leaving, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await GrantRows.LockHoldersAsync(tx, RolePermissions.Operator, Scope.Installation, cancellationToken);
        if (await IsLastOperatorAsync(tx, leaving, now, cancellationToken))
        {
            throw AccountProblems.LastAdministrator();
        }
    }

    /// <summary>Whether somebody is an operator, and no other would be left; of this moment, for nothing is held.</summary>
    public static Task<bool> IsLastOperatorAsync(Sql sql, ActorId leaving, DateTimeOffset now, CancellationToken cancellationToken) =>
        sql.GetAsync<bool>(IsLast, new { role = RolePermissions.Operator, leaving = leaving.Value, now }, cancellationToken);

    /// <summary>Refuses when nobody else would hold a role at a place.</summary>
    /// <exception cref="ProblemException"><c>account.last_administrator</c>.</exception>
    public static async Task RequireOtherAsync(
        Tx tx, string role, Scope scope, ActorId leaving, CancellationToken cancellationToken)
    {
        if (await GrantRows.LockHoldersAsync(tx, role, scope, cancellationToken) is [var last] && last == leaving)
        {
            throw AccountProblems.LastAdministrator();
        }
    }
}
