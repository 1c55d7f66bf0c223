using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Keeps who belongs to which unit. Who belongs to a unit belongs to those above it. Call <see cref="Policy.Forget"/> after the commit.</summary>
internal sealed class Members(TimeProvider clock)
{
    private const string Insert = """
        insert into access.members (unit_id, actor_id, since, added_by) values (@unit, @actor, @now, @by)
        on conflict do nothing
        """;
    private const string End = """
        update access.members set until = @now, ended_by = @by where unit_id = @unit and actor_id = @actor and until is null
        """;
    private const string UnitsOf = "select unit_id from access.members where actor_id = @actor and until is null order by unit_id";
    private const string EndIn = """
        update access.members set until = @now, ended_by = @by where actor_id = @actor and unit_id = any (@units) and until is null
        returning unit_id
        """;
    private const string EndAll = """
        update access.members set until = @now, ended_by = @by where actor_id = @actor and until is null
        """;

    private const string OfActor = """
        select unit_id from access.members where actor_id = @actor and until is null order by unit_id
        """;

    /// <summary>Lists the units an actor belongs to, without those above them.</summary>
    public static async Task<IReadOnlyList<UnitId>> ListOfAsync(Sql sql, ActorId actor, CancellationToken cancellationToken) =>
        [.. (await sql.ListAsync<long>(OfActor, new { actor = actor.Value }, cancellationToken)).Select(id => new UnitId(id))];

    /// <summary>Lets an actor belong to a unit; false when they do already.</summary>
    public async Task<bool> AddAsync(Tx tx, Actor by, UnitId unit, ActorId actor, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(
            Insert, new { unit = unit.Value, actor = actor.Value, by = by.Id.Value, now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Ends that an actor belongs to a unit; false when they do not.</summary>
    public async Task<bool> EndAsync(Tx tx, Actor by, UnitId unit, ActorId actor, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(
            End, new { unit = unit.Value, actor = actor.Value, by = by.Id.Value, now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Gives the units that an actor belongs to by themselves, not through a unit below.</summary>
    public static Task<IReadOnlyList<long>> UnitsOfAsync(Sql sql, ActorId actor, CancellationToken cancellationToken) =>
        sql.ListAsync<long>(UnitsOf, new { actor = actor.Value }, cancellationToken);

    /// <summary>Ends that an actor belongs to any of these units; gives those they belonged to.</summary>
    public Task<IReadOnlyList<long>> EndInAsync(
        Tx tx, Actor by, IReadOnlyList<UnitId> units, ActorId actor, CancellationToken cancellationToken) =>
        tx.ListAsync<long>(
            EndIn,
            new { units = units.Select(unit => unit.Value).ToArray(), actor = actor.Value, by = by.Id.Value, now = clock.GetUtcNow() },
            cancellationToken);

    /// <summary>Ends that an actor belongs to any unit.</summary>
    public Task EndAllAsync(Tx tx, Actor by, ActorId actor, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(EndAll, new { actor = actor.Value, by = by.Id.Value, now = clock.GetUtcNow() }, cancellationToken);
}
