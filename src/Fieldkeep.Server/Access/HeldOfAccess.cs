using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Access;

/// <summary>What the room holds about a person: <see cref="HeldOfPerson"/>.</summary>
internal static class HeldOfAccess
{
    /// <summary>Each kind.</summary>
    public static readonly IReadOnlyList<HeldOfPerson> Kinds =
    [
        new("memberships", """
            select json_build_object('unit', unit_id, 'since', since, 'until', until)::text
            from access.members where actor_id = @actor order by row_id
            """),
        new("roles", """
            select json_build_object(
                'role', role, 'place', scope_kind, 'id', scope_id, 'onlyOwn', is_own, 'givenAt', granted_at, 'expiresAt', expires_at, 'endedAt', ended_at)::text
            from access.grants where subject_kind = 'actor' and subject_id = @actor order by id
            """),
        new("suspensions", """
            select json_build_object(
                'row', row_id, 'reason', encode(reason, 'base64'), 'since', since, 'until', until, 'liftedAt', lifted_at)::text
            from access.suspensions where scope_kind = 'account' and scope_id = @actor order by id
            """)
        {
            ReasonColumn = SuspensionRow.ReasonColumn,
        },
    ];

    /// <summary>The suspensions of a person whose account is removed: why is theirs, and goes; what the ledger says of it stays sealed there.</summary>
    public static readonly RowsOfPerson Suspended = new(
        "access.suspensions", "scope_id", "delete from access.suspensions where scope_kind = 'account' and scope_id = @actor");
}
