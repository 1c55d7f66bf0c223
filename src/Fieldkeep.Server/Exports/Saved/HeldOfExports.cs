using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>What the room holds about a person: <see cref="HeldOfPerson"/>.</summary>
internal static class HeldOfExports
{
    /// <summary>Each kind.</summary>
    public static readonly IReadOnlyList<HeldOfPerson> Kinds =
    [
        new("export-links", """
            select json_build_object(
                'project', s.project_id, 'createdAt', l.created_at, 'expiresAt', l.expires_at, 'lastUsedAt', l.last_used_at, 'revokedAt', l.revoked_at)::text
            from exports.links l join exports.saved s on s.id = l.saved_id where l.created_by = @actor order by l.id
            """),
    ];
}
