using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>Whoever runs this server and answers for its data.</summary>
internal sealed record Organisation(OrganisationId Id, string Name, DateTimeOffset CreatedAt);
