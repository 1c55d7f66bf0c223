using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts;

/// <summary>Gives a person or a phone a role at a place, or takes it away; either acts on their next request.</summary>
/// <remarks>
/// Nobody gives or takes a role that allows more than they may do there themselves, and the last administrator stays. An app
/// user reaches all open forms of its project until it is given single ones: from then on only those
/// (docs/decisions/0020).
/// </remarks>
internal sealed class AssignRole(
    Db db,
    Policy policy,
    KnownActors known,
    OwnSight own,
    UnitRights belonging,
    GrantRows grants,
    Members members,
    Places places,
    ChangeLog changes,
    AuditLog audit,
    TimeProvider clock)
{
    private const string LockActor = """
        select actors.kind, app_users.project_id
        from accounts.actors
        left join accounts.app_users on app_users.actor_id = actors.id
        where actors.id = @id and actors.deleted_at is null and app_users.revoked_at is null
        for share of actors
        """;

    /// <summary>Gives or takes the role. Giving one that is held, or taking one that is not, changes nothing and gives false.</summary>
    /// <param name="isHeld">True to give the role, false to take it away.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.own_confidential</c>, <c>access.not_found</c>, <c>role.unfit</c>, <c>actor.not_found</c>, <c>account.last_administrator</c>,
    /// and for roles that hand out others <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task<bool> RunAsync(
        Actor actor, RolePlace place, ActorId person, string role, bool isHeld, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, place, role, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var hasChanged = await ChangeAsync(tx, actor, new RoleChange(place, person, role, isHeld), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return hasChanged;
    }

    /// <summary>Does the same in the caller's transaction, who calls <see cref="Policy.Forget"/> after the commit.</summary>
    /// <exception cref="ProblemException">As <see cref="RunAsync"/>.</exception>
    public async Task<bool> JoinAsync(Tx tx, Actor actor, RoleChange change, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, change.Place, change.Role, cancellationToken);
        return await ChangeAsync(tx, actor, change, cancellationToken);
    }

    private async Task RequireAsync(Actor actor, RolePlace place, string role, CancellationToken cancellationToken)
    {
        var scope = place.Unit is { } unit ? Scope.Of(unit) : Scope.Of(place.ProjectId);
        await policy.RequireAsync(actor, Permission.ProjectAssign, scope, cancellationToken);
        if (!RolePermissions.FitsAt(role, place.Scope.Kind))
        {
            throw AccountProblems.RoleUnfit(role);
        }

        if (!await policy.HoldsAllOfAsync(actor, RolePermissions.Of(role), scope, cancellationToken))
        {
            throw AccessProblems.Denied();
        }

        if (RolePermissions.IsPowerful(role))
        {
            policy.RequireConfirmed(actor);
        }
    }

    private async Task<bool> ChangeAsync(Tx tx, Actor actor, RoleChange change, CancellationToken cancellationToken)
    {
        var person = await tx.FindAsync<Person>(LockActor, new { id = change.Person.Value }, cancellationToken)
            ?? throw AccountProblems.ActorUnknown();
        RequireFit(person, change);
        if (change.IsHeld)
        {
            await own.RequireAsync(actor, Subject.Of(change.Person), RolePermissions.Of(change.Role), change.Place.Scope, cancellationToken);
        }

        await (change.IsHeld
            ? RequireKnownAsync(actor, change, person, cancellationToken)
            : RequireNotLastAsync(tx, change, cancellationToken));

        var grant = new Grant(change.Person, change.Role, change.Place.Scope);
        var (hasChanged, ended) = await ChangeGrantAsync(tx, actor, grant, change.IsHeld, cancellationToken);
        if (!hasChanged)
        {
            return false;
        }

        await RecordAsync(tx, actor, change, person, ended, cancellationToken);
        if (change.Place.Unit is { } unit)
        {
            await ChangeAtUnitAsync(tx, actor, change, unit, cancellationToken);
        }

        if (change is { IsHeld: true, Role: RolePermissions.AppUser, Place: { Project: { } project, Form: not null } })
        {
            await NarrowAsync(tx, actor, change with { Place = RolePlace.Of(project), IsHeld = false }, person, cancellationToken);
        }

        return true;
    }

    // Gives the grant that ended, or that the new one took the place of.
    private async Task<(bool HasChanged, EndedGrant? Ended)> ChangeGrantAsync(
        Tx tx, Actor actor, Grant grant, bool isHeld, CancellationToken cancellationToken)
    {
        if (isHeld)
        {
            var given = await grants.GiveAsync(tx, actor, grant, cancellationToken);
            return (given.IsAdded, given.Replaced);
        }

        var ended = await grants.TakeAsync(tx, actor, grant, cancellationToken);
        return (ended is not null, ended);
    }

    // Whoever holds a role at a unit belongs to it. ODK Central's administrators run the server as well: whoever may hand
    // that out hands it out with the role at the home organisation, and takes it back with it.
    private async Task ChangeAtUnitAsync(Tx tx, Actor actor, RoleChange change, UnitId unit, CancellationToken cancellationToken)
    {
        if (change.IsHeld)
        {
            await members.AddAsync(tx, actor, unit, change.Person, cancellationToken);
        }

        var isAtHome = change.Role == RolePermissions.Admin && unit == await Places.HomeAsync(tx, cancellationToken);
        if (isAtHome
            && await policy.HoldsAllOfAsync(
                actor, RolePermissions.Of(RolePermissions.Operator), Scope.Installation, cancellationToken))
        {
            if (!change.IsHeld)
            {
                await LastAdministrators.RequireOtherOperatorAsync(tx, change.Person, clock.GetUtcNow(), cancellationToken);
            }

            var running = new Grant(change.Person, RolePermissions.Operator, Scope.Installation);
            if ((await ChangeGrantAsync(tx, actor, running, change.IsHeld, cancellationToken)).HasChanged)
            {
                var action = change.IsHeld ? "role.assign" : "role.remove";
                await changes.AppendAsync(tx, actor, GrantWords.ChangeOf(action, running, change.IsHeld), cancellationToken);
            }

            if (!change.IsHeld)
            {
                await grants.EndSupportAsync(tx, actor, change.Person, cancellationToken);
            }
        }
    }

    // People have accounts and phones have tokens: neither may hold what is the other's.
    private static void RequireFit(Person person, RoleChange change)
    {
        if (person.Kind is not ("account" or "app_user"))
        {
            throw AccountProblems.ActorUnknown();
        }

        if (person.ProjectId is { } own && change.Place.Project?.Id.Value != own)
        {
            throw AccountProblems.ActorUnknown();
        }

        if ((person.ProjectId is not null) != (change.Role == RolePermissions.AppUser))
        {
            throw AccountProblems.RoleUnfit(change.Role);
        }
    }

    // Who is of no unit of the organisation and holds nothing there is invited instead. A phone is of its project.
    private async Task RequireKnownAsync(Actor actor, RoleChange change, Person person, CancellationToken cancellationToken)
    {
        if (person.ProjectId is null && !await known.HasAsync(actor, Subject.Of(change.Person), change.Place.Scope, cancellationToken))
        {
            throw AccountProblems.ActorUnknown();
        }

        if (change.Place.Unit is { } unit)
        {
            await belonging.RequireToBringAsync(actor, unit, change.Person, cancellationToken);
        }
    }

    // A branch whose administrators left is still run from above; an organisation is not.
    private async Task RequireNotLastAsync(Tx tx, RoleChange change, CancellationToken cancellationToken)
    {
        if (change is { Role: RolePermissions.Admin, Place.Unit: { } unit }
            && await places.PathOfAsync(Scope.Of(unit), cancellationToken) is [var root])
        {
            await LastAdministrators.RequireOtherAsync(tx, RolePermissions.Admin, root, change.Person, cancellationToken);
        }
    }

    private async Task NarrowAsync(Tx tx, Actor actor, RoleChange whole, Person person, CancellationToken cancellationToken)
    {
        if (await grants.TakeAsync(tx, actor, new Grant(whole.Person, whole.Role, whole.Place.Scope), cancellationToken) is { } ended)
        {
            await RecordAsync(tx, actor, whole, person, ended, cancellationToken);
        }
    }

    private async Task RecordAsync(
        Tx tx, Actor actor, RoleChange change, Person person, EndedGrant? ended, CancellationToken cancellationToken)
    {
        var action = change.IsHeld ? "role.assign" : "role.remove";
        var (project, form, role) = (change.Place.Project, change.Place.Form, change.Role);
        var subject = change.Person.ToString();
        await changes.AppendAsync(
            tx,
            actor,
            new Change(
                action,
                project,
                person.Kind,
                subject,
                new { role, unit = change.Place.Unit?.Value, form = form?.Value, held = ended is not null, expiresAt = ended?.ExpiresAt },
                new { role, unit = change.Place.Unit?.Value, form = form?.Value, held = change.IsHeld, expiresAt = (DateTimeOffset?)null }),
            cancellationToken);
        var detail = form is { } id ? $"{role} at form {id}" : role;
        await audit.AppendAsync(tx, actor, new AuditEvent(action, project?.Id, person.Kind, subject, detail), cancellationToken);
    }

    private sealed record Person(string Kind, long? ProjectId);
}

/// <summary>A place where a role can be held.</summary>
/// <param name="Unit">An organisation, branch or team; null for a place in a project.</param>
/// <param name="Project">A project; null for a unit.</param>
/// <param name="Form">A single form of the project; null for all of it.</param>
internal sealed record RolePlace(UnitId? Unit, ProjectRef? Project, FormId? Form)
{
    /// <summary>What grants are bound to.</summary>
    public Scope Scope => Unit is { } unit ? Scope.Of(unit) : Form is { } form ? Scope.Of(form) : Scope.Of(ProjectId);

    /// <summary>The project; 0 for a unit.</summary>
    public ProjectId ProjectId => Project?.Id ?? default;

    /// <summary>Gives a unit as a place.</summary>
    public static RolePlace Of(UnitId unit) => new(unit, null, null);

    /// <summary>Gives a project as a place.</summary>
    public static RolePlace Of(ProjectRef project) => new(null, project, null);

    /// <summary>Gives a single form as a place.</summary>
    public static RolePlace Of(ProjectRef project, FormId form) => new(null, project, form);
}

/// <summary>A role to give or to take.</summary>
internal sealed record RoleChange(RolePlace Place, ActorId Person, string Role, bool IsHeld);
