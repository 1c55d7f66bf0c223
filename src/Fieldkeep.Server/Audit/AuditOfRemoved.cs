using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Audit;

/// <summary>The lines of a person whose account is removed: they stay; who it was, from where and what they noted goes: <see cref="RowsOfPerson"/>.</summary>
internal static class AuditOfRemoved
{
    /// <summary>What is done with the book.</summary>
    public static readonly IReadOnlyList<RowsOfPerson> Rows =
    [
        new(
            "audit.events",
            "actor_id",
            """
            update audit.events e set actor_id = m.stand_in, caller = null, notes_row = null, notes = null
            from unnest(@projects, @stand_ins) as m (project, stand_in)
            where e.project_id = m.project and e.id in (
                select id from audit.events where actor_id = @actor and project_id = any (@projects) order by id limit @rows)
            """,
            "select distinct project_id from audit.events where actor_id = @actor and project_id is not null"),
        new(
            "audit.events",
            "actor_id",
            """
            update audit.events set caller = null, notes_row = null, notes = null
            where id in (
                select id from audit.events
                where actor_id = @actor and project_id is null and (caller is not null or notes is not null) order by id limit @rows)
            """),
    ];
}
