using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts;

/// <summary>Writes grants for the ledger.</summary>
internal static class GrantWords
{
    /// <summary>Gives the change that gives or takes a grant.</summary>
    /// <param name="project">The project that its place is or lies in, whose book tells of it then; null for the server's.</param>
    /// <param name="replaced">The same role with another end that was held before; null for none.</param>
    public static Change ChangeOf(string action, Grant grant, bool isHeld, ProjectRef? project = null, EndedGrant? replaced = null)
    {
        var kind = grant.Subject.Kind == SubjectKind.Actor ? "account" : ScopeNames.Of(grant.Subject.Kind);
        var before = replaced is null ? WhatOf(grant) : WhatOf(grant with { ExpiresAt = replaced.ExpiresAt });
        return new Change(
            action,
            project,
            kind,
            grant.Subject.Id.ToString(CultureInfo.InvariantCulture),
            new { what = before, held = !isHeld || replaced is not null },
            new { what = WhatOf(grant), held = isHeld });
    }

    private static object WhatOf(Grant grant) => new
    {
        role = grant.Role,
        place = grant.Scope.Kind.ToString(),
        id = grant.Scope.Id,
        expiresAt = grant.ExpiresAt,
        own = grant.IsOwn,
        condition = grant.Condition,
    };
}
