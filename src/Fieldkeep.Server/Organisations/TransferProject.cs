using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations;

/// <summary>Gives a project to another unit, perhaps of another organisation: who reaches it through units changes at once.</summary>
/// <remarks>
/// Roles held at the project itself stay, unless they are roles of the old organisation's own or of its units, when it leaves that.
/// </remarks>
internal sealed class TransferProject(
    Db db, Policy policy, UnitRights belonging, Places places, GrantRows grants, Reach reach, UnitRecords records, TimeProvider clock)
{
    private const string Lock = """
        select key_id, unit_id from organisations.projects where id = @id and deleted_at is null for update
        """;
    private const string Move = """
        update organisations.projects p set unit_id = u.id, organisation_id = u.organisation_id, updated_at = @now
        from organisations.units u where p.id = @id and u.id = @unit
        """;

    /// <summary>Transfers the project; one that is there already stays.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>place.invalid</c>, <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, ProjectId project, UnitId? goalUnit, CancellationToken cancellationToken)
    {
        var unit = await RequireAsync(actor, project, goalUnit, cancellationToken);
        policy.RequireConfirmed(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        var goal = await UnitTree.LockLivingAsync(tx, unit, cancellationToken);
        var row = await tx.FindAsync<Row>(Lock, new { id = project.Value }, cancellationToken) ?? throw AccessProblems.Unseen();
        if (row.UnitId == unit.Value)
        {
            return;
        }

        // It may have moved since it was asked whether the actor may: the end it leaves from is looked at again.
        var source = new UnitId(row.UnitId);
        await policy.RequireAsync(actor, Permission.ProjectCreate, Scope.Of(source), cancellationToken);
        await belonging.RequireToMoveAsync(actor, Scope.Of(project), source, unit, cancellationToken);
        await tx.ExecuteAsync(Move, new { id = project.Value, unit = unit.Value, now = clock.GetUtcNow() }, cancellationToken);
        await places.MoveAsync(tx, Scope.Of(project), goal.Scope, 0, cancellationToken);
        var ended = await EndStrangeGrantsAsync(tx, actor, project, goal, cancellationToken);
        var change = new Change(
            "project.transfer", new ProjectRef(project, row.KeyId), "project", project.ToString(), new { unit = row.UnitId, ended }, new { unit = unit.Value });
        await records.AppendAsync(tx, actor, change, $"unit {row.UnitId} to unit {unit}", cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
    }

    /// <summary>Says who would lose and who would win the project.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>place.invalid</c>.</exception>
    public async Task<TransferConsequences> PreviewAsync(
        Actor actor, ProjectId project, UnitId? goalUnit, CancellationToken cancellationToken)
    {
        var unit = await RequireAsync(actor, project, goalUnit, cancellationToken);
        var now = (await reach.ListAsync(Scope.Of(project), null, null, cancellationToken)).Where(row => row.ReachesIn).ToList();
        var there = (await reach.ListAsync(Scope.Of(unit), null, null, cancellationToken)).Where(row => row.ReachesIn);
        var before = now.Select(row => row.Actor).ToHashSet();
        var after = now.Where(row => row.Grant.Scope.Kind != ScopeKind.Unit).Concat(there).Select(row => row.Actor).ToHashSet();
        return new TransferConsequences([.. before.Except(after)], [.. after.Except(before)], before.Intersect(after).Count());
    }

    private async Task<UnitId> RequireAsync(Actor actor, ProjectId project, UnitId? unit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectDelete, Scope.Of(project), cancellationToken);
        await policy.RequireAsync(actor, Permission.ProjectAssign, Scope.Of(project), cancellationToken);
        var from = (await places.PathOfAsync(Scope.Of(project), cancellationToken)).FirstOrDefault(place => place.Kind == ScopeKind.Unit);
        await policy.RequireAsync(actor, Permission.ProjectCreate, from, cancellationToken);
        var goal = unit ?? throw OrganisationProblems.PlaceInvalid();
        await policy.RequireAsync(actor, Permission.ProjectCreate, Scope.Of(goal), cancellationToken);
        return goal;
    }

    // What the old organisation calls a role, or whom it calls a team, means nothing in another.
    private async Task<IReadOnlyList<long>> EndStrangeGrantsAsync(
        Tx tx, Actor actor, ProjectId project, Unit goal, CancellationToken cancellationToken)
    {
        var ended = new List<long>();
        foreach (var given in await grants.ListAllBelowAsync(tx, Scope.Of(project), cancellationToken))
        {
            var unit = given.Grant.Subject.Kind == SubjectKind.Unit
                ? new UnitId(given.Grant.Subject.Id)
                : (await OwnRoles.FindAsync(tx, given.Grant.Role, cancellationToken))?.Unit;
            if (unit is { } named
                && await UnitTree.FindAsync(tx, named, cancellationToken) is { } found && found.Organisation != goal.Organisation
                && await grants.EndAsync(tx, actor, given.Id, cancellationToken))
            {
                ended.Add(given.Id);
            }
        }

        return ended;
    }

    private sealed record Row(Guid KeyId, long UnitId);
}

/// <summary>What a transfer changes.</summary>
/// <param name="Losing">Who reaches the project now and would not any more; 0 for everyone who is signed in.</param>
/// <param name="Winning">Who would reach it and does not now.</param>
/// <param name="Staying">How many reach it before and after.</param>
internal sealed record TransferConsequences(IReadOnlyList<ActorId> Losing, IReadOnlyList<ActorId> Winning, int Staying);
