using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>A project: forms, app users and submissions that belong together under one key.</summary>
/// <param name="KeyId">Its entry in the keyring.</param>
/// <param name="Unit">The organisation, branch or team whose it is.</param>
/// <param name="Archived">Kept, but no longer worked in; lists show it last.</param>
internal sealed record Project(
    ProjectId Id,
    Guid KeyId,
    string Name,
    string? Description,
    bool Archived,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    UnitId Unit)
{
    /// <summary>What other rooms need to seal and record what belongs to this project.</summary>
    public ProjectRef Ref => new(Id, KeyId);
}
