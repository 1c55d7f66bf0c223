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

    private const string Goes = """
        select exists (
            select from unnest(@holders) as holder (id)
            where holder.id <> @leaving
              and not exists (select from access.suspended_accounts_view s where s.id = holder.id and (s.until is null or s.until > @now)))
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

    /// <summary>Refuses when no other operator would be left; one who is suspended does not count, for they could not lift that themselves.</summary>
    /// <exception cref="ProblemException"><c>account.last_administrator</c>.</exception>
    public static async Task RequireOtherOperatorAsync(Tx tx, ActorId leaving, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var holders = await GrantRows.LockHoldersAsync(tx, RolePermissions.Operator, Scope.Installation, cancellationToken);
        if (holders.Contains(leaving)
            && !await tx.GetAsync<bool>(Goes, new { holders = holders.Select(one => one.Value).ToArray(), leaving = leaving.Value, now }, cancellationToken))
        {
            throw AccountProblems.LastAdministrator();
        }
    }

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
