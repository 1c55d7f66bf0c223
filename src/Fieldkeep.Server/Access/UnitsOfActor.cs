using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Tells which units someone belonged to on a day, those above them too, as the tree stood then.</summary>
internal sealed class UnitsOfActor(Db db)
{
    private const string Then = """
        with recursive units as (
            select unit_id as id from access.members
            where actor_id = @actor and since <= @at and (until is null or until > @at)
            union
            select p.parent_id from units u
            join access.places p on p.kind = 'unit' and p.id = u.id and p.since <= @at and (p.until is null or p.until > @at)
            where p.parent_id is not null)
        select id from units order by id
        """;

    /// <summary>Gives the units; none for phones and public links, which belong to no unit.</summary>
    public Task<IReadOnlyList<long>> ListAsync(ActorId actor, DateTimeOffset at, CancellationToken cancellationToken) =>
        db.ListAsync<long>(Then, new { actor = actor.Value, at }, cancellationToken);
}
