namespace Fieldkeep.Server.Audit;

/// <summary>A line read back from the audit book.</summary>
/// <param name="Id">Grows with time; the cursor of the list.</param>
/// <param name="ActorId">Who; 0 for the server itself and for people who had not signed in.</param>
/// <param name="ActorKind"><c>account</c>, <c>app_user</c>, <c>draft_tester</c>, <c>system</c> or <c>anonymous</c>.</param>
/// <param name="SupportGrant">The grant of support access that it was done under; null when it was done in one's own right.</param>
internal sealed record AuditRow(
    long Id,
    DateTimeOffset At,
    long ActorId,
    string ActorKind,
    string Door,
    string Action,
    long? ProjectId,
    string SubjectKind,
    string SubjectId,
    string? Detail,
    long? SupportGrant);
