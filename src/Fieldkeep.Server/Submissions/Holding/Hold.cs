using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Holding;

/// <summary>A legal hold: while it stands, nothing of what it is on is erased, purged or rewritten.</summary>
/// <param name="InstanceId">The one submission it is on; null for the whole project.</param>
/// <param name="XmlFormId">The form of that submission; null for the whole project.</param>
/// <param name="LiftedAt">When it was lifted; null while it stands.</param>
internal sealed record Hold(
    long Id,
    string? InstanceId,
    string? XmlFormId,
    ActorId PlacedBy,
    DateTimeOffset PlacedAt,
    string Reason,
    ActorId? LiftedBy,
    DateTimeOffset? LiftedAt,
    string? LiftReason);
