using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Ledger;

/// <summary>One change of anything: what was done to which subject, with the state before and after.</summary>
/// <param name="Action">A dotted verb such as <c>form.publish</c>.</param>
/// <param name="Project">The project whose key seals the entry; null for what belongs to the installation.</param>
/// <param name="SubjectKind">What kind of thing changed, in the field's words: <c>form</c>, <c>submission</c>.</param>
/// <param name="SubjectId">Its id. Never an answer.</param>
/// <param name="Before">State before, serialised as JSON and sealed; null when it began to exist.</param>
/// <param name="After">State after, serialised as JSON and sealed; null when it ended.</param>
internal sealed record Change(
    string Action, ProjectRef? Project, string SubjectKind, string SubjectId, object? Before, object? After);

/// <summary>A change sealed and hashed, ready to be written with others in one statement.</summary>
internal sealed record PreparedChange(
    DateTimeOffset At,
    ActorId Actor,
    Door Door,
    string Action,
    ProjectId? Project,
    string SubjectKind,
    string SubjectId,
    Guid Row,
    byte[] Leaf,
    byte[] Body);
