using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Rights.Held;

/// <summary>What the room itself holds about a person: <see cref="HeldOfPerson"/>.</summary>
internal static class HeldOfRights
{
    /// <summary>Each kind.</summary>
    public static readonly IReadOnlyList<HeldOfPerson> Kinds =
    [
        new("consents", """
            select json_build_object('text', kind, 'version', version, 'givenAt', given_at, 'door', given_door, 'withdrawnAt', withdrawn_at)::text
            from rights.consents where actor_id = @actor order by id
            """),
        new("removals", """
            select json_build_object('state', state, 'askedAt', asked_at, 'begunAt', begun_at, 'dueAt', due_at, 'endedAt', ended_at)::text
            from rights.removals where actor_id = @actor order by id
            """),
    ];
}
