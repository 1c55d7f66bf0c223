using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Decides who may do what where: the one place that does. Every operation asks it on its first line.</summary>
/// <remarks>
/// A role holds at its place and at everything below it in the tree of <see cref="Places"/>. The installation is above no
/// organisation: who runs the server reads no data. What may not be seen does not exist: 404 before 403.
/// </remarks>
internal sealed class Policy(HeldRoles roles, Places places, Suspensions suspensions, AccessEpoch epoch, TimeProvider clock)
{
    /// <summary>How long proving oneself again lasts for dangerous acts.</summary>
    public static readonly TimeSpan ConfirmationLasts = TimeSpan.FromMinutes(10);

    private static readonly Permission[] AdministratorsMay =
        [.. Enum.GetValues<Permission>().Where(RolePermissions.IsOfAdministrators)];

    /// <summary>Decides one question.</summary>
    public async ValueTask<Decision> DecideAsync(
        Actor actor, Permission permission, Scope scope, CancellationToken cancellationToken) =>
        IsDecided(actor) ?? await DecideAsync(actor, permission, await places.PathOfAsync(scope, cancellationToken), null, cancellationToken);

    /// <summary>Decides one question about a form: a role in its project counts too, and so does one about some of its submissions.</summary>
    public async ValueTask<Decision> DecideAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, CancellationToken cancellationToken) =>
        IsDecided(actor) ?? await DecideAsync(
            actor,
            permission,
            await places.PathOfAsync(Scope.Of(project), cancellationToken) is { Count: > 0 } path ? [Scope.Of(form), .. path] : [],
            form,
            cancellationToken);

    /// <summary>Decides one question about the draft of a form: whoever may at the form may at its draft.</summary>
    public async ValueTask<Decision> DecideAtDraftAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, CancellationToken cancellationToken) =>
        IsDecided(actor) ?? await DecideAsync(
            actor,
            permission,
            await places.PathOfAsync(Scope.Of(project), cancellationToken) is { Count: > 0 } path
                ? [Scope.OfDraft(form), Scope.Of(form), .. path]
                : [],
            form,
            cancellationToken);

    /// <summary>Refuses everyone at a suspended project whom nobody asked for a permission that it refuses; whoever may know of it is let this far.</summary>
    /// <exception cref="ProblemException"><c>project.suspended</c>.</exception>
    public async Task RequireGoingOnAsync(ProjectId project, CancellationToken cancellationToken)
    {
        if (await suspensions.FindAsync(Scope.Of(project), cancellationToken) is { } by)
        {
            throw AccessProblems.ProjectSuspended(by);
        }
    }

    /// <summary>Lets the actor pass or refuses.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.none</c>, <c>session.second_factor_needed</c>, <c>access.denied</c>, <c>access.not_found</c>, <c>project.suspended</c>.
    /// </exception>
    public async Task RequireAsync(Actor actor, Permission permission, Scope scope, CancellationToken cancellationToken)
    {
        WhoAsks.RequireKnown(actor);
        var decision = await DecideAsync(actor, permission, scope, cancellationToken);

        // The page that everyone gets names the home organisation: it is no secret.
        Require(decision.IsAllowed || decision.IsVisible || scope.Kind != ScopeKind.Unit || scope != Scope.Of(await places.HomeAsync(cancellationToken))
            ? decision
            : decision with { IsVisible = true });
    }

    /// <summary>Lets the actor pass or refuses, at one form: a role in its project counts too.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.none</c>, <c>session.second_factor_needed</c>, <c>access.denied</c>, <c>access.not_found</c>, <c>project.suspended</c>.
    /// </exception>
    public async Task RequireAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, CancellationToken cancellationToken)
    {
        WhoAsks.RequireKnown(actor);
        Require(await DecideAsync(actor, permission, project, form, cancellationToken));
    }

    /// <summary>Lets the actor pass or refuses, at the draft of a form.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.none</c>, <c>session.second_factor_needed</c>, <c>access.denied</c>, <c>access.not_found</c>, <c>project.suspended</c>.
    /// </exception>
    public async Task RequireAtDraftAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, CancellationToken cancellationToken)
    {
        WhoAsks.RequireKnown(actor);
        Require(await DecideAtDraftAsync(actor, permission, project, form, cancellationToken));
    }

    /// <summary>Tells whether the actor holds a permission at a place.</summary>
    public async Task<bool> HasAsync(Actor actor, Permission permission, Scope scope, CancellationToken cancellationToken) =>
        (await DecideAsync(actor, permission, scope, cancellationToken)).IsAllowed;

    /// <summary>Tells whether the actor holds a permission at one form: a role in its project counts too.</summary>
    public async Task<bool> HasAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, CancellationToken cancellationToken) =>
        (await DecideAsync(actor, permission, project, form, cancellationToken)).IsAllowed;

    /// <summary>Tells whether the actor holds a permission by a role given at this very place, not above it.</summary>
    public async Task<bool> HasRightThereAsync(Actor actor, Permission permission, Scope scope, CancellationToken cancellationToken) =>
        (await DecideAsync(actor, permission, scope, cancellationToken)).Because.Any(role => role.Scope == scope);

    /// <summary>
    /// Tells whether the actor may do at a place everything in a list, on all rows and without an end: nobody hands out more than they hold.
    /// Confidential answers are the one exception: whoever hands out roles there names who reads them, and need not read them.
    /// </summary>
    public async Task<bool> HoldsAllOfAsync(
        Actor actor, IEnumerable<Permission> permissions, Scope scope, CancellationToken cancellationToken)
    {
        foreach (var permission in permissions)
        {
            var asked = RolePermissions.IsConfidential(permission) ? Permission.ProjectAssign : permission;
            if (!await HoldsForGoodAsync(actor, asked, scope, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Tells whether the actor holds a permission at a place on all rows and without an end.</summary>
    public async Task<bool> HoldsForGoodAsync(Actor actor, Permission permission, Scope place, CancellationToken cancellationToken)
    {
        // A suspension takes no right away: whoever had one gives it to others, who have it when the suspension is lifted.
        var decision = IsDecided(actor)
            ?? Decide(await roles.OfAsync(actor, cancellationToken), actor, permission, await places.PathOfAsync(place, cancellationToken), null);
        return decision.IsAllowed && (decision.IsOfServer || decision.Because.Any(role => !role.IsLimited && role.ExpiresAt is null));
    }

    /// <summary>Gives the places where the actor holds a permission; nothing for someone who has not signed in.</summary>
    public async Task<ScopeSet> ScopesWithAsync(Actor actor, Permission permission, CancellationToken cancellationToken)
    {
        if (IsBeyondToken(actor, permission))
        {
            return ScopeSet.Nowhere;
        }

        if (IsDecided(actor) is { } decided)
        {
            return decided.IsAllowed ? new ScopeSet(true, [], []) { IsOfInstallation = true } : ScopeSet.Nowhere;
        }

        var held = (await roles.OfAsync(actor, cancellationToken))
            .Where(role => role.Allows(permission) && (actor.Bounds is null || !RolePermissions.IsSupport(role.Role))).ToList();
        var units = Ids(held, ScopeKind.Unit);

        // What happened in a project can still be read when it lies in the trash; nothing else of it.
        var isOfTrash = permission == Permission.AuditRead;
        var projects = new HashSet<long>();
        foreach (var project in Ids(held, ScopeKind.Project))
        {
            if (isOfTrash || (await places.PathOfAsync(new Scope(ScopeKind.Project, project), cancellationToken)).Count > 0)
            {
                projects.Add(project);
            }
        }

        if (units.Length > 0)
        {
            projects.UnionWith(await places.ProjectsBelowAsync(units, isOfTrash, cancellationToken));
        }

        return new ScopeSet(
            false,
            [.. projects.Where(id => actor.Bounds?.Projects?.Contains(id) != false)],
            await FormsAsync(held, actor.Bounds?.Projects, cancellationToken))
        {
            IsOfInstallation = held.Exists(role => role.Scope.Kind == ScopeKind.Installation) && actor.Bounds?.Projects is null,
            Units = actor.Bounds?.Projects is null ? units : [],
        };
    }

    /// <summary>Tells whether the actor may do anywhere what only administrators may, whatever the role is called that allows it.</summary>
    public async ValueTask<bool> AdministersAsync(Actor actor, CancellationToken cancellationToken)
    {
        foreach (var role in await roles.OfAsync(actor, cancellationToken))
        {
            if (AdministratorsMay.Any(role.Allows))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives the names of all roles the actor was given anywhere, without repeats.</summary>
    public async Task<IReadOnlyList<string>> RolesOfAsync(Actor actor, CancellationToken cancellationToken) =>
        [.. (await roles.OfAsync(actor, cancellationToken)).Where(role => role.Grant > 0).Select(role => role.Role).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Gives the units that the actor belongs to or holds a role at, and those above the ones they belong to.</summary>
    public async ValueTask<IReadOnlySet<long>> UnitsOfAsync(Actor actor, CancellationToken cancellationToken) =>
        (await roles.OfAsync(actor, cancellationToken))
            .Where(role => role.Scope.Kind == ScopeKind.Unit).Select(role => role.Scope.Id).ToHashSet();

    /// <summary>
    /// Refuses someone at a page, whichever door it knocks at, who has not proved within ten minutes that it is still them. Scripts that
    /// bring a token or a password are not asked.
    /// </summary>
    /// <exception cref="ProblemException"><c>session.confirmation_needed</c>.</exception>
    public void RequireConfirmed(Actor actor)
    {
        if (actor.IsAtPage && !IsFresh(actor))
        {
            throw AccessProblems.ConfirmationNeeded();
        }
    }

    /// <summary>Refuses everyone, scripts too, who has not proved within ten minutes that it is still them: for what opens an account.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>, <c>session.confirmation_needed</c>.</exception>
    public void RequireFresh(Actor actor)
    {
        WhoAsks.RequirePerson(actor);
        if (!IsFresh(actor))
        {
            throw AccessProblems.ConfirmationNeeded();
        }
    }

    /// <summary>Forgets every remembered role and place, so that the next question reads the database.</summary>
    public void Forget() => epoch.Forget();

    // As with projects: what lies in the trash is not there.
    // A token made for some projects reaches the forms in them that its owner reaches.
    private async Task<IReadOnlyList<long>> FormsAsync(List<HeldRole> held, IReadOnlySet<long>? within, CancellationToken cancellationToken)
    {
        var forms = new List<long>();
        foreach (var form in held.Select(role => role.Form).OfType<FormId>().Distinct())
        {
            var path = await places.PathOfAsync(Scope.Of(form), cancellationToken);
            if (path.Count > 0 && (within is null || path.Any(place => place.Kind == ScopeKind.Project && within.Contains(place.Id))))
            {
                forms.Add(form.Value);
            }
        }

        return forms;
    }

    // What no role can change: the server itself may everything, nobody nothing.
    private static Decision? IsDecided(Actor actor) => actor switch
    {
        { Kind: ActorKind.System } => Decision.Itself,
        { Kind: ActorKind.Anonymous } or { MustEnrol: true } => Decision.Refused,
        _ => null,
    };

    // A token may no more than it was made for; what its owner sees is there nonetheless.
    private static bool IsBeyondToken(Actor actor, Permission permission) =>
        actor.Bounds?.Permissions is { } within && !within.Contains(permission.ToString());

    // In a suspended project less is allowed, to whoever asks but the server itself.
    private async ValueTask<Decision> DecideAsync(
        Actor actor, Permission permission, IReadOnlyList<Scope> path, FormId? form, CancellationToken cancellationToken)
    {
        var decision = Decide(await roles.OfAsync(actor, cancellationToken), actor, permission, path, form);
        if (!decision.IsAllowed || RolePermissions.IsAllowedWhileSuspended(permission))
        {
            return decision;
        }

        foreach (var place in path)
        {
            if (place.Kind == ScopeKind.Project && await suspensions.FindAsync(place, cancellationToken) is { } by)
            {
                return decision with { IsAllowed = false, Because = [], Suspended = by };
            }
        }

        return decision;
    }

    private static Decision Decide(
        IReadOnlyList<HeldRole> held, Actor actor, Permission permission, IReadOnlyList<Scope> path, FormId? form)
    {
        if (actor.Bounds?.Projects is { } within && !path.Any(place => place.Kind == ScopeKind.Project && within.Contains(place.Id)))
        {
            return Decision.Refused;
        }

        if (path.Count == 0)
        {
            return Decision.Refused;
        }

        // A token is a program's; support access is one person's, who is signed in.
        var here = held.Where(role =>
            (path.Contains(role.Scope) || (form is not null && role.Form == form))
            && (actor.Bounds is null || !RolePermissions.IsSupport(role.Role)));
        if (path[0].Kind is ScopeKind.Account or ScopeKind.Draft)
        {
            here = here.Concat(WhoAsks.RolesOf(actor).Where(role => role.Scope == path[0]));
        }

        // To belong to a unit is to know the unit, not what lies in it.
        var known = here.Where(role => role.Role != RolePermissions.Member || path[0].Kind == ScopeKind.Unit).ToList();
        List<HeldRole> because = IsBeyondToken(actor, permission) ? [] : [.. known.Where(role => role.Allows(permission))];
        // Where all others show some rows only, the rest is seen because of support access.
        if (because.Find(role => RolePermissions.IsSupport(role.Role)) is { } support
            && because.TrueForAll(role => RolePermissions.IsSupport(role.Role) || role.IsLimited))
        {
            actor.Support.Take(support.Grant);
        }

        return new Decision(because.Count > 0, known.Count > 0 || path is [{ Kind: ScopeKind.Installation }], because);
    }

    private bool IsFresh(Actor actor) => actor.ConfirmedAt is { } at && clock.GetUtcNow() - at < ConfirmationLasts;

    private static void Require(Decision decision)
    {
        if (!decision.IsAllowed)
        {
            throw decision.Suspended is { } by ? AccessProblems.ProjectSuspended(by)
                : decision.IsVisible ? AccessProblems.Denied() : AccessProblems.Unseen();
        }
    }

    private static long[] Ids(List<HeldRole> held, ScopeKind kind) =>
        [.. held.Where(role => role.Scope.Kind == kind).Select(role => role.Scope.Id).Distinct()];
}
