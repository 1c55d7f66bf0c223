using System.Collections.Concurrent;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Decides who may do what where; every operation asks it on its first line.</summary>
/// <remarks>
/// Roles are kept in memory for at most <see cref="LongestMemory"/>, and forgotten at once when this process changes
/// any (<see cref="Forget"/> after the commit): a right taken away is gone on the next request.
/// </remarks>
internal sealed class Grants(Db db, TimeProvider clock)
{
    // Another process (the command line) may have changed a role: its effect must show within this time.
    private static readonly TimeSpan LongestMemory = TimeSpan.FromSeconds(2);

    // An actor's entry is some 200 bytes: at most 4 MB.
    private const int MostActors = 20_000;

    private const string OfActor = """
        select role, scope_kind, scope_id from access.grants where actor_id = @actor
        """;
    private const string OfScope = """
        select actor_id, role from access.grants
        where scope_kind = @kind and scope_id = @id
        order by actor_id, role
        """;
    private const string OfForms = """
        select actor_id, role, scope_id from access.grants
        where scope_kind = 'form' and scope_id = any (@forms)
        order by scope_id, actor_id, role
        """;
    private const string Holders = """
        select actor_id from access.grants
        where role = @role and scope_kind = @kind and scope_id = @id
        order by actor_id
        for update
        """;
    private const string Add = """
        insert into access.grants (actor_id, role, scope_kind, scope_id, granted_by, granted_at)
        values (@actor, @role, @kind, @id, @by, @now)
        on conflict do nothing
        """;
    private const string Remove = """
        delete from access.grants
        where actor_id = @actor and role = @role and scope_kind = @kind and scope_id = @id
        """;
    private const string RemoveAll = "delete from access.grants where actor_id = @actor";

    private readonly ConcurrentDictionary<ActorId, Remembered> _remembered = new();
    private long _epoch;

