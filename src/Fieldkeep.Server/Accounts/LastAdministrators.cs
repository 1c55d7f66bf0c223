using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Keeps the last administrator of the home organisation, and the last operator of the server, from leaving.</summary>
internal static class LastAdministrators
{
    /// <summary>Refuses when nobody else would be left; nobody can take the role from any of the others until the commit.</summary>
    /// <exception cref="ProblemException"><c>account.last_administrator</c>.</exception>
    public static async Task RequireOthersAsync(Tx tx, ActorId leaving, CancellationToken cancellationToken)
    {
        var home = Scope.Of(await Places.HomeAsync(tx, cancellationToken));
        await RequireOtherAsync(tx, RolePermissions.Admin, home, leaving, cancellationToken);
        await RequireOtherAsync(tx, RolePermissions.Operator, Scope.Installation, leaving, cancellationToken);
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
