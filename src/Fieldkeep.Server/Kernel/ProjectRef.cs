namespace Fieldkeep.Server.Kernel;

/// <summary>A project and the key ring entry that seals what belongs to it.</summary>
/// <param name="Id">The project.</param>
/// <param name="Key">Its entry in the keyring.</param>
internal sealed record ProjectRef(ProjectId Id, Guid Key);