    /// <summary>Lets the actor pass or refuses.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task RequireAsync(
        Actor actor, Permission permission, Scope scope, CancellationToken cancellationToken)
    {
        if (actor.Kind == ActorKind.System)
        {
            return;
        }

        if (actor.Kind == ActorKind.Anonymous)
        {
            throw AccessProblems.SignInNeeded();
        }

        var held = await HeldByAsync(actor.Id, cancellationToken);
        if (Allows(held, permission, scope, null))
        {
            return;
        }

        throw IsVisible(held, scope, null) ? AccessProblems.Denied() : AccessProblems.Unseen();
    }

    /// <summary>Lets the actor pass or refuses, at one form: a role in its project counts too.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task RequireAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, CancellationToken cancellationToken)
    {
        if (actor.Kind == ActorKind.System)
        {
            return;
        }

        if (actor.Kind == ActorKind.Anonymous)
        {
            throw AccessProblems.SignInNeeded();
        }

        var held = await HeldByAsync(actor.Id, cancellationToken);
        if (Allows(held, permission, Scope.Of(project), form))
        {
            return;
        }

        throw IsVisible(held, Scope.Of(project), form) ? AccessProblems.Denied() : AccessProblems.Unseen();
    }

    /// <summary>Tells whether the actor holds a permission at a place.</summary>
    public async Task<bool> HasAsync(
        Actor actor, Permission permission, Scope scope, CancellationToken cancellationToken) =>
        actor.Kind switch
        {
            ActorKind.System => true,
            ActorKind.Anonymous => false,
            _ => Allows(await HeldByAsync(actor.Id, cancellationToken), permission, scope, null),
        };

    /// <summary>Tells whether the actor holds a permission at one form: a role in its project counts too.</summary>
    public async Task<bool> HasAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, CancellationToken cancellationToken) =>
        actor.Kind switch
        {
            ActorKind.System => true,
            ActorKind.Anonymous => false,
            _ => Allows(await HeldByAsync(actor.Id, cancellationToken), permission, Scope.Of(project), form),
        };

    /// <summary>Tells whether the actor may do at a place everything that a role allows: nobody hands out more than they hold.</summary>
    public async Task<bool> HoldsAllOfAsync(Actor actor, string role, Scope scope, CancellationToken cancellationToken)
    {
        foreach (var permission in RolePermissions.Of(role))
        {
            if (!await HasAsync(actor, permission, scope, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Gives the places where the actor holds a permission; nothing for someone who has not signed in.</summary>
    public async Task<ScopeSet> ScopesWithAsync(
        Actor actor, Permission permission, CancellationToken cancellationToken)
    {
        if (actor.Kind == ActorKind.System)
        {
            return new ScopeSet(true, [], []);
        }

        if (actor.Kind == ActorKind.Anonymous)
        {
            return new ScopeSet(false, [], []);
        }

        var held = (await HeldByAsync(actor.Id, cancellationToken))
            .Where(role => Allows(role, permission)).ToList();
        return held.Exists(role => role.Scope.Kind == ScopeKind.Installation)
            ? new ScopeSet(true, [], [])
            : new ScopeSet(false, Ids(held, ScopeKind.Project), Ids(held, ScopeKind.Form));
    }

    /// <summary>Gives the names of all roles the actor holds anywhere, without repeats.</summary>
    public async Task<IReadOnlyList<string>> RolesOfAsync(ActorId actor, CancellationToken cancellationToken) =>
        [.. (await HeldByAsync(actor, cancellationToken)).Select(role => role.Role).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Lists who holds which role at exactly one place.</summary>
    public async Task<IReadOnlyList<Grant>> ListAtAsync(Scope scope, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<RoleOfActor>(OfScope, new { kind = NameOf(scope.Kind), id = scope.Id }, cancellationToken);
        return [.. rows.Select(row => new Grant(row.ActorId, row.Role, scope))];
    }

    /// <summary>Lists who holds which role at each of these forms, and not in their project as a whole.</summary>
    public async Task<IReadOnlyList<Grant>> ListAtFormsAsync(IEnumerable<FormId> forms, CancellationToken cancellationToken)
    {
        var ids = forms.Select(form => form.Value).ToArray();
        var rows = await db.ListAsync<RoleAtForm>(OfForms, new { forms = ids }, cancellationToken);
        return [.. rows.Select(row => new Grant(row.ActorId, row.Role, Scope.Of(new FormId(row.ScopeId))))];
    }

    /// <summary>Lists who holds a role at exactly one place, and lets nobody take it from any of them until the commit.</summary>
    public static async Task<IReadOnlyList<ActorId>> LockHoldersAsync(
        Tx tx, string role, Scope scope, CancellationToken cancellationToken) =>
        [.. (await tx.ListAsync<long>(Holders, new { role, kind = NameOf(scope.Kind), id = scope.Id }, cancellationToken)).Select(id => new ActorId(id))];

    /// <summary>Gives a role. Call <see cref="Forget"/> after the commit.</summary>
    public async Task<bool> AddAsync(Tx tx, Actor by, Grant grant, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(
            Add,
            new
            {
                actor = grant.Actor.Value,
                role = grant.Role,
                kind = NameOf(grant.Scope.Kind),
                id = grant.Scope.Id,
                by = by.Id.Value,
                now = clock.GetUtcNow(),
            },
            cancellationToken) == 1;

    /// <summary>Takes a role away. Call <see cref="Forget"/> after the commit.</summary>
    public static async Task<bool> RemoveAsync(Tx tx, Grant grant, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(
            Remove,
            new { actor = grant.Actor.Value, role = grant.Role, kind = NameOf(grant.Scope.Kind), id = grant.Scope.Id },
            cancellationToken) == 1;

    /// <summary>Takes every role of an actor away. Call <see cref="Forget"/> after the commit.</summary>
    public static Task RemoveAllAsync(Tx tx, ActorId actor, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(RemoveAll, new { actor = actor.Value }, cancellationToken);

    /// <summary>Forgets every remembered role, so that the next question reads the database.</summary>
    public void Forget() => Interlocked.Increment(ref _epoch);

    private async ValueTask<IReadOnlyList<HeldRole>> HeldByAsync(ActorId actor, CancellationToken cancellationToken)
    {
        var epoch = Interlocked.Read(ref _epoch);
        var now = clock.GetTimestamp();
        if (_remembered.TryGetValue(actor, out var known)
            && known.Epoch == epoch
            && clock.GetElapsedTime(known.ReadAt, now) < LongestMemory)
        {
            return known.Roles;
        }

        // The epoch was taken before reading: if a change commits meanwhile, this entry is already out of date.
        var rows = await db.ListAsync<RoleRow>(OfActor, new { actor = actor.Value }, cancellationToken);
        HeldRole[] roles = [.. rows.Select(row => new HeldRole(row.Role, new Scope(KindOf(row.ScopeKind), row.ScopeId)))];
        if (_remembered.Count >= MostActors)
        {
            _remembered.Clear();
        }

        _remembered[actor] = new Remembered(epoch, now, roles);
        return roles;
    }

    private static bool Allows(IReadOnlyList<HeldRole> held, Permission permission, Scope scope, FormId? form) =>
        held.Any(role => Covers(role.Scope, scope, form) && Allows(role, permission));

    private static bool Allows(HeldRole role, Permission permission) =>
        RolePermissions.Allows(role.Role, permission) && (role.Scope.Kind != ScopeKind.Form || RolePermissions.IsOfForm(permission));

    // Whoever holds any role that covers a place may know that it exists; the installation itself is no secret.
    private static bool IsVisible(IReadOnlyList<HeldRole> held, Scope scope, FormId? form) =>
        scope.Kind == ScopeKind.Installation || held.Any(role => Covers(role.Scope, scope, form));

    private static bool Covers(Scope granted, Scope asked, FormId? form) =>
        granted.Kind == ScopeKind.Installation
        || granted == asked
        || (form is { } id && granted.Kind == ScopeKind.Form && granted.Id == id.Value);

    private static long[] Ids(List<HeldRole> held, ScopeKind kind) =>
        [.. held.Where(role => role.Scope.Kind == kind).Select(role => role.Scope.Id).Distinct()];

    private static string NameOf(ScopeKind kind) => kind switch
    {
        ScopeKind.Installation => "installation",
        ScopeKind.Project => "project",
        _ => "form",
    };

    private static ScopeKind KindOf(string name) => name switch
    {
        "installation" => ScopeKind.Installation,
        "project" => ScopeKind.Project,
        _ => ScopeKind.Form,
    };

    private sealed record HeldRole(string Role, Scope Scope);

    private sealed record Remembered(long Epoch, long ReadAt, IReadOnlyList<HeldRole> Roles);

    private sealed record RoleRow(string Role, string ScopeKind, long ScopeId);

    private sealed record RoleOfActor(ActorId ActorId, string Role);

    private sealed record RoleAtForm(ActorId ActorId, string Role, long ScopeId);
}
