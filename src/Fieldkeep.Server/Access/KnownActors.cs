using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Tells whom an organisation knows: who belongs to it or holds a role in it. Only they are given anything there without an invitation.</summary>
internal sealed class KnownActors(Db db, Policy policy, Places places, TimeProvider clock)
{
    // A tree has one root: two places are of the same organisation when the same one is above both.
    private const string IsKnown = """
        with recursive
        theirs as (
            (select 'unit'::text as kind, unit_id as id from access.members where actor_id = @person and until is null
             union
             select scope_kind, scope_id from access.grants
             where subject_kind = 'actor' and subject_id = @person and role not in ('support', 'support-export')
                and ended_at is null and (expires_at is null or expires_at > @now))
            union
            select p.parent_kind, p.parent_id from theirs
            join access.places p on p.kind = theirs.kind and p.id = theirs.id and p.until is null
            where p.parent_id is not null),
        here as (
            select kind, id from unnest(@kinds, @ids) as places (kind, id)
            union
            select p.parent_kind, p.parent_id from here
            join access.places p on p.kind = here.kind and p.id = here.id and p.until is null
            where p.parent_id is not null)
        select exists (
            select from theirs
            join here on here.kind = theirs.kind and here.id = theirs.id
            join access.places p on p.kind = here.kind and p.id = here.id and p.until is null
            where p.kind = 'unit' and p.parent_id is null)
        """;

    /// <summary>
    /// Tells whether a subject is of the organisation of a place. Whoever runs the server knows everybody; everyone who is signed in is
    /// nobody in particular.
    /// </summary>
    public async Task<bool> HasAsync(Actor asking, Subject subject, Scope place, CancellationToken cancellationToken) => subject.Kind switch
    {
        SubjectKind.Actor => await HasAsync(asking, new ActorId(subject.Id), [place], cancellationToken),
        SubjectKind.Unit => await places.PathOfAsync(Scope.Of(new UnitId(subject.Id)), cancellationToken) is [.., var root]
            && await places.PathOfAsync(place, cancellationToken) is [.., var top]
            && root == top,
        _ => subject == Subject.Everyone,
    };

    /// <summary>Tells whether somebody is of an organisation where whoever asks hands out roles.</summary>
    public async Task<bool> HasAsync(Actor asking, ActorId person, CancellationToken cancellationToken)
    {
        var assigns = await policy.ScopesWithAsync(asking, Permission.ProjectAssign, cancellationToken);
        return assigns.IsEverywhere || await HasAsync(
            asking,
            person,
            [.. assigns.Units.Select(id => Scope.Of(new UnitId(id))), .. assigns.Projects.Select(id => Scope.Of(new ProjectId(id)))],
            cancellationToken);
    }

    private async Task<bool> HasAsync(Actor asking, ActorId person, IReadOnlyList<Scope> here, CancellationToken cancellationToken) =>
        await policy.HasAsync(asking, Permission.AccountList, Scope.Installation, cancellationToken)
        || await db.GetAsync<bool>(
            IsKnown,
            new
            {
                person = person.Value,
                now = clock.GetUtcNow(),
                kinds = here.Select(place => ScopeNames.Of(place.Kind)).ToArray(),
                ids = here.Select(place => place.Id).ToArray(),
            },
            cancellationToken);
}
