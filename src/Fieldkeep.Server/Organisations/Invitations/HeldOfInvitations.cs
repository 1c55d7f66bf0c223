using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Organisations.Invitations;

/// <summary>What the room holds about a person: <see cref="HeldOfPerson"/>.</summary>
internal static class HeldOfInvitations
{
    /// <summary>Each kind.</summary>
    public static readonly IReadOnlyList<HeldOfPerson> Kinds =
    [
        new("invitations", """
            select json_build_object('unit', unit_id, 'role', role, 'name', name, 'createdAt', created_at, 'expiresAt', expires_at, 'endedAt', ended_at)::text
            from organisations.invitations where email_key = @email_key order by id
            """),
    ];
}
