using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Accounts;

/// <summary>Takes the names of phones and public links of an erased project: <see cref="RowsOfProject"/>. The books go on pointing at a number.</summary>
internal static class NamesOfProject
{
    /// <summary>Puts a number in the place of each name.</summary>
    public static readonly RowsOfProject Deletion = new(70, """
        update accounts.actors set display_name = 'erased ' || id
        where id in (
            select a.id from accounts.actors a
            where a.id in (
                select actor_id from accounts.app_users where project_id = @project
                union all select actor_id from accounts.public_links where project_id = @project)
                and a.display_name <> 'erased ' || a.id
            limit @rows)
        returning null::bytea
        """);
}
