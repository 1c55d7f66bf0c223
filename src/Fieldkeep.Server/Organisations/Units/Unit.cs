using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Units;

/// <summary>What a unit can be.</summary>
internal enum UnitKind
{
    /// <summary>The organisation itself: the root of its units.</summary>
    Organisation,

    /// <summary>A part of an organisation, such as a country's office.</summary>
    Branch,

    /// <summary>People who work together.</summary>
    Team,
}

/// <summary>An organisation, a branch or a team.</summary>
/// <param name="Parent">The unit above; null for an organisation.</param>
internal sealed record Unit(
    UnitId Id, OrganisationId Organisation, UnitId? Parent, UnitKind Kind, string Name, DateTimeOffset CreatedAt, DateTimeOffset? RemovedAt)
{
    /// <summary>Where grants at it are held.</summary>
    public Scope Scope => Scope.Of(Id);
}

/// <summary>A unit in the chart, with what lies directly in it.</summary>
internal sealed record ChartedUnit(Unit Unit, int Members, int Projects);

/// <summary>What goes away, and comes back, with a unit.</summary>
/// <param name="Units">The unit itself and those below.</param>
/// <param name="Members">People who belong to any of them.</param>
/// <param name="Projects">Projects of any of them that are not in the trash already.</param>
/// <param name="AppUsers">Phones of these projects, which cannot send any more.</param>
/// <param name="Grants">Roles held at any of these places.</param>
internal sealed record UnitContents(int Units, int Members, int Projects, int AppUsers, int Grants);

/// <summary>An organisation as everybody who may know it sees it.</summary>
/// <param name="People">People who belong to it.</param>
/// <param name="Units">Branches and teams.</param>
internal sealed record CountedOrganisation(Organisation Organisation, int People, int Units, int Projects, bool IsMember);
