using System.Collections.Concurrent;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Keeps the roles that actors hold, through whatever unit, in memory.</summary>
/// <remarks>
/// For as long as <see cref="AccessEpoch"/> says, and forgotten at once when this process changes any: a right taken
/// away is gone on the next request.
/// </remarks>
internal sealed class HeldRoles(Db db, KeptAccess kept, WhileAway away, AccessEpoch epoch, TimeProvider clock)
{
    // An actor's entry is some 400 bytes: at most 8 MB.
    private const int MostActors = 20_000;

    // The walk up is bounded by the depth of the tree: a place has one parent. A role that an organisation made for itself allows nothing
    // at a place that is not in that organisation (any more).
    private const string Units = """
        with recursive units as (
            select m.unit_id as id from access.members m
            join access.places p on p.kind = 'unit' and p.id = m.unit_id and p.until is null
            where m.actor_id = @actor and m.until is null
            union
            select p.parent_id from units u join access.places p on p.kind = 'unit' and p.id = u.id and p.until is null
            where p.parent_id is not null)

        """;

    private const string Grants = """
        select g.id, g.role, g.scope_kind, g.scope_id, g.subject_kind, g.subject_id, g.is_own, g.condition_id, g.expires_at,
               r.permissions,
               case g.scope_kind
                   when 'form' then g.scope_id
                   when 'deployment' then (
                       select d.parent_id from access.places d where d.kind = 'deployment' and d.id = g.scope_id and d.until is null)
                   when 'stage' then (
                       select d.parent_id from access.places s
                       join access.places d on d.kind = 'deployment' and d.id = s.parent_id and d.until is null
                       where s.kind = 'stage' and s.id = g.scope_id and s.until is null)
               end as form_id
        from access.grants g
        left join access.roles r on g.role = 'role:' || r.id and r.until is null and exists (
            with recursive up as (
                select p.kind, p.id, p.parent_kind, p.parent_id from access.places p
                where p.kind = g.scope_kind and p.id = g.scope_id and p.until is null
                union
                select p.kind, p.id, p.parent_kind, p.parent_id
                from up join access.places p on p.kind = up.parent_kind and p.id = up.parent_id and p.until is null)
            select from up where up.kind = 'unit' and up.id = r.unit_id)
        where g.ended_at is null
          and (r.id is not null or g.role not like 'role:%')
          and (g.scope_kind <> 'unit' or exists (
            select from access.places p where p.kind = 'unit' and p.id = g.scope_id and p.until is null))

        """;

    private const string OfActor = Units + Grants + """
          and ((g.subject_kind = 'actor' and g.subject_id = @actor)
            or (g.subject_kind = 'unit' and g.subject_id in (select id from units))
            or (g.subject_kind = 'everyone' and @is_account))
        union all
        select 0, 'member', 'unit', id, 'unit', id, false, null, null, null, null from units
        """;

    /// <summary>Gives the grants of all actors.</summary>
    public const string All = Grants + " order by g.id";

    private readonly ConcurrentDictionary<(ActorKind Kind, ActorId Id), Remembered> _remembered = new();

    /// <summary>Gives the roles that an actor holds now.</summary>
    public async ValueTask<IReadOnlyList<HeldRole>> OfAsync(Actor actor, CancellationToken cancellationToken)
    {
        var started = epoch.Now();
        if (!_remembered.TryGetValue((actor.Kind, actor.Id), out var known) || !epoch.IsCurrent(known.At))
        {
            // The epoch was taken before reading: if a change commits meanwhile, this entry is already out of date.
            var arguments = new { actor = actor.Id.Value, is_account = actor.Kind == ActorKind.Account };
            var rows = await away.AskAsync(() => db.ListAsync<HeldRow>(OfActor, arguments, cancellationToken), () => kept.RolesOf(actor));
            if (_remembered.Count >= MostActors)
            {
                _remembered.Clear();
            }

            known = new Remembered(started, Counting([.. rows.Select(row => row.Held())]));
            if (!WhileAway.IsUsed)
            {
                _remembered[(actor.Kind, actor.Id)] = known;
            }
        }

        var now = clock.GetUtcNow();
        return known.Roles.All(role => role.ExpiresAt is null || role.ExpiresAt > now)
            ? known.Roles
            : [.. known.Roles.Where(role => role.ExpiresAt is null || role.ExpiresAt > now)];
    }

    // Support access is an operator's: whoever stops being one has none.
    private static IReadOnlyList<HeldRole> Counting(IReadOnlyList<HeldRole> held) =>
        held.Any(role => role.Role == RolePermissions.Operator && role.Scope == Scope.Installation)
            ? held
            : [.. held.Where(role => !RolePermissions.IsSupport(role.Role))];

    private sealed record Remembered(AccessMoment At, IReadOnlyList<HeldRole> Roles);
}

/// <summary>A grant as it is read, with the form that its place belongs to and what an own role allows.</summary>
internal sealed class HeldRow
{
    public long Id { get; init; }

    public string Role { get; init; } = "";

    public string ScopeKind { get; init; } = "";

    public long ScopeId { get; init; }

    public string SubjectKind { get; init; } = "";

    public long SubjectId { get; init; }

    public bool IsOwn { get; init; }

    public long? ConditionId { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public string[]? Permissions { get; init; }

    public long? FormId { get; init; }

    /// <summary>Gives what follows from belonging to a unit.</summary>
    public static HeldRow OfMember(long unit) => new() { Role = RolePermissions.Member, ScopeKind = "unit", ScopeId = unit, SubjectKind = "unit", SubjectId = unit };

    /// <summary>Gives it as a role.</summary>
    public HeldRole Held() => new(
        Id, Role, new Scope(ScopeNames.KindOf(ScopeKind), ScopeId), new Subject(ScopeNames.SubjectOf(SubjectKind), SubjectId))
    {
        Form = FormId is { } form ? new FormId(form) : null,
        Permissions = Permissions is null && !Role.StartsWith(RolePermissions.OwnPrefix, StringComparison.Ordinal)
            ? null
            : RolePermissions.Named(Permissions ?? []),
        IsOwn = IsOwn,
        Condition = ConditionId,
        ExpiresAt = ExpiresAt,
    };
}
