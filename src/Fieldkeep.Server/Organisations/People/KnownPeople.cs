using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.People;

/// <summary>Tells who is known in an organisation: only they can be given anything there without an invitation.</summary>
internal sealed class KnownPeople(Db db, Policy policy, Places places)
{
    private const string IsPerson = """
        select exists (
            select from access.members_view m
            join organisations.units u on u.id = m.unit_id
            join organisations.units root on root.organisation_id = u.organisation_id and root.id = @root
            join accounts.people_view p on p.id = m.actor_id
            where m.actor_id = @person and m.until is null)
        """;
    private const string IsAnybody = "select exists (select from accounts.people_view where id = @person)";
    private const string IsUnit = """
        select exists (
            select from organisations.units u
            join organisations.units root on root.organisation_id = u.organisation_id and root.id = @root
            where u.id = @unit and u.deleted_at is null)
        """;

    /// <summary>Refuses a subject who is not of the organisation of a place; whoever runs the server knows everybody with an account.</summary>
    /// <exception cref="ProblemException"><c>member.not_found</c>, <c>unit.not_found</c>, <c>role.unfit</c>.</exception>
    public async Task RequireAsync(Actor actor, Subject subject, Scope place, CancellationToken cancellationToken)
    {
        var root = (await places.PathOfAsync(place, cancellationToken))[^1].Id;
        switch (subject.Kind)
        {
            case SubjectKind.Unit:
                if (!await db.GetAsync<bool>(IsUnit, new { root, unit = subject.Id }, cancellationToken))
                {
                    throw OrganisationProblems.UnitUnknown();
                }

                return;
            case SubjectKind.Actor:
                var knowsAll = await policy.HasAsync(actor, Permission.AccountList, Scope.Installation, cancellationToken);
                if (!await db.GetAsync<bool>(knowsAll ? IsAnybody : IsPerson, new { root, person = subject.Id }, cancellationToken))
                {
                    throw OrganisationProblems.PersonUnknown();
                }

                return;
            default:
                throw OrganisationProblems.RoleUnfit();
        }
    }
}
