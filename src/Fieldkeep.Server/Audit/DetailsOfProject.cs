using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Audit;

/// <summary>
/// Takes what the audit book says in words about an erased project, such as names of forms, phones and files: <see cref="RowsOfProject"/>. Who did what, and when,
/// stays; and how its erasure went.
/// </summary>
internal static class DetailsOfProject
{
    /// <summary>Empties the details, and the ids that people chose for forms.</summary>
    public static readonly RowsOfProject Deletion = new(80, """
        update audit.events
        set detail = case when action = 'project.keys_destroyed' then detail end,
            subject_id = case when subject_kind = 'form' and subject_id !~ '^[0-9]*$' then '' else subject_id end
        where id in (
            select id from audit.events
            where project_id = @project and ((detail is not null and action <> 'project.keys_destroyed')
                or (subject_kind = 'form' and subject_id !~ '^[0-9]*$'))
            limit @rows)
        returning null::bytea
        """);
}
