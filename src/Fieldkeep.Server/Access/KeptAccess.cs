using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Places, members and roles as they are kept for when the database is away, and what <see cref="Places"/> and <see cref="HeldRoles"/> read out of them.</summary>
internal sealed class KeptAccess
{
    private const string AllPlaces = "select kind, id, parent_kind, parent_id, is_hidden from access.places where until is null order by kind, id";

    private const string AllMembers = "select actor_id, unit_id from access.members where until is null order by actor_id, unit_id";

    private const int MostSteps = 100;

    /// <summary>The tree.</summary>
    public KeptRows<KeptPlace> Places { get; } = new("access.places", AllPlaces, place => KeyOf(place.Kind, place.Id));

    /// <summary>Who belongs where.</summary>
    public KeptRows<KeptMember> Members { get; } = new("access.members", AllMembers, member => $"{member.ActorId}");

    /// <summary>The grants, by whom they name.</summary>
    public KeptRows<HeldRow> Grants { get; } = new("access.grants", HeldRoles.All, grant => KeyOf(grant.SubjectKind, grant.SubjectId));

    /// <summary>As <see cref="Access.Places.PathOfAsync"/>.</summary>
    public IReadOnlyList<Scope> PathOf(Scope scope)
    {
        var path = new List<Scope>();
        var at = Places.Find(KeyOf(ScopeNames.Of(scope.Kind), scope.Id)).FirstOrDefault();
        while (at is not null && path.Count < MostSteps)
        {
            if (at.IsHidden)
            {
                return [];
            }

            path.Add(new Scope(ScopeNames.KindOf(at.Kind), at.Id));
            at = at.ParentKind is { } kind && at.ParentId is { } id ? Places.Find(KeyOf(kind, id)).FirstOrDefault() : null;
        }

        return path;
    }

    /// <summary>Gives the projects of some units and of all units below them, but for those in the trash.</summary>
    public IReadOnlyList<long> ProjectsBelow(IReadOnlyList<long> units) =>
    [
        .. Places.All.Where(place => place.Kind == "project")
            .Where(place => PathOf(new Scope(ScopeKind.Project, place.Id)).Any(above => above.Kind == ScopeKind.Unit && units.Contains(above.Id)))
            .Select(place => place.Id),
    ];

    /// <summary>As <see cref="HeldRoles.OfAsync"/> before what has ended by itself is left out.</summary>
    public IReadOnlyList<HeldRow> RolesOf(Actor actor)
    {
        var units = new HashSet<long>();
        foreach (var member in Members.Find($"{actor.Id}"))
        {
            for (var unit = FindUnit(member.UnitId); unit is not null && units.Add(unit.Id); unit = unit.ParentId is { } above ? FindUnit(above) : null)
            {
                // Each unit above counts, too.
            }
        }

        var named = Grants.Find(KeyOf("actor", actor.Id.Value)).Concat(units.SelectMany(unit => Grants.Find(KeyOf("unit", unit))));
        var everyone = WhoAsks.IsPerson(actor) ? Grants.All.Where(grant => grant.SubjectKind == "everyone") : [];
        return [.. named, .. everyone, .. units.Select(HeldRow.OfMember)];
    }

    private static string KeyOf(string kind, long id) => $"{kind} {id}";

    private KeptPlace? FindUnit(long id) => Places.Find(KeyOf("unit", id)).FirstOrDefault();
}

/// <summary>A place in the tree.</summary>
internal sealed record KeptPlace
{
    public string Kind { get; init; } = "";

    public long Id { get; init; }

    public string? ParentKind { get; init; }

    public long? ParentId { get; init; }

    public bool IsHidden { get; init; }
}

/// <summary>Somebody who belongs to a unit.</summary>
internal sealed record KeptMember
{
    public long ActorId { get; init; }

    public long UnitId { get; init; }
}
