using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Audit;

/// <summary>What the room holds about a person: <see cref="HeldOfPerson"/>.</summary>
internal static class HeldOfAudit
{
    /// <summary>Each kind.</summary>
    public static readonly IReadOnlyList<HeldOfPerson> Kinds =
    [
        new("activity", """
            select json_build_object('at', at, 'door', door, 'action', action, 'project', project_id, 'what', subject_kind, 'which', subject_id)::text
            from audit.events where actor_id = @actor order by id
            """),
    ];
}
