using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>Whoever collects data and answers for it.</summary>
/// <param name="Unit">The root of its units, where roles in all of it are held.</param>
internal sealed record Organisation(OrganisationId Id, UnitId Unit, string Name, DateTimeOffset CreatedAt);
