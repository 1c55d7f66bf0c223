using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.People;

/// <summary>Says whether somebody may do something at a place, and because of which roles: the policy's own answer, with who gave them.</summary>
internal sealed class ExplainAccess(Db db, Policy policy, Reach reach, KnownPeople people)
{
    private const string IsAccount = "select exists (select from accounts.people_view where id = @person)";

    /// <summary>Explains one question. People may ask about themselves; about others, who hands out roles at the place.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>member.not_found</c>.</exception>
    public async Task<Explanation> RunAsync(
        Actor actor, ActorId person, Scope place, Permission permission, CancellationToken cancellationToken)
    {
        var isSelf = WhoAsks.IsSelf(actor, person);
        if (!isSelf)
        {
            await policy.RequireAsync(
                actor, place.Kind == ScopeKind.Unit ? Permission.MemberList : Permission.ProjectAssign, place, cancellationToken);
            if (!await db.GetAsync<bool>(IsAccount, new { person = person.Value }, cancellationToken))
            {
                throw OrganisationProblems.PersonUnknown();
            }
        }

        var decision = await policy.DecideAsync(
            new Actor(person, ActorKind.Account, "", Door.Web, null), permission, place, cancellationToken);
        if (!decision.IsVisible && isSelf)
        {
            throw AccessProblems.Unseen();
        }

        if (!decision.IsVisible)
        {
            await people.RequireAsync(actor, Subject.Of(person), place, cancellationToken);
        }

        var ways = await reach.ListAsync(place, null, person, cancellationToken);
        return new Explanation(
            decision,
            [.. decision.Because.Select(role => new Reason(role, [.. ways.Where(way => way.GrantId == role.Grant && role.Grant > 0)]))]);
    }
}

/// <summary>The answer to one question of access.</summary>
internal sealed record Explanation(Decision Decision, IReadOnlyList<Reason> Reasons);

/// <summary>A role that allows it, with the ways in which it is held: one for each unit of a person through which it comes.</summary>
internal sealed record Reason(HeldRole Role, IReadOnlyList<ReachRow> Ways);

/// <summary>Tells who reaches a project, now or on a day, and how that changed.</summary>
internal sealed class ReachQueries(Policy policy, Reach reach, RightsHistory history)
{
    /// <summary>Lists every way in which anybody reaches a project.</summary>
    /// <param name="span">The time asked about; null for now.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<ReachRow>> ListAsync(Actor actor, ProjectId project, Stretch? span, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectAssign, Scope.Of(project), cancellationToken);
        return [.. (await reach.ListAsync(Scope.Of(project), span, null, cancellationToken)).Where(row => row.ReachesIn)];
    }

    /// <summary>Lists how the rights at a project changed, newest first.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<RightsChange>> ListChangesAsync(
        Actor actor, ProjectId project, RightsChange? before, int limit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectAssign, Scope.Of(project), cancellationToken);
        return await history.ListAsync(Scope.Of(project), before, limit, cancellationToken);
    }
}
