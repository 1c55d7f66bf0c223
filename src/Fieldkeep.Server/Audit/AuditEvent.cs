using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Audit;

/// <summary>One line of the audit book: what was done or seen. Never an answer, a secret or a token.</summary>
/// <param name="Action">A dotted verb such as <c>project.create</c>.</param>
/// <param name="Project">The project it happened in, if any.</param>
/// <param name="SubjectKind">What kind of thing it was done to, such as <c>form</c>.</param>
/// <param name="SubjectId">Which one.</param>
/// <param name="Detail">A few words more, such as a version; null when there is nothing to add.</param>
internal sealed record AuditEvent(
    string Action, ProjectId? Project, string SubjectKind, string SubjectId, string? Detail);
