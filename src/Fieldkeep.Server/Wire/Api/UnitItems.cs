using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>An organisation on this server.</summary>
/// <param name="Unit">The root of its units.</param>
/// <param name="People">How many people belong to it.</param>
/// <param name="Units">How many branches and teams it has.</param>
/// <param name="IsMember">Whether you belong to it; whoever runs the server sees the names and counts of all.</param>
internal sealed record OrganisationEntry(long Id, long Unit, string Name, int People, int Units, int Projects, bool IsMember)
{
    /// <summary>Shows an organisation.</summary>
    public static OrganisationEntry Of(CountedOrganisation one) => new(
        one.Organisation.Id.Value, one.Organisation.Unit.Value, one.Organisation.Name, one.People, one.Units, one.Projects, one.IsMember);
}

/// <summary>An organisation to be made.</summary>
/// <param name="AdminEmail">Who is invited by letter to be its first administrator.</param>
internal sealed record NewOrganisation([property: Required] string? Name, [property: Required] string? AdminEmail);

/// <summary>A unit in the chart.</summary>
/// <param name="Parent">The unit above; null for an organisation.</param>
/// <param name="Members">People who belong to it directly.</param>
/// <param name="Projects">Projects directly in it.</param>
internal sealed record UnitItem(long Id, long? Parent, UnitKind Kind, string Name, int Members, int Projects)
{
    /// <summary>Shows a unit.</summary>
    public static UnitItem Of(ChartedUnit one) => new(
        one.Unit.Id.Value, one.Unit.Parent?.Value, one.Unit.Kind, one.Unit.Name, one.Members, one.Projects);

    /// <summary>Shows a unit of which nothing was counted.</summary>
    public static UnitItem Of(Unit unit) => new(unit.Id.Value, unit.Parent?.Value, unit.Kind, unit.Name, 0, 0);
}

/// <summary>A unit with all below it, each before those below it.</summary>
/// <param name="Path">The units above, the organisation first.</param>
/// <param name="May">What you may do in all of it.</param>
internal sealed record UnitChart(UnitItem Unit, IReadOnlyList<PlaceName> Path, IReadOnlyList<UnitItem> Units, IReadOnlyList<Permission> May);

/// <summary>A unit to be made.</summary>
/// <param name="Kind"><c>branch</c> or <c>team</c>.</param>
internal sealed record NewUnit([property: Required] long? Parent, [property: Required] string? Kind, [property: Required] string? Name);

/// <summary>What to change of a unit; what is absent stays.</summary>
/// <param name="Parent">The unit to move below.</param>
internal sealed record UnitPatch(string? Name, long? Parent);

/// <summary>What goes to the trash with a unit.</summary>
internal sealed record UnitRemoval(int Units, int Members, int Projects, int AppUsers, int Grants)
{
    /// <summary>Shows the contents of a unit.</summary>
    public static UnitRemoval Of(UnitContents contents) =>
        new(contents.Units, contents.Members, contents.Projects, contents.AppUsers, contents.Grants);
}

/// <summary>A unit in the trash.</summary>
internal sealed record RemovedUnit(long Id, UnitKind Kind, string Name, DateTimeOffset RemovedAt);

/// <summary>A project of a unit.</summary>
internal sealed record UnitProject(long Id, long Unit, string Name, bool Archived);
