using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Accounts;

/// <summary>Takes the names of phones and public links of an erased project: <see cref="RowsOfProject"/>. The books go on pointing at a number.</summary>
internal static class NamesOfProject
{
    /// <summary>Told when a project is recovered: the secrets of phones and links stay those of the project that they were made for.</summary>
    public static readonly IReadOnlyList<LeftByRecovery> Left =
    [
        new("phones", """
            select a.display_name from accounts.app_users u join accounts.actors a on a.id = u.actor_id
            where u.project_id = @project and u.revoked_at is null and a.deleted_at is null order by a.id limit 1000
            """),
        new("public links", """
            select a.display_name from accounts.public_links l join accounts.actors a on a.id = l.actor_id
            where l.project_id = @project and l.revoked_at is null and a.deleted_at is null order by a.id limit 1000
            """),
    ];

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
